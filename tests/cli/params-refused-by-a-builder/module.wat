(data (i32.const 0) "invalid_paramsthe shop is closed on that day")
(func (export "sortie:plugin/mission@0.2.0#build") (param i32 i32 i32 i32) (result i32)
  (call $failure (i32.const 14) (i32.const 14) (i32.const 30)))
