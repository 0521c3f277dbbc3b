//! The tables: made once, found to be ours, and read by their indexes.

use std::thread;

use serde_json::json;
use sortie_journal::{Claim, Event, Filter, Journal, JournalError, Owner, Position};
use sortie_journal_postgres::{PostgresJournal, PostgresServer};

use super::fixture::{TTL, finished, make, now, open, run, server};

fn refused(server: &PostgresServer, schema: &str) -> JournalError {
    PostgresJournal::open(&server.journal(schema).unwrap()).unwrap_err()
}

#[test]
fn of_many_that_make_the_tables_at_once_all_succeed() {
    let Some(server) = server() else { return };
    thread::scope(|scope| {
        let open = || PostgresJournal::open(&server.journal("sortie").unwrap()).map(drop);
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(server.sql("SELECT count(*) FROM sortie.journal").unwrap().trim(), "1");
}

#[test]
fn what_is_no_journal_or_a_newer_one_is_left_as_it_is() {
    let Some(server) = server() else { return };
    server.sql("CREATE SCHEMA other; CREATE TABLE other.things (id int)").unwrap();
    assert_eq!(refused(&server, "other").code(), "not_a_journal");
    open(&server);
    server.sql("UPDATE sortie.journal SET version = 99").unwrap();
    let error = refused(&server, "sortie");
    assert_eq!(error.code(), "journal_newer_version");
    assert!(error.to_string().contains("postgres://sortie@"), "{error}");
    let missing = server.journal("sortie").unwrap().to_string().replace("/postgres", "/nothing").parse().unwrap();
    assert_eq!(PostgresJournal::open(&missing).unwrap_err().code(), "journal_cannot_open");
}

#[test]
fn a_worker_goes_on_while_a_newer_release_adds_to_the_tables() {
    let Some(server) = server() else { return };
    let journal = open(&server);
    let me = Owner::new("me");
    // All that is asked after the migration was prepared before it.
    let live = |name: &str| {
        make(&journal, name);
        let claimed = journal.take_next(&me, TTL).unwrap().unwrap();
        assert_eq!(claimed.summary.run, run(name));
        let version = claimed.record.unwrap().version();
        let noted = journal.append(&run(name), version, now(), &[Event::Note(json!("seen"))]).unwrap();
        journal.release(&run(name), &me).unwrap();
        assert!(matches!(journal.claim(&run(name), &me, TTL).unwrap(), Claim::Granted(_)));
        journal.append(&run(name), noted.version, now(), &[finished()]).unwrap();
        assert_eq!(journal.read(&run(name)).unwrap().events.len(), 3);
    };
    live("before");
    let migration = "SET search_path TO sortie; BEGIN; ALTER TABLE runs ADD COLUMN more text DEFAULT 'more';
        ALTER TABLE events ADD COLUMN more bytea; ALTER TABLE changes ADD COLUMN more bigint; ALTER TABLE journal ADD COLUMN more text;
        CREATE INDEX by_more ON runs (more); CREATE TABLE others (id bigint); UPDATE journal SET version = 99; COMMIT";
    server.sql(migration).unwrap();
    live("after");
    assert_eq!(journal.list(&Filter::ended()).unwrap().len(), 2);
    assert_eq!(journal.changes(Position::START, 100).unwrap().len(), 6);
}

#[test]
fn who_may_not_use_the_tables_is_told_so_in_the_servers_words() {
    let Some(server) = server() else { return };
    open(&server);
    server.sql("CREATE ROLE stranger LOGIN").unwrap();
    for (schema, expected) in
        [("sortie", "permission denied for schema sortie"), ("new", "permission denied for database")]
    {
        let address = server.journal(schema).unwrap().to_string().replace("sortie@", "stranger@").parse().unwrap();
        let error = PostgresJournal::open(&address).unwrap_err();
        assert_eq!(error.code(), "journal_cannot_open", "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.help().contains("this user"), "{}", error.help());
    }
}

#[test]
fn journals_in_two_schemas_know_nothing_of_each_other() {
    let Some(server) = server() else { return };
    let (one, two) = (open(&server), PostgresJournal::open(&server.journal("two").unwrap()).unwrap());
    make(&one, "r1");
    assert_eq!(two.list(&Filter::default()).unwrap(), []);
    make(&two, "r1");
}

#[test]
fn events_are_only_ever_added_and_runs_that_have_not_ended_stay_whoever_writes() {
    let Some(server) = server() else { return };
    make(&open(&server), "r1");
    for statement in ["UPDATE sortie.events SET at = 1", "DELETE FROM sortie.events", "DELETE FROM sortie.runs"] {
        assert!(server.sql(&format!("SET search_path TO sortie; {statement}")).is_err(), "{statement}");
    }
}

#[test]
fn what_is_damaged_is_named() {
    let Some(server) = server() else { return };
    let journal = open(&server);
    let run = make(&journal, "r1").run;
    for (damage, expected) in [
        ("UPDATE runs SET status = 'done'", "corrupt_index"),
        ("UPDATE runs SET status = 'odd'", "corrupt_index"),
        ("UPDATE runs SET status = 'running', version = 7", "corrupt_event"),
        (
            "UPDATE runs SET version = 1; ALTER TABLE events DISABLE TRIGGER USER;
             UPDATE events SET body = body || ' '::bytea",
            "corrupt_event",
        ),
        ("UPDATE events SET chain = '\\x00'", "corrupt_event"),
        ("DELETE FROM events", "corrupt_event"),
    ] {
        server.sql(&format!("SET search_path TO sortie; {damage}")).unwrap();
        assert_eq!(journal.read(&run).unwrap_err().code(), expected, "{damage}");
    }
}
