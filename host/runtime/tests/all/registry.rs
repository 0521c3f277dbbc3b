//! Names, checks before a run begins, human steps, and fuel: what a host program sees of them.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::plugins::{self, altered, renamed};
use crate::support::{context, sandbox, workflow};
use serde_json::{Value, json};
use sortie_host::{
    Answer, Decision, DecisionStatus, Host, HostBuilder, HostError, HumanPolicy, Limits, OrchestrationResult,
};

fn builder() -> HostBuilder {
    Host::builder().first_party().sandbox(sandbox())
}

fn host() -> Host {
    builder().build().unwrap()
}

fn exec(host: &Host, steps: Value) -> Result<OrchestrationResult, HostError> {
    host.exec(workflow(steps), &context(json!({})))
}

/// Checks an error's code, its text and its help.
fn check<T: std::fmt::Debug>(result: Result<T, HostError>, code: &str, message: &str, help: Option<&str>) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str(), error.help().as_deref()), (code, message, help));
}

fn set(id: &str) -> Value {
    json!({"id": id, "kind": "runtime", "payload": {"operation": "set", "path": format!("/{id}"), "value": 1}})
}

fn human(id: &str) -> Value {
    json!({"id": id, "kind": "human", "payload": {"description": "Go on?", "choices": ["yes", "no"]}})
}

#[test]
fn a_clash_of_names_names_both_sides() {
    check(
        builder().plugin_bytes(renamed("core", "echo"), "`other.wasm`").build(),
        "plugin_name_clash",
        "two plugins have the name `echo`: first-party and `other.wasm`",
        Some("rename one of them, or register only one"),
    );
}

#[test]
fn a_clash_leaves_the_registry_as_it_was() {
    let host = host();
    let digest = host.registry().plugin("echo").unwrap().plugin().digest();
    host.register(renamed("core", "echo"), "other").unwrap_err();
    assert_eq!(host.registry().plugin("echo").unwrap().plugin().digest(), digest);
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    let (host, state) = (host(), context(json!({})));
    let run = |mission: &str| host.run_mission(mission, &state, &json!({}));
    let near = |nearest: &str| format!("did you mean `{nearest}`?");
    check(run("daily_lop"), "unknown_mission", "there is no mission `daily_lop`", Some(&near("daily_loop")));
    check(run("echo/ecko"), "unknown_mission", "there is no mission `echo/ecko`", Some(&near("echo/echo")));
    check(
        run("something"),
        "unknown_mission",
        "there is no mission `something`",
        Some("`sortie missions` lists what there is"),
    );
    let step = json!([{"id": "a", "kind": "runtime", "payload": {"operation": "sett"}}]);
    check(exec(&host, step), "unknown_operation", "there is no operation `sett`", Some(&near("set")));
    check(host.unregister("ecko"), "unknown_plugin", "there is no plugin `ecko`", Some(&near("echo")));
}

#[test]
fn an_ambiguous_name_lists_the_candidates() {
    let copies = builder().plugin_bytes(renamed("echo", "echo-one"), "a copy");
    let host = copies.plugin_bytes(renamed("echo", "echo-two"), "a copy").build().unwrap();
    // What comes with the host keeps its name.
    assert!(host.run_mission("echo", &context(json!({})), &json!({})).unwrap().success);
    host.unregister("echo").unwrap();
    check(
        host.run_mission("echo", &context(json!({})), &json!({})),
        "ambiguous_name",
        "several plugins have a mission `echo`: echo-one/echo, echo-two/echo",
        Some("write the full name"),
    );
    check(
        exec(&host, json!([{"id": "a", "kind": "runtime", "payload": {"operation": "echo"}}])),
        "ambiguous_name",
        "several plugins have an operation `echo`: echo-one/echo, echo-two/echo",
        Some("write the full name"),
    );
    host.unregister("echo-two").unwrap();
    assert!(host.run_mission("echo", &context(json!({})), &json!({})).unwrap().success);
}

