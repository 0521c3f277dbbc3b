//! A result that is bundled, verified, and told apart when somebody changed it.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn sortie(folder: &Path, arguments: &[&str]) -> Output {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
    command.args(arguments).current_dir(folder).env("SORTIE_CACHE_DIR", cache).env("NO_COLOR", "1");
    command.output().expect("the command runs")
}

#[test]
fn a_bundle_of_a_run_verifies_and_a_changed_one_does_not() {
    let here = tempfile::tempdir().expect("a folder");
    let tasks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/daily-loop/examples/tasks.json");
    let tasks = tasks.to_str().expect("a path in UTF-8");
    fs::write(here.path().join("answers.json"), r#"{"confirm_priorities": {"accept": true}}"#).expect("answers");
    let run = ["run", "daily_loop", "--state", tasks, "--answers", "answers.json", "--bundle", "bundle.json"];
    assert!(sortie(here.path(), &run).status.success());

    let verified = sortie(here.path(), &["verify", "bundle.json"]);
    assert_eq!(verified.status.code(), Some(0));
    let text = String::from_utf8_lossy(&verified.stdout);
    assert!(text.starts_with("verified: run again, it gives the same\nresult "), "{text}");

    let mut bundle: Value =
        serde_json::from_slice(&fs::read(here.path().join("bundle.json")).expect("a bundle")).expect("JSON");
    bundle["result"]["success"] = json!(false);
    fs::write(here.path().join("changed.json"), bundle.to_string()).expect("a bundle");
    let changed = sortie(here.path(), &["verify", "changed.json"]);
    assert_eq!(changed.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&changed.stdout),
        "not verified: every step is the same, but not `/success`\n  the bundle has  false\n  run again       true\n"
    );
}

#[test]
fn the_bundle_of_a_workflow_verifies_from_standard_input() {
    let here = tempfile::tempdir().expect("a folder");
    let workflow = json!({"id": "w", "steps": [
        {"id": "s", "kind": "runtime", "payload": {"operation": "set", "path": "/a", "value": 1}},
    ]});
    fs::write(here.path().join("w.json"), workflow.to_string()).expect("a workflow");
    assert!(sortie(here.path(), &["exec", "w.json", "--bundle", "b.json"]).status.success());
    let verified = sortie(here.path(), &["verify", "b.json", "--format", "json"]);
    let verified: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!((&verified["verified"], &verified["difference"]), (&json!(true), &Value::Null));
}
