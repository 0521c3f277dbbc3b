(component
  (import "wasi:filesystem/types@0.2.0" (instance))
  (@custom "producers" "\01\0c\70\72\6f\63\65\73\73\65\64\2d\62\79\02\18\63\6f\6d\70\6f\6e\65\6e\74\2d\69\6e\69\74\2d\74\72\61\6e\73\66\6f\72\6d\05\30\2e\32\2e\30\0d\77\69\74\2d\63\6f\6d\70\6f\6e\65\6e\74\07\30\2e\32\34\35\2e\31")
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
