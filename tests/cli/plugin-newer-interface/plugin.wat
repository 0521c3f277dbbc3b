(component
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
