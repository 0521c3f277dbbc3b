;; Calls a function of another type.
(table 2 funcref)
(elem (i32.const 0) func $ok)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call_indirect (param) (i32.const 0)) (call $ok))
