;; Returns an object with two members of one name.
(data (i32.const 0) "{\22a\22:1,\22a\22:2}")
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (call $output (i32.const 0) (i32.const 13)))
