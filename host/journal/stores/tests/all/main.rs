//! Runs that move between stores keep their history, and its hashes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{AnswerMismatch, Authority, Expires, NewAnswer, WaitRequest, Waits, Which};
use sortie_journal::{
    Actor, Clock, Event, ExpiryAction, Filter, Finish, Journal, MemoryJournal, NewRun, Owner, RunRecord, Start,
    SystemClock, Timestamp, TransferError, transfer, verify,
};
#[cfg(unix)]
use sortie_journal_postgres::PostgresServer;
use sortie_journal_sqlite::SqliteJournal;
use sortie_journal_stores::{Location, Store};

fn question() -> WaitRequest {
    WaitRequest {
        step: "confirm".to_owned(),
        description: "Go on?\0".to_owned(),
        assignees: vec!["ann".to_owned()],
        expires: Expires::After(Duration::from_hours(1000)),
        on_expiry: ExpiryAction::Default(json!([null, 1.5])),
        details: json!({"deep": (0..40).fold(json!(1), |inner, _| json!([inner]))}),
        question_hash: None,
        approvals: 1,
        not_starter: false,
    }
}

/// Runs of all kinds.
fn fill(journal: &dyn Journal, runs: usize) {
    let start = Timestamp::from_millis(1_767_225_600_000).unwrap();
    for number in 0..runs {
        let at = start.plus(Duration::from_secs(number as u64));
        let clock = move || at.plus(Duration::from_mins(5));
        let started = Event::Started(Start {
            mission: "m\0".to_owned(),
            by: Some(Actor::new("ben")),
            body: json!({"n": number}),
        });
        let new = NewRun { run: format!("run-{number}").parse().unwrap(), at, events: vec![started], lease: None };
        let made = journal.create(&new).unwrap();
        if number % 4 == 0 {
            continue;
        }
        let waits = Waits::new(journal, &clock);
        waits.ask(&made, vec![Event::Engine(json!({"text": "a\0b\u{1f600}", "n": 1e300}))], question()).unwrap();
        if number % 4 == 1 {
            continue;
        }
        let answer = NewAnswer {
            run: &made.run,
            authority: Authority::Owner(Which::Last),
            value: &json!({"n": 0.1}),
            actor: &Actor::new("ann"),
            comment: Some("so be it"),
            question: None,
            signature: None,
        };
        waits.decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
        let version = journal.read(&made.run).unwrap().version();
        if number % 4 == 2 {
            journal.claim(&made.run, &Owner::new("me"), Duration::from_mins(1)).unwrap();
            continue;
        }
        let finish = Event::Finished(Finish { success: true, result: Value::Null });
        journal.append(&made.run, version, clock.now(), &[Event::Note(json!(1)), finish]).unwrap();
    }
}

/// All of a journal, but leases.
fn all(journal: &dyn Journal) -> Vec<RunRecord> {
    let runs = journal.list(&Filter::default()).unwrap();
    let mut records: Vec<_> = runs.iter().map(|summary| journal.read(&summary.run).unwrap()).collect();
    for record in &mut records {
        record.summary.lease = None;
    }
    records
}

fn exported(journal: &dyn Journal) -> Vec<u8> {
    let mut document = Vec::new();
    transfer::export(journal, &mut document).unwrap();
    document
}

#[test]
fn what_is_exported_and_imported_is_the_same_with_its_hashes_and_a_second_time_nothing_happens() {
    let (from, to) = (MemoryJournal::new(), MemoryJournal::new());
    fill(&from, 12);
    let document = exported(&from);
    let told = transfer::import(&mut document.as_slice(), &to).unwrap();
    assert_eq!((told.copied, told.present), (12, 0));
    assert_eq!(all(&to), all(&from));
    assert_eq!(exported(&to), document);
    // What went on there since stays.
    let open = to.list(&Filter::drivable()).unwrap().remove(0);
    to.append(&open.run, open.version, SystemClock.now(), &[Event::Engine(json!(1))]).unwrap();
    let told = transfer::import(&mut document.as_slice(), &to).unwrap();
    assert_eq!((told.copied, told.present), (0, 12));
    assert_eq!(verify(&to, Path::new("journal")), Ok(12));
}

