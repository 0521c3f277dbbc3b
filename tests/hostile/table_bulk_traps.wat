;; Fills a table a thousand times, and then past its end.
(table $t 1000 funcref)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (local i32)
  (loop $again
    (table.fill $t (i32.const 0) (ref.null func) (i32.const 1000))
    (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 999))
    (br_if $again (i32.lt_u (local.tee 13 (i32.add (local.get 13) (i32.const 1))) (i32.const 1000))))
  (table.fill $t (i32.const 0xffffffff) (ref.null func) (i32.const 2))
  (call $ok))
