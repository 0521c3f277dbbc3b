;; Asks for more than it declares itself: that is denied, costs nothing, and it goes on.
(memory (export "memory") 1 2)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $n i32)
  (loop $again
    (if (i32.ne (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 100))))
  (if (i32.ne (memory.grow (i32.const 1)) (i32.const 1)) (then unreachable))
  (call $ok))
