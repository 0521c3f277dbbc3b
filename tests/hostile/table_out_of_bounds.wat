;; Calls past the end of its table.
(table 2 funcref)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call_indirect (param) (i32.const 9)) (call $ok))
