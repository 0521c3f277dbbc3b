;; The least integer divided by minus one.
(data (i32.const 0) "\ff\ff\ff\ff")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (i32.div_s (i32.const 0x80000000) (i32.load (i32.const 0)))) (call $ok))
