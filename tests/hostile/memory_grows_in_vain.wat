;; Asks for more than its own maximum again and again.
(memory (export "memory") 1 2)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $n i32)
  (loop $again
    (drop (memory.grow (i32.const 2)))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 10001))))
  (call $ok))
