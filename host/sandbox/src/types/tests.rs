#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use wasmparser::Parser;

use super::*;

/// How heavy the types of a component are, and how deep within each other, given as much as they may have.
fn costs(component: &[u8], most: u64) -> (u64, u64) {
    let mut costs = TypeCosts::default();
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(component) {
        let Ok(payload) = payload else { break };
        costs.count(&payload, component, most);
    }
    (costs.weight(), costs.nesting())
}

fn of_text(text: &str) -> (u64, u64) {
    costs(&wat::parse_str(format!("(component {text})")).unwrap(), u64::MAX)
}

fn weight(text: &str) -> u64 {
    of_text(text).0
}

fn nesting(text: &str) -> u64 {
    of_text(text).1
}

/// A component whose only section has these types.
fn nesting_of_section(types: &[u8]) -> u64 {
    let mut component = wasm_encoder::Component::new();
    component.section(&wasm_encoder::RawSection { id: 7, data: types });
    costs(&component.finish(), u64::MAX).1
}

#[test]
fn a_type_is_as_heavy_as_what_is_in_it() {
    assert_eq!(weight("(type u8)"), 1);
    assert_eq!(weight(r#"(type (record (field "a" u8) (field "b" string)))"#), 3);
    assert_eq!(weight(r#"(type (enum "a" "b" "c")) (type (flags "a" "b"))"#), 4 + 3);
    assert_eq!(weight(r#"(type (variant (case "a") (case "b" u8)))"#), 3);
    assert_eq!(
        weight("(type (list u8)) (type (option u8)) (type (result u8 (error string))) (type (tuple u8 u8))"),
        2 + 2 + 3 + 3
    );
    assert_eq!(weight(r#"(type (func (param "a" u8) (result u8)))"#), 3);
    // A name of 32 bytes is one more.
    let name = |bytes| format!(r#"(type (record (field "{}" u8)))"#, "a".repeat(bytes));
    assert_eq!((weight(&name(31)), weight(&name(32)), weight(&name(64))), (2, 3, 4));
    // What it refers to counts each time.
    assert_eq!(weight("(type $a (tuple u8 u8)) (type $b (tuple $a $a $a)) (type (list $b))"), 3 + 10 + 11);
}

#[test]
fn what_is_imported_exported_or_instantiated_counts_each_time() {
    // The function's type, its export, and the type of the instance.
    let instance = r#"(type $i (instance (type $f (func (param "a" u8))) (export "f" (func (type $f)))))"#;
    assert_eq!(weight(instance), 2 + 2 + 3);
    let imported = |times: usize| {
        (0..times).map(|n| format!(r#"(import "a{n}" (instance (type $i)))"#)).collect::<Vec<_>>().concat()
    };
    assert_eq!(weight(&format!("{instance} {}", imported(5))), 7 + 5 * 3);
    // Within a type, the alias for it among what is declared; and what that type is in turn.
    let within = |times| format!("(type (component (alias outer 1 0 (type $i)) {}))", imported(times));
    assert_eq!(weight(&format!("{instance} {}", within(5))), 7 + 1 + 5 * 3 + (1 + 5 * 3));
    // A component, its export, and its instances.
    let component = r#"(component $c (type $t (tuple u8 u8)) (export "t" (type $t)))"#;
    assert_eq!(weight(component), 3 + 3);
    assert_eq!(weight(&format!("{component} {}", "(instance (instantiate $c))".repeat(4))), 6 + 4 * 3);
    // What an instance has stands for the whole of it.
    let alias =
        format!(r#"{component} (instance $c (instantiate $c)) (alias export $c "t" (type $t)) (type (list $t))"#);
    assert_eq!(weight(&alias), 6 + 3 + 1 + 4);
}

#[test]
fn adapters_count_as_often_as_they_are_compiled() {
    let inner = r#"(component $c
        (import "f" (func $f (param "x" (tuple u8 u8))))
        (core module $m (memory (export "memory") 1)) (core instance $m (instantiate $m))
        (core func (canon lower (func $f))) (core func (canon lower (func $f))))"#;
    // The tuple, the function and its import; and two adapters for it.
    let before = 3 + 4 + 4 + 2 * (4 + ADAPTER);
    assert_eq!(weight(inner), before);
    // An instance of the component, which has that one member, with its adapters.
    let import = r#"(import "f" (func $f (param "x" (tuple u8 u8))))"#;
    let of = |instances: usize| {
        weight(&format!("{import} {inner} {}", r#"(instance (instantiate $c (with "f" (func $f))))"#.repeat(instances)))
    };
    assert_eq!(of(5) - of(1), 4 * (of(2) - of(1)));
    assert_eq!(of(2) - of(1), 4 + 2 * (4 + ADAPTER));
    // Through an alias of the component, too.
    let alias = |instances: usize| {
        let instances = r#"(instance (instantiate $c (with "f" (func $f))))"#.repeat(instances);
        weight(&format!(
            r#"{inner} (component (import "f" (func $f (param "x" (tuple u8 u8)))) (alias outer 1 0 (component $c)) {instances})"#
        ))
    };
    assert_eq!(alias(3) - alias(2), 4 + 2 * (4 + ADAPTER));
}

#[test]
fn a_few_bytes_that_stand_for_much_are_counted_no_further() {
    let members = (0..300).map(|n| format!(r#"(export "f{n}" (func (result (own $r))))"#)).collect::<Vec<_>>().concat();
    let instance = format!(r#"(type $i (instance (export "r" (type $r (sub resource))) {members}))"#);
    let imports = (0..900).map(|n| format!(r#"(import "a{n}" (instance (type $i)))"#)).collect::<Vec<_>>().concat();
    let types = format!("(type (component (alias outer 1 0 (type $i)) {imports}))").repeat(50);
    let component = wat::parse_str(format!("(component {instance} {types})")).unwrap();
    assert!(component.len() < 500_000);
    assert!(costs(&component, u64::MAX).0 > 25_000_000);
    assert!((100_001..102_000).contains(&costs(&component, 100_000).0), "{:?}", costs(&component, 100_000));
}

#[test]
fn the_levels_of_types_are_counted() {
    assert_eq!(nesting("(type (func))"), 0);
    assert_eq!(nesting("(type (list string)) (type (component))"), 1);
    let levels = |count: usize, outer: &str| {
        (0..count).fold("(type $f (func (param \"a\" u8)))".to_owned(), |within, level| {
            format!("(type $t{level} ({outer} {within} (export \"e{level}\" (func (type 0)))))")
        })
    };
    for outer in ["instance", "component"] {
        assert_eq!((nesting(&levels(1, outer)), nesting(&levels(7, outer))), (1, 7), "{outer}");
    }
    // Beside a deep one that is not deep itself.
    let beside = "(type (component (type (instance)) (import \"i\" (instance (type 0))) (type (func)) (alias outer 0 0 (type))))";
    assert_eq!(nesting(beside), 2);
}

#[test]
fn nothing_is_read_that_is_deeper_than_one_level_more() {
    let deep = |levels: usize| [b"\x01".as_slice(), &b"\x42\x01\x01".repeat(levels), b"\x40\0\x01\0"].concat();
    assert_eq!(nesting_of_section(&deep(32)), 32);
    assert_eq!((nesting_of_section(&deep(33)), nesting_of_section(&deep(1_000_000))), (33, 33));
    // What is broken is as deep as it is until there.
    assert_eq!(nesting_of_section(b"\x01\x42\x01\x01\x42\x02\x07"), 2);
    assert_eq!((nesting_of_section(b"\x01\x42"), nesting_of_section(b"")), (0, 0));
}
