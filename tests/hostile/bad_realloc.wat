;; Has no memory for its input.
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -16))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
