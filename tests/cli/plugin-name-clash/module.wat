(func (export "sortie:plugin/mission@0.2.0#describe") (result i32) unreachable)
