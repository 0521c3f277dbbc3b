//! Going on elsewhere: with the same plugins, with others, with other limits, with a state of any depth.

use serde_json::{Value, json};
use sortie_host::journal::{Actor, MemoryJournal, ResumeOutcome, RunError, RunId, Segment, SystemClock};
use sortie_host::{Host, HostBuilder, Limits, OrchestrationResult};

use super::{answer, ask, driver, host, log, no_answers, waits, workflow};
use sortie_tests::TextPlugin;

use crate::plugins::{altered, renamed};
use crate::support::{context, sandbox};

fn with_plugin(plugin: Vec<u8>) -> Host {
    Host::builder().first_party().plugin_bytes(plugin, "a test").sandbox(sandbox()).build().unwrap()
}

/// The plugin `mine`, with an operation `echo`; its file differs with its description.
fn mine(description: &str) -> Vec<u8> {
    altered("echo", |manifest| {
        "mine".clone_into(&mut manifest.name);
        description.clone_into(&mut manifest.description);
    })
}

fn call(id: &str, operation: &str) -> Value {
    json!({"id": id, "kind": "runtime", "payload": {"operation": operation, "params": {"n": 1}}})
}

/// A run that has called a plugin, was answered, and is to call it again.
fn answered(host: &Host, journal: &MemoryJournal, steps: &[Value]) -> RunId {
    let owner = driver();
    let runs = host.runs(journal, &SystemClock, &owner);
    let run = waits(runs.start(host.draft(workflow(steps)), &context(json!({})), &no_answers()).unwrap());
    runs.decide(&answer(&run, "ask", &json!(1), &Actor::new("ann"))).unwrap();
    run
}

