//! Receipts that anyone can verify: a bundle is run again on nothing but what it has.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::collections::BTreeMap;

use crate::plugins::renamed;
use crate::support::{context, sandbox, workflow};
use crate::tampering::{AlteredTexts, judged, notices_every_change, tries_texts, with_audit};
use serde_json::{Value, json};
use sortie_host::json::ContentHash;
use sortie_host::{Bundle, Decision, DecisionStatus, Difference, Host, HumanPolicy, PluginPolicy};

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
    serde_json::to_value(Bundle::new(&workflow(steps()), &context, &result, &host.registry()).unwrap()).unwrap()
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
fn who_decided_is_no_part_of_what_is_run_again_but_has_a_hash() {
    let audit = json!([approved("ada"), decided("ben")]);
    let told = with_audit(bundle(), audit.clone());
    assert_eq!(verify(&told), None);
    assert_eq!(verify(&with_audit(bundle(), json!([decided("cy")]))), None);

    let mut forgotten = bundle();
    forgotten["result"]["receipt"]["audit"] = audit;
    assert_eq!(verify(&forgotten).unwrap().path.as_str(), "/audit_hash");
    // Nor is it the hash of the same audit in another bundle.
    forgotten["audit_hash"] = json!(ContentHash::of(&json!({"audit": forgotten["result"]["receipt"]["audit"]})));
    assert_eq!(verify(&forgotten).unwrap().path.as_str(), "/audit_hash");
}

#[test]
fn a_bundle_of_the_version_before_is_read_and_has_no_hash_of_its_audit() {
    let mut before = bundle();
    before["schema_version"] = json!("bundle@2");
    assert!(judged(&before).unwrap_err().contains("a bundle@2 has no `audit_hash`"));
    before.as_object_mut().unwrap().remove("audit_hash");
    let is_uncovered = |bundle: &Value| serde_json::from_value::<Bundle>(bundle.clone()).unwrap().has_uncovered_audit();
    assert!(!is_uncovered(&before), "it tells of nobody");
    before["result"]["receipt"]["audit"] = json!([decided("ben")]);
    assert_eq!(judged(&before), Ok(()));
    assert!(is_uncovered(&before));
    before["schema_version"] = json!("bundle@3");
    assert!(judged(&before).unwrap_err().contains("missing field `audit_hash`"));
    before["schema_version"] = json!("bundle@4");
    assert!(judged(&before).unwrap_err().contains("this release reads `bundle@2` and `bundle@3`"));
}

/// An entry of an audit, as a journal writes it.
fn decided(actor: &str) -> Value {
    let at = "2026-03-01T09:30:00.000Z";
    json!({"event": "decided", "step": "ask", "at": at, "asked_at": at, "via": "owner", "actor": actor, "comment": null,
           "question_hash": null, "approvals": [{"actor": "ada", "at": at, "comment": null, "via": "token"}]})
}

fn approved(actor: &str) -> Value {
    let mut entry = decided(actor);
    entry["event"] = json!("approved");
    entry.as_object_mut().unwrap().remove("approvals");
    entry
}

fn expired(outcome: &str) -> Value {
    let at = "2026-03-01T09:30:00.000Z";
    json!({"event": "expired", "step": "ask", "at": at, "asked_at": at, "deadline": at, "outcome": outcome})
}

#[test]
fn an_audit_has_what_a_journal_writes_about_the_run_and_nothing_else() {
    let at = "2026-03-01T09:30:00.000Z";
    let changed = json!({"event": "plugin_changed", "at": at, "plugin": "mine", "recorded": "00", "present": "01"});
    let with = |name: &str, value: Value| {
        let mut entry = decided("ada");
        entry[name] = value;
        entry
    };
    let without = |name: &str| {
        let mut entry = decided("ada");
        entry.as_object_mut().unwrap().remove(name);
        entry
    };
    for (audit, expected) in [
        (json!([changed, approved("ada"), decided("ben")]), None),
        (json!([with("one_more", json!(1))]), Some("/receipt/audit/0/one_more")),
        (json!([without("comment")]), Some("/receipt/audit/0/comment")),
        (json!([with("via", json!("force"))]), Some("/receipt/audit/0/via")),
        (json!([with("step", json!("a"))]), Some("/receipt/audit/0/step")),
        (json!([with("event", json!("cancelled"))]), Some("/receipt/audit/0/event")),
        (json!([with("approvals", json!([{"actor": "ada"}]))]), Some("/receipt/audit/0/approvals/0/at")),
        (json!([with("signature", json!({"text": "x"}))]), Some("/receipt/audit/0/signature/form")),
        (json!([decided("ada"), decided("ben")]), Some("/receipt/audit/1/step")),
        (json!([decided("ada"), 1]), Some("/receipt/audit/1/event")),
        (json!([approved("ada"), expired("defaulted")]), Some("/receipt/audit/1/outcome")),
        (json!([expired("failed")]), Some("/receipt/audit/0/outcome")),
    ] {
        let bundle = with_audit(bundle(), audit.clone());
        let found = verify(&bundle).map(|difference| difference.path.to_string());
        assert_eq!(found.as_deref(), expected, "{audit}");
    }
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
    assert_eq!(tampered("/workflow/steps/0/payload/value", json!(5)), step("a", "/lineage/steps/0/input_hash"));
    assert_eq!(tampered("/result/final_state/b", json!(9)), (None, "/final_state/b".to_owned()));
    assert_eq!(tampered("/result/receipt/policies/mine/log_bytes", json!(99)), (None, "/receipt/id".to_owned()));
    let (id, path) = tampered("/result/lineage/steps/1/decision/value", json!("no"));
    assert_eq!((id.as_deref(), path.as_str()), (Some("b"), "/lineage/steps/2/input_hash"));
}

