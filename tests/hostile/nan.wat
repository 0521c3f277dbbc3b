;; Returns the bits of a NaN that it computed: the same everywhere.
(data (i32.const 0) "\01\02\03\04\05\06\f4\ff\00\00\00\00\00\00\f0\7f")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $bits i64) (local $at i32)
  (local.set $bits (i64.reinterpret_f64 (f64.add
    (f64.load (i32.const 0)) (f64.sub (f64.load (i32.const 8)) (f64.load (i32.const 8))))))
  (local.set $at (i32.const 16))
  (loop $again
    (i32.store8 (local.get $at) (i32.add (i32.const 0x31) (i32.wrap_i64 (i64.and (local.get $bits) (i64.const 7)))))
    (local.set $bits (i64.shr_u (local.get $bits) (i64.const 8)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const 24))))
  (call $output (i32.const 16) (i32.const 8)))
