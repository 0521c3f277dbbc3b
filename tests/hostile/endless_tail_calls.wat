;; Two functions with frames of different sizes end in a call of the other, for ever: no stack is used, all fuel is.
(func $small (param i32) (result i32)
  (return_call $large (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
    (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9)))
(func $large (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i32)
  (return_call $small (local.get 0)))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (call $small (i32.const 0))) (call $ok))
