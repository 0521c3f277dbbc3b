//! RFC 6902 as the engine applies it: all of a patch or none, and the size kept by what changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::support::{self, called, run_on, whole_state};
use jsonptr::PointerBuf;
use proptest::prelude::*;
use serde_json::{Value, json};
use sortie_engine::{Access, FailureKind, Limits, PatchOperation, Run};
use sortie_json::canonical_size;

/// The run after a step with this patch.
fn patched(state: &Value, patch: Value, limits: Limits) -> Run {
    let changes: Vec<PatchOperation> = serde_json::from_value(patch).expect("a patch");
    let mut run = run_on(state.clone(), vec![whole_state()], limits);
    called(&mut run, changes);
    run
}

/// The size that the run keeps for its state.
fn kept_size(run: &Run) -> usize {
    usize::try_from(serde_json::to_value(run).unwrap()["state_bytes"].as_u64().unwrap()).unwrap()
}

fn check(state: Value, patch: Value, expected: Result<Value, &str>) {
    check_within(Limits::default(), state, patch, expected);
}

fn check_within(limits: Limits, state: Value, patch: Value, expected: Result<Value, &str>) {
    let run = patched(&state, patch.clone(), limits);
    let sortie_engine::Next::Done(result) = run.next() else { panic!("one step") };
    match expected {
        Ok(expected) => {
            assert_eq!((result.error_message.as_deref(), &result.final_state), (None, &expected), "{patch}");
        }
        Err(code) => {
            assert_eq!(result.error_details["code"], json!(code), "{patch}: {:?}", result.error_message);
            assert_eq!(result.final_state, state, "{patch}");
        }
    }
    assert_eq!(kept_size(&run), canonical_size(run.state()), "{patch}");
}

#[test]
fn add_inserts_or_replaces() {
    check(json!({}), json!([{"op": "add", "path": "/a", "value": 1}]), Ok(json!({"a": 1})));
    check(json!({"a": 1}), json!([{"op": "add", "path": "/a", "value": null}]), Ok(json!({"a": null})));
    check(json!({}), json!([{"op": "add", "path": "/", "value": 1}]), Ok(json!({"": 1})));
    check(json!({"a": [1, 2]}), json!([{"op": "add", "path": "/a/1", "value": [9]}]), Ok(json!({"a": [1, [9], 2]})));
    check(json!({"a": [1, 2]}), json!([{"op": "add", "path": "/a/2", "value": 3}]), Ok(json!({"a": [1, 2, 3]})));
    check(json!({"a": [1]}), json!([{"op": "add", "path": "/a/-", "value": 2}]), Ok(json!({"a": [1, 2]})));
    check(json!({"a": []}), json!([{"op": "add", "path": "/a/-", "value": 2}]), Ok(json!({"a": [2]})));
    check(json!({"a": {}}), json!([{"op": "add", "path": "/a/-", "value": 2}]), Ok(json!({"a": {"-": 2}})));
    check(json!({"a": {}}), json!([{"op": "add", "path": "/a/01", "value": 2}]), Ok(json!({"a": {"01": 2}})));
    check(json!({"a": 1}), json!([{"op": "add", "path": "", "value": {"b": 2}}]), Ok(json!({"b": 2})));
    for path in ["/a/3", "/a/01", "/a/+1", "/a/x", "/a/1/x", "/b/c", "/a/-/x", "/s/0"] {
        check(json!({"a": [1, 2], "s": "text"}), json!([{"op": "add", "path": path, "value": 3}]), Err("path_missing"));
    }
}

#[test]
fn tokens_are_unescaped_once() {
    let state = json!({"a/b": 1, "m~n": 2, "~1": 3, "é\n": 4});
    check(
        state.clone(),
        json!([{"op": "remove", "path": "/a~1b"}, {"op": "remove", "path": "/m~0n"}, {"op": "remove", "path": "/~01"}]),
        Ok(json!({"é\n": 4})),
    );
    check(
        state,
        json!([{"op": "move", "from": "/é\n", "path": "/~0~1\""}]),
        Ok(json!({"a/b": 1, "m~n": 2, "~1": 3, "~/\"": 4})),
    );
}

