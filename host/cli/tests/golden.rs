//! The real binary, case by case: each folder of `tests/cli` has a command line (`cmd`), its input files, perhaps
//! `stdin`, `env` (lines `NAME=VALUE`) and `plugin.wat` (made into `made.wasm`), and `expected`: the exit code, standard
//! output and standard error, compared whole. A case with a file `writes` runs in an empty folder, and `expected` ends
//! with the files that are there afterwards.
//!
//! `SORTIE_BLESS=1 cargo test -p sortie --test golden` writes what the binary prints now into `expected`.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let folders = fs::read_dir(root).expect("the cases").map(|entry| entry.expect("a case").path());
    let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Splits a command line at spaces, but not within single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.trim().split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Fuel changes with every change of a plugin's code: it has tests of its own.
fn without_fuel(line: &str) -> String {
    let is_fuel = |word: &str| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    match line.rsplit_once(' ') {
        Some((rest, last)) if is_fuel(last) => format!("{rest} FUEL\n"),
        Some(_) | None => format!("{line}\n"),
    }
}

/// The files below a folder, by their paths from it, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).iter().map(|file| format!("{name}/{file}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

fn run(case: &Path, cache: &Path) -> String {
    if !case.join("writes").exists() {
        return run_in(case, case, cache);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let printed = run_in(case, folder.path(), cache);
    [vec![format!("{printed}--- files")], files(folder.path()), vec![String::new()]].concat().join("\n")
}

fn run_in(case: &Path, folder: &Path, cache: &Path) -> String {
    let env = fs::read_to_string(case.join("env")).unwrap_or_default();
    let env = env.lines().map(|line| line.split_once('=').expect("NAME=VALUE"));
    let cmd = fs::read_to_string(case.join("cmd")).expect("a command line");
    if case.join("plugin.wat").exists() {
        let component = wat::parse_file(case.join("plugin.wat")).expect("the plugin's text is one");
        fs::write(case.join("made.wasm"), component).expect("the plugin is written");
    }
    let stdin = File::open(case.join("stdin")).map_or_else(|_| Stdio::null(), Stdio::from);
    let output = Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(words(&cmd))
        .current_dir(folder)
        .env("SORTIE_CACHE_DIR", cache)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .envs(env)
        .stdin(stdin)
        .output()
        .expect("the command runs");
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().expect("an exit code"),
        String::from_utf8_lossy(&output.stdout).lines().map(without_fuel).collect::<String>(),
        String::from_utf8_lossy(&output.stderr),
    )
}

#[test]
fn every_case_prints_what_it_should() {
    let cache = tempfile::tempdir().expect("a folder");
    let bless = std::env::var_os("SORTIE_BLESS").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() > 40, "only {} cases were found", cases.len());
    for case in cases {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        let actual = run(&case, cache.path());
        if bless {
            fs::write(case.join("expected"), &actual).expect("the expectation is written");
        }
        let expected = fs::read_to_string(case.join("expected")).unwrap_or_default();
        if actual != expected {
            wrong.push(format!("=== {name}\n--- expected\n{expected}\n--- actual\n{actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_state_over_its_limit_is_rejected_with_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state.json");
    // {"a":"…"} takes eight bytes besides the text.
    for (length, code) in [((16 << 20) - 8, Some(0)), ((16 << 20) - 7, Some(3))] {
        fs::write(&state, format!(r#"{{"a":"{}"}}"#, "x".repeat(length))).expect("the state is written");
        let output = Command::new(env!("CARGO_BIN_EXE_sortie"))
            .args(["run", "echo", "--format", "json", "--state"])
            .arg(&state)
            .env("SORTIE_CACHE_DIR", folder.path())
            .output()
            .expect("the command runs");
        assert_eq!(output.status.code(), code);
        if code == Some(3) {
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                concat!(
                    r#"{"error":{"code":"state_too_large","help":"leave out what the mission does not need, or raise "#,
                    r#"the limit on the host","location":null,"message":"the state has 16777217 bytes, more than the "#,
                    "limit of 16777216\"}}\n"
                )
            );
        }
    }
}

#[test]
fn a_closed_standard_input_is_an_empty_document() {
    let output = Command::new("sh")
        .args(["-c", "exec \"$0\" hash - <&-", env!("CARGO_BIN_EXE_sortie")])
        .env("NO_COLOR", "1")
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(3));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.starts_with("error[empty_document]") || message.starts_with("error[file_not_readable]"),
        "{message}"
    );
}
