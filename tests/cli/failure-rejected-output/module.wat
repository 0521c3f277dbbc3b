(data (i32.const 512) "about to fail")
(func $tell (call $log (i32.const 1) (i32.const 512) (i32.const 13)))
(data (i32.const 0) "{not json")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $tell) (call $output (i32.const 0) (i32.const 9)))
