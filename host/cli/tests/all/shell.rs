//! What a shell and a reader of manuals are given: completions that know what there is, and a page for each command.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{log_step, run, sortie, write_workflow};

/// What completes these words, of which the last is being typed, as bash is told.
fn completions(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut command = sortie(folder);
    command.env("SORTIE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    command.env("_CLAP_IFS", "\n").arg("--").args(words);
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn names_complete_to_what_there_is() {
    let here = tempfile::tempdir().expect("a folder");
    let missions = ["daily_loop", "echo", "run_tests"];
    assert_eq!(completions(here.path(), &["sortie", "run", "e"]), ["echo"]);
    for of in ["run", "build", "missions"] {
        let told = completions(here.path(), &["sortie", of, ""]);
        assert!(missions.iter().all(|mission| told.iter().any(|word| word == mission)), "{of}: {told:?}");
    }
    assert_eq!(completions(here.path(), &["sortie", "operations", "app"]), ["append"]);
    assert_eq!(completions(here.path(), &["sortie", "plugins", "run"]), ["run-tests"]);
}

#[test]
fn runs_complete_to_those_of_the_journal_and_make_none() {
    let here = tempfile::tempdir().expect("a folder");
    assert!(!completions(here.path(), &["sortie", "inbox", "show", ""]).iter().any(|word| !word.starts_with('-')));
    assert!(!here.path().join("journal.sqlite").exists(), "looking made a journal");
    let asks = serde_json::json!({"id": "ask", "kind": "human", "payload": {"description": "Go on?"}});
    write_workflow(here.path(), &[log_step("one"), asks]);
    let waiting = run(here.path(), ["--format", "json", "exec", "workflow.json", "--mode", "pause"]);
    let waiting: serde_json::Value = serde_json::from_slice(&waiting.stdout).expect("JSON");
    let run = waiting["run"].as_str().expect("a run");
    let commands: [&[&str]; 3] = [&["inbox", "answer"], &["preview"], &["resume"]];
    for words in commands {
        let words = [&["sortie"], words, &[&run[..2]]].concat();
        assert_eq!(completions(here.path(), &words), [run], "{words:?}");
    }
}

/// A real shell reads the script and asks the command.
#[test]
fn bash_completes_by_the_script() {
    if Command::new("bash").arg("--version").stdout(Stdio::null()).status().is_err() {
        return sortie_tests::skip("bash");
    }
    let here = tempfile::tempdir().expect("a folder");
    let script = run(here.path(), ["completions", "bash"]).stdout;
    fs::write(here.path().join("script"), script).expect("the script");
    let folder = Path::new(env!("CARGO_BIN_EXE_sortie")).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let typed = "source ./script; COMP_WORDS=(sortie run daily); COMP_CWORD=2; COMP_TYPE=9; \
                 _clap_complete_sortie sortie daily run; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["--norc", "-c", typed])
        .current_dir(here.path())
        .env("PATH", path)
        .output()
        .expect("bash runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "daily_loop", "{output:?}");
}

#[test]
fn each_command_has_a_page_of_the_manual() {
    let here = tempfile::tempdir().expect("a folder");
    assert!(run(here.path(), ["man", "pages"]).status.success());
    let help = run(here.path(), ["--help"]).stdout;
    let help = String::from_utf8_lossy(&help);
    let (_, listed) = help.split_once("Commands:\n").expect("a list of commands");
    let (listed, _) = listed.split_once("\n\n").expect("an end of the list");
    let commands = listed.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names.iter().filter(|name| **name != "help") {
        let page = fs::read_to_string(here.path().join(format!("pages/sortie-{name}.1"))).expect(name);
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH DESCRIPTION"), "{page}");
    }
    assert!(!here.path().join("pages/sortie-compile-for-parent.1").exists(), "an inner command has a page");
}
