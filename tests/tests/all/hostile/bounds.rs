//! What a call may have: as much as its limits say, and not one more.

use sortie_engine::Limits;
use sortie_sandbox::{Plugin, Sandbox};
use sortie_tests::TextPlugin;

use super::component::{FUEL, ending, execute_within, manifest, sandbox};

/// How an operation of this text ends within limits.
fn end(sandbox: &Sandbox, parts: &str, body: &str, limits: Limits) -> String {
    let module = format!(
        "{parts} (func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute) (local $n i32) {body})"
    );
    let bytes = TextPlugin { module: &module, manifest: Some(&manifest()), ..TextPlugin::default() }.bytes();
    ending(&execute_within(&Plugin::load(sandbox, bytes).unwrap(), FUEL, limits))
}

#[test]
fn an_output_has_as_many_bytes_and_levels_as_it_may_have_and_not_one_more() {
    let sandbox = sandbox();
    let text = |bytes: u32, limits| {
        let body = format!(
            "(memory.fill (i32.const 2048) (i32.const 0x61) (i32.const {bytes}))
             (i32.store8 (i32.const 2048) (i32.const 0x22)) (i32.store8 (i32.const {}) (i32.const 0x22))
             (call $output (i32.const 2048) (i32.const {bytes}))",
            2047 + bytes
        );
        end(&sandbox, "", &body, limits)
    };
    let limits = Limits { output_bytes: 1000, ..Limits::default() };
    assert!(text(1000, limits).starts_with("ok"), "{}", text(1000, limits));
    assert_eq!(text(1001, limits), "output_rejected output_too_large");
    let deep = |levels: u32, limits| {
        let body = format!(
            "(memory.fill (i32.const 2048) (i32.const 0x5b) (i32.const {levels}))
             (memory.fill (i32.const {}) (i32.const 0x5d) (i32.const {levels}))
             (call $output (i32.const 2048) (i32.const {}))",
            2048 + levels,
            2 * levels
        );
        end(&sandbox, "", &body, limits)
    };
    for json_depth in [4, 128] {
        let limits = Limits { json_depth, ..Limits::default() };
        let levels = u32::try_from(json_depth).unwrap();
        assert!(deep(levels, limits).starts_with("ok"), "{}", deep(levels, limits));
        assert_eq!(deep(levels + 1, limits), "output_rejected invalid_json");
    }
}

#[test]
fn memory_and_tables_grow_to_their_bound_and_not_beyond() {
    let sandbox = sandbox();
    let limits = Limits { memory_bytes: 1 << 20, ..Limits::default() };
    let pages =
        |pages: u32| end(&sandbox, "", &format!("(drop (memory.grow (i32.const {}))) (call $ok)", pages - 1), limits);
    assert_eq!((pages(16).as_str(), pages(17).as_str()), ("ok", "memory_limit"));
    let elements = |elements: u32| {
        let body = format!("(drop (table.grow $t (ref.null func) (i32.const {}))) (call $ok)", elements - 1);
        end(&sandbox, "(table $t 1 funcref)", &body, limits)
    };
    assert_eq!((elements(100_000).as_str(), elements(100_001).as_str()), ("ok", "memory_limit"));
    for (parts, grow) in [
        (r#"(memory (export "memory") 1 2)"#, "(memory.grow (i32.const 2))"),
        ("(table $t 1 2 funcref)", "(table.grow $t (ref.null func) (i32.const 2))"),
    ] {
        let times = |times: u32| {
            let body = format!(
                "(loop $again (drop {grow}) (local.set $n (i32.add (local.get $n) (i32.const 1)))
                   (br_if $again (i32.lt_u (local.get $n) (i32.const {times})))) (call $ok)"
            );
            end(&sandbox, parts, &body, limits)
        };
        assert_eq!((times(10_000).as_str(), times(10_001).as_str()), ("ok", "memory_limit"), "{grow}");
    }
}
