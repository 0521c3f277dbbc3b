;; Never ends.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (loop $again (br $again)) unreachable)
