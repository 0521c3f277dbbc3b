//! What `sortie test` does when the world around it does not: a reader that goes away, a file that cannot be written or
//! is far too large.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test says what it expected")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn sortie(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    sortie(folder, arguments).output().expect("the command runs")
}

/// A folder with a suite of as many scenarios, of which the last fails.
fn suite(scenarios: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "suite_name: s\nscenarios:\n- {{scenario_name: n, matrix: {{n: {:?}}}, missions: [{{name: echo, params: {{n: \
         '${{{{n}}}}'}}}}], expect: [{{path: outputs.echo.n, op: lt, expected: {}}}]}}\n",
        (1..=scenarios).collect::<Vec<_>>(),
        scenarios
    );
    fs::write(folder.path().join("suite.yaml"), text).expect("the suite is written");
    folder
}

#[test]
fn a_reader_that_goes_away_has_what_it_wanted_and_the_verdict_stays() {
    // More than a pipe holds.
    let folder = suite(2_000);
    for arguments in [&["test", "suite.yaml", "--reporter", "tap"][..], &["test", "suite.yaml", "--format", "json"]] {
        let mut child = sortie(folder.path(), arguments);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let ended = child.wait_with_output().expect("it ends");
        // On a machine that is busy with other things, it says how far it is.
        let errors = String::from_utf8_lossy(&ended.stderr);
        let errors: Vec<&str> = errors.lines().filter(|line| !line.ends_with(" of 2000 scenarios")).collect();
        assert_eq!((ended.status.code(), errors), (Some(1), Vec::new()));
    }
    for arguments in [&["test", "suite.yaml", "--list"][..], &["test", "--print-schema"]] {
        let mut child = sortie(folder.path(), arguments);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
        drop(child.stdout.take());
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
    }
}

#[test]
fn results_are_whole_when_the_golden_file_cannot_be_written() {
    let folder = suite(2);
    fs::create_dir(folder.path().join("suite.golden.json")).expect("a folder is in the way");
    let json = run(folder.path(), &["test", "suite.yaml", "--bless", "--format", "json"]);
    assert_eq!(json.status.code(), Some(3));
    let results: Value = serde_json::from_slice(&json.stdout).expect("one JSON value");
    assert_eq!(results["error"]["code"], "file_not_writable");
    assert_eq!(results["suite_result"]["scenario_results"].as_array().map(Vec::len), Some(2));
    assert!(String::from_utf8_lossy(&json.stderr).starts_with("error[file_not_writable]: cannot write"));
    let tap = run(folder.path(), &["test", "suite.yaml", "--bless", "--reporter", "tap"]);
    let tap = String::from_utf8_lossy(&tap.stdout).into_owned();
    assert!(tap.ends_with("\nBail out! cannot write `suite.golden.json`: Is a directory (os error 21)\n"), "{tap}");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 2, "nothing else is left behind");
}

#[test]
fn a_suite_of_a_hundred_megabytes_is_rejected_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = File::create(folder.path().join("suite.yaml")).expect("a file");
    file.write_all(b"suite_name: s\n# ").expect("it is written");
    file.set_len(100_000_000).expect("it is made long");
    let output = run(folder.path(), &["test", "suite.yaml"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error[document_too_large]: the document has 100000000 bytes, more than the limit of 67108864\n\
         --> suite.yaml\n \
         = help: split it: several files, or a folder of them, can be given together\n\n\
         nothing was run: 1 problem in suite.yaml\n"
    );
}

#[test]
fn a_suite_comes_from_standard_input_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = sortie(folder.path(), &["test", "-", "--reporter", "tap"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the command runs");
    let suite = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: echo}]}\n";
    child.stdin.take().expect("its input").write_all(suite.as_bytes()).expect("it is written");
    let ended = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success() && told.starts_with("TAP version 14\n1..1\n# s (standard input)\nok 1 - s › a\n"),
        "{told}"
    );
}

