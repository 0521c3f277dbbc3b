(func (export "sortie:plugin/mission@0.1.0#describe") (result i32) unreachable)
