//! What is of SQLite alone: copies, and files of earlier releases.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::doc_markdown, reason = "SQLite is a name, not code")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rusqlite::Connection;
use serde_json::json;
use sortie_journal::wait::{Expires, WaitRequest, Waits};
use sortie_journal::{
    Event, ExpiryAction, Filter, Journal, NewRun, Owner, Position, RunId, RunSummary, Start, SystemClock, Timestamp,
};
use sortie_journal_sqlite::SqliteJournal;

fn make(journal: &dyn Journal, name: &str) -> RunSummary {
    let start = Start { mission: "daily".to_owned(), by: None, body: json!({"of": name}) };
    let run: RunId = name.parse().unwrap();
    let at = Timestamp::from_millis(1_767_225_600_000).unwrap();
    journal.create(&NewRun { run, at, events: vec![Event::Started(start)], lease: None }).unwrap()
}

#[test]
fn a_copy_has_all_that_was_acknowledged_and_is_one_file_while_others_write_on() {
    let directory = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(directory.path().join("journal")).unwrap();
    for number in 0..200 {
        make(&journal, &format!("before-{number}"));
    }
    let (stop, copy) = (AtomicBool::new(false), directory.path().join("copies"));
    std::fs::create_dir(&copy).unwrap();
    let copy = copy.join("copy");
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !stop.load(Ordering::SeqCst) {
                make(&journal, &format!("during-{number}"));
                number += 1;
            }
        });
        journal.backup(&copy).unwrap();
        stop.store(true, Ordering::SeqCst);
    });
    let files: Vec<_> = std::fs::read_dir(copy.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, std::slice::from_ref(&copy));
    let restored = SqliteJournal::open(&copy).unwrap();
    assert!(restored.verify().unwrap() >= 200);
    for number in 0..200 {
        restored.read(&format!("before-{number}").parse().unwrap()).unwrap();
    }
    assert_eq!(journal.backup(&copy).unwrap_err().code(), "journal_file_exists");
}

#[test]
fn what_another_release_did_not_write_of_an_agreement_the_events_tell() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let journal = SqliteJournal::open(&path).unwrap();
    let made = make(&journal, "asked");
    let details = json!({});
    let question = WaitRequest {
        step: "ship".to_owned(),
        description: "Ship?".to_owned(),
        assignees: Vec::new(),
        expires: Expires::Never,
        on_expiry: ExpiryAction::Fail,
        details,
        question_hash: None,
        approvals: 2,
        not_starter: false,
    };
    Waits::new(&journal, &SystemClock).ask(&made, Vec::new(), question).unwrap();
    let agreement = |summary: RunSummary| summary.wait.unwrap().agreement;
    let listed = || agreement(journal.list(&Filter::waiting()).unwrap().remove(0));
    assert!(listed().is_some());
    Connection::open(&path).unwrap().execute("UPDATE runs SET agreement = NULL", []).unwrap();
    assert_eq!(listed(), None);
    assert_eq!(agreement(journal.read(&made.run).unwrap().summary).map(|told| told.needed), Some(2));
    assert_eq!(journal.verify().unwrap(), 1);
}

#[test]
fn a_journal_of_the_first_version_is_brought_up_to_date_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let made = make(&SqliteJournal::open(&path).unwrap(), "kept");
    // What the first version had.
    let old = directory.path().join("old");
    let connection = Connection::open(&old).unwrap();
    connection.execute_batch(include_str!("../../src/version_1.sql")).unwrap();
    let copied = format!(
        "PRAGMA application_id = {}; PRAGMA user_version = 1; ATTACH '{}' AS new;
        INSERT INTO runs SELECT id, run, mission, status, version, chain, created_at, updated_at, step, description,
            assignees, asked_at, deadline, token_hash, lease_owner, lease_until FROM new.runs;
        INSERT INTO events SELECT * FROM new.events;",
        0x5352_544a,
        path.display()
    );
    connection.execute_batch(&copied).unwrap();
    drop(connection);

    let journal = SqliteJournal::open(&old).unwrap();
    assert_eq!(journal.verify(), Ok(1));
    assert_eq!(journal.list(&Filter::default()).unwrap(), std::slice::from_ref(&made));
    let claimed = journal.claim_next(&Owner::new("me"), std::time::Duration::from_secs(1)).unwrap().unwrap();
    assert_eq!(claimed.run, made.run);
    // What happened before nobody told of.
    assert_eq!(journal.changes(Position::START, 10).unwrap(), []);
    journal.append(&made.run, made.version, made.updated_at, &[Event::Note(json!(1))]).unwrap();
    assert_eq!(journal.changes(Position::START, 10).unwrap().len(), 1);
}

#[test]
fn whoever_writes_to_the_file_events_are_not_removed_without_their_run_nor_runs_that_have_not_ended() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    make(&SqliteJournal::open(&path).unwrap(), "open");
    let connection = Connection::open(&path).unwrap();
    for sql in ["DELETE FROM events", "UPDATE events SET kind = 'note'", "DELETE FROM runs"] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}
