;; Returns 100,000 changes, each of which is the same MiB of memory.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $n i32) (local $at i32)
  (drop (memory.grow (i32.const 63)))
  (memory.fill (i32.const 65536) (i32.const 0x2f) (i32.const 1048576))
  (local.set $at (i32.const 1179648))
  (loop $again
    (i32.store (local.get $at) (i32.const 1))
    (i32.store offset=4 (local.get $at) (i32.const 65536))
    (i32.store offset=8 (local.get $at) (i32.const 1048576))
    (local.set $at (i32.add (local.get $at) (i32.const 20)))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 100000))))
  (call $changes (i32.const 1179648) (i32.const 100000)))
