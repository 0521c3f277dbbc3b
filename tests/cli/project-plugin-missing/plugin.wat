(component
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
  (@custom "sortie:manifest" "{\"name\": \"demo\", \"version\": \"1.0.0\", \"sdk\": \"hand-made 1.0.0\", \"description\": \"A demo.\", \"missions\": [], \"operations\": []}")
)
