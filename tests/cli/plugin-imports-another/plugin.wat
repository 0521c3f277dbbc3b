(component
  (import "acme:net/http@1.0.0" (instance))
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
