;; Traps before it is called.
(func $begin unreachable)
(start $begin)
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $ok))
