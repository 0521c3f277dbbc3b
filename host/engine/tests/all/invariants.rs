//! The invariants of the design, section 4, as far as they are the engine's. Isolation (5) and the part of host
//! faults (8) that needs plugins are proved in the crate `sortie-tests`; atomic patches (4) also in `patches.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use crate::support::{access, binding, called, drive, end, input, ok, pending, run_of, run_on, whole_state, workflow};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sortie_engine::{
    Call, Decision, ExecutionContext, FailureKind, Limits, Mission, Next, OperationOutput, OrchestrationResult,
    Outcome, PatchOperation, Plan, PlanError, Run, RunEvent, StepFailure, WorkflowDefinition,
};
use sortie_json::{ContentHash, canonical};

fn code_of(definition: Value) -> &'static str {
    match WorkflowDefinition::from_json(&definition).and_then(WorkflowDefinition::validated) {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

fn step(id: &str, kind: &str) -> Value {
    match kind {
        "runtime" => json!({"id": id, "kind": kind, "payload": {"operation": "work"}}),
        _ => json!({"id": id, "kind": kind, "payload": {}}),
    }
}

fn definition(steps: Vec<Value>) -> Value {
    json!({"id": "w", "steps": steps})
}

fn failed(kind: FailureKind) -> Outcome {
    Outcome::Failed(StepFailure { kind, message: "no".to_owned(), details: Value::Null })
}

fn event(outcome: Outcome) -> RunEvent {
    RunEvent::Called { outcome, fuel: 10 }
}

fn changes(patch: Value) -> Vec<PatchOperation> {
    serde_json::from_value(patch).unwrap()
}

#[test]
fn invariant_1_anti_failure_five_steps_pass_and_six_do_not() {
    for (count, code) in [(0, "ok"), (1, "ok"), (5, "ok"), (6, "anti_failure_violation")] {
        let steps = (0..count).map(|index| step(&format!("s{index}"), "runtime")).collect();
        assert_eq!(code_of(definition(steps)), code, "{count} steps");
    }
}

#[test]
fn invariant_1_anti_failure_two_human_steps_pass_and_three_do_not() {
    for (count, code) in [(0, "ok"), (2, "ok"), (3, "anti_failure_violation")] {
        let kind = |index| if index < count { "human" } else { "runtime" };
        let steps = (0..5).map(|index| step(&format!("s{index}"), kind(index))).collect();
        assert_eq!(code_of(definition(steps)), code, "{count} human steps");
    }
}

#[test]
fn invariant_2_envelope_a_step_is_runtime_or_human_and_nothing_else() {
    for kind in ["", "Runtime", "HUMAN", "runtime ", "agent", "тест"] {
        let code = code_of(definition(vec![json!({"id": "a", "kind": kind, "payload": {"operation": "work"}})]));
        assert_eq!(code, if kind.is_empty() { "invalid_workflow" } else { "envelope_violation" }, "{kind}");
    }
    assert_eq!(code_of(definition(vec![json!({"id": "a", "kind": 1})])), "invalid_workflow");
}

#[test]
fn invariant_2_envelope_step_ids_are_unique() {
    assert_eq!(code_of(definition(vec![step("a", "runtime"), step("a", "human")])), "duplicate_step_id");
    assert_eq!(code_of(definition(vec![step("a", "runtime"), step("A", "runtime")])), "ok");
    assert_eq!(code_of(definition(vec![step("", "runtime")])), "invalid_workflow");
}

#[test]
fn a_definition_of_another_shape_is_rejected() {
    for broken in [
        json!([]),
        json!({"id": "w"}),
        json!({"id": "", "steps": []}),
        json!({"id": "w", "steps": {}}),
        json!({"id": "w", "steps": [], "metadata": []}),
        json!({"id": "w", "steps": [], "extra": 1}),
        json!({"id": "w", "steps": [{"id": "a", "kind": "runtime", "payload": {}}]}),
        json!({"id": "w", "steps": [{"id": "a", "kind": "runtime", "payload": {"operation": 7}}]}),
        json!({"id": "w", "steps": [{"id": "a", "kind": "human", "payload": "?"}]}),
    ] {
        assert_eq!(code_of(broken.clone()), "invalid_workflow", "{broken}");
    }
    let human = |payload: Value| definition(vec![json!({"id": "a", "kind": "human", "payload": payload})]);
    for broken in [
        json!({"descripton": "?"}),
        json!({"choices": []}),
        json!({"on_expiry": "default"}),
        json!({"choices": [1], "default": 2}),
        json!({"expires": "soon"}),
        json!({"context": "a"}),
        json!({"approvals": 0}),
        json!({"approvals": 17}),
        json!({"approvals": 1.5}),
        json!({"approvals": "2"}),
        json!({"approvals": 2, "assignees": ["ann", " ann"]}),
        json!({"not_starter": "yes"}),
        json!({"expires": "99999999999999d"}),
        json!({"approvals": 2, "assignees": ["Jos\u{e9}", "Jose\u{301}"]}),
        json!({"choices": ["Jos\u{e9}", "Jose\u{301}"]}),
    ] {
        assert_eq!(code_of(human(broken.clone())), "invalid_human_step", "{broken}");
    }
    assert_eq!(code_of(human(json!({"approvals": 2, "assignees": ["ann", "ben"], "not_starter": true}))), "ok");
    // A default of null is a default.
    assert_eq!(code_of(human(json!({"on_expiry": "default", "default": null}))), "ok");
}

#[test]
fn invariant_3_inputs_are_immutable() {
    let workflow = workflow("rhr");
    let context = ExecutionContext::new(json!({"n": [1]})).unwrap().with_metadata(json!({"who": "me"})).unwrap();
    let before = (workflow.clone(), context.clone());
    let valid = workflow.clone().validated().unwrap();
    let bindings = valid.operations().map(|_| binding(whole_state())).collect();
    let run = Run::start(Plan::new(valid, bindings).unwrap(), &context, Limits::default()).unwrap();
    let change = event(ok(changes(json!([{"op": "add", "path": "/n/-", "value": 2}]))));
    let events = [change.clone(), RunEvent::Decided(Decision::answered(json!(1))), change];
    let result = drive(run, &events, |run| run);
    assert_eq!(result.final_state, json!({"n": [1, 2, 2]}));
    assert_eq!((workflow, context), before);
}

#[test]
fn invariant_4_a_step_that_fails_leaves_the_state_and_ends_the_run() {
    let good = changes(json!([{"op": "add", "path": "/a", "value": 1}]));
    let bad = changes(json!([{"op": "add", "path": "/b", "value": 1}, {"op": "remove", "path": "/nowhere"}]));
    let result = drive(run_of("rrr", json!({})), &[event(ok(good)), event(ok(bad))], |run| run);
    assert_eq!(result.final_state, json!({"a": 1}));
    assert_eq!(result.executed_steps, workflow("rr").steps);
    assert_eq!(result.lineage.executed_step_ids, ["s0", "s1"]);
    assert_eq!((result.success, result.failed_step_id.as_deref()), (false, Some("s1")));
    assert_eq!(result.error_code, Some(FailureKind::OutputRejected));
    assert_eq!(result.error_details, json!({"code": "path_missing", "change": 1, "path": "/nowhere"}));
    assert_eq!(result.lineage.steps.len(), 2);
}

#[test]
fn every_kind_of_failure_has_its_code_in_the_result() {
    for (kind, code) in [
        (FailureKind::OperationFailed, "operation_failed"),
        (FailureKind::Trap, "trap"),
        (FailureKind::OutOfFuel, "out_of_fuel"),
        (FailureKind::MemoryLimit, "memory_limit"),
        (FailureKind::OutputRejected, "output_rejected"),
    ] {
        let result = drive(run_of("rh", json!({"a": 1})), &[event(failed(kind))], |run| run);
        let told = result.to_json();
        assert_eq!((&told["error_code"], &told["lineage"]["steps"][0]["outcome"]), (&json!(code), &json!(code)));
        assert_eq!((result.success, result.final_state), (false, json!({"a": 1})));
    }
    let result = drive(run_of("h", json!({})), &[RunEvent::Expired], |run| run);
    assert_eq!(result.to_json()["error_code"], json!("expired"));
}

#[test]
fn invariant_6_determinism_the_result_is_a_function_of_its_inputs() {
    let events = [event(ok(changes(json!([{"op": "add", "path": "/z", "value": {"b": 1, "a": 2}}]))))];
    let result = |state: &str| drive(run_of("r", serde_json::from_str(state).unwrap()), &events, |run| run);
    let (one, other) = (result(r#"{"x":1,"y":{"a":1,"b":2}}"#), result(r#"{"y":{"b":2e0,"a":1.0},"x":1}"#));
    assert_eq!(canonical(&one.to_json()), canonical(&other.to_json()));
    let next = |metadata: Value, payload: u64| {
        let definition = json!({"id": "w", "steps": [
            {"id": "s0", "kind": "runtime", "payload": {"operation": "work", "n": payload}}]});
        let valid = WorkflowDefinition::from_json(&definition).unwrap().validated().unwrap();
        let context = ExecutionContext::new(json!({})).unwrap().with_metadata(metadata).unwrap();
        let plan = Plan::new(valid, vec![binding(whole_state())]).unwrap();
        pending(&Run::start(plan, &context, Limits::default()).unwrap()).call().seed()
    };
    assert_eq!(next(json!({"a": 1}), 1), next(json!({"a": 1}), 1));
    assert_ne!(next(json!({"a": 1}), 1), next(json!({"a": 2}), 1));
    assert_ne!(next(json!({"a": 1}), 1), next(json!({"a": 1}), 2));
}

/// Serialises the run and reads it back, as another process would.
fn reopened(run: Run) -> Run {
    let read: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    assert_eq!(read, run);
    assert_eq!(read.next(), run.next());
    read
}

fn any_change() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec!["/a", "/b", "/list/0", "/list/-", "/deep/x", "/nowhere/x", ""]);
    let value = prop::sample::select(vec![json!(null), json!(1.5), json!("é"), json!([1e30]), json!({"k": [{}]})]);
    let op = prop::sample::select(vec!["add", "add", "add", "replace", "remove", "test"]);
    (op, path, value).prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value}))
}

