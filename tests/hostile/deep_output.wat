;; Returns 200 levels of nesting.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (memory.fill (i32.const 2048) (i32.const 0x5b) (i32.const 200))
  (memory.fill (i32.const 2248) (i32.const 0x5d) (i32.const 200))
  (call $output (i32.const 2048) (i32.const 400)))
