(component
  (import "wasi:filesystem/types@0.2.0" (instance))
  (@custom "producers" "\01\0c\70\72\6f\63\65\73\73\65\64\2d\62\79\01\0f\63\6f\6d\70\6f\6e\65\6e\74\69\7a\65\2d\70\79\06\30\2e\31\37\2e\30")
  (instance $mission)
  (export "sortie:plugin/mission@0.1.0" (instance $mission))
)
