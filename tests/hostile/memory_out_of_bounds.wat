;; Walks past the end of its memory.
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $at i32)
  (loop $again
    (i32.store (local.get $at) (i32.const 1))
    (local.set $at (i32.add (local.get $at) (i32.const 4096)))
    (br $again))
  unreachable)
