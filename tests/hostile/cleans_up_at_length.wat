;; Works for a while to free what it returned: it is paid, and the result stands.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
(func (export "cabi_post_sortie:plugin/mission@0.2.0#execute") (param i32) (local i32)
  (loop $again
    (memory.fill (i32.const 2048) (i32.const 7) (i32.const 1000))
    (br_if $again (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 5000)))))
