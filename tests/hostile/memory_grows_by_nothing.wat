;; Asks a hundred and fifty thousand times for no memory more.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $n i32)
  (loop $again
    (drop (memory.grow (i32.const 0)))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 150000))))
  (call $ok))