#[test]
fn remove_and_replace_need_what_they_name() {
    check(json!({"a": 1, "b": 2}), json!([{"op": "remove", "path": "/a"}]), Ok(json!({"b": 2})));
    check(json!({"a": [1, 2, 3]}), json!([{"op": "remove", "path": "/a/1"}]), Ok(json!({"a": [1, 3]})));
    check(json!({"a": [1, 2]}), json!([{"op": "replace", "path": "/a/0", "value": {}}]), Ok(json!({"a": [{}, 2]})));
    check(json!({"a": 1}), json!([{"op": "replace", "path": "", "value": {}}]), Ok(json!({})));
    for path in ["/a/2", "/a/-", "/a/00", "/b", "/a/0/x"] {
        let state = json!({"a": [1, 2]});
        check(state.clone(), json!([{"op": "remove", "path": path}]), Err("path_missing"));
        check(state, json!([{"op": "replace", "path": path, "value": 0}]), Err("path_missing"));
    }
}

#[test]
fn move_takes_out_first_and_then_adds() {
    check(
        json!({"a": [1, 2, 3]}),
        json!([{"op": "move", "from": "/a/0", "path": "/a/2"}]),
        Ok(json!({"a": [2, 3, 1]})),
    );
    check(
        json!({"a": [1, 2, 3]}),
        json!([{"op": "move", "from": "/a/0", "path": "/a/-"}]),
        Ok(json!({"a": [2, 3, 1]})),
    );
    check(json!({"a": [1, 2, 3]}), json!([{"op": "move", "from": "/a/0", "path": "/a/3"}]), Err("path_missing"));
    check(json!({"a": 1, "b": 2}), json!([{"op": "move", "from": "/a", "path": "/b"}]), Ok(json!({"b": 1})));
    check(json!({"a": {"b": 1}}), json!([{"op": "move", "from": "/a/b", "path": "/a"}]), Ok(json!({"a": 1})));
    check(json!({"a": {"b": {}}}), json!([{"op": "move", "from": "/a/b", "path": ""}]), Ok(json!({})));
    check(json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/a"}]), Ok(json!({"a": 1})));
    check(json!({"a": 1}), json!([{"op": "move", "from": "/b", "path": "/b"}]), Err("from_missing"));
    check(json!({"a": {}}), json!([{"op": "move", "from": "/a", "path": "/a/b"}]), Err("move_into_itself"));
    check(json!({"a": {}}), json!([{"op": "move", "from": "", "path": "/b"}]), Err("move_into_itself"));
    check(json!({"a": 1}), json!([{"op": "move", "from": "/b", "path": "/a"}]), Err("from_missing"));
    check(json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/b/c"}]), Err("path_missing"));
    // A name that begins alike is another place.
    check(json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/ab"}]), Ok(json!({"ab": 1})));
}

#[test]
fn copy_leaves_its_source_and_test_compares() {
    check(
        json!({"a": {"b": [1]}}),
        json!([{"op": "copy", "from": "/a", "path": "/a/c"}, {"op": "add", "path": "/a/c/b/-", "value": 2}]),
        Ok(json!({"a": {"b": [1], "c": {"b": [1, 2]}}})),
    );
    check(json!({}), json!([{"op": "copy", "from": "/a", "path": "/b"}]), Err("from_missing"));
    let state = json!({"a": {"x": 1, "y": [2, null]}});
    check(state.clone(), json!([{"op": "test", "path": "/a", "value": {"y": [2, null], "x": 1}}]), Ok(state.clone()));
    check(state.clone(), json!([{"op": "test", "path": "/a/x", "value": "1"}]), Err("test_failed"));
    check(state.clone(), json!([{"op": "test", "path": "/a/y", "value": [null, 2]}]), Err("test_failed"));
    check(state, json!([{"op": "test", "path": "/b", "value": null}]), Err("path_missing"));
}

#[test]
fn the_state_stays_an_object() {
    for value in [json!(null), json!([]), json!("x")] {
        check(json!({"a": 1}), json!([{"op": "replace", "path": "", "value": value}]), Err("root_not_object"));
        check(json!({"a": 1}), json!([{"op": "add", "path": "", "value": value}]), Err("root_not_object"));
    }
    check(json!({"a": 1}), json!([{"op": "remove", "path": ""}]), Err("root_not_object"));
    check(json!({"a": 1}), json!([{"op": "copy", "from": "/a", "path": ""}]), Err("root_not_object"));
    check(json!({"a": [1]}), json!([{"op": "move", "from": "/a", "path": ""}]), Err("root_not_object"));
}

/// Invariant 4.
#[test]
fn a_patch_that_fails_midway_leaves_the_state_and_its_size() {
    let state = json!({"a": [1, {"k": "old"}, 3], "b": {"c": {"d": 1}}, "e": "x"});
    let before = [
        json!({"op": "move", "from": "/b/c", "path": "/a/-"}),
        json!({"op": "copy", "from": "/a", "path": "/f"}),
        json!({"op": "remove", "path": "/a/0"}),
        json!({"op": "add", "path": "/a/0", "value": [[]]}),
        json!({"op": "replace", "path": "/e", "value": {"long": "text"}}),
        json!({"op": "move", "from": "/f", "path": "/e"}),
        json!({"op": "add", "path": "", "value": {"all": "new"}}),
    ];
    let failing = [
        json!({"op": "test", "path": "", "value": {}}),
        json!({"op": "remove", "path": "/nowhere"}),
        json!({"op": "add", "path": "/nowhere/x", "value": 1}),
        json!({"op": "move", "from": "/a", "path": "/nowhere/x"}),
        json!({"op": "move", "from": "/all", "path": "/nowhere/x"}),
    ];
    for length in 0..=before.len() {
        for last in &failing {
            let mut patch = before[..length].to_vec();
            patch.push(last.clone());
            let run = patched(&state, json!(patch), Limits::default());
            assert_eq!(run.state(), &state, "{patch:?}");
            assert_eq!(kept_size(&run), canonical_size(&state), "{patch:?}");
        }
    }
}

#[test]
fn a_move_that_shifts_its_own_target_is_undone_in_order() {
    let state = json!({"a": [0, 1, {"k": "old"}]});
    check(state.clone(), json!([{"op": "move", "from": "/a/0", "path": "/a/1/k"}]), Ok(json!({"a": [1, {"k": 0}]})));
    check(
        state,
        json!([{"op": "move", "from": "/a/0", "path": "/a/1/k"}, {"op": "test", "path": "/a", "value": 0}]),
        Err("test_failed"),
    );
}

#[test]
fn the_size_and_depth_of_the_state_are_bounded() {
    let state = json!({"a": "x"});
    let limits = Limits { state_bytes: 20, ..Limits::default() };
    // {"a":"x","b":"12345"} has 21 bytes.
    check_within(limits, state.clone(), json!([{"op": "add", "path": "/b", "value": "12345"}]), Err("state_too_large"));
    check_within(
        limits,
        state.clone(),
        json!([{"op": "add", "path": "/b", "value": "1234"}]),
        Ok(json!({"a": "x", "b": "1234"})),
    );
    // Copies are short, and small values take more room than their text is long.
    let limits = Limits { state_bytes: 1 << 20, ..Limits::default() };
    let state = json!({"a": vec![json!({"": 0}); 5000], "b": []});
    let copies =
        |count: usize| (0..count).map(|_| json!({"op": "copy", "from": "/a", "path": "/b/-"})).collect::<Value>();
    let one = json!(vec![json!({"": 0}); 5000]);
    check_within(limits, state.clone(), copies(1), Ok(json!({"a": one, "b": [one]})));
    check_within(limits, state.clone(), copies(2), Err("too_many_values"));
    let goes = json!([
        {"op": "copy", "from": "/a", "path": "/b/-"}, {"op": "remove", "path": "/a"},
        {"op": "copy", "from": "/b/0", "path": "/b/-"}, {"op": "replace", "path": "/b/0", "value": 1}
    ]);
    check_within(limits, state, goes, Ok(json!({"b": [1, one]})));
    let nested = |depth: usize| (0..depth).fold(json!(1), |value, _| json!([value]));
    let limits = Limits { json_depth: 4, ..Limits::default() };
    check_within(
        limits,
        json!({}),
        json!([{"op": "add", "path": "/b", "value": nested(3)}]),
        Ok(json!({"b": nested(3)})),
    );
    check_within(limits, json!({}), json!([{"op": "add", "path": "/b", "value": nested(4)}]), Err("state_too_deep"));
    check_within(
        limits,
        json!({"a": nested(3), "b": [0]}),
        json!([{"op": "move", "from": "/a", "path": "/b/0"}]),
        Err("state_too_deep"),
    );
}

#[test]
fn what_a_patch_copies_compares_and_shifts_is_paid_in_fuel() {
    let state = json!({"a": "x".repeat(900), "l": vec![0; 1000]});
    let there = json!({"op": "move", "from": "/a", "path": "/b"});
    let back = json!({"op": "move", "from": "/b", "path": "/a"});
    let patch_of = |changes: &[&Value], times: usize| -> Value {
        json!((0..times).flat_map(|_| changes.iter().map(|change| (*change).clone())).collect::<Vec<_>>())
    };
    let fuel = |patch: &Value, fuel_per_call: u64| {
        let run = patched(&state, patch.clone(), Limits { fuel_per_call, ..Limits::default() });
        let sortie_engine::Next::Done(result) = run.next() else { panic!("one step") };
        assert_eq!(result.final_state, state, "{:?}", result.error_message);
        (result.error_code.map(FailureKind::code), result.receipt.fuel)
    };
    // A move of 902 bytes is 1872 bytes of work; 64 KiB are free, and the call's own 10 units pay for 40 more.
    assert_eq!(fuel(&patch_of(&[&there, &back], 17), 10), (None, 10));
    let more = patch_of(&[&there, &back], 18);
    assert_eq!(fuel(&more, 464), (None, 464));
    assert_eq!(fuel(&more, 463), (Some("out_of_fuel"), 463));
    // What fails is paid, too, and nothing is free because it changes nothing.
    let test = json!({"op": "test", "path": "/a", "value": state["a"]});
    assert_eq!(fuel(&patch_of(&[&test], 1000), 1000), (Some("out_of_fuel"), 1000));
    let replace = json!({"op": "replace", "path": "/a", "value": state["a"]});
    assert_eq!(fuel(&patch_of(&[&replace], 1000), 1000), (Some("out_of_fuel"), 1000));
    let (first, take) = (json!({"op": "add", "path": "/l/0", "value": 1}), json!({"op": "remove", "path": "/l/0"}));
    assert_eq!(fuel(&patch_of(&[&first, &take], 1000), 1000), (Some("out_of_fuel"), 1000));
    let nothing = json!({"op": "copy", "from": "/absent", "path": "/b"});
    let (code, spent) = fuel(&patch_of(&[&replace, &nothing], 1), 1000);
    assert_eq!((code, spent), (Some("output_rejected"), 10));
}

#[test]
fn many_changes_are_held_against_many_pointers() {
    let pointers: Vec<String> = (0..20_000).map(|index| format!("/l{index}")).collect();
    let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
    let mut run = run_on(json!({"l7": 0}), vec![support::access(&pointers, &pointers)], Limits::default());
    let change = json!({"op": "replace", "path": "/l7", "value": 0});
    let changes: Vec<PatchOperation> = serde_json::from_value(json!(vec![change; 100_000])).unwrap();
    called(&mut run, changes);
    let sortie_engine::Next::Done(result) = run.next() else { panic!("one step") };
    assert_eq!(result.error_message, None);
}

#[test]
fn what_a_step_reads_is_bounded_with_its_overlaps() {
    let state = json!({"a": {"b": "x".repeat(400)}});
    let limits = Limits { state_bytes: 500, ..Limits::default() };
    let reading = |reads: &[&str]| run_on(state.clone(), vec![support::access(reads, &[])], limits);
    assert!(matches!(reading(&["/a"]).next(), sortie_engine::Next::Call(_)));
    // Of {"b":"x…"} 408, of "x…" 402.
    let both = Limits { state_bytes: 810, ..limits };
    let just = |limits| run_on(state.clone(), vec![support::access(&["/a", "/a/b"], &[])], limits);
    assert!(matches!(just(both).next(), sortie_engine::Next::Call(_)));
    assert!(matches!(just(Limits { state_bytes: 809, ..limits }).next(), sortie_engine::Next::Done(_)));
    let run = reading(&["/a", "/a/b"]);
    let sortie_engine::Next::Done(result) = run.next() else { panic!("it is not called") };
    assert_eq!(result.error_code, Some(FailureKind::MemoryLimit));
    assert_eq!(result.error_details, json!({"code": "input_too_large"}));
    assert_eq!((result.failed_step_id.as_deref(), result.receipt.fuel), (Some("s0"), 0));
}

#[test]
fn what_is_not_declared_is_neither_read_nor_written() {
    let state = json!({"in": 1, "out": {"x": 1}, "secret": 2});
    let fails = |op: Value, code: &str| {
        let changes = serde_json::from_value(json!([{"op": "add", "path": "/out/y", "value": 0}, op])).unwrap();
        let mut run = run_on(state.clone(), vec![support::access(&["/in"], &["/out"])], Limits::default());
        called(&mut run, changes);
        let sortie_engine::Next::Done(result) = run.next() else { panic!("one step") };
        assert_eq!(result.error_details["code"], json!(code), "{op}");
        assert_eq!(result.final_state, state, "{op}");
    };
    fails(json!({"op": "add", "path": "/secret", "value": 1}), "undeclared_write");
    fails(json!({"op": "replace", "path": "/in", "value": 1}), "undeclared_write");
    fails(json!({"op": "remove", "path": ""}), "undeclared_write");
    fails(json!({"op": "move", "from": "/in", "path": "/out/z"}), "undeclared_write");
    fails(json!({"op": "move", "from": "/out/x", "path": "/outer"}), "undeclared_write");
    fails(json!({"op": "copy", "from": "/secret", "path": "/out/z"}), "undeclared_read");
    fails(json!({"op": "test", "path": "/secret", "value": 2}), "undeclared_read");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        (-1000_i64..1000).prop_map(|value| json!(value)),
        "[a~/\"\\\\é\u{1}]{0,4}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(key(), inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "a/b", "m~n", "", "é\"", "0"]).prop_map(str::to_owned)
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(key(), value(), 1..5).prop_map(|map| json!(map))
}

fn pointer() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec!["a", "b", "a~1b", "m~0n", "", "é\"", "0", "1", "2", "-", "01"]);
    prop::collection::vec(token, 0..4).prop_map(|tokens| tokens.iter().flat_map(|token| ["/", *token]).collect())
}

