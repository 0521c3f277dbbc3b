//! Scenarios from what happened, and recorded runs on another version of a plugin, with the real command.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use sortie_tests::TextPlugin;

fn sortie(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .env_remove("SORTIE_JOURNAL")
        .output()
        .expect("the command runs")
}

/// What a command prints, which has to exit so.
fn printed(folder: &Path, arguments: &[&str], exit: i32) -> String {
    let output = sortie(folder, arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}\n{out}{err}");
    format!("{out}{err}")
}

fn folder(files: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, value) in files {
        fs::write(folder.path().join(name), value.to_string()).expect("a file is written");
    }
    folder
}

/// Tasks by the thousand, of which one has an estimate that cannot be divided by.
fn tasks() -> Value {
    let task = |number: usize| {
        let estimate = if number == 7 { 0 } else { number + 1 };
        json!({"id": number, "title": format!("Paint the fence number {number}, and clean the brushes"), "estimate": estimate,
            "tags": ["home", "garden", "painting"], "notes": {"colour": "green", "shop": "the one at the corner"}})
    };
    let tasks: Vec<Value> = (0..1200).map(task).collect();
    json!({"tasks": tasks, "settings": {"hours": 8, "zone": "Europe/Berlin"}})
}

/// A workflow that fails for a task.
fn workflow(task: usize) -> Value {
    json!({"id": "plan", "steps": [
        {"id": "remember", "kind": "runtime", "payload": {"operation": "core/set", "path": "/started", "value": true}},
        {"id": "share", "kind": "runtime", "payload": {"operation": "core/calc", "expression": "hours / estimate",
            "with": {"hours": "/settings/hours", "estimate": format!("/tasks/{task}/estimate")}, "into": "/share"}},
    ]})
}

#[test]
fn a_large_failure_becomes_a_small_scenario_that_passes_once_it_is_mended() {
    let here = folder(&[("state.json", tasks()), ("plan.json", workflow(7))]);
    let exec = ["exec", "plan.json", "--state", "state.json", "--bundle", "bundle.json"];
    printed(here.path(), &exec, 1);
    let state = fs::metadata(here.path().join("state.json")).expect("the state").len();
    assert!(state > 200_000, "{state}");
    let saved =
        printed(here.path(), &["test", "--save", "bundle.json", "--suite", "large.suite.yaml", "--name", "a share"], 0);
    assert_eq!(saved, "wrote the scenario `a share` with 1 expectation to large.suite.yaml\n");
    printed(here.path(), &["test", "large.suite.yaml"], 1);
    let shrunk = printed(here.path(), &["test", "large.suite.yaml", "--shrink", "small.suite.yaml"], 1);
    assert!(shrunk.contains("and it fails in the same way"), "{shrunk}");
    let small = fs::read_to_string(here.path().join("small.suite.yaml")).expect("the small suite");
    assert!(small.len() < 1_000, "{} bytes: {small}", small.len());
    let failed = printed(here.path(), &["test", "small.suite.yaml"], 1);
    assert!(failed.contains("`/` by zero") && failed.contains("mission_failed"), "{failed}");
    // The fault is mended: the estimate is no longer zero. What is left of the state says where it was.
    let mended = small.replace("\"estimate\": 0", "\"estimate\": 4");
    assert_ne!(mended, small);
    fs::write(here.path().join("small.suite.yaml"), mended.replace("\"hours\": 0", "\"hours\": 8"))
        .expect("it is written");
    printed(here.path(), &["test", "small.suite.yaml"], 0);
}

