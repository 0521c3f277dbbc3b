;; Fills, copies and initialises a large table for ever: each element is paid.
(table $t 100000 funcref)
(elem $passive func $nothing)
(func $nothing)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (loop $again
    (table.fill $t (i32.const 0) (ref.null func) (i32.const 100000))
    (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 99999))
    (br $again))
  unreachable)
