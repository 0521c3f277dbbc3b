(data (i32.const 512) "about to fail")
(func $tell (call $log (i32.const 1) (i32.const 512) (i32.const 13)))
(func $hoard (loop $again (drop (memory.grow (i32.const 64))) (br $again)))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $tell) (call $hoard) unreachable)
