//! What the parts of a plugin do to each other while it is instantiated: a result, whatever it is, and no fault of the host.

use sortie_sandbox::{Allocation, Backend, Plugin, Sandbox, SandboxConfig};

use super::component::{FUEL, ending, execute, plugin_bytes};

/// A section of a component (Component Model, binary format).
fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap();
    let length =
        (0..5).map(|byte| u8::try_from(length >> (7 * byte) & 0x7f).unwrap() | if byte < 4 { 0x80 } else { 0 });
    std::iter::once(id).chain(length).chain(contents.iter().copied()).collect()
}

/// How a plugin ends that has this component within it too, on each backend.
fn with_part(text: &str) -> String {
    let part = wat::parse_str(format!("(component {text})")).unwrap();
    // The component is the plugin's second one, and is instantiated with nothing.
    let bytes = [plugin_bytes("ok"), section(4, &part), section(5, &[1, 0, 1, 0])].concat();
    let mut ends = Vec::new();
    for backend in Backend::ALL {
        for allocation in [Allocation::Pooled, Allocation::OnDemand] {
            let config = SandboxConfig { backend, allocation, cache: None, ..SandboxConfig::default() };
            let plugin = Plugin::load(&Sandbox::new(config).unwrap(), bytes.clone()).unwrap();
            let executed = execute(&plugin, FUEL);
            ends.push((ending(&executed), executed.map(|executed| executed.fuel).ok()));
        }
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    ends[0].0.clone()
}

#[test]
fn handles_that_there_are_not_or_too_many_of_end_the_call() {
    let starting = |body: &str| {
        with_part(&format!(
            r#"(type $thing (resource (rep i32)))
            (core func $new (canon resource.new $thing))
            (core func $drop (canon resource.drop $thing))
            (core func $rep (canon resource.rep $thing))
            (core instance $things (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep)))
            (core module $m
              (import "things" "new" (func $new (param i32) (result i32)))
              (import "things" "drop" (func $drop (param i32)))
              (import "things" "rep" (func $rep (param i32) (result i32)))
              (func $start (local $turns i32) {body})
              (start $start))
            (core instance (instantiate $m (with "things" (instance $things))))"#
        ))
    };
    assert_eq!(starting("(call $drop (call $new (i32.const 1)))"), r#"ok {"a":1}"#);
    assert_eq!(starting("(call $drop (i32.const 99))"), "output_rejected malformed_request");
    assert_eq!(starting("(drop (call $rep (i32.const 99)))"), "output_rejected malformed_request");
    let as_many = |count: u32| {
        starting(&format!(
            "(loop $again (drop (call $new (i32.const 1))) (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $turns) (i32.const {count}))))"
        ))
    };
    assert_eq!(as_many(100_000), r#"ok {"a":1}"#);
    assert_eq!(as_many(100_001), "output_rejected malformed_request");
}

/// The highest bit of a length in `latin1+utf16`: the text has sixteen bits for each unit.
const OF_TWO_BYTES: u32 = 1 << 31;

#[test]
fn texts_that_are_none_end_the_call_from_one_part_to_another_too() {
    let passing = |from: &str, to: &str, data: &str, units: u32| {
        with_part(&format!(
            r#"(component $hears
              (core module $m (memory (export "m") 1) (func (export "f") (param i32 i32))
                (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
              (core instance $i (instantiate $m))
              (func (export "f") (param "x" string) (canon lift (core func $i "f")
                (memory (core memory $i "m")) (realloc (core func $i "r")) string-encoding={to})))
            (instance $hears (instantiate $hears))
            (component $says
              (import "f" (func $f (param "x" string)))
              (core module $m (memory (export "m") 1) (data (i32.const 16) "{data}"))
              (core instance $i (instantiate $m))
              (core func $f (canon lower (func $f) (memory (core memory $i "m")) string-encoding={from}))
              (core instance $other (export "f" (func $f)))
              (core module $starts (import "other" "f" (func $f (param i32 i32)))
                (func $start (call $f (i32.const 16) (i32.const {units})))
                (start $start))
              (core instance (instantiate $starts (with "other" (instance $other)))))
            (instance (instantiate $says (with "f" (func $hears "f"))))"#
        ))
    };
    for to in ["utf8", "utf16", "latin1+utf16"] {
        assert_eq!(passing("utf8", to, "abc", 3), r#"ok {"a":1}"#, "{to}");
        assert_eq!(passing("utf8", to, "\\ff\\ff", 2), "output_rejected malformed_request", "{to}");
        assert_eq!(passing("utf16", to, "\\00\\d8a\\00", 2), "output_rejected malformed_request", "{to}");
        let half = passing("latin1+utf16", to, "\\00\\d8a\\00", OF_TWO_BYTES | 2);
        assert_eq!(half, "output_rejected malformed_request", "{to}");
        assert_eq!(passing("utf8", to, "", 65_530), "trap malformed_value", "{to}");
    }
}
