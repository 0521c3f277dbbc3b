;; Fills its memory for ever before anything is called.
(memory (export "memory") 512)
(func $start (loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 33000000)) (br $again)))
(start $start)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
