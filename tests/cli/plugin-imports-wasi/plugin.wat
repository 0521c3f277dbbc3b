(component
  (import "wasi:cli/environment@0.2.0" (instance))
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
