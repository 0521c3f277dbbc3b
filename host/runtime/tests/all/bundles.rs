//! Receipts that anyone can verify: a bundle is run again on nothing but what it has.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::collections::BTreeMap;

use crate::plugins::renamed;
use crate::support::{context, sandbox, workflow};
use serde_json::{Value, json};
use sortie_host::{Bundle, Difference, Host, HumanPolicy, PluginPolicy, Subject};

fn steps() -> Value {
    json!([
        {"id": "a", "kind": "runtime", "payload": {"operation": "mine/set", "path": "/a", "value": 1}},
        {"id": "ask", "kind": "human", "payload": {"description": "Go on?", "choices": ["yes", "no"]}},
        {"id": "b", "kind": "runtime", "payload": {"operation": "mine/copy", "from": "/a", "path": "/b"}},
    ])
}

/// A bundle of a run of a plugin that no other host has.
fn bundle() -> Value {
    let policy = PluginPolicy { log_bytes: Some(100), ..PluginPolicy::default() };
    let answers = BTreeMap::from([("ask".to_owned(), json!("yes"))]);
    let host = Host::builder()
        .first_party()
        .plugin_bytes(renamed("core", "mine"), "`mine.wasm`")
        .policy("mine", policy)
        .human_steps(HumanPolicy::Answers(answers))
        .sandbox(sandbox())
        .build()
        .unwrap();
    let context = context(json!({"n": 0}));
    let result = host.exec(workflow(steps()), &context).unwrap();
    assert!(result.success);
    let subject = Subject::Workflow(workflow(steps()).to_json());
    serde_json::to_value(Bundle::new(subject, &context, &result, &host.registry()).unwrap()).unwrap()
}

fn verify(bundle: &Value) -> Option<Difference> {
    serde_json::from_value::<Bundle>(bundle.clone()).unwrap().verify(sandbox()).unwrap()
}

/// Changes one value of a bundle, and gives the step and the path that verification names.
fn tampered(pointer: &str, value: Value) -> (Option<String>, String) {
    let mut bundle = bundle();
    *bundle.pointer_mut(pointer).unwrap() = value;
    let difference = verify(&bundle).unwrap();
    (difference.step_id, difference.path.to_string())
}

#[test]
fn a_bundle_has_the_plugins_that_took_part_and_verifies_without_any_other() {
    let bundle = bundle();
    let names: Vec<&Value> = bundle["plugins"].as_array().unwrap().iter().map(|plugin| &plugin["name"]).collect();
    assert_eq!(names, ["mine"]);
    assert_eq!(verify(&bundle), None);
}

#[test]
fn who_decided_is_no_part_of_what_is_compared() {
    let mut bundle = bundle();
    bundle["result"]["receipt"]["audit"] = json!([{"actor": "ada"}]);
    assert_eq!(verify(&bundle), None);
}

#[test]
fn the_first_step_and_the_path_that_differ_are_named() {
    let step = |id: &str, path: &str| (Some(id.to_owned()), path.to_owned());
    assert_eq!(tampered("/context/initial_state/n", json!(1)), (None, "/final_state/n".to_owned()));
    assert_eq!(
        tampered("/result/lineage/steps/0/patch/0/value", json!(2)),
        step("a", "/lineage/steps/0/patch/0/value")
    );
    assert_eq!(tampered("/result/lineage/steps/0/fuel", json!(2)), step("a", "/lineage/steps/0/fuel"));
    assert_eq!(tampered("/subject/workflow/steps/0/payload/value", json!(5)), step("a", "/lineage/steps/0/input_hash"));
    assert_eq!(tampered("/result/final_state/b", json!(9)), (None, "/final_state/b".to_owned()));
    assert_eq!(tampered("/result/receipt/policies/mine/log_bytes", json!(99)), (None, "/receipt/id".to_owned()));
    let (id, path) = tampered("/result/lineage/steps/1/decision/value", json!("no"));
    assert_eq!((id.as_deref(), path.as_str()), (Some("b"), "/lineage/steps/2/input_hash"));
}

#[test]
fn a_file_in_a_bundle_that_is_another_plugin_is_not_run() {
    let mut bundle = bundle();
    bundle["plugins"][0]["sha256"] = json!("0".repeat(64));
    let error = serde_json::from_value::<Bundle>(bundle).unwrap().verify(sandbox()).unwrap_err();
    assert_eq!(error.code(), "bundle_damaged");
}

#[test]
fn a_plugin_that_runs_missions_takes_all_plugins_with_it() {
    let host = Host::builder().first_party().sandbox(sandbox()).build().unwrap();
    let suite = json!({"suite_name": "s", "scenarios": [
        {"scenario_name": "one", "missions": [{"name": "echo", "params": {"a": 1}}]},
    ]});
    let (context, params) = (context(json!({"suites": [suite]})), json!({}));
    let result = host.run_mission("run_tests", &context, &params).unwrap();
    assert!(result.success, "{:?}", result.error_message);
    let subject = Subject::Mission { name: "run_tests".to_owned(), params };
    let bundle = Bundle::new(subject, &context, &result, &host.registry()).unwrap();
    assert_eq!(bundle.verify(sandbox()).unwrap(), None);
}
