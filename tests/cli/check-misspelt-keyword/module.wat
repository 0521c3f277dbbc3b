;; Says at `/done` that it is done.
(data (i32.const 0) "/donetrue")
(func $done (result i32)
  (i32.store (i32.const 2052) (i32.const 0))
  (i32.store (i32.const 2056) (i32.const 5))
  (i32.store (i32.const 2060) (i32.const 5))
  (i32.store (i32.const 2064) (i32.const 4))
  (call $changes (i32.const 2048) (i32.const 1)))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $done))
