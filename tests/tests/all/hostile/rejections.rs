//! Files that are no plugin.

use serde_json::{Value, json};
use sortie_sandbox::{MAX_PLUGIN_BYTES, Plugin};

use super::component::{component, manifest, plugin_bytes, sandbox};

fn code(bytes: Vec<u8>) -> String {
    match Plugin::load(&sandbox(), bytes) {
        Ok(_) => "loaded".to_owned(),
        Err(rejection) => {
            assert!(!rejection.help().is_empty());
            rejection.code().to_owned()
        }
    }
}

fn check(wat: &str, expected: &str) {
    assert_eq!(code(wat::parse_str(wat).unwrap()), expected, "{wat}");
}

#[test]
fn what_is_not_a_component_is_rejected() {
    assert_eq!(code(Vec::new()), "empty_plugin");
    assert_eq!(code(b"#!/bin/sh\n".to_vec()), "not_wasm");
    assert_eq!(code(b"\0asm".to_vec()), "invalid_component");
    check("(module)", "core_module");
    let mut large = plugin_bytes("ok");
    large.resize(MAX_PLUGIN_BYTES + 1, 0);
    assert_eq!(code(large), "plugin_too_large");
}

#[test]
fn a_truncated_or_altered_component_never_passes_for_a_plugin_that_works() {
    let whole = plugin_bytes("ok");
    for length in (8..whole.len()).step_by(7) {
        assert_ne!(code(whole[..length].to_vec()), "loaded", "{length} bytes");
    }
}

#[test]
fn imports_that_are_not_sorties_are_rejected() {
    check(r#"(component (import "wasi:cli/environment@0.2.0" (instance)))"#, "foreign_import");
    check(r#"(component (import "left-pad" (func)))"#, "foreign_import");
    check(r#"(component (import "sortie:plugin/files@0.1.0" (instance)))"#, "foreign_import");
    check(r#"(component (import "sortie:plugin/log" (instance)))"#, "foreign_import");
}

#[test]
fn a_newer_interface_is_told_from_a_foreign_one() {
    check(r#"(component (import "sortie:plugin/log@0.2.0" (instance)))"#, "newer_interface");
    check(r#"(component (import "sortie:plugin/files@0.2.0" (instance)))"#, "newer_interface");
    check(r#"(component (instance $i) (export "sortie:plugin/mission@1.0.0" (instance $i)))"#, "newer_interface");
}

#[test]
fn a_component_that_exports_no_mission_is_rejected() {
    check("(component)", "not_a_plugin");
    check(r#"(component (instance $i) (export "sortie:plugin/mission@0.0.1" (instance $i)))"#, "not_a_plugin");
    check(r#"(component (instance $i) (export "wasi:cli/run@0.2.0" (instance $i)))"#, "not_a_plugin");
}

#[test]
fn a_function_of_another_type_is_rejected_when_the_plugin_is_loaded() {
    let mission = |functions: &str| {
        format!(
            r#"(component
                (core module $m (memory (export "memory") 1) (func (export "f") (result i32) unreachable))
                (core instance $i (instantiate $m))
                (func $f (result string) (canon lift (core func $i "f") (memory (core memory $i "memory"))))
                (instance $mission {functions})
                (export "sortie:plugin/mission@0.1.0" (instance $mission)))"#
        )
    };
    check(&mission(""), "wrong_function_type");
    check(&mission(r#"(export "describe" (func $f))"#), "wrong_function_type");
    let log = r#"(component
        (import "sortie:plugin/log@0.1.0" (instance (export "log" (func (param "message" string)))))
        (instance $i) (export "sortie:plugin/mission@0.1.0" (instance $i)))"#;
    check(log, "wrong_function_type");
}

#[test]
fn webassembly_that_is_not_deterministic_or_switched_off_is_rejected() {
    check("(component (core module (memory 1 1 shared)))", "invalid_component");
    check("(component (core module (memory i64 1)))", "invalid_component");
    check(
        "(component (core module (func (param v128 v128) (result v128)
            (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))))",
        "invalid_component",
    );
}

#[test]
fn what_a_plugin_declares_is_bounded_before_it_is_compiled() {
    let mission = r#"(instance $i) (export "sortie:plugin/mission@0.1.0" (instance $i))"#;
    check(&format!("(component (core module (memory 1025)) {mission})"), "plugin_memory_too_large");
    check(&format!("(component (core module (memory 65536)) {mission})"), "plugin_memory_too_large");
    check(&format!("(component (core module (table 100001 funcref)) {mission})"), "plugin_table_too_large");
}

fn with(change: impl FnOnce(&mut Value)) -> String {
    let mut manifest = manifest();
    change(&mut manifest);
    code(sortie_packager::with_manifest(&component("ok"), &manifest).unwrap())
}

#[test]
fn a_broken_manifest_is_rejected() {
    assert_eq!(with(|_| ()), "loaded");
    assert_eq!(with(|manifest| *manifest = json!([])), "broken_manifest");
    assert_eq!(with(|manifest| manifest["version"] = json!("1")), "broken_manifest");
    assert_eq!(with(|manifest| manifest["extra"] = json!(1)), "broken_manifest");
    assert_eq!(with(|manifest| manifest["operations"][0]["reads"] = json!([{"state": "a"}])), "broken_manifest");
    assert_eq!(with(|manifest| manifest["description"] = json!("x".repeat(1 << 20))), "broken_manifest");
    let duplicate = |manifest: &mut Value| {
        let operation = manifest["operations"][0].clone();
        manifest["operations"] = json!([operation.clone(), operation]);
    };
    assert_eq!(with(duplicate), "broken_manifest");
    for name in ["", "Work", "1a", "a b", "a/b", "ä", "a.b", &"a".repeat(65)] {
        assert_eq!(with(|manifest| manifest["operations"][0]["name"] = json!(name)), "broken_manifest", "{name}");
        assert_eq!(with(|manifest| manifest["name"] = json!(name)), "broken_manifest", "{name}");
    }
    assert_eq!(with(|manifest| manifest["name"] = json!("a".repeat(64))), "loaded");
}

#[test]
fn a_manifest_that_is_no_json_is_rejected() {
    let mut bytes = component("ok");
    let (name, text) = ("sortie:manifest", "{\"name\":");
    bytes.extend([0, u8::try_from(1 + name.len() + text.len()).unwrap(), u8::try_from(name.len()).unwrap()]);
    bytes.extend(name.bytes().chain(text.bytes()));
    assert_eq!(code(bytes), "broken_manifest");
}

#[test]
fn a_plugin_without_a_manifest_whose_describe_fails_is_rejected() {
    assert_eq!(code(component("ok")), "describe_failed");
}