#[test]
fn a_run_that_succeeded_becomes_a_scenario_that_expects_what_came_of_it() {
    let here = folder(&[("state.json", tasks()), ("plan.json", workflow(3))]);
    printed(here.path(), &["exec", "plan.json", "--state", "state.json", "--bundle", "bundle.json"], 0);
    printed(here.path(), &["test", "--save", "bundle.json", "--suite", "suite.json"], 0);
    printed(here.path(), &["test", "suite.json"], 0);
    let suite = fs::read_to_string(here.path().join("suite.json")).expect("the suite");
    let suite: Value = serde_json::from_str(&suite).expect("JSON");
    let expect = &suite["scenarios"][0]["expect"];
    assert!(
        expect
            .as_array()
            .expect("expectations")
            .contains(&json!({"path": "/final_state/share", "op": "eq", "expected": 2})),
        "{expect}"
    );
    let twice = printed(here.path(), &["test", "--save", "bundle.json", "--suite", "suite.json"], 3);
    assert!(twice.contains("error[scenario_exists]"), "{twice}");
}

#[test]
fn a_run_that_waited_becomes_a_scenario_with_its_answers_and_can_be_replayed() {
    let ask = json!({"id": "ask", "kind": "human", "payload": {"description": "Go on?", "choices": ["yes", "no"]}});
    let set = json!({"id": "set", "kind": "runtime", "payload": {"operation": "core/set", "path": "/n", "value": 1}});
    let here = folder(&[("plan.json", json!({"id": "plan", "steps": [ask, set]}))]);
    let start = ["exec", "plan.json", "--mode", "pause", "--journal", "runs.sqlite", "--format", "json"];
    let waiting = |of: &str| -> String {
        let output = sortie(here.path(), &start);
        let told: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error} {of} {output:?}"));
        told["run"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    };
    let (answered, left) = (waiting("answered"), waiting("left"));
    let journal = ["--journal", "runs.sqlite"];
    printed(here.path(), &[&["inbox", "answer", &answered, "--choice", "yes"][..], &journal].concat(), 0);
    printed(here.path(), &[&["resume", &answered][..], &journal].concat(), 0);
    let save = |run: &str, exit: i32| {
        printed(here.path(), &[&["test", "--save", run, "--suite", "found.suite.yaml"][..], &journal].concat(), exit)
    };
    assert!(save(&left, 3).contains("error[run_waits]"));
    save(&answered, 0);
    printed(here.path(), &["test", "found.suite.yaml"], 0);
    let suite = fs::read_to_string(here.path().join("found.suite.yaml")).expect("the suite");
    assert!(suite.contains("\"answers\": {\"ask\": \"yes\"}"), "{suite}");

    let core = sortie_host::FIRST_PARTY
        .iter()
        .zip(["core", "daily-loop", "echo", "run-tests"])
        .find(|(_, name)| *name == "core");
    fs::write(here.path().join("core.wasm"), core.expect("the plugin").0).expect("the plugin is written");
    let replay = printed(here.path(), &[&["replay", "--plugin", "core.wasm"][..], &journal].concat(), 0);
    assert!(
        replay.starts_with("2 runs: 2 the same\n1 of 1 that wait can be continued with the candidate\n"),
        "{replay}"
    );
    let filtered = printed(
        here.path(),
        &[&["replay", "--plugin", "core.wasm", "--filter", "tag:waiting", "--format", "json"][..], &journal].concat(),
        0,
    );
    let filtered: Value = serde_json::from_str(&filtered).expect("JSON");
    assert_eq!((&filtered["counts"]["runs"], &filtered["runs"][0]["name"]), (&json!(1), &json!(left)));
}

#[test]
fn a_failed_call_becomes_a_scenario() {
    let here = folder(&[("state.json", tasks()), ("plan.json", workflow(7))]);
    printed(here.path(), &["exec", "plan.json", "--state", "state.json", "--save-failure", "failure.json"], 1);
    printed(here.path(), &["test", "--save", "failure.json", "--suite", "failure.suite.yaml"], 0);
    let failed = printed(here.path(), &["test", "failure.suite.yaml"], 1);
    assert!(failed.contains("`/` by zero"), "{failed}");
}

