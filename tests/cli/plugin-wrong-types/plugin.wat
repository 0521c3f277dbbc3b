(component
  (import "sortie:plugin/log@0.2.0" (instance (export "log" (func (param "message" string)))))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "describe") (result i32) unreachable)
    (func (export "build") (param i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (func $describe (result string) (canon lift (core func $i "describe") (memory (core memory $i "memory"))))
  (func $build (param "mission" string) (result string)
    (canon lift (core func $i "build") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $mission (export "describe" (func $describe)) (export "build" (func $build)))
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
