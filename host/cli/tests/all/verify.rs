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

/// The bytes of a bundle, and not only its values, by what a reader could make of them.
#[test]
fn a_bundle_whose_text_was_altered_is_the_same_value_or_fails() {
    let here = tempfile::tempdir().expect("a folder");
    let workflow = json!({"id": "w", "steps": [
        {"id": "s", "kind": "runtime", "payload": {"operation": "set", "path": "/a", "value": 1}},
    ]});
    fs::write(here.path().join("w.json"), workflow.to_string()).expect("a workflow");
    assert!(sortie(here.path(), &["exec", "w.json", "--bundle", "b.json"]).status.success());
    let text = fs::read_to_string(here.path().join("b.json")).expect("a bundle");
    let text = text.trim_end();
    let verify = |bytes: &[u8]| {
        fs::write(here.path().join("altered.json"), bytes).expect("a bundle");
        let verified = sortie(here.path(), &["verify", "altered.json"]);
        (verified.status.code(), String::from_utf8_lossy(&verified.stderr).into_owned())
    };
    let members = text.strip_prefix('{').expect("an object");
    let same = [
        text.to_owned(),
        format!(" {text}\n\n"),
        // Members have no order, and letters may be escaped.
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).expect("JSON")).expect("JSON"),
        text.replacen("\"result\"", "\"r\\u0065sult\"", 1),
        text.replacen("\"success\":true", "\"success\": true", 1),
    ];
    for text in &same {
        let (exit, error) = verify(text.as_bytes());
        assert_eq!(exit, Some(0), "{error}");
    }
    let other = [
        // Twice the same member: which of them holds?
        format!("{{\"schema_version\":\"bundle@3\",{members}"),
        format!("{{\"schema_v\\u0065rsion\":\"bundle@3\",{members}"),
        text.replacen("\"success\":true", "\"success\":false,\"success\":true", 1),
        // More than one document, or less.
        format!("{text}{text}"),
        format!("{text}\n{{}}"),
        format!("{text}]"),
        format!("{text}\0"),
        format!("{text} // verified"),
        text.get(..text.len() - 1).expect("ASCII").to_owned(),
        format!("[{text}]"),
        // What is not JSON (RFC 8259).
        text.replacen('{', "{ /* */ ", 1),
        text.replacen("\"success\":true", "\"success\":True", 1),
        text.replacen("\"success\":true", "\"success\":true,", 1),
        text.replacen('"', "'", 2),
        // A newer and an older version than it is, and one that there is not.
        text.replacen("bundle@3", "bundle@2", 1),
        text.replacen("bundle@3", "bundle@4", 1),
        text.replacen("bundle@3", "bundle@03", 1),
    ];
    for text in &other {
        let (exit, error) = verify(text.as_bytes());
        assert!(exit != Some(0), "{error}\n{text:.80}");
        assert!(error.starts_with("error["), "{error}");
    }
    // Other encodings; JSON is UTF-8.
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin_1 = [text.get(..1).expect("ASCII").as_bytes(), b"\"\xe9\":1,", members.as_bytes()].concat();
    for bytes in [utf_16, latin_1] {
        assert_eq!(verify(&bytes).0, Some(3));
    }
}