#[test]
fn every_member_of_a_bundle_that_is_altered_added_or_removed_is_noticed() {
    let bundle = bundle();
    assert!(notices_every_change(&bundle) > 100);
}

#[test]
fn every_alteration_of_a_bundles_text_is_noticed_or_leaves_the_same_value() {
    let AlteredTexts { noticed, same } = tries_texts(&with_audit(bundle(), json!([approved("ada"), decided("ben")])));
    assert!(noticed > 500 && same > 50, "{noticed} {same}");
}

#[test]
fn what_nobody_decided_has_no_value_that_somebody_chose() {
    let ask = |payload: Value| json!([{"id": "ask", "kind": "human", "payload": payload}]);
    let bare = ask(json!({"choices": ["yes", "no"]}));
    let with_default = ask(json!({"choices": ["yes", "no"], "default": "no", "expires": 60, "on_expiry": "default"}));
    let fails = ask(json!({"choices": ["yes", "no"], "default": "no", "expires": 60}));
    let (defaulted, marked) = (DecisionStatus::Defaulted, DecisionStatus::Marked);
    let host = Host::builder().build().unwrap();
    for (steps, status, value, expected) in [
        (&bare, marked, json!(null), true),
        (&bare, marked, json!("yes"), false),
        (&bare, defaulted, json!("yes"), false),
        (&bare, defaulted, json!(null), false),
        (&with_default, defaulted, json!("no"), true),
        (&with_default, defaulted, json!("yes"), false),
        (&with_default, marked, json!("no"), false),
        (&fails, defaulted, json!("no"), false),
    ] {
        let mut session = host.start(workflow(steps.clone()), &context(json!({}))).unwrap();
        session.advance().unwrap();
        let decided = session.decide(Decision { status, value: value.clone() });
        assert_eq!(decided.is_ok(), expected, "{status:?} {value} {decided:?}");
    }
}

#[test]
fn a_file_cannot_raise_limits_without_the_users_word() {
    let mut bundle = bundle();
    bundle["result"]["receipt"]["limits"]["fuel_per_call"] = json!(1_u64 << 40);
    let read = || serde_json::from_value::<Bundle>(bundle.clone()).unwrap();
    assert_eq!(read().verify(sandbox()).unwrap_err().code(), "limit_too_great");
    let path = read().allowing_its_limits().verify(sandbox()).unwrap().unwrap().path;
    assert_eq!(path.to_string(), "/receipt/id", "it was run");
    // Beyond what is safe to do, nobody's word helps.
    bundle["result"]["receipt"]["limits"]["json_depth"] = json!(1_000_000_000);
    let read = serde_json::from_value::<Bundle>(bundle).unwrap();
    assert_eq!(read.allowing_its_limits().verify(sandbox()).unwrap_err().code(), "limit_too_great");
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
    let draft = host.build_mission("run_tests", &params).unwrap();
    let built = draft.workflow().clone();
    let result = draft.start(&context).unwrap().finish(&HumanPolicy::Wait).unwrap().result;
    assert!(result.success, "{:?}", result.error_message);
    let bundle = Bundle::new(&built, &context, &result, &host.registry()).unwrap();
    assert_eq!(bundle.verify(sandbox()).unwrap(), None);
    let mut written = serde_json::to_value(&bundle).unwrap();
    assert_eq!(written["workflow"], built.to_json(), "what was built is there to be read");
    written["workflow"]["steps"][0]["payload"]["operation"] = json!("core/noop");
    let altered: Bundle = serde_json::from_value(written.clone()).unwrap();
    let difference = altered.verify(sandbox()).unwrap().unwrap();
    assert_eq!(difference.path.as_str(), "/workflow/steps/0/payload/operation");
    written["workflow"] = Value::Null;
    assert_eq!(judged(&written), Err("/workflow".to_owned()));
    // Bundles of missions had no workflow at first.
    written["schema_version"] = json!("bundle@2");
    written.as_object_mut().unwrap().remove("audit_hash");
    assert_eq!(judged(&written), Ok(()));
}
