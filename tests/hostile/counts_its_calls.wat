;; Returns how often it was called, in two ways that would outlive the call: 11, because each call has a fresh instance.
(global $calls (mut i32) (i32.const 0))
(data (i32.const 0) "00")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
  (i32.store8 (i32.const 1) (i32.add (i32.const 0x30) (global.get $calls)))
  (call $output (i32.const 0) (i32.const 2)))
