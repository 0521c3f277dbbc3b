//! Sixteen processes at once on one file: one wins, the others are told.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{AnswerMismatch, Authority, Expires, NewAnswer, WaitRequest, Waits, Which};
use sortie_journal::{
    Actor, Claim, Event, ExpiryAction, Finish, Journal, NewRun, Owner, RunId, Start, Status, SystemClock, Timestamp,
};
use sortie_journal_sqlite::SqliteJournal;

const PROCESSES: usize = 16;

/// What the children of this test are told: the directory, the task and their number. Unset in the parent.
const DIRECTORY: &str = "SORTIE_TEST_DIRECTORY";
const TASK: &str = "SORTIE_TEST_TASK";
const NUMBER: &str = "SORTIE_TEST_NUMBER";

fn run() -> RunId {
    "run".parse().unwrap()
}

fn started() -> Event {
    Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null })
}

fn question() -> Event {
    let question = WaitRequest {
        step: "confirm".to_owned(),
        description: "Go on?".to_owned(),
        assignees: Vec::new(),
        expires: Expires::Never,
        on_expiry: ExpiryAction::Fail,
        details: Value::Null,
        question_hash: None,
        approvals: 1,
        not_starter: false,
    };
    Event::Asked(question.ask(now()).unwrap().0)
}

fn now() -> Timestamp {
    sortie_journal::Clock::now(&SystemClock)
}

/// One child: waits for the others, does its task, and writes what came of it to a file.
#[test]
#[ignore = "runs as a child of the tests below"]
fn child() {
    let directory: PathBuf = std::env::var_os(DIRECTORY).unwrap().into();
    let number = std::env::var(NUMBER).unwrap();
    fs::write(directory.join(format!("ready-{number}")), "").unwrap();
    while !directory.join("go").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let journal = SqliteJournal::open(directory.join("journal")).unwrap();
    let said = match std::env::var(TASK).unwrap().as_str() {
        "create" => match journal.create(&NewRun { run: run(), at: now(), events: vec![started()], lease: None }) {
            Ok(_) => "made",
            Err(error) => error.code(),
        }
        .to_owned(),
        "decide" => {
            let (waiting, value, actor) = (run(), json!({ "choice": number }), Actor::new(number.as_str()));
            let answer = NewAnswer::new(&waiting, Authority::Owner(Which::Last), &value, &actor);
            match Waits::new(&journal, &SystemClock).decide::<AnswerMismatch>(&answer, &|_, _| Ok(())) {
                Ok(decided) => decided.code().to_owned(),
                Err(error) => error.code().to_owned(),
            }
        }
        "resume" => resume(&journal, &number),
        other => panic!("{other}"),
    };
    fs::write(directory.join(format!("said-{number}")), said).unwrap();
}

/// Drives the run to its end, if nobody else does or did.
fn resume(journal: &SqliteJournal, number: &str) -> String {
    let waits = Waits::new(journal, &SystemClock);
    match waits.claim(&run(), &Owner::new(number), Duration::from_mins(10)).unwrap() {
        Claim::Granted(summary) => {
            let finish = Event::Finished(Finish { success: true, result: json!(number) });
            let events = [Event::Engine(json!("goes on")), finish];
            journal.append(&run(), summary.version, now(), &events).unwrap();
            "drove".to_owned()
        }
        Claim::Held(_) => "told".to_owned(),
        Claim::Idle(status) => {
            assert_eq!(status, Status::Done);
            "told".to_owned()
        }
    }
}

/// Has sixteen processes do a task at once; gives how many said what.
fn race(directory: &Path, task: &str) -> BTreeMap<String, usize> {
    let spawn = |number: usize| -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "processes::child", "--ignored"]).stdout(Stdio::null());
        command.env(DIRECTORY, directory).env(TASK, task).env(NUMBER, number.to_string());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(spawn).collect();
    let is_ready = |number: usize| directory.join(format!("ready-{number}")).exists();
    while !(0..PROCESSES).all(is_ready) {
        std::thread::sleep(Duration::from_millis(1));
    }
    fs::write(directory.join("go"), "").unwrap();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let mut said = BTreeMap::new();
    for number in 0..PROCESSES {
        *said.entry(fs::read_to_string(directory.join(format!("said-{number}"))).unwrap()).or_default() += 1;
    }
    said
}

fn expected(counts: [(&str, usize); 2]) -> BTreeMap<String, usize> {
    counts.map(|(said, count)| (said.to_owned(), count)).into()
}

fn journal_with(directory: &Path, events: Vec<Event>) -> SqliteJournal {
    let journal = SqliteJournal::open(directory.join("journal")).unwrap();
    journal.create(&NewRun { run: run(), at: now(), events, lease: None }).unwrap();
    journal
}

#[test]
fn of_sixteen_processes_that_make_one_journal_and_one_run_all_open_it_and_one_makes_it() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(race(directory.path(), "create"), expected([("made", 1), ("run_exists", 15)]));
    assert_eq!(SqliteJournal::open(directory.path().join("journal")).unwrap().verify(), Ok(1));
}

#[test]
fn of_sixteen_processes_that_decide_differently_one_succeeds_and_fifteen_conflict() {
    let directory = tempfile::tempdir().unwrap();
    let journal = journal_with(directory.path(), vec![started(), question()]);
    assert_eq!(race(directory.path(), "decide"), expected([("decided", 1), ("conflict", 15)]));
    assert_eq!(journal.read(&run()).unwrap().events.len(), 3);
}

#[test]
fn of_sixteen_processes_that_resume_one_run_one_drives_and_fifteen_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let journal = journal_with(directory.path(), vec![started()]);
    assert_eq!(race(directory.path(), "resume"), expected([("drove", 1), ("told", 15)]));
    let record = journal.read(&run()).unwrap();
    assert_eq!((record.events.len(), record.summary.status), (3, Status::Done));
}
