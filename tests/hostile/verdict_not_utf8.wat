;; Judges in bytes that are no text.
(data (i32.const 0) "\ff\fe")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (call $ok))
  (call $verdict (i32.const 1) (i32.const 0) (i32.const 2))
  (i32.const 1024))
