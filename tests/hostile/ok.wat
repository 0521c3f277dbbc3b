;; Does as it should: the corpus can succeed.
(data (i32.const 0) "{\"a\":1}")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $output (i32.const 0) (i32.const 7)))
