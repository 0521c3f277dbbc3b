;; Copies a segment to a table for ever.
(table $t 10 funcref)
(elem $passive func $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing)
(func $nothing)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (loop $again
    (table.init $t $passive (i32.const 1) (i32.const 0) (i32.const 8))
    (br $again))
  unreachable)
