;; Logs what is no text.
(data (i32.const 0) "\ff")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $log (i32.const 0) (i32.const 0) (i32.const 1)) (call $ok))
