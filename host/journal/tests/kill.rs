//! A process killed at every write boundary, over the whole life of a run. Needs the feature `kill-points`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{Answer, Authority, Expires, Question, Waits, Which};
use sortie_journal::{
    Actor, Claim, Event, EventKind, Finish, Journal, JournalError, NewRun, OnExpiry, Owner, RunId, SqliteJournal,
    Start, Status, Timestamp,
};

/// What the child of this test is told. Unset in the parent.
const DIRECTORY: &str = "SORTIE_TEST_DIRECTORY";

fn now() -> Timestamp {
    Timestamp::from_millis(0).unwrap()
}

fn question(step: &str) -> Event {
    let question = Question {
        step: step.to_owned(),
        description: "Go on?".to_owned(),
        assignees: Vec::new(),
        expires: Expires::After(Duration::ZERO),
        on_expiry: OnExpiry::Fail,
        details: Value::Null,
    };
    let (mut wait, _) = question.ask(now()).unwrap();
    if step == "decided" {
        wait.deadline = None;
    }
    Event::Asked(wait)
}

/// Takes a run from wherever it is to its end, as a host would: a run with a question that is answered, then one
/// that expires. Says what it knows to be written once it is.
fn drive(path: &Path, owner: &str, mut acknowledge: impl FnMut(&str)) {
    let journal = SqliteJournal::open(path).unwrap();
    let waits = Waits::new(&journal, &now);
    let run: RunId = "run".parse().unwrap();
    loop {
        let record = match journal.read(&run) {
            Ok(record) => record,
            Err(JournalError::UnknownRun { .. }) => {
                let started = Event::Started(Start { mission: "daily".to_owned(), body: Value::Null });
                let new = NewRun { run: run.clone(), at: now(), events: vec![started], lease: None };
                journal.create(&new).unwrap();
                acknowledge("started");
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        if record.summary.status == Status::Waiting {
            if record.summary.wait.unwrap().step == "decided" {
                let answer = Answer {
                    run: &run,
                    authority: Authority::Owner(Which::Last),
                    value: &json!("yes"),
                    actor: &Actor::new("ann"),
                    comment: None,
                };
                waits.decide(&answer, &|_, _| Ok(())).unwrap();
                acknowledge("decided");
            } else {
                waits.expire(&run).unwrap();
                acknowledge("expired");
            }
            continue;
        }
        let summary = match waits.claim(&run, &Owner::new(owner), Duration::from_mins(1)).unwrap() {
            Claim::Granted(summary) => summary,
            Claim::Held(lease) => {
                // It is known that the holder was killed.
                journal.release(&run, &lease.owner).unwrap();
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
        journal.append(&run, summary.version, now(), &events).unwrap();
        acknowledge(said);
    }
}

#[test]
#[ignore = "runs as a child of the test below"]
fn child() {
    let directory: PathBuf = std::env::var_os(DIRECTORY).unwrap().into();
    let mut log = OpenOptions::new().append(true).create(true).open(directory.join("acknowledged")).unwrap();
    drive(&directory.join("journal"), "child", |said| writeln!(log, "{said}").unwrap());
}

#[test]
fn a_process_killed_at_any_write_loses_nothing_and_repeats_nothing() {
    const ACKNOWLEDGED: [&str; 6] = ["started", "asked", "decided", "asked again", "expired", "finished"];
    let expected = ["started", "engine", "asked", "decided", "engine", "asked", "expired", "engine", "finished"]
        .map(str::to_owned);
    for point in 1.. {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--ignored"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.env(DIRECTORY, directory.path()).env("SORTIE_KILL_POINT", point.to_string());
        let killed = !command.status().unwrap().success();
        let path = directory.path().join("journal");
        let log = fs::read_to_string(directory.path().join("acknowledged")).unwrap();
        let acknowledged: Vec<_> = log.lines().collect();
        assert_eq!(acknowledged, ACKNOWLEDGED[..acknowledged.len()], "point {point}");

        // What was acknowledged is there: the number of events behind each of the six.
        let events = [0, 1, 3, 4, 6, 7, 9][acknowledged.len()];
        if let Ok(record) = SqliteJournal::open(&path).unwrap().read(&"run".parse().unwrap()) {
            assert!(record.events.len() >= events, "point {point}");
        } else {
            assert_eq!(events, 0, "point {point}");
        }

        // Another process finishes it, and its history is that of a run that was never interrupted.
        drive(&path, "parent", |_| ());
        let journal = SqliteJournal::open(&path).unwrap();
        assert_eq!(journal.verify(), Ok(1), "point {point}");
        let record = journal.read(&"run".parse().unwrap()).unwrap();
        let kinds = record.events.iter().map(|recorded| recorded.event.kind().code().to_owned());
        assert_eq!(kinds.collect::<Vec<_>>(), expected, "point {point}");
        if !killed {
            assert!(point > 30, "there are only {point} points");
            return;
        }
    }
}
