;; What each plugin of the corpus begins with; a plugin that has one of these parts itself goes without ours.
;;
;; An `operation-output` or `failure` is written at 1024, and the addresses below that are the plugin's own:
;;   0  0: ok, 1: failure
;;   4  ok: the changes (address, count), 12: whether there is an output, 16: the output (address, length),
;;      24: the display (address, count), 32: whether there is a verdict, 36: the verdict (passed, address, length)
;;   4  failure: the code (address, length), 12: the message, 20: whether there are details, 24: the details
(type $execute (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)))
(import "sortie:plugin/log@0.2.0" "log" (func $log (param i32 i32 i32)))
(import "sortie:plugin/log@0.2.0" "abort" (func $abort (param i32 i32 i32 i32 i32 i32 i32)))

;; part: (memory (export
(memory (export "memory") 1)

;; part: cabi_realloc
(global $free (mut i32) (i32.const 32768))
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
  (local.set $at (i32.and
    (i32.sub (i32.add (global.get $free) (local.get 2)) (i32.const 1))
    (i32.sub (i32.const 0) (local.get 2))))
  (global.set $free (i32.add (local.get $at) (local.get 3)))
  (local.get $at))

;; part: #describe
(func (export "sortie:plugin/mission@0.2.0#describe") (result i32) unreachable)

;; part: #build
(func (export "sortie:plugin/mission@0.2.0#build") (param i32 i32 i32 i32) (result i32) unreachable)

;; part: #execute
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) unreachable)

;; part: (func $ok
;; No changes, no output.
(func $ok (result i32)
  (i32.store (i32.const 1024) (i32.const 0))
  (i64.store (i32.const 1028) (i64.const 0))
  (i32.store (i32.const 1036) (i32.const 0))
  (i32.const 1024))

;; No changes, and an output.
(func $output (param $at i32) (param $length i32) (result i32)
  (drop (call $ok))
  (i32.store (i32.const 1036) (i32.const 1))
  (i32.store (i32.const 1040) (local.get $at))
  (i32.store (i32.const 1044) (local.get $length))
  (i32.const 1024))

;; Adds these blocks to what `$ok` or `$output` made.
(func $display (param $at i32) (param $count i32)
  (i32.store (i32.const 1048) (local.get $at))
  (i32.store (i32.const 1052) (local.get $count)))

;; Adds a verdict.
(func $verdict (param $passed i32) (param $at i32) (param $length i32)
  (i32.store8 (i32.const 1056) (i32.const 1))
  (i32.store8 (i32.const 1060) (local.get $passed))
  (i32.store (i32.const 1064) (local.get $at))
  (i32.store (i32.const 1068) (local.get $length)))

;; These changes, and no output.
(func $changes (param $at i32) (param $count i32) (result i32)
  (drop (call $ok))
  (i32.store (i32.const 1028) (local.get $at))
  (i32.store (i32.const 1032) (local.get $count))
  (i32.const 1024))

;; A failure with the code that is at 0.
(func $failure (param $code i32) (param $message i32) (param $message_length i32) (result i32)
  (i32.store (i32.const 1024) (i32.const 1))
  (i32.store (i32.const 1028) (i32.const 0))
  (i32.store (i32.const 1032) (local.get $code))
  (i32.store (i32.const 1036) (local.get $message))
  (i32.store (i32.const 1040) (local.get $message_length))
  (i32.store (i32.const 1044) (i32.const 0))
  (i32.const 1024))
