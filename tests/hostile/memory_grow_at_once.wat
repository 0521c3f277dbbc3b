;; Asks for all that can be had.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (memory.grow (i32.const 65000))) (call $ok))