fn change() -> impl Strategy<Value = Value> {
    let located = ["add", "replace", "test"];
    prop_oneof![
        4 => (prop::sample::select(located.to_vec()), pointer(), value())
            .prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value})),
        2 => pointer().prop_map(|path| json!({"op": "remove", "path": path})),
        3 => (prop::sample::select(vec!["move", "copy"]), pointer(), pointer())
            .prop_map(|(op, from, path)| json!({"op": op, "from": from, "path": path})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn each_change_does_what_the_library_does_and_the_size_is_kept(
        state in object(),
        patch in prop::collection::vec(change(), 1..12),
    ) {
        // Only those that apply, so that patches are long; what the library makes of the state is the reference.
        let mut reference = state.clone();
        let mut applied = Vec::new();
        for change in patch {
            let before = reference.clone();
            let parsed: PatchOperation = serde_json::from_value(change.clone()).unwrap();
            // The library refuses to move the root to the root, which RFC 6902 lets be a change of nothing.
            if matches!(&parsed, PatchOperation::Move(change) if change.from.is_root() && change.path.is_root()) {
                continue;
            }
            let moved_into_itself = match &parsed {
                PatchOperation::Move(change) => change.path != change.from && change.path.starts_with(&change.from),
                _ => false,
            };
            let fits = json_patch::patch(&mut reference, std::slice::from_ref(&parsed)).is_ok()
                && reference.is_object()
                && !moved_into_itself;
            let mut with_it = applied.clone();
            with_it.push(change);
            let run = patched(&state, json!(with_it), Limits::default());
            prop_assert_eq!(kept_size(&run), canonical_size(run.state()));
            if fits {
                prop_assert_eq!(run.state(), &reference);
                applied = with_it;
            } else {
                // All of the patch was rolled back.
                prop_assert_eq!(run.state(), &state);
                reference = before;
            }
        }
    }
}

