;; Fills and copies a large memory for ever: each byte is paid.
(memory (export "memory") 512)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (loop $again
    (memory.fill (i32.const 65536) (i32.const 0) (i32.const 16000000))
    (memory.copy (i32.const 65537) (i32.const 65536) (i32.const 16000000))
    (br $again))
  unreachable)