fn any_event(kind: char) -> BoxedStrategy<RunEvent> {
    let value = prop::sample::select(vec![json!(null), json!(true), json!({"x": [1.25]}), json!("no")]);
    if kind == 'h' {
        return prop_oneof![
            4 => value.prop_map(|value| RunEvent::Decided(Decision::answered(value))),
            1 => Just(RunEvent::Decided(Decision::marked())),
            1 => Just(RunEvent::Expired),
        ]
        .boxed();
    }
    let done = (prop::collection::vec(any_change(), 0..3), prop::option::of(value), 0..1_000_u64).prop_map(
        |(patch, output, fuel)| {
            let returned = OperationOutput { changes: changes(json!(patch)), output, ..OperationOutput::default() };
            RunEvent::Called { outcome: Outcome::Executed(returned), fuel }
        },
    );
    prop_oneof![8 => done, 1 => Just(event(failed(FailureKind::Trap)))].boxed()
}

/// The kinds of a workflow's steps, with something that happens in each.
fn any_script() -> impl Strategy<Value = (String, Vec<RunEvent>)> {
    let kinds = prop::collection::vec(prop::sample::select(vec!['r', 'r', 'h']), 0..=5)
        .prop_filter("at most two human steps", |kinds| kinds.iter().filter(|kind| **kind == 'h').count() <= 2);
    kinds.prop_flat_map(|kinds| {
        let events: Vec<_> = kinds.iter().map(|kind| any_event(*kind)).collect();
        (Just(kinds.into_iter().collect()), events)
    })
}

