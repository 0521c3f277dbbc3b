;; Never ends.
(func (export "sortie:plugin/mission@0.1.0#execute") (type $execute)
  (loop $again (br $again)) unreachable)
