;; Fills its memory a thousand times, and then reaches past its end: what was burnt before is not free.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (local i32)
  (loop $again
    (memory.fill (i32.const 2048) (i32.const 7) (i32.const 1000))
    (memory.copy (i32.const 4096) (i32.const 2048) (i32.const 1000))
    (br_if $again (i32.lt_u (local.tee 13 (i32.add (local.get 13) (i32.const 1))) (i32.const 1000))))
  (memory.fill (i32.const 65000) (i32.const 0) (i32.const 1000))
  (call $ok))