proptest! {
    #[test]
    fn invariant_7_pausing_is_invisible((kinds, events) in any_script()) {
        let run = run_of(&kinds, json!({"list": [0, {"n": 2.5}], "deep": {}}));
        let straight = drive(run.clone(), &events, |run| run);
        let paused = drive(run.clone(), &events, reopened);
        // A journal keeps the events as text, and rebuilds the run from its beginning.
        let kept: Vec<RunEvent> = serde_json::from_str(&serde_json::to_string(&events).unwrap()).unwrap();
        let replayed = drive(reopened(run), &kept, |run| run);
        prop_assert_eq!(canonical(&straight.to_json()), canonical(&paused.to_json()));
        prop_assert_eq!(canonical(&straight.to_json()), canonical(&replayed.to_json()));
        prop_assert_eq!(&straight, &replayed);
        let read: OrchestrationResult = serde_json::from_value(straight.to_json()).unwrap();
        prop_assert_eq!(read, straight);
    }

    #[test]
    fn the_lineage_leads_to_the_final_state((kinds, events) in any_script()) {
        let initial = json!({"list": [0], "deep": {}});
        let result = drive(run_of(&kinds, initial.clone()), &events, |run| run);
        let mut state = initial;
        let mut chain = result.receipt.workflow_hash;
        for step in &result.lineage.steps {
            let mut told = serde_json::to_value(step).unwrap();
            let hash = told.as_object_mut().unwrap().remove("chain").unwrap();
            if let Some(patch) = told.get("patch") {
                json_patch::patch(&mut state, &changes(patch.clone())).unwrap();
            }
            chain = ContentHash::of(&json!({"previous": chain, "step": told}));
            prop_assert_eq!(json!(chain), hash);
        }
        prop_assert_eq!(state, result.final_state);
    }
}

