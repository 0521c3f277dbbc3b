//! What is left of a component, and what becomes of its names.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use serde_json::json;
use sortie_packager::{strip, with_manifest};

const PLUGIN: &str = r#"
(component
  (core module
    (@custom "name" "\00\05\04shim\01\04\01\00\01\66")
    (func) )
  (core module $main
    (@custom ".debug_info" "0123456789")
    (@custom "producers" "\00")
    (import "host" "log" (func $log))
    (func $_ZN5hello5greet17h0123456789abcdefE nop nop nop nop)
    (func)
    (func $plain (export "sortie:plugin/mission@0.2.0#describe")))
  (component (@custom "component-name" "x"))
  (@custom "anything" "x"))
"#;

fn component() -> Vec<u8> {
    wat::parse_str(PLUGIN).expect("the text is a component")
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn the_main_modules_names_are_kept_by_index_and_demangled() {
    let stripped = strip(&component()).expect("it is stripped");
    assert_eq!(stripped.functions, ["log", "hello::greet", "", "plain"]);
}

#[test]
fn names_and_debug_sections_go_and_the_tools_names_and_other_modules_names_stay() {
    let stripped = strip(&component()).expect("it is stripped").component;
    for gone in [".debug_info", "_ZN5hello", "component-name", "anything"] {
        assert!(has(&component(), gone) && !has(&stripped, gone), "{gone}");
    }
    for kept in ["producers", "shim"] {
        assert!(has(&component(), kept) && has(&stripped, kept), "{kept}");
    }
    wasmparser::Validator::new().validate_all(&stripped).expect("it is valid still");
}

#[test]
fn what_is_stripped_has_nothing_left_to_strip() {
    let once = strip(&component()).expect("it is stripped").component;
    let twice = strip(&once).expect("it is stripped again");
    assert_eq!(twice.component, once);
    assert_eq!(twice.functions, Vec::<String>::new());
}

#[test]
fn a_manifest_replaces_the_one_that_was_there_and_survives_stripping() {
    let with = |version: u32| with_manifest(&component(), &json!({"version": version})).expect("it is packed");
    let both = with_manifest(&with(1), &json!({"version": 2})).expect("it is packed");
    assert_eq!(both, with(2));
    let stripped = strip(&both).expect("it is stripped").component;
    assert!(has(&stripped, r#"{"version":2}"#));
    let other_order = with_manifest(&strip(&component()).expect("it is stripped").component, &json!({"version": 2}));
    assert_eq!(other_order.expect("it is packed"), stripped);
}

#[test]
fn a_cut_off_file_is_an_error_with_its_place() {
    let whole = component();
    for length in 0..whole.len() {
        // A cut between two sections leaves a binary; anywhere else, one that cannot be read.
        let _ = strip(&whole[..length]);
    }
    let error = strip(&whole[..20]).expect_err("it is cut off");
    assert_eq!(error.to_string(), "the component cannot be read (at byte 10): unexpected end-of-file");
    assert_eq!(
        strip(b"\0asm").expect_err("it has no header").to_string(),
        "the component cannot be read (at byte 0): it is shorter than the header of a module"
    );
}