/// A scenario that takes its time, many times.
#[cfg(unix)]
fn slow_suite() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let step = |id: usize| {
        format!("{{id: s{id}, kind: runtime, payload: {{operation: core/calc, expression: '1 + 1', into: /n{id}}}}}")
    };
    let steps = (0..5).map(step).collect::<Vec<_>>().join(", ");
    let text = format!(
        "suite_name: slow\nscenarios:\n- {{scenario_name: n, matrix: {{n: {:?}}}, missions: [{{name: core/workflow, params: {{id: \
         'w${{{{n}}}}', steps: [{steps}]}}}}]}}\n",
        (0..5_000).collect::<Vec<_>>()
    );
    fs::write(folder.path().join("suite.yaml"), text).expect("the suite is written");
    folder
}

#[cfg(unix)]
#[test]
fn what_is_interrupted_tells_what_is_finished_and_says_so() {
    let folder = slow_suite();
    let mut child = sortie(folder.path(), &["test", "suite.yaml", "--reporter", "tap"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut told = String::new();
    while !told.contains("ok 1 ") {
        assert!(out.read_line(&mut told).expect("a line") > 0, "{told}");
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    std::io::Read::read_to_string(&mut out, &mut told).expect("the rest");
    let ended = child.wait_with_output().expect("it ends");
    let message = "the run was interrupted: the results have what was finished by then";
    assert!(told.ends_with(&format!("Bail out! {message}\n")), "{}", &told[told.len().saturating_sub(300)..]);
    let passed = told.lines().filter(|line| line.starts_with("ok ")).count();
    assert!((1..5_000).contains(&passed), "{passed}");
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).starts_with(&format!("error[interrupted]: {message}")));
}

#[cfg(unix)]
#[test]
fn a_watched_suite_is_tested_again_when_it_changes_until_it_is_interrupted() {
    let folder = tempfile::tempdir().expect("a folder");
    let suite = |expected: u8| {
        format!(
            "suite_name: s\nscenarios:\n- {{scenario_name: a, missions: [{{name: echo, params: {{n: 1}}}}], expect: [{{path: \
             outputs.echo.n, op: eq, expected: {expected}}}]}}\n"
        )
    };
    let file = folder.path().join("suite.yaml");
    fs::write(&file, suite(2)).expect("the suite is written");
    let mut child = sortie(folder.path(), &["test", "suite.yaml", "--watch"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut until = |wanted: &str| {
        let mut told = String::new();
        while !told.contains(wanted) {
            assert!(out.read_line(&mut told).expect("a line") > 0, "{told}");
        }
    };
    until("FAIL 1 scenario");
    let mut err = BufReader::new(child.stderr.take().expect("its errors"));
    let mut line = String::new();
    err.read_line(&mut line).expect("a line");
    assert_eq!(line, "watching: change a file to test again, or press Ctrl-C\n");
    fs::write(&file, format!("{}# longer\n", suite(1))).expect("the suite is mended");
    until("PASS 1 scenario");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "the last verdict counts");
}

#[test]
fn what_is_written_never_takes_the_place_of_what_is_read() {
    let folder = suite(1);
    let folder = folder.path();
    fs::write(folder.join("state.json"), r#"{"a":1}"#).expect("the state");
    let code = |output: &Output| {
        let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        value["error"]["code"].as_str().map(str::to_owned)
    };
    for written in [
        &["--bundle", "state.json"][..],
        &["--bundle", "./state.json"],
        &["--save-failure", "state.json"],
        &["--save-state", "new.json", "--bundle", "new.json"],
    ] {
        let words = [&["--format", "json", "run", "echo", "--state", "state.json"][..], written].concat();
        let refused = run(folder, &words);
        assert_eq!(
            (refused.status.code(), code(&refused).as_deref()),
            (Some(3), Some("overwrites_input")),
            "{written:?}"
        );
        assert_eq!(fs::read_to_string(folder.join("state.json")).expect("the state"), r#"{"a":1}"#);
    }
    // The state of one day is that of the next.
    let words = ["run", "echo", "--state", "state.json", "--save-state", "state.json", "--bundle", "bundle.json"];
    assert_eq!(run(folder, &words).status.code(), Some(0));
    for option in ["--watch", "--bless"] {
        let refused = run(folder, &["--format", "json", "test", "-", option]);
        assert_eq!((refused.status.code(), code(&refused).as_deref()), (Some(2), Some("suite_from_input")), "{option}");
    }
}
