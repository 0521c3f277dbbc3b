//! What a process remembers of runs that it read is never taken for how they stand.

use serde_json::json;
use sortie_journal::{Event, Journal, JournalError, Owner};

use super::fixture::{TTL, finished, make, now, open, server};

#[test]
fn who_read_a_run_before_another_wrote_to_it_is_told() {
    let Some(server) = server() else { return };
    let (one, other) = (open(&server), open(&server));
    let made = make(&other, "r1");
    let read = one.read(&made.run).unwrap();
    let written = other.append(&made.run, made.version, now(), &[Event::Engine(json!(1))]).unwrap();
    let told = one.append(&made.run, read.version(), now(), &[finished()]).unwrap_err();
    assert!(matches!(told, JournalError::Conflict { current, .. } if current == written.version), "{told}");
    // A lease that came since is not lost either.
    one.read(&made.run).unwrap();
    let claimed = other.claim_next(&Owner::new("me"), TTL).unwrap().unwrap();
    let noted = one.append(&made.run, written.version, now(), &[Event::Note(json!("seen"))]).unwrap();
    assert_eq!(noted.lease, claimed.lease);
}

#[test]
fn a_history_of_the_same_length_is_not_the_one_that_was_read() {
    let Some(server) = server() else { return };
    let journal = open(&server);
    make(&journal, "r1");
    let claimed = journal.take_next(&Owner::new("me"), TTL).unwrap().unwrap();
    // As a server has it that took over without the last commit, and went on.
    server.sql("UPDATE sortie.runs SET chain = sha256('other')").unwrap();
    let read = claimed.record.unwrap();
    let told = journal.append(&read.summary.run, read.version(), now(), &[finished()]).unwrap_err();
    assert_eq!(told.code(), "version_conflict", "{told}");
    assert_eq!(server.sql("SELECT count(*) FROM sortie.events").unwrap().trim(), "1");
}
