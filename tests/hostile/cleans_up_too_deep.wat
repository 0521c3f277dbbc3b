;; Recurses for ever when it frees what it returned.
(func $deeper (param i32) (result i32)
  (i32.add (call $deeper (local.get 0)) (i32.const 1)))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
(func (export "cabi_post_sortie:plugin/mission@0.2.0#execute") (param i32)
  (drop (call $deeper (local.get 0))))
