;; Works a while, then divides by zero.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $n i32)
  (local.set $n (i32.const 1000))
  (loop $again
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (i32.store (i32.const 0) (i32.div_u (i32.const 7) (local.get $n)))
    (br $again))
  unreachable)
