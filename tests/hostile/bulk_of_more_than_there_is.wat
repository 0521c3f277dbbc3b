;; Copies four gibibytes that it does not have: they are paid before they are looked for.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (memory.copy (i32.const 0xffffffff) (i32.const 0xffffffff) (i32.const 0xffffffff))
  (call $ok))
