(component
  (import "wasi:io/streams@0.2.3" (instance))
  (import "wasi:http/types@0.2.3" (instance))
  (@custom "producers" "\02\08\6c\61\6e\67\75\61\67\65\01\0a\4a\61\76\61\53\63\72\69\70\74\00\0c\70\72\6f\63\65\73\73\65\64\2d\62\79\01\10\63\6f\6d\70\6f\6e\65\6e\74\69\7a\65\2d\71\6a\73\05\30\2e\33\2e\30")
  (instance $mission)
  (export "sortie:plugin/mission@0.1.0" (instance $mission))
)
