;; Ends, but not on the fuel of a call.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $n i64)
  (local.set $n (i64.const 1000000000))
  (loop $again
    (local.set $n (i64.sub (local.get $n) (i64.const 1)))
    (br_if $again (i64.ne (local.get $n) (i64.const 0))))
  (call $ok))
