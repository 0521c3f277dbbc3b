;; Fails, and says why.
(data (i32.const 0) "fullno space!")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $failure (i32.const 4) (i32.const 4) (i32.const 9)))
