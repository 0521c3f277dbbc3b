(component
  (import "wasi:sockets/tcp@0.2.0" (instance))
  (import "acme:net/http@1.0.0" (instance))
  (import "sortie:plugin/files@0.2.0" (instance))
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
