//! The feed: nothing is ever added before what was told.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use sortie_journal::{Event, Journal, Position};

use super::fixture::{make, now, open, server};

#[test]
fn a_change_is_told_once_no_transaction_before_it_is_under_way() {
    let Some(server) = server() else { return };
    let journal = open(&server);
    make(&journal, "before");
    let told = || journal.changes(Position::START, 10).unwrap().len();
    assert_eq!(told(), 1);
    // Somebody else takes their time, and has a number that is lower than those that follow.
    let socket = server.journal("sortie").unwrap();
    let mut slow = Command::new("psql");
    slow.args(["-XqAt", "-h", "127.0.0.1", "-U", "sortie", "-d", "postgres", "-p", &server.port().to_string()]);
    slow.args(["-c", "BEGIN; SELECT pg_current_xact_id(); SELECT pg_sleep(2); COMMIT"]);
    let mut slow = slow.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let under_way =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND query LIKE '%pg_sleep(2)%'";
    let end = Instant::now() + Duration::from_secs(30);
    while server.sql(under_way).unwrap().trim() == "0" {
        assert!(Instant::now() < end, "{socket}: it does not begin");
    }
    make(&journal, "after");
    assert_eq!(told(), 1, "the other one could still write a change before this one");
    assert!(slow.wait().unwrap().success());
    assert_eq!(told(), 2);
}

#[test]
fn who_reads_on_while_many_write_misses_nothing_and_reads_nothing_twice() {
    const WRITERS: usize = 8;
    const EACH: u32 = 60;
    let Some(server) = server() else { return };
    let journal = open(&server);
    let mut read: Vec<(String, u64)> = Vec::new();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let journal = &journal;
                scope.spawn(move || {
                    let mut run = make(journal, &format!("run-{number}"));
                    for turn in 1..EACH {
                        run = journal.append(&run.run, run.version, now(), &[Event::Engine(json!(turn))]).unwrap();
                    }
                })
            })
            .collect();
        let mut after = Position::START;
        loop {
            let is_over = writers.iter().all(std::thread::ScopedJoinHandle::is_finished);
            let changes = journal.changes(after, 7).unwrap();
            if changes.is_empty() && is_over {
                break;
            }
            if let Some(last) = changes.last() {
                assert!(changes[0].position > after);
                after = last.position;
            }
            read.extend(changes.into_iter().map(|change| (change.run.to_string(), change.to.get())));
        }
    });
    read.sort();
    let expected = (0..WRITERS).flat_map(|number| (1..=u64::from(EACH)).map(move |to| (format!("run-{number}"), to)));
    assert_eq!(read, expected.collect::<Vec<_>>());
}

#[test]
fn positions_grow_in_a_copy_that_was_put_into_another_server() {
    let Some(server) = server() else { return };
    let journal = open(&server);
    make(&journal, "r1");
    drop(journal);
    // As a server has it whose transactions have had lower numbers.
    server.sql("UPDATE sortie.changes SET position = position + 1000000000").unwrap();
    let journal = open(&server);
    let before = journal.position().unwrap();
    make(&journal, "r2");
    let changes = journal.changes(before, 10).unwrap();
    assert_eq!(changes.iter().map(|change| change.run.as_str()).collect::<Vec<_>>(), ["r2"]);
    assert_eq!(journal.changes(Position::START, 10).unwrap().len(), 2);
}