#[test]
fn what_is_unregistered_is_gone_and_can_come_back() {
    let host = host();
    let run = || host.run_mission("echo", &context(json!({})), &json!({}));
    let before = run().unwrap();
    host.unregister("echo").unwrap();
    assert_eq!(run().unwrap_err().code(), "unknown_mission");
    host.register(plugins::first_party("echo").0, "again").unwrap();
    assert_eq!(run().unwrap(), before);
    assert_eq!(host.registry().plugin("echo").unwrap().origin(), "again");
}

#[test]
fn a_plugins_own_operation_wins_over_another_plugins_of_that_name() {
    // `core` gets an operation `echo`, which is what `core` would win with otherwise.
    let with_echo = altered("core", |manifest| {
        let mut echo = manifest.operations[0].clone();
        "echo".clone_into(&mut echo.name);
        manifest.operations.push(echo);
    });
    let host = builder().plugin_bytes(renamed("echo", "echo-two"), "a copy").build().unwrap();
    host.unregister("core").unwrap();
    host.register(with_echo, "a core with an echo").unwrap();
    for plugin in ["echo", "echo-two"] {
        let result = host.run_mission(&format!("{plugin}/echo"), &context(json!({})), &json!({})).unwrap();
        assert_eq!(result.receipt.steps[0].plugin.as_ref().unwrap().name, plugin);
    }
    let registry = host.registry();
    assert_eq!(registry.operation("echo", None).unwrap().0.name(), "core");
}

#[test]
fn core_is_reached_by_short_name_even_where_others_have_the_name() {
    let host = builder().plugin_bytes(renamed("core", "other"), "a copy").build().unwrap();
    let result = exec(&host, json!([set("a")])).unwrap();
    assert_eq!(result.receipt.steps[0].plugin.as_ref().unwrap().name, "core");
    assert_eq!(result.final_state, json!({"a": 1}));
    let full = json!([{"id": "a", "kind": "runtime", "payload": {"operation": "other/set", "path": "/a", "value": 1}}]);
    let result = exec(&host, full).unwrap();
    assert_eq!(result.receipt.steps[0].plugin.as_ref().unwrap().name, "other");
}

#[test]
fn params_that_do_not_match_name_the_field() {
    let host = host();
    let at = |params: Value| match host.run_mission("daily_loop", &context(json!({})), &params) {
        Err(HostError::InvalidParams { mission, mismatches }) => {
            assert_eq!(mission, "daily_loop");
            mismatches
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(at(json!({"limit": "x"}))[0].0, "/limit");
    assert_eq!(at(json!({"limit": "x", "requested_steps": -1})).len(), 2, "all of them are named");
}

#[test]
fn a_payload_that_does_not_match_names_the_step_the_operation_and_the_field() {
    let host = host();
    let at = |payload: Value| match exec(&host, json!([set("a"), {"id": "b", "kind": "runtime", "payload": payload}])) {
        Err(HostError::InvalidPayload { step, operation, mismatches }) => (step, operation, mismatches),
        other => panic!("{other:?}"),
    };
    let (step, operation, mismatches) = at(json!({"operation": "set", "path": 7, "value": 1}));
    assert_eq!((step.as_str(), operation.as_str(), mismatches[0].0.as_str()), ("b", "set", "/path"));
    let (_, _, mismatches) = at(json!({"operation": "set", "value": 1}));
    assert!(mismatches[0].1.contains("path"), "{mismatches:?}");
    let (_, _, mismatches) = at(json!({"operation": "set", "path": "no pointer", "value": 1}));
    assert!(!mismatches.is_empty());
}

/// Executes steps, the first of which is human, and tells how often somebody was asked.
fn asked(steps: Value) -> (usize, Result<OrchestrationResult, HostError>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let ask = HumanPolicy::Ask(Arc::new(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Decision::answered(json!("yes")))
    }));
    let result = exec(&builder().human_steps(ask).build().unwrap(), steps);
    (count.load(Ordering::Relaxed), result)
}

