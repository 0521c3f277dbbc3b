//! Sixteen processes of the real binary at once on one run.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Output, Stdio};

use crate::support::{json_of, log_step, parsed, sortie, text, write_workflow};
use serde_json::json;
use sortie_journal::{EventKind, Journal};
use sortie_journal_sqlite::SqliteJournal;

const PROCESSES: usize = 16;

/// Starts all processes and then waits for all.
fn at_once(folder: &Path, arguments: impl Fn(usize) -> Vec<String>) -> Vec<Output> {
    let spawn = |number| -> Child {
        let mut command = sortie(folder);
        command.args(["--format", "json"]).args(arguments(number)).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the command starts")
    };
    let children: Vec<_> = (0..PROCESSES).map(spawn).collect();
    children.into_iter().map(|child| child.wait_with_output().expect("the command ends")).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// How often each code was told; `done` where there was no error.
fn codes(outputs: &[Output]) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for output in outputs {
        let told = parsed(output);
        let code = told.pointer("/error/code").map_or("done", |_| text(&told, "/error/code"));
        *codes.entry(code.to_owned()).or_default() += 1;
    }
    codes
}

fn kinds(folder: &Path, run: &str) -> Vec<EventKind> {
    let journal = SqliteJournal::open(folder.join("journal.sqlite")).expect("the journal opens");
    assert_eq!(journal.verify(), Ok(1));
    let record = journal.read(&run.parse().expect("a run id")).expect("the run");
    record.events.iter().map(|recorded| recorded.event.kind()).collect()
}

/// A run that waits at `ask`; gives its id.
fn waiting(folder: &Path) -> String {
    let ask = json!({"id": "ask", "kind": "human", "payload": {"description": "Go on?"}});
    write_workflow(folder, &[log_step("before"), ask, log_step("behind")]);
    text(&json_of(folder, ["exec", "workflow.json", "--mode", "pause"]), "/run").to_owned()
}

#[test]
fn of_sixteen_processes_that_answer_differently_one_succeeds_and_fifteen_conflict() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = waiting(folder);
    let outputs =
        at_once(folder, |number| words(&["inbox", "answer", &run, "--value", &number.to_string(), "--actor", "racer"]));
    assert_eq!(codes(&outputs), BTreeMap::from([("conflict".to_owned(), 15), ("done".to_owned(), 1)]));
    for output in &outputs {
        assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
    }
    let expected = [
        EventKind::Started,
        EventKind::Engine,
        EventKind::Asked,
        EventKind::Decided,
        EventKind::Engine,
        EventKind::Finished,
    ];
    assert_eq!(kinds(folder, &run), expected);
}

#[test]
fn of_sixteen_processes_that_resume_one_run_one_drives_and_the_others_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = waiting(folder);
    json_of(folder, ["inbox", "answer", &run, "--value", "1", "--no-resume"]);
    let outputs = at_once(folder, |_| words(&["resume", &run]));
    let says = |output: &&Output, what: &str| String::from_utf8_lossy(&output.stderr).contains(what);
    let ended = outputs.iter().filter(|output| says(output, "note[already_ended]")).count();
    let codes = codes(&outputs);
    let (done, held) = (codes.get("done").copied().unwrap_or(0), codes.get("run_held").copied().unwrap_or(0));
    assert_eq!((done - ended, held + ended), (1, 15), "{codes:?}");
    let result = json_of(folder, ["resume", &run]);
    assert_eq!(result.pointer("/final_state/log"), Some(&json!(["before", "behind"])));
    assert_eq!(kinds(folder, &run).len(), 6);
}
