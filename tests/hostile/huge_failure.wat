;; Fails with a message of 9 MiB.
(data (i32.const 0) "full")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (memory.grow (i32.const 160)))
  (memory.fill (i32.const 65536) (i32.const 0x30) (i32.const 9437184))
  (call $failure (i32.const 4) (i32.const 65536) (i32.const 9437184)))
