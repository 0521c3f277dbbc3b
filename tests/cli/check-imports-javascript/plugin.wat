(component
  (import "wasi:io/streams@0.2.3" (instance))
  (import "wasi:http/types@0.2.3" (instance))
  (@custom "producers" "\02\08\6c\61\6e\67\75\61\67\65\01\04\52\75\73\74\00\0c\70\72\6f\63\65\73\73\65\64\2d\62\79\02\05\72\75\73\74\63\06\31\2e\39\36\2e\30\0d\77\69\74\2d\63\6f\6d\70\6f\6e\65\6e\74\07\30\2e\32\35\38\2e\30")
  (instance $init)
  (export "init" (instance $init))
  (instance $mission)
  (export "sortie:plugin/mission@0.2.0" (instance $mission))
)
