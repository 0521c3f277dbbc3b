//! The stack of what is linked of libraries, at the end of memory.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use sortie_packager::with_stack;
use wasmparser::{Operator, Parser, Payload};

/// A module with the memory, as linkers make it, and one that calls itself with a kilobyte of stack.
const LINKED: &str = r#"
(component
  (core module
    (memory (export "memory") 3)
    (global (export "__stack_pointer") (mut i32) (i32.const 65536))
    (global (export "__memory_base") i32 (i32.const 65552)))
  (core module
    (import "env" "memory" (memory 0))
    (import "env" "log" (func $log (param i32)))
    (import "env" "__memory_base" (global i32))
    (import "env" "__stack_pointer" (global $sp (mut i32)))
    (func $deep (export "deep") (param $calls i32) (result i32)
      (global.set $sp (i32.sub (global.get $sp) (i32.const 1024)))
      (if (local.get $calls) (then (drop (call $deep (i32.sub (local.get $calls) (i32.const 1))))))
      (global.set $sp (i32.add (global.get $sp) (i32.const 1024)))
      (global.get $sp))))
"#;

#[test]
fn the_stack_begins_at_the_end_of_more_memory_and_its_pointer_is_set_by_one_function() {
    let component = wat::parse_str(LINKED).expect("the text is a component");
    let moved = with_stack(&component, 2).expect("it is rewritten");
    wasmparser::Validator::new().validate_all(&moved).expect("it is valid still");
    let (mut pages, mut constants, mut sets, mut calls) = (Vec::new(), Vec::new(), 0, Vec::new());
    for payload in Parser::new(0).parse_all(&moved) {
        match payload.expect("it is valid") {
            Payload::MemorySection(section) => {
                pages.extend(section.into_iter().map(|memory| memory.expect("it is valid").initial));
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let mut start = global.expect("it is valid").init_expr.get_operators_reader();
                    constants.push(format!("{:?}", start.read().expect("it is valid")));
                }
            }
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().expect("it is valid") {
                    match operator.expect("it is valid") {
                        Operator::GlobalSet { .. } => sets += 1,
                        Operator::Call { function_index } => calls.push(function_index),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    assert_eq!(pages, [5]);
    assert_eq!(constants, ["I32Const { value: 327680 }", "I32Const { value: 65552 }"]);
    // The imported function is 0 and the one that was there 1; 2 sets the pointer, and 3 recurses.
    assert_eq!((sets, calls.as_slice()), (1, &[2, 1, 2, 3, 3][..]));
}

#[test]
fn what_shares_no_stack_stays_as_it_is() {
    for text in ["(component)", "(component (core module (memory 1) (global (mut i32) (i32.const 65536))))"] {
        let component = wat::parse_str(text).expect("the text is a component");
        assert_eq!(with_stack(&component, 2).expect("it is read"), component);
    }
}

#[test]
fn a_stack_that_no_memory_has_room_for_is_an_error() {
    let component = wat::parse_str(LINKED).expect("the text is a component");
    let error = with_stack(&component, 65_536).expect_err("there is no room");
    assert!(error.to_string().contains("no room for a larger stack"), "{error}");
}
