(data (i32.const 0) "No good!no")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $failure (i32.const 8) (i32.const 8) (i32.const 2)))
