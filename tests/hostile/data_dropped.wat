;; Copies none of a segment that it dropped, which it may, and then some of it.
(data $passive "0123456789")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (data.drop $passive)
  (memory.init $passive (i32.const 65536) (i32.const 0) (i32.const 0))
  (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1))
  (call $ok))