#[test]
fn what_a_host_narrows_to_elements_keeps_these_in_their_places() {
    let pointers = |texts: &[&str]| -> Vec<PointerBuf> { texts.iter().map(|text| text.parse().unwrap()).collect() };
    let narrowed = |reads: Option<&[&str]>, writes: Option<&[&str]>, patch: Value| {
        let (reads, writes) = (reads.map(pointers), writes.map(pointers));
        let access = whole_state().narrowed(reads.as_deref(), writes.as_deref());
        // As it comes back from a journal.
        let access: Access = serde_json::from_value(serde_json::to_value(access).unwrap()).unwrap();
        let state = json!({"list": [1, 2, 3], "key": {"0": 1, "1": 2}, "o": {"list": [1]}, "secret": 7});
        let mut run = run_on(state.clone(), vec![access], Limits::default());
        called(&mut run, serde_json::from_value(patch.clone()).unwrap());
        let sortie_engine::Next::Done(result) = run.next() else { panic!("one step") };
        assert_eq!(kept_size(&run), canonical_size(run.state()), "{patch}");
        assert!(result.success || result.final_state == state, "{patch}");
        result.error_details["code"].as_str().unwrap_or("done").to_owned()
    };
    let writes = |allowed: &[&str], patch: Value| narrowed(None, Some(allowed), patch);
    let reads = |allowed: &[&str], patch: Value| narrowed(Some(allowed), None, patch);
    let (first, last) = (json!([{"op": "remove", "path": "/list/0"}]), json!([{"op": "remove", "path": "/list/2"}]));
    let before = json!([{"op": "add", "path": "/list/0", "value": 9}]);
    for decide in [&writes as &dyn Fn(&[&str], Value) -> String, &reads] {
        assert_eq!(decide(&["/list/0"], first.clone()), "withheld_write");
        assert_eq!(decide(&["/list/0"], before.clone()), "withheld_write");
        assert_eq!(decide(&["/list", "/list/0"], first.clone()), "done");
        assert_eq!(decide(&["/list"], before.clone()), "done");
        assert_eq!(decide(&["", "/o/list/0"], first.clone()), "done");
        // Nothing stands behind the last one, and members have no order.
        assert_eq!(decide(&["/list/2"], last.clone()), "done");
        assert_eq!(decide(&["/list/-"], json!([{"op": "add", "path": "/list/-", "value": 4}])), "done");
        assert_eq!(decide(&["/key/0"], json!([{"op": "remove", "path": "/key/0"}])), "done");
    }
    assert_eq!(writes(&["/list/0"], json!([{"op": "replace", "path": "/list/0", "value": 9}])), "done");
    assert_eq!(writes(&["/list/0"], json!([{"op": "move", "from": "/list/0", "path": "/list/-"}])), "withheld_write");
    // An array that is longer only by its name is another.
    assert_eq!(writes(&["/list", "/listing/0"], first.clone()), "done");
    // What is not to be seen is not told by a test, copied or moved, though it may be written.
    assert_eq!(reads(&["/key"], json!([{"op": "test", "path": "/secret", "value": 7}])), "withheld_read");
    assert_eq!(reads(&["/key"], json!([{"op": "copy", "from": "/secret", "path": "/key/s"}])), "withheld_read");
    assert_eq!(reads(&["/key"], json!([{"op": "move", "from": "/secret", "path": "/key/s"}])), "withheld_read");
    assert_eq!(reads(&["/key"], json!([{"op": "move", "from": "", "path": ""}])), "withheld_read");
    assert_eq!(reads(&["/key"], json!([{"op": "replace", "path": "/secret", "value": 8}])), "done");
    assert_eq!(reads(&["/key"], json!([{"op": "move", "from": "/key/0", "path": "/key/2"}])), "done");
}
