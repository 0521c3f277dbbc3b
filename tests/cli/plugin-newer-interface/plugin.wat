(component
  (instance $mission)
  (export "sortie:plugin/mission@0.3.0" (instance $mission))
)
