;; Panics as a compiler without messages makes it.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  unreachable)