#[test]
fn invariant_7_an_output_or_a_default_of_null_is_not_lost() {
    let returned = OperationOutput { output: Some(Value::Null), ..OperationOutput::default() };
    let null = event(Outcome::Executed(returned));
    let kept: RunEvent = serde_json::from_str(&serde_json::to_string(&null).unwrap()).unwrap();
    assert_eq!(kept, null);
    assert_eq!(drive(run_of("r", json!({})), &[kept], |run| run).outputs.len(), 1);
    let asked = json!({"id": "w", "steps": [
        {"id": "a", "kind": "human", "payload": {"default": null, "on_expiry": "default"}}]});
    let valid = WorkflowDefinition::from_json(&asked).unwrap().validated().unwrap();
    let context = ExecutionContext::new(json!({})).unwrap();
    reopened(Run::start(Plan::new(valid, Vec::new()).unwrap(), &context, Limits::default()).unwrap());
}

#[test]
fn invariant_8_a_host_fault_is_never_a_result() {
    // There is no outcome for one: the driver says nothing, and the run stays where it was.
    let mut run = run_of("rh", json!({}));
    let first = run.next();
    assert_eq!(run.next(), first);
    let wrong = run.decided(Decision::marked()).unwrap_err();
    assert_eq!((wrong.expected, wrong.told), ("a call", "a decision"));
    assert!(run.expired().is_err());
    assert_eq!(run.next(), first);
    let made = pending(&run);
    called(&mut run, Vec::new());
    assert!(run.called(made, ok(Vec::new()), 0).is_err());
    run.decided(Decision::marked()).unwrap();
    assert!(matches!(run.next(), Next::Done(_)));
    assert!(run.decided(Decision::marked()).is_err());
}

#[test]
fn the_outcome_of_a_call_counts_only_for_the_step_that_made_it() {
    let mut run = run_of("rr", json!({}));
    let of_the_first = pending(&run);
    called(&mut run, Vec::new());
    let before = run.clone();
    let told = run.called(of_the_first, ok(changes(json!([{"op": "add", "path": "/a", "value": 1}]))), 5).unwrap_err();
    assert_eq!((told.expected, told.told), ("a call", "a call of another step"));
    assert!(end(&mut run, Outcome::Built(workflow(""))).is_err());
    assert_eq!(run, before);
}

#[test]
fn a_call_that_is_written_and_read_is_the_same_call() {
    let call = pending(&run_of("r", json!({"a": 1}))).call().clone();
    let written = serde_json::to_value(&call).unwrap();
    assert_eq!(written.get("input_hash"), None);
    assert_eq!(serde_json::from_value::<Call>(written).unwrap(), call);
}

#[test]
fn invariant_9_an_operation_is_given_what_it_declares_and_nothing_else() {
    let rest: Vec<Value> = (0..100_000).map(|n| json!({"n": n})).collect();
    let state = json!({"a": {"b": 1, "c": 2}, "rest": rest});
    let run = run_on(state, vec![access(&["/a/b", "/rest/7", "/absent"], &["/a"])], Limits::default());
    assert_eq!(input(&run).state.value(), json!({"/a/b": 1, "/rest/7": {"n": 7}}));
}