#[test]
fn too_many_steps_are_rejected_before_any_runs() {
    let (count, result) = asked(json!([human("h"), set("a"), set("b"), set("c"), set("d")]));
    assert_eq!((count, result.unwrap().executed_steps.len()), (1, 5));
    let (count, result) = asked(json!([human("h"), set("a"), set("b"), set("c"), set("d"), set("e")]));
    assert_eq!(count, 0);
    let help = "a mission has at most 5 steps, at most 2 of them human: split it into several missions";
    let message = "the workflow has 6 steps, more than the 5 that a mission may have";
    check(result, "anti_failure_violation", message, Some(help));
}

#[test]
fn too_many_human_steps_are_rejected_before_any_runs() {
    let (count, result) = asked(json!([human("h"), human("i"), set("a")]));
    assert_eq!((count, result.unwrap().executed_steps.len()), (2, 3));
    let (count, result) = asked(json!([human("h"), human("i"), human("j")]));
    assert_eq!(count, 0);
    let help = "a mission has at most 5 steps, at most 2 of them human: split it into several missions";
    let message = "the workflow has 3 human steps, more than the 2 that a mission may have";
    check(result, "anti_failure_violation", message, Some(help));
}

/// What comes of a human step, answered by a policy.
fn decided(humans: HumanPolicy) -> Result<Decision, HostError> {
    let result = exec(&builder().human_steps(humans).build().unwrap(), json!([set("a"), human("h")]))?;
    assert!(result.success);
    Ok(result.decisions["h"].clone())
}

fn answers(step: &str, answer: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([(step.to_owned(), json!(answer))])
}

#[test]
fn each_policy_answers_a_human_step_in_its_way() {
    let waiting = "the human step `h` waits for an answer: Go on?";
    check(decided(HumanPolicy::default()), "waiting", waiting, None);
    check(decided(HumanPolicy::Wait), "waiting", waiting, None);
    check(decided(HumanPolicy::Answers(answers("other", "yes"))), "waiting", waiting, None);
    assert_eq!(decided(HumanPolicy::Mark).unwrap(), Decision::marked());
    assert_eq!(decided(HumanPolicy::Answers(answers("h", "no"))).unwrap(), Decision::answered(json!("no")));
    let script = |step: &str, answer: Answer| HumanPolicy::Script(BTreeMap::from([(step.to_owned(), answer)]));
    let yes = || Answer::Value(json!("yes"));
    assert_eq!(decided(script("h", yes())).unwrap(), Decision::answered(json!("yes")));
    assert_eq!(decided(script("other", yes())).unwrap().status, DecisionStatus::Marked);
    assert_eq!(decided(script("h", Answer::Mark)).unwrap().status, DecisionStatus::Marked);
    let cancelled = "the run was cancelled at the human step `h`: too late";
    check(decided(script("h", Answer::Cancel("too late".to_owned()))), "cancelled", cancelled, None);
    let never = "the human step `h` has no `expires`, so it cannot expire";
    check(decided(script("h", Answer::Expire)), "never_expires", never, Some("give the step `expires`, or answer it"));
}

#[test]
fn a_step_that_expires_in_a_script_fails_or_takes_its_default() {
    let script = HumanPolicy::Script(BTreeMap::from([("h".to_owned(), Answer::Expire)]));
    let host = builder().human_steps(script).build().unwrap();
    let expiring = |more: &str| {
        let mut payload = json!({"description": "Go on?", "expires": "2d", "default": "no"});
        payload["on_expiry"] = json!(more);
        exec(&host, json!([{"id": "h", "kind": "human", "payload": payload}, set("a")])).unwrap()
    };
    let failed = expiring("fail");
    assert_eq!((failed.success, failed.error_code.map(sortie_engine::FailureKind::code)), (false, Some("expired")));
    let defaulted = expiring("default");
    assert_eq!((defaulted.success, &defaulted.decisions["h"]), (true, &Decision::defaulted(json!("no"))));
}

