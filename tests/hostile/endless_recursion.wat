;; Calls itself until there is no stack.
(func $deeper (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (i32.add (local.get 0) (i32.const 1)))))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (call $deeper (i32.const 0))) (call $ok))
