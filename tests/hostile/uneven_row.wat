;; Displays a table of one column with a row of no cells.
(data (i32.const 2048) "\04\00\00\00\20\08\00\00\01\00\00\00\40\08\00\00\01\00\00\00")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (call $ok))
  (call $display (i32.const 2048) (i32.const 1))
  (i32.const 1024))
