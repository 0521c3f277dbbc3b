//! Files that are no plugin.

use serde_json::{Value, json};
use sortie_sandbox::{Anatomy, MAX_PLUGIN_BYTES, Plugin};

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
    // A section of a name of one byte has twelve more than what is in it.
    let of = |bytes: usize| [plugin_bytes("ok"), custom("x", &vec![0; bytes - plugin_bytes("ok").len() - 12])].concat();
    assert_eq!(code(of(MAX_PLUGIN_BYTES)), "loaded");
    assert_eq!(code(of(MAX_PLUGIN_BYTES + 1)), "plugin_too_large");
}

#[test]
fn of_a_plugins_file_no_more_is_read_than_a_plugin_may_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.wasm");
    // The rest of the file, which takes no place on the disk, is what is in the last section.
    let file_of = |bytes: usize| {
        let whole = [plugin_bytes("ok"), custom("x", &vec![0; bytes - plugin_bytes("ok").len() - 12])].concat();
        std::fs::write(&path, &whole[..plugin_bytes("ok").len() + 12]).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(bytes as u64).unwrap();
        let read = Plugin::read(&path).unwrap();
        assert!(whole.starts_with(&read), "{bytes}");
        (read.len(), code(read))
    };
    let (most, too_large) = (MAX_PLUGIN_BYTES, "plugin_too_large".to_owned());
    assert_eq!(file_of(most), (most, "loaded".to_owned()));
    assert_eq!(file_of(most + 1), (most + 1, too_large.clone()));
    assert_eq!(file_of(2 * most), (most + 1, too_large));
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
    check(r#"(component (import "sortie:plugin/files@0.2.0" (instance)))"#, "foreign_import");
    check(r#"(component (import "sortie:plugin/log" (instance)))"#, "foreign_import");
}

#[test]
fn a_newer_interface_is_told_from_a_foreign_one() {
    check(r#"(component (import "sortie:plugin/log@0.3.0" (instance)))"#, "newer_interface");
    check(r#"(component (import "sortie:plugin/files@0.3.0" (instance)))"#, "newer_interface");
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
                (export "sortie:plugin/mission@0.2.0" (instance $mission)))"#
        )
    };
    check(&mission(""), "wrong_function_type");
    check(&mission(r#"(export "describe" (func $f))"#), "wrong_function_type");
    let log = r#"(component
        (import "sortie:plugin/log@0.2.0" (instance (export "log" (func (param "message" string)))))
        (instance $i) (export "sortie:plugin/mission@0.2.0" (instance $i)))"#;
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
    let mission = r#"(instance $i) (export "sortie:plugin/mission@0.2.0" (instance $i))"#;
    check(&format!("(component (core module (memory 1025)) {mission})"), "plugin_memory_too_large");
    check(&format!("(component (core module (memory 65536)) {mission})"), "plugin_memory_too_large");
    check(&format!("(component (core module (table 100001 funcref)) {mission})"), "plugin_table_too_large");
}

/// A component that exports what a mission is, so that nothing but its size is wrong with it.
fn sized(definitions: &str) -> String {
    let mission = r#"(instance $i) (export "sortie:plugin/mission@0.2.0" (instance $i))"#;
    code(wat::parse_str(format!("(component {definitions} {mission})")).unwrap())
}

/// A core module with one function of this body.
fn body(text: &str) -> String {
    sized(&format!("(core module (func {text}))"))
}

#[test]
fn what_is_instantiated_is_counted_as_often_as_it_is() {
    // Each level instantiates the one within it ten times.
    let nested = |levels: usize, innermost: &str| {
        (0..levels).fold(format!("(component $c {innermost})"), |within, _| {
            format!("(component $c {within} {})", "(instance (instantiate $c))".repeat(10))
        }) + "(instance (instantiate $c))"
    };
    let core = "(core module $m) (core instance (instantiate $m))";
    for levels in [2, 5] {
        assert_eq!(sized(&nested(levels, core)), "plugin_too_complex", "{levels}");
        assert_eq!(sized(&nested(levels, "")), "plugin_too_complex", "{levels}");
    }
    assert_ne!(sized(&nested(1, core)), "plugin_too_complex");
    let times = |count: usize| format!("(core module $m) {}", "(core instance (instantiate $m))".repeat(count));
    assert_ne!(sized(&times(64)), "plugin_too_complex");
    assert_eq!(sized(&times(65)), "plugin_too_complex");
    // An alias to a component outside is that component.
    let outer = format!(
        "(component $c {}) (component (alias outer 1 $c (component $d)) (instance (instantiate $d)))",
        times(60)
    );
    let twice = outer.clone() + "(instance (instantiate $c)) (instance (instantiate $c))";
    assert_ne!(sized(&outer), "plugin_too_complex");
    assert_eq!(sized(&twice), "plugin_too_complex");
    // What a component gets from outside cannot be counted.
    let given = "(component (import \"m\" (core module $m)) (core instance (instantiate $m)))";
    let given = format!("(component $c {given} (core module $n)) (instance (instantiate $c))");
    assert_ne!(sized(&given), "plugin_too_complex", "it is not instantiated");
    let taken = "(core module $n) (component $c (import \"m\" (core module $m)) (core instance (instantiate $m)))
        (instance (instantiate $c (with \"m\" (core module $n))))";
    assert_eq!(sized(taken), "plugin_too_complex");
}

#[test]
fn a_module_with_two_memories_or_tables_of_its_own_is_rejected() {
    let module = |text: &str| sized(&format!("(core module {text})"));
    assert_eq!(module("(memory 1) (memory 1)"), "plugin_too_complex");
    assert_eq!(module("(table 1 funcref) (table 1 funcref)"), "plugin_too_complex");
    assert_ne!(module(r#"(import "a" "m" (memory 1)) (memory 1) (table 1 funcref)"#), "plugin_too_complex");
    let many = |count: usize| {
        let one = "(core module $m (memory 1) (table 1 funcref)) ".to_owned();
        sized(&(one + &"(core instance (instantiate $m))".repeat(count)))
    };
    assert_ne!(many(4), "plugin_too_complex");
    assert_eq!(many(5), "plugin_too_complex");
}

#[test]
fn a_memory_counts_as_often_as_it_is_instantiated() {
    let twice = "(core module $m (memory 600)) (core instance (instantiate $m)) (core instance (instantiate $m))";
    assert_eq!(sized(twice), "plugin_memory_too_large");
}

#[test]
fn a_function_that_no_compiler_writes_is_rejected() {
    let loops = |count: usize| body(&"(loop) ".repeat(count));
    assert_eq!((loops(400).as_str(), loops(401).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let deep = |levels: usize| body(&format!("{}{}", "(block ".repeat(levels), ")".repeat(levels)));
    assert_eq!((deep(2000).as_str(), deep(2001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let locals = |count: usize| body(&format!("(local {})", "i32 ".repeat(count)));
    assert_eq!((locals(2000).as_str(), locals(2001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let targets = |count: usize| body(&format!("(block (br_table {} (i32.const 0)))", "0 ".repeat(count + 1)));
    assert_eq!((targets(40_000).as_str(), targets(40_001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let branches = |count: usize| body(&"(block) ".repeat(count));
    assert_eq!((branches(20_000).as_str(), branches(20_001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let height = |count: usize| body(&("i32.const 0 ".repeat(count) + &"drop ".repeat(count)));
    assert_eq!((height(500).as_str(), height(501).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let both = |branches: usize| body(&format!("(local {}) {}", "i32 ".repeat(1000), "(block) ".repeat(branches)));
    assert_eq!((both(1000).as_str(), both(1001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let long = |count: usize| body(&"nop ".repeat(count));
    assert_eq!((long(1_000_000).as_str(), long(1_100_000).as_str()), ("wrong_function_type", "plugin_too_complex"));
}

#[test]
fn more_of_anything_than_toolchains_make_is_rejected() {
    let module = |text: String| sized(&format!("(core module {text})"));
    let functions = |count: usize| module("(func)".repeat(count));
    assert_eq!((functions(50_000).as_str(), functions(50_001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let globals = |count: usize| module("(global i32 (i32.const 0))".repeat(count));
    assert_eq!((globals(50_000).as_str(), globals(50_001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let types = |count: usize| module("(type (func))".repeat(count));
    assert_eq!((types(20_000).as_str(), types(20_001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let segments = |count: usize| module(format!("(memory 1) {}", r#"(data (i32.const 0) "")"#.repeat(count)));
    assert_eq!((segments(50_000).as_str(), segments(50_001).as_str()), ("wrong_function_type", "plugin_too_complex"));
    let modules = |count: usize| sized(&"(core module)".repeat(count));
    assert_ne!(modules(100), "plugin_too_complex");
    let deep = |levels: usize| (0..levels).fold(String::new(), |within, _| format!("(component {within})"));
    assert_eq!((sized(&deep(7)).as_str(), sized(&deep(8)).as_str()), ("wrong_function_type", "plugin_too_complex"));
}

/// A section of a component (Component Model, binary format), or of a core module.
fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    let mut section = vec![id];
    section.extend(length(contents.len()));
    section.extend(contents);
    section
}

/// A length as LEB128, of five bytes whatever it is.
fn length(length: usize) -> Vec<u8> {
    let length = u32::try_from(length).unwrap();
    (0..5).map(|byte| u8::try_from(length >> (7 * byte) & 0x7f).unwrap() | if byte < 4 { 0x80 } else { 0 }).collect()
}

fn text(text: &str) -> Vec<u8> {
    [length(text.len()), text.as_bytes().to_vec()].concat()
}

fn custom(name: &str, contents: &[u8]) -> Vec<u8> {
    section(0, &[text(name), contents.to_vec()].concat())
}

#[test]
fn what_is_known_of_a_file_takes_no_more_room_than_of_a_plugin() {
    let customs = |count: usize| {
        let all = (0..count).map(|number| custom(&number.to_string(), &[])).collect::<Vec<_>>().concat();
        [plugin_bytes("ok"), all].concat()
    };
    assert_eq!((code(customs(1_500)).as_str(), code(customs(2_000)).as_str()), ("loaded", "plugin_too_complex"));
    assert!(Anatomy::of(&customs(50_000)).sections.len() <= 2_000);
    let tools = (0..5_000).flat_map(|number| [text(&number.to_string()), text("1")].concat()).collect::<Vec<_>>();
    let tools = [length(1), text("processed-by"), length(5_000), tools].concat();
    let anatomy = Anatomy::of(&[plugin_bytes("ok"), custom("producers", &tools)].concat());
    assert!((990..=1_000).contains(&anatomy.producers.len()), "{}", anatomy.producers.len());
}

#[test]
fn types_are_as_deep_within_each_other_as_they_may_be_and_no_stack_is_used_up() {
    let types = |levels: usize| [b"\x01".as_slice(), &b"\x42\x01\x01".repeat(levels), b"\x40\0\x01\0"].concat();
    let component = |levels| [b"\0asm\x0d\0\x01\0".to_vec(), section(7, &types(levels))].concat();
    assert_eq!(code(component(32)), "not_a_plugin");
    assert_eq!(
        (code(component(33)).as_str(), code(component(1_000_000)).as_str()),
        ("plugin_too_complex", "plugin_too_complex")
    );
    // What is known of such a file is told too.
    assert_eq!(Anatomy::of(&component(1_000_000)).broken, None);
}

#[test]
fn what_comes_after_too_much_of_something_is_not_looked_at() {
    let module = |types: usize| {
        let functions = [length(types), b"\x60\0\0".repeat(types)].concat();
        section(1, &[b"\0asm\x01\0\0\0".to_vec(), section(1, &functions)].concat())
    };
    let component = |types| [b"\0asm\x0d\0\x01\0".to_vec(), module(types), vec![0xff; 9]].concat();
    assert_eq!(code(component(20_000)), "invalid_component");
    assert_eq!(code(component(20_001)), "plugin_too_complex");
}

#[test]
fn a_message_repeats_the_beginning_of_a_name_that_is_too_long() {
    let long = "x".repeat(90_000);
    let components = [
        format!(r#"(component (import "{long}" (func)))"#),
        format!(r#"(component (import "sortie:plugin/{long}@99.0.0" (func)))"#),
        format!(r#"(component (import "\u{{1b}}{long}" (func)))"#),
    ];
    for component in components {
        let rejection = Plugin::load(&sandbox(), wat::parse_str(component).unwrap()).unwrap_err();
        assert!(rejection.to_string().len() < 600, "{} bytes", rejection.to_string().len());
    }
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
fn a_manifest_has_as_much_as_it_may_have_and_not_one_more() {
    let bytes = |bytes: usize| {
        let rest = manifest().to_string().len();
        with(|manifest| manifest["description"] = json!("x".repeat(bytes - rest)))
    };
    assert_eq!((bytes(1 << 20).as_str(), bytes((1 << 20) + 1).as_str()), ("loaded", "broken_manifest"));
    let operations = |count: usize| {
        with(|manifest| {
            let operation = manifest["operations"][0].clone();
            let named = |number: usize| {
                let mut operation = operation.clone();
                operation["name"] = json!(format!("work-{number}"));
                operation
            };
            manifest["operations"] = (0..count).map(named).collect();
        })
    };
    assert_eq!((operations(1024).as_str(), operations(1025).as_str()), ("loaded", "broken_manifest"));
    let missions = |count: usize| {
        with(|manifest| {
            let named = |number: usize| json!({"name": format!("mission-{number}"), "description": "", "params_schema": true, "examples": []});
            manifest["missions"] = (0..count).map(named).collect();
        })
    };
    assert_eq!((missions(256).as_str(), missions(257).as_str()), ("loaded", "broken_manifest"));
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
