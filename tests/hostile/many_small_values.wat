;; Returns a list of objects that are as small as can be: 700 kB of text, and a hundred times as much as values.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $at i32)
  (drop (memory.grow (i32.const 20)))
  (i32.store8 (i32.const 65536) (i32.const 0x5b))
  (local.set $at (i32.const 65537))
  (loop $next
    (i64.store (local.get $at) (i64.const 0x2c7d303a22227b)) ;; {"":0},
    (local.set $at (i32.add (local.get $at) (i32.const 7)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 765536))))
  (i32.store8 (i32.sub (local.get $at) (i32.const 1)) (i32.const 0x5d))
  (call $output (i32.const 65536) (i32.sub (local.get $at) (i32.const 65536))))