#[test]
fn invariant_9_what_a_patch_does_not_touch_stays_where_it_is() {
    let rest: Vec<Value> = (0..1000).map(|n| json!(format!("{n}"))).collect();
    let mut run = run_on(json!({"a": 1, "rest": rest}), vec![whole_state(); 2], Limits::default());
    let address = |run: &Run| run.state()["rest"].as_array().map(|rest| rest.as_ptr().addr());
    let before = address(&run);
    called(&mut run, changes(json!([{"op": "replace", "path": "/a", "value": 2}])));
    assert_eq!(address(&run), before);
    // Nor is it when the patch fails, or when it is moved.
    called(
        &mut run,
        changes(json!([{"op": "move", "from": "/rest", "path": "/a"}, {"op": "test", "path": "", "value": {}}])),
    );
    assert_eq!((address(&run), &run.state()["a"]), (before, &json!(2)));
}

#[test]
fn the_result_hash_is_the_sha_256_of_the_documented_members() {
    let output = Outcome::Executed(OperationOutput {
        changes: changes(json!([{"op": "add", "path": "/a", "value": 1.5}])),
        output: Some(json!("o")),
        ..OperationOutput::default()
    });
    let events = [event(output), RunEvent::Decided(Decision::answered(json!(true))), event(failed(FailureKind::Trap))];
    let result = drive(run_of("rhr", json!({})), &events, |run| run);
    let text = concat!(
        r#"{"decisions":{"s1":{"status":"answered","value":true}},"error_code":"trap","error_message":"no","#,
        r#""executed_steps":[{"id":"s0","kind":"runtime","payload":{"n":0,"operation":"work"}},"#,
        r#"{"id":"s1","kind":"human","payload":{"description":"?"}},"#,
        r#"{"id":"s2","kind":"runtime","payload":{"n":2,"operation":"work"}}],"#,
        r#""final_state":{"a":1.5},"id":"w","outputs":{"s0":"o"},"success":false,"verdicts":{}}"#,
    );
    assert_eq!(result.receipt.result_hash.as_bytes()[..], Sha256::digest(text.as_bytes())[..]);
    let mut other = result.clone();
    other.receipt.fuel += 1;
    other.receipt.audit.push(json!("who"));
    assert_eq!(other.hash(), result.hash());
    assert_eq!(result.clone().into_json(), result.to_json());
}

/// A workflow with a step of each kind that has every member a payload can have, and what each may be instead.
fn asking() -> (Value, Vec<(usize, &'static str, Value)>) {
    let steps = json!([
        {"id": "work", "kind": "runtime", "payload": {"operation": "work", "params": {"x": 1}}},
        {"id": "ask", "kind": "human", "payload": {
            "description": "Shall the notes be published?", "context": "/notes", "schema": {"type": "string"},
            "choices": ["yes", "no"], "default": "no", "expires": "2d", "on_expiry": "default", "assignees": ["Ann"],
        }},
        {"id": "end", "kind": "runtime", "payload": {"operation": "work"}},
    ]);
    let others = vec![
        (0, "operation", json!("other/work")),
        (0, "params", json!({"x": 2})),
        (0, "more", json!(null)),
        (1, "description", json!("Shall all data be deleted?")),
        (1, "context", json!("/data")),
        (1, "schema", json!({"type": ["string", "null"]})),
        (1, "choices", json!(["yes", "no", "perhaps"])),
        (1, "default", json!("yes")),
        (1, "expires", json!("3d")),
        (1, "on_expiry", json!("fail")),
        (1, "assignees", json!(["Ben"])),
        (2, "operation", json!("elsewhere/work")),
    ];
    (steps, others)
}

#[test]
fn invariant_10_each_member_of_each_payload_is_in_the_result_hash() {
    let hash_of = |steps: &Value| {
        let workflow = WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps})).unwrap();
        let valid = workflow.validated().unwrap();
        let bindings = valid.operations().map(|_| binding(whole_state())).collect();
        let context = ExecutionContext::new(json!({"notes": "…", "data": "…"})).unwrap();
        let run = Run::start(Plan::new(valid, bindings).unwrap(), &context, Limits::default()).unwrap();
        let work = event(ok(Vec::new()));
        // The last step fails: it is among what was executed, too.
        let events = [work, RunEvent::Decided(Decision::answered(json!("yes"))), event(failed(FailureKind::Trap))];
        drive(run, &events, |run| run).receipt.result_hash
    };
    let (steps, others) = asking();
    let members: usize = steps.as_array().unwrap().iter().map(|step| step["payload"].as_object().unwrap().len()).sum();
    assert_eq!(others.len(), members + 1, "each member, and one that is not there");
    let mut hashes = BTreeSet::from([hash_of(&steps).to_string()]);
    for (step, member, other) in others {
        let mut changed = steps.clone();
        changed[step]["payload"][member] = other;
        assert!(hashes.insert(hash_of(&changed).to_string()), "{member} of step {step}");
    }
}