#[test]
fn a_host_program_that_is_asked_is_shown_the_step_and_its_context() {
    let ask: HumanPolicy = HumanPolicy::Ask(Arc::new(|question| {
        assert_eq!((question.step.id.as_str(), &question.context), ("h", &Some(json!(1))));
        Ok(Decision::answered(json!({"a": 2})))
    }));
    let steps = json!([set("a"), {"id": "h", "kind": "human", "payload": {"context": "/a"}}]);
    let result = exec(&builder().human_steps(ask).build().unwrap(), steps).unwrap();
    assert_eq!(result.decisions["h"].value, json!({"a": 2}));
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    check(
        decided(HumanPolicy::Answers(answers("h", "perhaps"))),
        "schema_mismatch",
        "the answer to `h` is \"perhaps\", which is not one of the choices: \"yes\", \"no\"",
        None,
    );
    let schema = json!({"type": "object", "properties": {"hours": {"type": "integer"}}});
    let steps = json!([{"id": "h", "kind": "human", "payload": {"schema": schema}}]);
    let answer = BTreeMap::from([("h".to_owned(), json!({"hours": "two"}))]);
    let host = builder().human_steps(HumanPolicy::Answers(answer)).build().unwrap();
    check(
        exec(&host, steps),
        "schema_mismatch",
        "the answer to `h` does not match its schema: at `/hours`, \"two\" is not of type \"integer\"",
        None,
    );
}

#[test]
fn an_answer_that_was_refused_can_be_mended() {
    let mut session = host().start(workflow(json!([human("h")])), &context(json!({}))).unwrap();
    assert_eq!(session.decide(Decision::answered(json!(1))).unwrap_err().code(), "schema_mismatch");
    session.decide(Decision::answered(json!("yes"))).unwrap();
    assert!(session.finish(&HumanPolicy::Wait).unwrap().result.success);
}

#[test]
fn the_limits_are_written_in_the_receipt() {
    let limits = exec(&host(), json!([set("a")])).unwrap().receipt.limits;
    assert_eq!(limits, Limits::default());
    assert_eq!((limits.fuel_per_call, limits.fuel_per_mission), (500_000_000, 2_000_000_000));
}

#[test]
fn a_mission_may_spend_its_fuel_and_no_more() {
    let with = |fuel_per_mission| builder().limits(Limits { fuel_per_mission, ..Limits::default() }).build().unwrap();
    let run = |fuel| exec(&with(fuel), json!([set("a"), set("b")])).unwrap();
    let needed = run(1_000_000_000).receipt.fuel;

    // Fuel is checked where a function or a loop begins, so what comes after the last check is not held against it.
    let (mut too_little, mut enough) = (0, needed);
    while too_little + 1 < enough {
        let middle = u64::midpoint(too_little, enough);
        if run(middle).success { enough = middle } else { too_little = middle }
    }
    assert!(needed - enough < needed / 10, "{needed} are counted, and {enough} suffice");
    for fuel in [enough, needed, needed + 1] {
        assert!(run(fuel).success, "{fuel}");
    }
    for fuel in [too_little, needed / 4, 1_000, 1, 0] {
        let starved = run(fuel);
        assert!(!starved.success, "{fuel}");
        assert_eq!(starved.error_code.unwrap().code(), "out_of_fuel", "{fuel}");
        assert!(starved.receipt.fuel <= fuel, "{fuel}");
    }
    let starved = run(too_little);
    assert_eq!(
        (starved.lineage.executed_step_ids, starved.final_state),
        (vec!["a".to_owned(), "b".to_owned()], json!({"a": 1}))
    );
    assert_eq!(starved.failed_step_id.as_deref(), Some("b"));
}

#[test]
fn a_builder_without_fuel_builds_nothing() {
    let limits = Limits { fuel_per_mission: 100, ..Limits::default() };
    let host = builder().limits(limits).build().unwrap();
    match host.run_mission("echo", &context(json!({})), &json!({})) {
        Err(HostError::BuildFailed { mission, failure, .. }) => {
            assert_eq!((mission.as_str(), failure.kind.code()), ("echo", "out_of_fuel"));
        }
        other => panic!("{other:?}"),
    }
}
