;; Copies none of a segment of functions that it dropped, which it may, and then some of it.
(table $t 10 funcref)
(elem $passive func $nothing)
(func $nothing)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (elem.drop $passive)
  (table.init $t $passive (i32.const 10) (i32.const 0) (i32.const 0))
  (table.init $t $passive (i32.const 0) (i32.const 0) (i32.const 1))
  (call $ok))
