;; Grows a table past what is allowed.
(table $t 1 funcref)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (table.grow $t (ref.null func) (i32.const 1000000))) (call $ok))
