;; Returns an output past its memory.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $output (i32.const 65530) (i32.const 100)))