fn done(resumed: ResumeOutcome) -> OrchestrationResult {
    match resumed {
        ResumeOutcome::Drove(Segment::Done(completed)) | ResumeOutcome::HadEnded(completed) => completed.result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_changed_plugin_is_refused_with_both_digests_and_accepted_where_that_is_said_in_the_receipt() {
    let (first, second) = (with_plugin(mine("first")), with_plugin(mine("second")));
    let digest = |host: &Host| host.registry().plugin("mine").unwrap().plugin().digest();
    let (journal, owner) = (MemoryJournal::new(), driver());
    let steps = [call("before", "mine/echo"), ask("ask", json!({})), call("behind", "mine/echo")];
    let run = answered(&first, &journal, &steps);

    let runs = second.runs(&journal, &SystemClock, &owner);
    let error = runs.resume(&run).unwrap_err();
    let RunError::ChangedPlugin { plugin, .. } = &error else { panic!("{error}") };
    assert_eq!((plugin.recorded, plugin.present), (digest(&first), digest(&second)));
    assert!(error.to_string().contains(&digest(&first).to_string()), "{error}");
    assert!(error.to_string().contains(&digest(&second).to_string()), "{error}");

    let result = done(runs.allowing_changed_plugins().resume(&run).unwrap());
    let called: Vec<_> =
        result.receipt.steps.iter().map(|step| step.plugin.as_ref().map(|plugin| plugin.digest)).collect();
    assert_eq!(called, [Some(digest(&first)), None, Some(digest(&second))]);
    let changed = &result.receipt.audit[1];
    assert_eq!((&changed["event"], &changed["plugin"]), (&json!("plugin_changed"), &json!("mine")));
    assert_eq!((&changed["recorded"], &changed["present"]), (&json!(digest(&first)), &json!(digest(&second))));

    // It is rebuilt from its events as it was driven, whatever plugins are here.
    assert_eq!(done(host().runs(&journal, &SystemClock, &owner).resume(&run).unwrap()), result);
}

#[test]
fn a_run_that_went_on_with_a_changed_plugin_goes_on_with_that_one() {
    let (first, second) = (with_plugin(mine("first")), with_plugin(mine("second")));
    let (journal, owner) = (MemoryJournal::new(), driver());
    let steps = [ask("ask", json!({})), call("one", "mine/echo"), ask("again", json!({})), call("two", "mine/echo")];
    let run = answered(&first, &journal, &steps);
    let runs = second.runs(&journal, &SystemClock, &owner);
    assert!(matches!(runs.allowing_changed_plugins().resume(&run).unwrap(), ResumeOutcome::Drove(Segment::Asked(_))));
    runs.decide(&answer(&run, "again", &json!(1), &Actor::new("ann"))).unwrap();
    assert_eq!(first.runs(&journal, &SystemClock, &owner).resume(&run).unwrap_err().code(), "plugin_changed");
    assert!(done(runs.resume(&run).unwrap()).success);
}

#[test]
fn a_missing_plugin_is_named() {
    let (journal, owner) = (MemoryJournal::new(), driver());
    let run = answered(&with_plugin(mine("first")), &journal, &[ask("ask", json!({})), call("one", "mine/echo")]);
    let host = host();
    let error = host.runs(&journal, &SystemClock, &owner).resume(&run).unwrap_err();
    assert!(matches!(&error, RunError::MissingPlugin { name, .. } if name == "mine"), "{error}");
    // The attempt has left no lease behind.
    assert_eq!(host.runs(&journal, &SystemClock, &owner).inbox().show(&run).unwrap().record.summary.lease, None);
}

#[test]
fn a_plugin_more_changes_nothing_even_where_a_mission_runs_missions() {
    let suite = json!({"suite_name": "s", "scenarios": [
        {"scenario_name": "one", "missions": [{"name": "echo", "params": {"n": 1}}]}]});
    let mission = |host: &Host| {
        let built = host.build_mission("run_tests", &json!({"suites": [suite]})).unwrap();
        let mut definition = built.workflow().clone();
        let asks = serde_json::from_value(json!({"id": "ask", "kind": "human", "payload": {}})).unwrap();
        definition.steps.insert(0, asks);
        for step in &mut definition.steps {
            if let Some(operation) = step.payload.get_mut("operation") {
                *operation = json!(format!("run-tests/{}", operation.as_str().unwrap()));
            }
        }
        definition
    };
    let (one, journal, owner) = (host(), MemoryJournal::new(), driver());
    let runs = one.runs(&journal, &SystemClock, &owner);
    let start = || waits(runs.start(one.draft(mission(&one)), &context(json!({})), &no_answers()).unwrap());
    let (here, there) = (start(), start());
    for run in [&here, &there] {
        runs.decide(&answer(run, "ask", &json!(1), &Actor::new("ann"))).unwrap();
    }
    // With a second `echo`, the short name of the mission in the suite would be ambiguous.
    let other = with_plugin(renamed("echo", "other"));
    let expected = done(runs.resume(&here).unwrap());
    assert_eq!(expected.outputs["report_tests"]["passed"], true);
    let found = done(other.runs(&journal, &SystemClock, &owner).resume(&there).unwrap());
    assert_eq!(found.receipt.id, expected.receipt.id);
}

#[test]
fn a_run_keeps_its_limits_and_is_refused_where_the_sandbox_is_too_small_for_them() {
    let limited =
        |limits: Limits| HostBuilder::first_party(Host::builder()).limits(limits).sandbox(sandbox()).build().unwrap();
    let (journal, owner) = (MemoryJournal::new(), driver());
    let wide = Limits { memory_bytes: 128 << 20, ..Limits::default() };
    let run = answered(&limited(wide), &journal, &[ask("ask", json!({})), log("end")]);
    let narrow = limited(Limits::default());
    let error = narrow.runs(&journal, &SystemClock, &owner).resume(&run).unwrap_err();
    assert_eq!(error.code(), "memory_limit_differs");
    let wider = limited(Limits { memory_bytes: 256 << 20, fuel_per_call: 1, ..Limits::default() });
    let result = done(wider.runs(&journal, &SystemClock, &owner).resume(&run).unwrap());
    assert_eq!(result.receipt.limits, wide);
    assert!(result.success);
}

#[test]
fn a_state_as_deep_as_may_be_survives_a_pause() {
    // The state is an object, so its members may be nested one less; what an operation sees of it, again less.
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let (deep, seen) = (nested(127), nested(126));
    let (host, journal, owner) = (host(), MemoryJournal::new(), driver());
    let copy = json!({"operation": "core/copy", "from": "/seen", "path": "/copy"});
    let steps = [
        json!({"id": "copy", "kind": "runtime", "payload": copy}),
        ask("ask", json!({"context": "/deep"})),
        log("end"),
    ];
    let runs = host.runs(&journal, &SystemClock, &owner);
    let context = context(json!({"deep": deep, "seen": seen}));
    let run = waits(runs.start(host.draft(workflow(&steps)), &context, &no_answers()).unwrap());
    runs.decide(&answer(&run, "ask", &deep, &Actor::new("ann"))).unwrap();
    let result = done(runs.resume(&run).unwrap());
    assert!(result.success, "{:?}", result.error_message);
    assert_eq!((&result.final_state["copy"], &result.decisions["ask"].value), (&seen, &deep));
    assert_eq!(done(runs.resume(&run).unwrap()), result);
}

#[test]
fn a_host_that_lets_no_plugin_run_missions_does_not_go_on_with_a_run_that_has_them_run() {
    let steps = [ask("ask", json!({})), call("run", "run-tests/discover_suites")];
    let workflow = json!({"id": "w", "metadata": {}, "steps": steps});
    let info = json!({"name": "go", "description": "", "params_schema": true, "examples": []});
    let manifest = json!({"name": "deputy", "version": "0.1.0", "sdk": "none", "description": "", "missions": [info], "operations": []});
    let deputy = TextPlugin { workflow: Some(&workflow), manifest: Some(&manifest), ..TextPlugin::default() }.bytes();
    let builder = || Host::builder().first_party().plugin_bytes(deputy.clone(), "a test").sandbox(sandbox());
    let (free, strict) = (builder().build().unwrap(), builder().refuse_orchestrating().build().unwrap());
    let (journal, owner) = (MemoryJournal::new(), driver());

    // Begun where it may, and by a workflow that somebody wrote, which may everywhere.
    let runs = free.runs(&journal, &SystemClock, &owner);
    let built = free.build_mission("deputy/go", &json!({})).unwrap();
    let run = waits(runs.start(built, &context(json!({})), &no_answers()).unwrap());
    runs.decide(&answer(&run, "ask", &json!(1), &Actor::new("ann"))).unwrap();
    let written = answered(&free, &journal, &steps);

    let refused = strict.runs(&journal, &SystemClock, &owner).resume(&run).unwrap_err();
    assert_eq!(refused.code(), "orchestrating_plugin_refused", "{refused}");
    assert!(refused.to_string().contains("the workflow of the plugin `deputy`"), "{refused}");
    assert!(matches!(strict.runs(&journal, &SystemClock, &owner).resume(&written), Ok(ResumeOutcome::Drove(_))));
    // It is still there, for a host that allows it.
    assert!(matches!(runs.resume(&run), Ok(ResumeOutcome::Drove(_))));
}
