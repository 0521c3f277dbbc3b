use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sortie_engine::{
    Access, Binding, Decision, ExecutionContext, Limits, Next, OperationOutput, Outcome, Plan, PluginRef, Run,
    WorkflowDefinition,
};
use sortie_json::{ContentHash, parse_str};

use super::*;
use crate::definition::{NoFixtures, TestDefinition, TestRunDefinition, test_run};
use crate::golden::{Golden, GoldenDifference, compare};

/// Missions that do what their name says.
struct Fake;

impl MissionRunner for Fake {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        let mut state = call.initial_state.clone();
        let name = call.mission.split('/').next().unwrap();
        let rejected = |code: &str, details| {
            Err(MissionError::Rejected { code: code.to_owned(), message: "no such thing".to_owned(), details })
        };
        match name {
            "add" => state["sum"] = json!(state["sum"].as_i64().unwrap_or(0) + call.params["n"].as_i64().unwrap_or(1)),
            "ask" | "fail" => {}
            "unknown" => return rejected("unknown_mission", None),
            "unfit" => return rejected("invalid_params", Some(json!(["a", "b"]))),
            "crash" => return Err(MissionError::HostFault { message: "no memory".to_owned() }),
            _ => return Ok(json!({"success": true})),
        }
        let success = name != "fail";
        let mut result = json!({"id": name, "success": success, "executed_steps": [name], "final_state": state,
            "outputs": {}, "decisions": {"x": {"status": "defaulted", "value": 1}}});
        if name == "ask" {
            result["decisions"]["confirm"] = json!({"status": "marked", "value": null});
        }
        if !success {
            let failure =
                json!({"failed_step_id": "fail", "error_code": "operation_failed", "error_message": "as told"});
            result.as_object_mut().unwrap().extend(failure.as_object().unwrap().clone());
        }
        let result_hash = ContentHash::of(&result);
        result["receipt"] = json!({"id": "r", "result_hash": result_hash, "fuel": 7});
        Ok(result)
    }
}

fn read(text: &str) -> TestRunDefinition {
    let document = parse_str(text).unwrap();
    test_run(document, None, &NoFixtures).result.unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// A suite of one scenario with these missions and expectations, given as JSON.
fn one(missions: &str, expect: &str) -> TestRunDefinition {
    // An empty list of expectations is a mistake.
    let expect = if expect == "[]" { String::new() } else { format!(r#", "expect": {expect}"#) };
    read(&format!(
        r#"{{"suite_name": "s", "scenarios": [{{"scenario_name": "a/b", "initial_state": {{"sum": 1}},
            "missions": {missions}{expect}}}]}}"#
    ))
}

/// What each expectation came to: its id, and why it does not hold, with `actual`, `expected` and facts.
fn check(test_run: &TestRunDefinition, expected: &str) {
    let result = run_test_run(test_run, &Fake).unwrap();
    let lines = result.expectations_result.expectation_results.iter().map(|result| {
        let show = |side: &Option<Value>| side.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        match result.failure {
            None => format!("{}: passed", result.id),
            Some(reason) => {
                let (actual, expected) = (show(&result.actual), show(&result.expected));
                format!("{}: {reason}, {actual} for {expected} {}", result.id, Value::Object(result.facts.clone()))
            }
        }
    });
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert_eq!(
        result.summary.passed,
        result.expectations_result.expectation_results.iter().all(ExpectationResult::passed)
    );
}

#[test]
fn declared_expectations_judge_results() {
    check(
        &one(
            r#"[{"name": "add", "params": {"n": 2}}, {"name": "fail"}]"#,
            r#"[{"id": "1", "mission_name": "add", "path": "final_state", "op": "eq", "expected": {"sum": 3}},
                {"id": "2", "mission_name": "add", "path": "final_state", "op": "eq", "expected": {"sum": 4}},
                {"id": "3", "mission_name": "add", "path": "/final_state/sun", "op": "exists"},
                {"id": "4", "mission_name": "fail", "path": "success", "op": "eq", "expected": "false"},
                {"id": "5", "mission_name": "fail", "path": "success", "op": "eq", "expected": true, "not": true}]"#,
        ),
        r#"
        1: passed
        2: eq_mismatch, {"sum":3} for {"sum":4} {"diff":[{"actual":3,"expected":4,"path":"/sum"}]}
        3: path_missing, nothing for nothing {"found":"object","keys":["sum"],"nearest":"sum","prefix":"/final_state","token":"sun"}
        4: type_error, false for "false" {"actual_type":"boolean","expected_types":["string"]}
        5: passed
        "#,
    );
}

