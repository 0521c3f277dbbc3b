;; Recurses for ever before anything is called.
(func $deeper (param i64 f64) (result i32)
  (i32.add (call $deeper (local.get 0) (local.get 1)) (i32.const 1)))
(func $start (drop (call $deeper (i64.const 1) (f64.const 1))))
(start $start)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
