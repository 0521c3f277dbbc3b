(func $deeper (call $deeper))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $deeper) unreachable)
