//! Suites that are run over a runner that is no host.

use serde_json::{Value, json};
use sortie_harness::definition::{NoFixtures, test_run};
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner, run_test_run};
use sortie_json::ContentHash;
use sortie_plugin_sdk::{Block, Call, Change, MissionEntry, Output};

use crate::discovery::{Selection, discover};
use crate::execution::execute;
use crate::operations::{NoPayload, report_tests};
use crate::{manifest, run_tests};

/// Echoes, asks, rejects, or returns what is no result.
struct Fake;

impl MissionRunner for Fake {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        let mut result = json!({"success": true, "final_state": call.initial_state, "outputs": {"echo": call.params}});
        match call.mission {
            "echo" => {}
            "ask" if call.answers.is_empty() => {
                result["decisions"] = json!({"ask": {"status": "marked", "value": null}});
            }
            "ask" => result["decisions"] = json!({"ask": {"status": "answered", "value": call.answers["ask"]}}),
            "odd" => return Ok(json!({})),
            unknown => {
                let message = format!("there is no mission `{unknown}`");
                return Err(MissionError::Rejected { code: "unknown_mission".to_owned(), message, details: None });
            }
        }
        result["receipt"] = json!({"result_hash": ContentHash::of(&result)});
        Ok(result)
    }
}

fn suites() -> Value {
    json!([
        {
            "suite_name": "passing",
            "scenarios": [
                {"scenario_name": "echoes", "missions": [{"name": "echo", "params": {"n": 1}}], "expect": [
                    {"id": "n", "path": "outputs.echo.n", "op": "eq", "expected": 1},
                ]},
                {"scenario_name": "asks", "missions": [{"name": "ask"}, {"name": "ask", "as": "told", "answers": {"ask": 1}}]},
                {"scenario_name": "later", "skip": "not yet", "missions": [{"name": "echo"}]},
            ],
        },
        {
            "suite_name": "failing",
            "scenarios": [
                {"scenario_name": "wrong", "missions": [{"name": "echo", "params": {"n": 1}}], "expect": [
                    {"id": "n", "path": "outputs.echo.n", "op": "eq", "expected": 2},
                ]},
                {"scenario_name": "unknown", "missions": [{"name": "nothing"}]},
            ],
        },
    ])
}

fn reports(suites: &Value) -> Vec<Value> {
    execute(&discover(&Selection::default(), Some(suites)).unwrap(), &Fake).unwrap()
}

#[test]
fn a_suite_has_the_hashes_that_it_has_elsewhere() {
    let documents = suites();
    for (report, document) in reports(&documents).iter().zip(documents.as_array().unwrap()) {
        let definition = test_run(document.clone(), None, &NoFixtures).result.unwrap();
        let elsewhere = run_test_run(&definition, &Fake).unwrap().to_value();
        assert_eq!(report["test_run_hash"], elsewhere["metadata"]["test_run_hash"]);
        assert_eq!(report["suite_hash"], elsewhere["suite_result"]["metadata"]["suite_hash"]);
        assert_eq!(report["expectations_hash"], elsewhere["expectations_result"]["metadata"]["expectations_hash"]);
        assert_eq!(report["counts"], elsewhere["counts"]);
        assert_eq!(report["passed"], elsewhere["passed"]);
    }
}

#[test]
fn failures_are_told_and_what_passes_is_counted() {
    let reports = reports(&suites());
    assert_eq!((&reports[0]["passed"], &reports[1]["passed"]), (&json!(true), &json!(false)));
    assert_eq!(reports[0]["failures"], json!([]));
    assert_eq!(reports[0]["skipped"], json!([{"scenario_name": "later", "reason": "not yet"}]));
    assert_eq!(reports[0]["counts"]["human_steps_marked"], 1);
    let failures: Vec<_> = reports[1]["failures"].as_array().unwrap().iter().map(|failure| &failure["id"]).collect();
    assert_eq!(failures, ["n", "implicit:not_rejected/unknown/nothing"]);
}

#[test]
fn the_report_adds_up() {
    let state = json!({"test_report": {"suites": reports(&suites())}});
    let output = report_tests(NoPayload {}, &Call::with_state(state).build()).unwrap();
    let short = output.output.unwrap().value();
    assert_eq!(short["passed"], json!(false));
    assert_eq!(
        short["counts"],
        json!({
            "suites": 2, "suites_failed": 1, "scenarios": 4, "scenarios_failed": 2, "scenarios_skipped": 1,
            "missions": 5, "expectations": 3, "expectations_failed": 2, "human_steps_marked": 1,
        })
    );
    assert_eq!(short["suites"].as_array().unwrap().len(), 2);
    let verdict = output.verdict.unwrap();
    assert_eq!((verdict.passed, verdict.summary.as_str()), (false, "4 scenarios: 2 passed, 2 failed, 1 skipped"));
    let failures = output.display.iter().filter_map(|block| match block {
        Block::List(items) => Some(items.concat()),
        _ => None,
    });
    let failures: Vec<_> = failures.collect();
    assert!(failures[0].starts_with("wrong › echo: outputs.echo.n eq\n  eq_mismatch\n  expected: 2\n  actual:   1"));
    assert_eq!(failures[1], "later: not yet");
    assert_eq!(
        output.changes,
        [
            Change::Add { path: "/test_report/passed".to_owned(), value: json!(false).into() },
            Change::Add { path: "/test_report/counts".to_owned(), value: short["counts"].clone().into() },
        ]
    );
}

#[test]
fn what_is_no_result_ends_it_all() {
    let odd = json!([{"suite_name": "s", "scenarios": [{"scenario_name": "t", "missions": [{"name": "odd"}]}]}]);
    let failure = execute(&discover(&Selection::default(), Some(&odd)).unwrap(), &Fake).unwrap_err();
    assert_eq!(failure.code, "no_result");
}

#[test]
fn without_suites_there_is_no_report() {
    let failure = report_tests(NoPayload {}, &Call::with_state(json!({})).build()).unwrap_err();
    assert_eq!(failure.code, "no_report");
}

#[test]
fn the_mission_hands_its_params_to_its_steps() {
    let workflow = run_tests::ENTRY.build(json!({"target": "a*", "suites": []})).unwrap();
    let payloads: Vec<_> = workflow.steps.iter().map(|step| &step.payload).collect();
    assert_eq!(
        payloads,
        [
            &json!({"operation": "discover_suites", "target": "a*", "suites": []}),
            &json!({"operation": "execute_suites", "target": "a*", "suites": []}),
            &json!({"operation": "report_tests"}),
        ]
    );
}

#[test]
fn the_examples_of_the_manifest_work() {
    for operation in crate::SORTIE_PLUGIN.operations {
        for example in operation.info().examples {
            let output: Output = operation.execute(example.payload, &Call::with_state(example.state).build()).unwrap();
            assert!(output.output.is_some());
        }
    }
    assert_eq!(manifest().missions.len(), 1);
}
