;; Ends the call while the host makes room for its input, which it may not.
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (call $abort (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
  (i32.const 32768))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