#[test]
fn the_first_line_of_an_export_has_as_many_bytes_as_it_may_have_and_not_one_more() {
    let from = MemoryJournal::new();
    fill(&from, 2);
    let document = String::from_utf8(exported(&from)).unwrap();
    let (first, rest) = document.split_once('\n').unwrap();
    let import = |bytes: usize| {
        let document = format!("{first}{}\n{rest}", " ".repeat(bytes - first.len() - 1));
        transfer::import(&mut document.as_bytes(), &MemoryJournal::new()).map(|found| found.copied)
    };
    assert_eq!(import(4096).unwrap(), 2);
    assert!(import(4097).is_err());
    assert!(import(1 << 20).is_err());
}

#[test]
fn a_document_that_was_changed_anywhere_is_refused_with_its_line_and_run() {
    let from = MemoryJournal::new();
    fill(&from, 3);
    let document = String::from_utf8(exported(&from)).unwrap();
    let refused = |changed: &str| {
        let error = transfer::import(&mut changed.as_bytes(), &MemoryJournal::new()).unwrap_err();
        (error.code(), error.to_string())
    };
    for (what, by) in [
        ("\"n\":2", "\"n\":3"),
        ("\"run\":\"run-1\"", "\"run\":\"run-9\""),
        ("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:00.000Z"),
        ("\"kind\":\"engine\"", "\"kind\":\"note\""),
        ("so be it", "so be it!"),
    ] {
        assert!(document.contains(what), "{what}");
        let (code, message) = refused(&document.replacen(what, by, 1));
        assert_eq!(code, "export_damaged", "{what}: {message}");
        assert!(message.starts_with("line "), "{message}");
    }
    for wrong in [
        "",
        "{}",
        "{\"format\":\"other\"}",
        "{\"format\":\"sortie_journal@2\"}\nx",
        "{\"format\":\"sortie_journal@2\"}\n{}",
    ] {
        if wrong.is_empty() {
            assert!(
                transfer::import(&mut wrong.as_bytes(), &MemoryJournal::new()).is_err(),
                "an empty file is no export"
            );
            continue;
        }
        assert_eq!(refused(wrong).0, "not_an_export", "{wrong}");
    }
    // Another run of the same name is in the way.
    let other = MemoryJournal::new();
    fill(&other, 1);
    let there = other.list(&Filter::default()).unwrap().remove(0);
    other.append(&there.run, there.version, SystemClock.now(), &[Event::Note(json!(1))]).unwrap();
    let changed = MemoryJournal::new();
    let started = Event::Started(Start { mission: "other".to_owned(), by: None, body: Value::Null });
    changed.create(&NewRun { run: there.run, at: SystemClock.now(), events: vec![started], lease: None }).unwrap();
    let told = transfer::import(&mut exported(&other).as_slice(), &changed).unwrap_err();
    assert!(matches!(&told, TransferError::Journal(error) if error.code() == "run_exists"), "{told}");
}

#[cfg(unix)]
#[test]
fn runs_move_from_a_file_to_a_database_and_back() {
    let Some(server) = PostgresServer::start(&[]).unwrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (first, last) = (folder.path().join("first"), folder.path().join("last"));
    let file = SqliteJournal::open(&first).unwrap();
    fill(&file, 24);
    let Location::Postgres(_) = Location::new(server.journal("sortie").unwrap().to_string()).unwrap() else {
        panic!("it is a database")
    };
    let database = Location::new(server.journal("sortie").unwrap().to_string()).unwrap().open().unwrap();
    transfer::import(&mut exported(&file).as_slice(), &*database).unwrap();
    assert_eq!(all(&*database), all(&file));
    assert_eq!(database.verify(), Ok(24));
    assert_eq!(exported(&*database), exported(&file));
    // What was waiting can be answered, what was answered can be driven.
    assert!(database.claim_next(&Owner::new("me"), Duration::from_mins(1)).unwrap().is_some());
    database.backup(&last).unwrap();
    assert_eq!(database.backup(&last).unwrap_err().code(), "journal_file_exists");
    let Store::Sqlite(copy) = Location::new(&last).unwrap().open().unwrap() else { panic!("it is a file") };
    assert_eq!(all(&*copy), all(&file));
    assert_eq!(copy.verify(), Ok(24));
}
