//! The first-party plugins' own suites, run by the real binary.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::path::Path;
use std::process::Command;

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
    // The other folders of `plugins` are examples, which are built by their own languages' tools.
    let names = ["core", "daily-loop", "echo", "run-tests"];
    let folders = names.map(|name| format!("plugins/{name}"));
    let arguments: Vec<&str> = ["test"].into_iter().chain(folders.iter().map(String::as_str)).collect();
    let (code, output) = sortie(&root, &arguments);
    assert_eq!(code, Some(0), "{output}");
    for suite in names {
        assert!(output.contains(&format!("PASS {suite}")), "{output}");
    }
}

#[test]
fn the_hash_of_a_test_run_depends_on_neither_jobs_nor_folder() {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    let hashes = |output: &str| {
        let hash = |line: &str| line.trim().strip_prefix("test_run_hash ").map(str::to_owned);
        output.lines().filter_map(hash).collect::<Vec<_>>()
    };
    let (_, one) = sortie(&plugins, &["test", "--jobs", "1", "core/suite.yaml", "echo/suite.yaml"]);
    let (_, eight) = sortie(&plugins.join("core"), &["test", "--jobs", "8", "suite.yaml", "../echo/suite.yaml"]);
    assert_eq!(hashes(&one).len(), 2, "{one}");
    assert_eq!(hashes(&one), hashes(&eight));
}
