//! The first-party plugins' own suites, run by the real binary.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs `sortie` in a folder, and returns its exit code and standard output.
fn sortie(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(arguments)
        .current_dir(folder)
        .env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .expect("the command runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_suites_of_the_first_party_plugins_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (code, output) = sortie(&root, &["test", "plugins/"]);
    assert_eq!(code, Some(0), "{output}");
    for suite in ["core", "daily-loop", "echo", "run-tests"] {
        assert!(output.contains(&format!("PASS {suite}")), "{output}");
    }
    // The examples are built by their own languages' tools, and tested in `projects.rs`.
    for suite in ["expense-review", "release-checklist"] {
        assert!(output.contains(&format!("SKIP {suite} (")), "{output}");
    }
}

/// Suites of every kind: ones that pass and fail, with human steps that nobody answers, with matrices and rejections.
/// Each of these has neither fixtures nor limits of its own, which a plugin cannot have.
const SUITES: [&str; 9] = [
    "plugins/core/suite.yaml",
    "plugins/daily-loop/suite.yaml",
    "plugins/echo/suite.yaml",
    "plugins/run-tests/suite.yaml",
    "tests/cli/test-earlier-system-one-file/suite.yaml",
    "tests/cli/test-list/suite.yaml",
    "tests/cli/test-mission-fails/suite.yaml",
    "tests/cli/test-state-fresh-and-carry/suite.yaml",
    "tests/cli/test-unknown-mission/suite.yaml",
];

#[test]
fn a_suite_has_one_hash_whatever_the_jobs_the_folder_and_the_sandbox() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let elsewhere = tempfile::tempdir().expect("a folder");
    for suite in SUITES {
        let path = root.join(suite);
        let path = path.to_str().expect("a path of text");
        fs::copy(path, elsewhere.path().join("copy.yaml")).expect("the suite is copied");
        let hashes = [
            native_hash(&root, &["test", suite]),
            native_hash(&root, &["test", suite, "--jobs", "1"]),
            native_hash(elsewhere.path(), &["test", path, "--jobs", "8"]),
            native_hash(elsewhere.path(), &["test", "copy.yaml", "--check-determinism"]),
            nested_hash(elsewhere.path()),
        ];
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{suite}: {hashes:?}");
    }
}

fn native_hash(folder: &Path, arguments: &[&str]) -> String {
    let (_, output) = sortie(folder, &[arguments, &["--format", "json"]].concat());
    let results: Value = serde_json::from_str(&output).expect("results");
    results["metadata"]["test_run_hash"].as_str().unwrap_or_else(|| panic!("{output}")).to_owned()
}

/// That of `copy.yaml`, run inside the sandbox.
fn nested_hash(folder: &Path) -> String {
    let (_, suite) = sortie(folder, &["hash", "--canonical", "copy.yaml"]);
    fs::write(folder.join("state.json"), format!("{{\"suites\":[{suite}]}}")).expect("the state is written");
    let (code, output) = sortie(folder, &["run", "run_tests", "--state", "state.json", "--format", "json"]);
    let result: Value = serde_json::from_str(&output).expect("a result");
    let report = &result["final_state"]["test_report"];
    assert_eq!(code, Some(i32::from(report["passed"] != true)), "{output}");
    report["suites"][0]["test_run_hash"].as_str().unwrap_or_else(|| panic!("{output}")).to_owned()
}

/// A suite of one call of `run_tests`, with a limit on the fuel of its calls.
fn nested_suite(fuel: u64) -> String {
    format!(
        "suite_name: nested\nscenarios:\n- scenario_name: s\n  missions:\n  - name: run_tests\n    limits: {{fuel_per_call: \
         {fuel}}}\n    params: {{suites: [{{suite_name: i, scenarios: [{{scenario_name: t, missions: [{{name: echo}}]}}]}}]}}\n"
    )
}

#[test]
fn what_a_nested_mission_uses_is_its_callers_fuel() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |fuel: u64| -> Value {
        fs::write(folder.path().join("suite.yaml"), nested_suite(fuel)).expect("the suite is written");
        let (_, output) = sortie(folder.path(), &["test", "suite.yaml", "--format", "json"]);
        let results: Value = serde_json::from_str(&output).expect("results");
        results["suite_result"]["scenario_results"][0]["mission_results"]["run_tests"].clone()
    };
    let enough = run(200_000_000);
    let used = enough["lineage"]["steps"][1]["fuel"].as_u64().expect("the fuel of the step that runs suites");
    let (_, alone) = sortie(folder.path(), &["run", "echo", "--format", "json"]);
    let alone: Value = serde_json::from_str(&alone).expect("a result");
    let alone = alone["receipt"]["fuel"].as_u64().expect("the fuel of the nested mission, run alone");
    let exact = run(used);
    assert_eq!(
        (&exact["success"], &exact["receipt"]["result_hash"]),
        (&true.into(), &enough["receipt"]["result_hash"])
    );
    assert!(alone > 1_000 && used > alone, "{used} {alone}");
    let starved = run(used - alone / 10);
    assert_eq!((&starved["success"], &starved["error_code"]), (&false.into(), &"out_of_fuel".into()));
    assert_eq!(starved["failed_step_id"], "execute_suites");
}