#[test]
fn the_receipt_names_the_mission_and_every_plugin_once() {
    let mission = Mission {
        plugin: "builder".to_owned(),
        digest: ContentHash::of_bytes(b"builder"),
        name: "tidy".to_owned(),
        params: json!({"x": 1}),
    };
    let valid = workflow("rr").validated().unwrap();
    let bindings = valid.operations().map(|_| binding(whole_state())).collect();
    let plan = Plan::new(valid, bindings).unwrap().with_mission(mission.clone());
    let run = Run::start(plan, &ExecutionContext::new(json!({})).unwrap(), Limits::default()).unwrap();
    let result = drive(run, &[event(ok(Vec::new())), event(ok(Vec::new()))], |run| run);
    let receipt = &result.receipt;
    assert_eq!(result.mission.as_ref(), Some(&mission));
    let told = receipt.mission.as_ref().unwrap();
    assert_eq!((&told.plugin, told.digest, &told.name), (&mission.plugin, mission.digest, &mission.name));
    assert_eq!(told.params_hash, ContentHash::of(&mission.params));
    let names: Vec<&str> = receipt.plugins.iter().map(|plugin| plugin.name.as_str()).collect();
    assert_eq!(names, ["builder", "test"]);
    assert_eq!(receipt.chain, result.lineage.steps[1].chain());
    // A workflow that was given was built from nothing.
    let given = drive(run_of("", json!({})), &[], |run| run);
    assert_eq!((given.mission, given.receipt.mission), (None, None));
    assert_eq!(given.receipt.chain, given.receipt.workflow_hash);
}

#[test]
fn what_a_host_writes_into_the_metadata_replaces_nothing_else() {
    let metadata = json!({"mission_type": "mine", "dropped": ["x"]});
    let built = WorkflowDefinition { metadata, ..workflow("") }.built_from("tidy", &json!({"x": 1}));
    assert_eq!(built.metadata, json!({"mission_type": "tidy", "params": {"x": 1}, "dropped": ["x"]}));
}

#[test]
fn the_receipts_id_covers_all_but_itself_and_the_audit() {
    let result = drive(run_of("r", json!({})), &[event(ok(Vec::new()))], |run| run);
    let mut receipt = result.receipt.clone();
    assert_eq!(receipt.hash(), receipt.id);
    receipt.audit.push(json!("somebody, some day"));
    assert_eq!(receipt.hash(), result.receipt.id);
    receipt.fuel += 1;
    assert_ne!(receipt.hash(), result.receipt.id);
}

#[test]
fn a_plan_binds_each_runtime_step() {
    let plan = Plan::new(workflow("rhr").validated().unwrap(), vec![binding(whole_state())]);
    assert_eq!(plan.unwrap_err(), PlanError { steps: 2, bindings: 1 });
}

#[test]
fn a_run_that_is_bound_anew_keeps_the_bindings_of_the_steps_that_were_executed() {
    let mut run = run_of("rhrr", json!({}));
    called(&mut run, Vec::new());
    run.decided(Decision::marked()).unwrap();
    let old = run.plan().bindings().to_vec();
    let new: Vec<_> = (0..3).map(|_| binding(access(&["/new"], &["/new"]))).collect();
    assert_eq!(run.rebind(new[..2].to_vec()), Err(PlanError { steps: 3, bindings: 2 }));
    run.rebind(new.clone()).unwrap();
    assert_eq!(run.plan().bindings(), [old[0].clone(), new[1].clone(), new[2].clone()]);
    assert_eq!(input(&run).state.value(), json!({}));
}