#[test]
fn a_member_is_asked_for_once_however_many_expectations_look_at_it() {
    let expect: Vec<Value> = (0..100).map(|n| json!({"path": format!("outputs.{n}"), "op": "missing"})).collect();
    let test = one(r#"[{"name": "add"}]"#, &json!(expect).to_string()).test(0).unwrap();
    let members = judged_members(&test.scenario, &test.expectations).unwrap();
    assert_eq!(members.iter().filter(|member| **member == "outputs").count(), 1);
    assert_eq!(members.len(), 6);
}

#[test]
fn what_goes_without_saying_is_judged_too() {
    let failed = r#"{"error_code":"operation_failed","error_message":"as told","failed_step_id":"fail"}"#;
    check(
        &one(r#"[{"name": "add"}, {"name": "fail"}]"#, "[]"),
        &format!("implicit:success/a~1b/fail: mission_failed, false for true {failed}"),
    );
    check(
        &one(
            r#"[{"name": "add"}, {"name": "fail"}]"#,
            r#"[{"id": "1", "mission_name": "add", "path": "success", "op": "exists"}]"#,
        ),
        &format!("implicit:success/a~1b/fail: mission_failed, false for true {failed}\n1: passed"),
    );
    check(
        &one(
            r#"[{"name": "unknown"}, {"name": "add"}]"#,
            r#"[{"id": "1", "mission_name": "unknown", "path": "success", "op": "exists"}]"#,
        ),
        r#"
        implicit:not_rejected/a~1b/unknown: mission_rejected, {"rejected":{"code":"unknown_mission","message":"no such thing"}} for nothing {"code":"unknown_mission","message":"no such thing"}
        1: mission_rejected, nothing for nothing {"code":"unknown_mission","message":"no such thing"}
        "#,
    );
    check(
        &one(
            r#"[{"name": "unknown", "expect_error": "unknown_mission"}, {"name": "unfit", "expect_error": "unknown_mission"},
                {"name": "add", "expect_error": "unknown_mission"}, {"name": "fail", "expect_error": "operation_failed"}]"#,
            "[]",
        ),
        r#"
        implicit:expect_error/a~1b/unknown: passed
        implicit:expect_error/a~1b/unfit: error_mismatch, "invalid_params" for "unknown_mission" {"message":"no such thing"}
        implicit:expect_error/a~1b/add: error_missing, nothing for "unknown_mission" {}
        implicit:expect_error/a~1b/fail: passed
        "#,
    );
}

#[test]
fn a_mission_that_failed_is_wrong_unless_an_expectation_wants_it_to_fail() {
    let failed = r#"{"error_code":"operation_failed","error_message":"as told","failed_step_id":"fail"}"#;
    let implicit = format!("implicit:success/a~1b/fail: mission_failed, false for true {failed}\n1: passed");
    for (path, op, expected, comes_to) in [
        ("final_state", "type", "object", implicit.as_str()),
        ("success", "type", "boolean", implicit.as_str()),
        ("error_code", "ne", "trap", implicit.as_str()),
        ("error_code", "eq", "operation_failed", "1: passed"),
        ("failed_step_id", "eq", "fail", "1: passed"),
    ] {
        let expect = format!(r#"[{{"id": "1", "path": "{path}", "op": "{op}", "expected": "{expected}"}}]"#);
        check(&one(r#"[{"name": "fail"}]"#, &expect), comes_to);
    }
    let expect = r#"[{"id": "1", "path": "success", "op": "eq", "expected": true}]"#;
    check(&one(r#"[{"name": "fail"}]"#, expect), &format!("1: mission_failed, false for true {failed}"));
}

#[test]
fn an_answer_that_no_step_took_is_wrong() {
    check(
        &one(r#"[{"name": "ask", "answers": {"confrim": 1}}]"#, "[]"),
        r#"implicit:answers_taken/a~1b/ask: answer_not_taken, nothing for nothing {"answer":"confrim","asked":["confirm","x"],"nearest":"confirm"}"#,
    );
    check(&one(r#"[{"name": "ask", "answers": {"confirm": 1}}]"#, "[]"), "");
}

#[test]
fn a_rejection_is_hashed_without_its_details() {
    let test_run = one(r#"[{"name": "unfit"}]"#, "[]");
    let result = run_scenario(&test_run.to_suite().scenarios[0], &Fake).unwrap();
    let mission = result.mission("unfit").unwrap();
    assert_eq!(
        mission.value,
        json!({"rejected": {"code": "invalid_params", "message": "no such thing", "details": ["a", "b"]}})
    );
    let hashed = json!({"rejected": {"code": "invalid_params", "message": "no such thing"}});
    assert_eq!(mission.hash, ContentHash::of(&hashed));
}

#[test]
fn missions_start_afresh_or_carry_on() {
    let sums = |flow: &str| {
        let test_run = read(&format!(
            r#"{{"suite_name": "s", "scenarios": [{{"scenario_name": "a", "initial_state": {{"sum": 1}}, "state": "{flow}",
                "missions": [{{"name": "add"}}, {{"name": "unfit"}}, {{"name": "add", "as": "again"}}]}}]}}"#
        ));
        let result = run_scenario(&test_run.to_suite().scenarios[0], &Fake).unwrap();
        ["add", "again"].map(|alias| result.mission(alias).unwrap().value["final_state"]["sum"].clone())
    };
    assert_eq!(sums("fresh"), [2, 2]);
    assert_eq!(sums("carry"), [2, 3]);
}

#[test]
fn a_host_fault_is_never_a_result() {
    let fault = |mission: &str| {
        run_test_run(&one(&format!(r#"[{{"name": "{mission}"}}]"#), "[]"), &Fake).unwrap_err().to_string()
    };
    assert_eq!(fault("crash"), "the host failed in mission `crash` of scenario `a/b`: no memory");
    assert_eq!(
        fault("other"),
        "the host failed in mission `other` of scenario `a/b`: the runner returned a result without \
         `/receipt/result_hash`"
    );
}

const SUITE: &str = r#"{
    "suite_name": "s",
    "scenarios": [
        {"scenario_name": "b", "missions": [{"name": "add", "params": {"n": 5}}, {"name": "ask"}],
         "expect": [{"id": "\ufb33", "mission_name": "add", "path": "final_state.sum", "op": "eq", "expected": 5}]},
        {"scenario_name": "skipped", "skip": "it is late", "missions": [{"name": "crash"}],
         "expect": [{"id": "never", "path": "success", "op": "exists"}]},
        {"scenario_name": "a", "matrix": {"n": [1, 2, 3]}, "missions": [{"name": "add", "params": {"n": "${{n}}"}}],
         "expect": [{"id": "\ud83d\ude00", "path": "final_state.sum", "op": "lt", "expected": 3}]},
        {"scenario_name": "c", "missions": [{"name": "unknown", "expect_error": "unknown_mission"}]}
    ],
    "expectations": [{"id": "last", "scenario_name": "b", "mission_name": "ask", "path": "decisions.confirm.status", "op": "eq", "expected": "marked"}]
}"#;

#[test]
fn hashes_are_those_of_the_values_that_are_printed() {
    let printed = run_test_run(&read(SUITE), &Fake).unwrap().to_value();
    let at = |pointer: &str| printed.pointer(pointer).unwrap().clone();
    let hash = |value: Value| json!(ContentHash::of(&value));

    let mut scenario_hashes = Map::new();
    for scenario in at("/suite_result/scenario_results").as_array().unwrap() {
        let mut result_hashes = Map::new();
        for (alias, result) in scenario["mission_results"].as_object().unwrap() {
            let of_rejection = || hash(result.clone());
            let result_hash = result.pointer("/receipt/result_hash").cloned().unwrap_or_else(of_rejection);
            result_hashes.insert(alias.clone(), result_hash);
        }
        assert_eq!(scenario["metadata"]["result_hashes"], Value::Object(result_hashes.clone()));
        let scenario_hash = scenario["metadata"]["scenario_hash"].clone();
        assert_eq!(scenario_hash, hash(Value::Object(result_hashes)));
        scenario_hashes.insert(scenario["scenario_name"].as_str().unwrap().to_owned(), scenario_hash);
    }
    assert_eq!(scenario_hashes.keys().collect::<Vec<_>>(), ["a[n=1]", "a[n=2]", "a[n=3]", "b", "c"]);
    let suite_hash = at("/suite_result/metadata/suite_hash");
    assert_eq!(suite_hash, hash(Value::Object(scenario_hashes)));

    let mut entries = Map::new();
    for result in at("/expectations_result/expectation_results").as_array().unwrap() {
        let kept = ["passed", "actual", "expected", "details"];
        let entry: Map<String, Value> =
            kept.iter().filter_map(|key| Some(((*key).to_owned(), result.get(*key)?.clone()))).collect();
        entries.insert(result["id"].as_str().unwrap().to_owned(), Value::Object(entry));
    }
    let expectations_hash = at("/expectations_result/metadata/expectations_hash");
    assert_eq!(expectations_hash, hash(Value::Object(entries)));

    let test_run = json!({"suite_hash": suite_hash, "expectations_hash": expectations_hash, "passed": false});
    assert_eq!(at("/metadata/test_run_hash"), hash(test_run));
    assert_eq!(
        at("/counts"),
        json!({"scenarios": 5, "scenarios_failed": 1, "scenarios_skipped": 1, "missions": 6, "expectations": 6,
               "expectations_failed": 1, "human_steps_marked": 1})
    );
    assert_eq!(at("/suite_result/skipped"), json!([{"scenario_name": "skipped", "reason": "it is late"}]));
}

#[test]
fn expectations_on_what_has_no_result_say_so() {
    let test_run = read(SUITE);
    let expectations: Vec<_> = test_run.tests().flat_map(|test| test.expectations).collect();
    let mut suite = run_suite(&test_run.to_suite(), &Fake).unwrap();
    suite.scenario_results.retain(|result| result.scenario_name != "b");
    suite.scenario_results[0].mission_results.clear();
    let judged = evaluate_expectations(&suite, &expectations);
    let found: Vec<String> = judged
        .expectation_results
        .iter()
        .map(|result| format!("{} {}", result.id, result.failure.map(|reason| reason.to_string()).unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            "\u{fb33} scenario_missing",
            "last scenario_missing",
            "never scenario_missing",
            "\u{1f600}[n=1] mission_missing",
            "\u{1f600}[n=2] ",
            "\u{1f600}[n=3] lt_mismatch"
        ]
    );
}

#[test]
fn golden_results_differ_where_runs_do() {
    let golden = |text: &str| {
        let test_run = read(text);
        let mut golden = Golden::new("s");
        for result in run_suite(&test_run.to_suite(), &Fake).unwrap().scenario_results {
            golden.insert(&result);
        }
        golden
    };
    let old = golden(SUITE);
    assert_eq!(Golden::from_value(&old.to_value()), Ok(old.clone()));
    assert_eq!(compare(&old, &golden(SUITE)).listed, []);
    assert_eq!(old.scenarios["b"]["add"].get("receipt"), None);

    let new = golden(
        &SUITE
            .replace(r#"{"n": 5}"#, r#"{"n": 6}"#)
            .replace("[1, 2, 3]", "[1, 2]")
            .replace(r#"{"name": "ask"}"#, r#"{"name": "ask", "as": "asked"}"#)
            .replace(r#""mission_name": "ask""#, r#""mission_name": "asked""#),
    );
    let line = |difference: &GoldenDifference| {
        let side = |side: &Option<Value>| match side {
            Some(value) if value.is_object() => "some".to_owned(),
            Some(value) => value.to_string(),
            None => "none".to_owned(),
        };
        let mission = difference.mission_name.as_deref().unwrap_or("*");
        let (old, new) = (side(&difference.old), side(&difference.new));
        format!("{} {mission} {}: {old} -> {new}", difference.scenario_name, difference.path)
    };
    assert_eq!(
        compare(&old, &new).listed.iter().map(line).collect::<Vec<_>>(),
        ["a[n=3] * : some -> none", "b add /final_state/sum: 5 -> 6", "b ask : some -> none", "b asked : none -> some",]
    );
    let names = ["a[n=1]", "a[n=2]", "b", "c"].into_iter().collect();
    assert_eq!(old.stale(&names).map(|difference| line(&difference)).collect::<Vec<_>>(), ["a[n=3] * : some -> none"]);
    assert!(Golden::from_value(&json!({"schema_version": "golden@2"})).is_err());
}

/// Runs the steps in the params on the engine: every operation does nothing, and every human step is marked.
struct Engine;

impl MissionRunner for Engine {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        let workflow = WorkflowDefinition::from_json(&json!({"id": "w", "steps": call.params["steps"]})).unwrap();
        let valid = workflow.validated().unwrap();
        let plugin = PluginRef { name: "test".to_owned(), digest: ContentHash::of_bytes(b"test") };
        let access = Access::resolve(&[], &[], &json!({})).unwrap();
        let binding = |_| Binding { plugin: plugin.clone(), operation: "work".to_owned(), access: access.clone() };
        let bindings = valid.operations().map(binding).collect();
        let context = ExecutionContext::new(call.initial_state.clone()).unwrap();
        let mut run = Run::start(Plan::new(valid, bindings).unwrap(), &context, Limits::default()).unwrap();
        loop {
            match run.next() {
                Next::Call(pending) => {
                    run.called(*pending, Outcome::Executed(OperationOutput::default()), 1).unwrap();
                }
                Next::Ask(_) => run.decided(Decision::marked()).unwrap(),
                Next::Done(result) => return Ok(result.to_json()),
            }
        }
    }
}

#[test]
fn what_was_done_and_asked_is_in_every_hash() {
    let hashes = |steps: &Value| {
        let suite = json!({"suite_name": "s", "scenarios": [
            {"scenario_name": "a", "missions": [{"name": "steps", "params": {"steps": steps}}]},
        ]});
        let result = run_test_run(&read(&suite.to_string()), &Engine).unwrap();
        let scenario = &result.suite_result.scenario_results[0];
        [scenario.mission_results[0].hash, scenario.scenario_hash, result.summary.test_run_hash]
    };
    let steps = json!([
        {"id": "work", "kind": "runtime", "payload": {"operation": "work", "params": {"x": 1}}},
        {"id": "ask", "kind": "human", "payload": {
            "description": "Shall the notes be published?", "context": "/notes", "schema": {"type": "string"},
            "choices": ["yes", "no"], "default": "no", "expires": "2d", "on_expiry": "default", "assignees": ["Ann"],
        }},
    ]);
    let others = [
        ("/0/payload/operation", json!("other/work")),
        ("/0/payload/params", json!({"x": 2})),
        ("/1/payload/description", json!("Shall all data be deleted?")),
        ("/1/payload/context", json!("/data")),
        ("/1/payload/schema", json!(true)),
        ("/1/payload/choices", json!(["yes", "no", "perhaps"])),
        ("/1/payload/default", json!("yes")),
        ("/1/payload/expires", json!("3d")),
        ("/1/payload/on_expiry", json!("fail")),
        ("/1/payload/assignees", json!(["Ben"])),
    ];
    let mut seen = vec![hashes(&steps)];
    for (pointer, other) in others {
        let mut changed = steps.clone();
        *changed.pointer_mut(pointer).unwrap() = other;
        let found = hashes(&changed);
        assert!(seen.iter().all(|seen| (0..3).all(|hash| seen[hash] != found[hash])), "{pointer}");
        seen.push(found);
    }
}

#[test]
fn paths_into_executed_steps_are_those_of_the_system_that_this_replaces() {
    let steps = json!([{"id": "work", "kind": "runtime", "payload": {"operation": "work", "params": {"x": 1}}}]);
    let suite = json!({"suite_name": "s", "scenarios": [{
        "scenario_name": "a",
        "missions": [{"name": "steps", "params": {"steps": steps}}],
        "expect": [
            {"id": "1", "path": "executed_steps.0.id", "op": "eq", "expected": "work"},
            {"id": "2", "path": "executed_steps.0.kind", "op": "eq", "expected": "runtime"},
            {"id": "3", "path": "executed_steps.0.payload.params.x", "op": "eq", "expected": 1},
            {"id": "4", "path": "executed_steps", "op": "length", "expected": 1},
            {"id": "5", "path": "executed_steps.0.payload.params.y", "op": "exists", "expected": false},
            {"id": "6", "path": "executed_steps.0.payload.params.x", "op": "exists", "expected": false},
        ],
    }]});
    let result = run_test_run(&read(&suite.to_string()), &Engine).unwrap();
    let passed: Vec<bool> =
        result.expectations_result.expectation_results.iter().map(ExpectationResult::passed).collect();
    assert_eq!(passed, [true, true, true, true, true, false]);
}

proptest! {
    #[test]
    fn scenarios_may_be_folded_in_any_order(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle()) {
        let test_run = read(SUITE);
        let mut fold = SuiteFold::new();
        for index in order {
            let TestDefinition { scenario, expectations } = test_run.test(index).unwrap();
            if scenario.skip.is_some() {
                fold.skip();
            } else {
                let result = run_scenario(&scenario, &Fake).unwrap();
                fold.push(FoldedScenario::of(&result, &evaluate(&scenario, &expectations, &result)));
            }
        }
        prop_assert_eq!(fold.finish(), run_test_run(&test_run, &Fake).unwrap().summary);
    }
}