#[test]
fn mutations_are_of_what_an_author_wrote_and_of_what_scenarios_reach() {
    let suite = |operation: &str| {
        json!({"suite_name": "s", "scenarios": [{
            "scenario_name": "works", "missions": [{"name": "core/workflow", "params": {"id": "w", "steps": [
                {"id": "work", "kind": "runtime", "payload": {"operation": operation}},
            ]}}],
            "expect": [{"path": "success", "op": "eq", "expected": true}],
        }]})
    };
    let here = folder(&[("suite.json", suite("demo/work")), ("elsewhere.json", suite("core/noop"))]);
    let module = r#"(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $ok))"#;
    let mutated = |suite: &str, sdk: &str, exit: i32| {
        let operation = json!({
            "name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": [],
        });
        let manifest = json!({
            "name": "demo", "version": "1.0.0", "sdk": sdk, "description": "", "missions": [], "operations": [operation],
        });
        let plugin = TextPlugin { module, manifest: Some(&manifest), ..TextPlugin::default() };
        fs::write(here.path().join("demo.wasm"), plugin.bytes()).expect("the plugin");
        printed(here.path(), &["test", suite, "--plugin", "demo.wasm", "--mutate", "3"], exit)
    };
    let interpreted = mutated("suite.json", "sortie.js 0.2.0", 3);
    let told = "written in JavaScript: the operators in its file are an interpreter's";
    assert!(interpreted.contains(told), "{interpreted}");
    let unreached = mutated("elsewhere.json", "none", 1);
    assert!(unreached.starts_with("no scenario reaches any of the "), "{unreached}");
}

#[test]
fn a_candidate_that_asks_something_else_has_no_use_for_the_recorded_decision() {
    let here = folder(&[("answers.json", json!({"ok": "yes"}))]);
    let ask = |id: &str, choices: [&str; 2]| json!({"id": id, "kind": "human", "payload": {"choices": choices}});
    let note = |id: &str| json!({"id": id, "kind": "runtime", "payload": {"operation": "core/noop"}});
    let plugin = |file: &str, steps: Value| {
        let workflow = json!({"id": "go", "steps": steps, "metadata": {}});
        let manifest = json!({
            "name": "demo", "version": "1.0.0", "sdk": "none", "description": file, "operations": [],
            "missions": [{"name": "go", "description": "", "params_schema": true, "examples": []}],
        });
        let plugin = TextPlugin { workflow: Some(&workflow), manifest: Some(&manifest), ..TextPlugin::default() };
        fs::write(here.path().join(file), plugin.bytes()).expect("the plugin");
    };
    let yes = ["yes", "no"];
    plugin("old.wasm", json!([note("a"), ask("ok", yes), note("b")]));
    let run = ["run", "demo/go", "--plugin", "old.wasm", "--answers", "answers.json", "--bundle", "bundle.json"];
    printed(here.path(), &run, 0);
    for (steps, outcome, told) in [
        (json!([note("a"), ask("ok", yes), note("b")]), "same", ""),
        (json!([note("a"), ask("ok", ["ja", "nein"]), note("b")]), "decision_misfit", "is not one of the choices"),
        (json!([note("a"), ask("fine", yes), note("b")]), "decision_misfit", "`ok` was asked in its place"),
        (json!([note("a"), ask("ok", yes), note("b"), ask("too", yes)]), "decision_misfit", "it was not asked"),
        (json!([note("first"), ask("fine", yes), note("b")]), "different", "/steps/0/step_id"),
        (json!([note("a"), note("b")]), "different", "/steps/1"),
    ] {
        plugin("new.wasm", steps.clone());
        let exit = i32::from(outcome != "same");
        let report = printed(here.path(), &["replay", "--plugin", "new.wasm", "bundle.json", "--format", "json"], exit);
        let report: Value = serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {report}"));
        assert_eq!(report["runs"][0]["outcome"], outcome, "{steps}: {report}");
        assert!(report["runs"][0].to_string().contains(told), "{steps}: {report}");
    }
}