/// Two steps, of which the first says this, and a person who is shown the first.
fn shown(display: &Value, verdict: Option<(bool, &str)>) -> OrchestrationResult {
    let workflow = WorkflowDefinition::from_json(&json!({"id": "w", "steps": [
        {"id": "look", "kind": "runtime", "payload": {"operation": "work"}},
        {"id": "ask", "kind": "human", "payload": {"description": "?", "show": ["look"]}},
    ]}));
    let valid = workflow.unwrap().validated().unwrap();
    let plan = Plan::new(valid, vec![binding(whole_state())]).unwrap();
    let mut run = Run::start(plan, &ExecutionContext::new(json!({})).unwrap(), Limits::default()).unwrap();
    let returned = OperationOutput {
        display: serde_json::from_value(display.clone()).unwrap(),
        verdict: verdict.map(|(passed, summary)| sortie_interface::Verdict { passed, summary: summary.to_owned() }),
        ..OperationOutput::default()
    };
    end(&mut run, Outcome::Executed(returned)).unwrap();
    let mut run = reopened(run);
    let Next::Ask(step) = run.next() else { panic!("a question") };
    let displays = serde_json::to_value(run.displays(&step)).unwrap();
    assert_eq!(displays, json!([{"step": "look", "blocks": display}]));
    run.decided(Decision::answered(json!(true))).unwrap();
    let Next::Done(result) = run.next() else { panic!("a result") };
    *result
}

#[test]
fn invariant_10_what_a_person_was_shown_is_in_the_chain() {
    let displays = [
        json!([]),
        json!([{"heading": "a"}]),
        json!([{"text": "a"}]),
        json!([{"text": "b"}]),
        json!([{"list": ["a"]}]),
        json!([{"fields": [{"name": "a", "value": "b"}]}]),
        json!([{"table": {"columns": [{"title": "a", "align": "left"}], "rows": [["1"]]}}]),
        json!([{"table": {"columns": [{"title": "a", "align": "right"}], "rows": [["1"]]}}]),
        json!([{"code": {"language": "diff", "text": "a"}}]),
    ];
    let results: Vec<_> = displays.iter().map(|display| shown(display, None)).collect();
    let chains: std::collections::BTreeSet<_> = results.iter().map(|result| result.receipt.chain).collect();
    let receipts: std::collections::BTreeSet<_> = results.iter().map(|result| result.receipt.id).collect();
    assert_eq!((chains.len(), receipts.len()), (displays.len(), displays.len()));
    let read: OrchestrationResult = serde_json::from_value(results[6].to_json()).unwrap();
    assert_eq!(read, results[6]);
}

#[test]
fn a_verdict_is_in_the_result_and_its_hash() {
    let judged = |verdict| shown(&json!([]), verdict);
    let (none, yes, no) = (judged(None), judged(Some((true, "fine"))), judged(Some((false, "fine"))));
    assert_eq!(yes.to_json()["verdicts"], json!({"look": {"passed": true, "summary": "fine"}}));
    assert_eq!([&none, &yes, &no].map(OrchestrationResult::passed), [true, true, false]);
    assert!(no.success);
    let hashes = [none, yes, no, judged(Some((false, "Fine")))].map(|result| result.receipt.result_hash);
    assert_eq!(hashes.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
}

#[test]
fn a_step_that_is_named_often_is_shown_once() {
    let payload = json!({"show": ["b", "a", "b", "a", "b"]});
    let step = sortie_engine::HumanStep::from_payload("ask", &payload).unwrap();
    assert_eq!(step.show, ["b", "a"]);
}

#[test]
fn a_human_step_shows_runtime_steps_before_it() {
    let check = |show: Value, expected: &str| {
        let step = |id: &str, kind: &str, payload: Value| json!({"id": id, "kind": kind, "payload": payload});
        let workflow = json!({"id": "w", "steps": [
            step("a", "runtime", json!({"operation": "work"})),
            step("h", "human", json!({})),
            step("ask", "human", json!({"show": show})),
            step("z", "runtime", json!({"operation": "work"})),
        ]});
        let valid = WorkflowDefinition::from_json(&workflow).unwrap().validated();
        assert_eq!(valid.err().map(|error| error.to_string()).unwrap_or_default(), expected);
    };
    let none = |id: &str| {
        format!(
            "human step `ask`: `show` names `{id}`, which is not a runtime step before it: only those have something \
             to show"
        )
    };
    check(json!([]), "");
    check(json!(["a"]), "");
    check(json!(["a", "z"]), &none("z"));
    check(json!(["ask"]), &none("ask"));
    check(json!(["h"]), &none("h"));
    check(json!(["nothing"]), &none("nothing"));
    let form =
        |found: &str| format!("human step `ask`: `show` is {found}, and should be an array of ids of earlier steps");
    check(json!("a"), &form("\"a\""));
    check(json!([1]), &form("[1]"));
}
