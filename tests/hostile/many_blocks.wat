;; Displays 257 empty headings, one more than a display may have.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (call $ok))
  (call $display (i32.const 2048) (i32.const 257))
  (i32.const 1024))
