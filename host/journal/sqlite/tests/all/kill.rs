//! A process killed at every write boundary, over the whole life of a run. Needs the feature `kill-points`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{AnswerMismatch, Authority, Expires, NewAnswer, WaitRequest, Waits, Which};
use sortie_journal::{
    Actor, Claim, Event, EventKind, ExpiryAction, Finish, Journal, JournalError, NewRun, Owner, RunId, Start, Status,
    Timestamp,
};
use sortie_journal_sqlite::SqliteJournal;

/// What the child of this test is told. Unset in the parent.
const DIRECTORY: &str = "SORTIE_TEST_DIRECTORY";
const RUNS: &str = "SORTIE_TEST_RUNS";

fn now() -> Timestamp {
    Timestamp::from_millis(0).unwrap()
}

fn question(step: &str) -> Event {
    let question = WaitRequest {
        step: step.to_owned(),
        description: "Go on?".to_owned(),
        assignees: Vec::new(),
        expires: Expires::After(Duration::ZERO),
        on_expiry: ExpiryAction::Fail,
        details: Value::Null,
        question_hash: None,
        approvals: 1,
        not_starter: false,
    };
    let (mut wait, _) = question.ask(now()).unwrap();
    if step == "decided" {
        wait.deadline = None;
    }
    Event::Asked(wait)
}

/// Takes a run from wherever it is to its end, as a host would: a run with a question that is answered, then one
/// that expires. Says what it knows to be written once it is.
fn drive(journal: &SqliteJournal, run: &RunId, owner: &str, mut acknowledge: impl FnMut(&str)) {
    let waits = Waits::new(journal, &now);
    loop {
        let record = match journal.read(run) {
            Ok(record) => record,
            Err(JournalError::UnknownRun { .. }) => {
                let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
                let new = NewRun { run: run.clone(), at: now(), events: vec![started], lease: None };
                journal.create(&new).unwrap();
                acknowledge("started");
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        if record.summary.status == Status::Waiting {
            if record.summary.wait.unwrap().step == "decided" {
                let (value, actor) = (json!("yes"), Actor::new("ann"));
                let answer = NewAnswer::new(run, Authority::Owner(Which::Last), &value, &actor);
                waits.decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
                acknowledge("decided");
            } else {
                waits.expire(run).unwrap();
                acknowledge("expired");
            }
            continue;
        }
        let summary = match waits.claim(run, &Owner::new(owner), Duration::from_mins(1)).unwrap() {
            Claim::Granted(summary) => summary,
            Claim::Held(lease) => {
                // It is known that the holder was killed.
                journal.release(run, &lease.owner).unwrap();
                continue;
            }
            Claim::Idle(_) => return,
        };
        let last = record.events.last().unwrap().event.kind();
        let (events, said) = match last {
            EventKind::Started => (vec![Event::Engine(json!(1)), question("decided")], "asked"),
            EventKind::Decided => (vec![Event::Engine(json!(2)), question("expired")], "asked again"),
            EventKind::Expired => (
                vec![Event::Engine(json!(3)), Event::Finished(Finish { success: false, result: json!(4) })],
                "finished",
            ),
            other => panic!("{other:?}"),
        };
        journal.append(run, summary.version, now(), &events).unwrap();
        acknowledge(said);
    }
}

fn names(runs: usize) -> impl Iterator<Item = RunId> {
    (0..runs).map(|number| format!("run-{number}").parse().unwrap())
}

fn log_of(directory: &Path, run: &RunId) -> PathBuf {
    directory.join(format!("{run}.acknowledged"))
}

#[test]
#[ignore = "runs as a child of the tests below"]
fn child() {
    let directory: PathBuf = std::env::var_os(DIRECTORY).unwrap().into();
    let runs = std::env::var(RUNS).unwrap().parse().unwrap();
    let journal = SqliteJournal::open(directory.join("journal")).unwrap();
    thread::scope(|scope| {
        for run in names(runs) {
            let mut log = OpenOptions::new().append(true).create(true).open(log_of(&directory, &run)).unwrap();
            let journal = &journal;
            scope.spawn(move || drive(journal, &run, "child", |said| writeln!(log, "{said}").unwrap()));
        }
    });
}

/// Kills a process that drives as many runs, each on a thread, at one write boundary after another.
fn kill_everywhere(runs: usize) {
    const ACKNOWLEDGED: [&str; 6] = ["started", "asked", "decided", "asked again", "expired", "finished"];
    let expected = ["started", "engine", "asked", "decided", "engine", "asked", "expired", "engine", "finished"]
        .map(str::to_owned);
    for point in 1.. {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "kill::child", "--ignored"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.env(DIRECTORY, directory.path()).env(RUNS, runs.to_string());
        command.env("SORTIE_KILL_POINT", point.to_string());
        let killed = !command.status().unwrap().success();
        let journal = SqliteJournal::open(directory.path().join("journal")).unwrap();
        for run in names(runs) {
            let log = fs::read_to_string(log_of(directory.path(), &run)).unwrap_or_default();
            let acknowledged: Vec<_> = log.lines().collect();
            assert_eq!(acknowledged, ACKNOWLEDGED[..acknowledged.len()], "point {point}");

            // What was acknowledged is there: the number of events behind each of the six.
            let events = [0, 1, 3, 4, 6, 7, 9][acknowledged.len()];
            if let Ok(record) = journal.read(&run) {
                assert!(record.events.len() >= events, "point {point}");
            } else {
                assert_eq!(events, 0, "point {point}");
            }
        }

        // Another process finishes them, and each has the history of a run that was never interrupted.
        for run in names(runs) {
            drive(&journal, &run, "parent", |_| ());
            let record = journal.read(&run).unwrap();
            let kinds = record.events.iter().map(|recorded| recorded.event.kind().code().to_owned());
            assert_eq!(kinds.collect::<Vec<_>>(), expected, "point {point}");
        }
        assert_eq!(journal.verify(), Ok(runs), "point {point}");
        if !killed {
            assert!(point > 30, "there are only {point} points");
            return;
        }
    }
}

#[test]
fn a_process_killed_at_any_write_loses_nothing_and_repeats_nothing() {
    kill_everywhere(1);
}

#[test]
fn nor_does_one_whose_threads_write_at_the_same_time() {
    kill_everywhere(4);
}
