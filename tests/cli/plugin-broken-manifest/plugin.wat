(component
  (instance $mission)
  (export "sortie:plugin/mission@0.1.0" (instance $mission))
  (@custom "sortie:manifest" "{\"name\": \"demo\"}")
)
