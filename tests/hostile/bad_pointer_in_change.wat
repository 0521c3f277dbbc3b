;; Changes a place that is none.
(data (i32.const 0) "no-slash")
(data (i32.const 64) "\01\00\00\00\00\00\00\00\08\00\00\00\00\00\00\00\00\00\00\00")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $changes (i32.const 64) (i32.const 1)))
