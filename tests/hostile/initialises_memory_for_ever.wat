;; Copies a segment to its memory for ever.
(data $passive "0123456789012345678901234567890123456789012345678901234567890123456789")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (loop $again
    (memory.init $passive (i32.const 2048) (i32.const 0) (i32.const 70))
    (br $again))
  unreachable)
