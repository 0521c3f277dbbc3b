//! Another server takes over: what was acknowledged is there, and what waited goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;
use sortie_journal::wait::{AnswerMismatch, Authority, DecideOutcome, NewAnswer, Waits, Which};
use sortie_journal::{Actor, Claim, Filter, Journal, NewRun, Owner, Status, settle, verify};
use sortie_journal_postgres::{PostgresJournal, PostgresOptions};

use super::fixture::{TTL, finished, make, now, question, run, server, started};

#[test]
fn a_run_that_waits_goes_on_at_the_server_that_took_over_and_nothing_acknowledged_is_lost() {
    let Some(first) = server() else { return };
    let second = first.standby().unwrap();
    // What is acknowledged is at the second server by then.
    first.sql("ALTER SYSTEM SET synchronous_standby_names = '*'").unwrap();
    first.sql("SELECT pg_reload_conf(); SELECT pg_sleep(0.3)").unwrap();
    let both = format!("postgres://sortie@127.0.0.1:{},127.0.0.1:{}/postgres", second.port(), first.port());
    let options = PostgresOptions {
        answer_within: Duration::from_secs(2),
        patience: Duration::from_mins(1),
        ..PostgresOptions::default()
    };
    let journal = PostgresJournal::open_with(&both.parse().unwrap(), options).unwrap();
    let (one, two) = (Owner::new("one"), Owner::new("two"));
    Waits::new(&journal, &now).ask(&make(&journal, "waits"), Vec::new(), question("ask")).unwrap();
    make(&journal, "held");
    assert!(matches!(journal.claim(&run("held"), &one, TTL).unwrap(), Claim::Granted(_)));

    let stop = AtomicBool::new(false);
    let acknowledged = thread::scope(|scope| {
        let writes = scope.spawn(|| {
            let mut acknowledged = 0;
            while !stop.load(Ordering::SeqCst) {
                let run = run(&format!("written-{acknowledged}"));
                let new = NewRun { run, at: now(), events: vec![started(), finished()], lease: None };
                settle::create(&journal, &new).unwrap();
                acknowledged += 1;
            }
            acknowledged
        });
        thread::sleep(Duration::from_millis(200));
        first.kill();
        second.sql("SELECT pg_promote()").unwrap();
        thread::sleep(Duration::from_millis(500));
        stop.store(true, Ordering::SeqCst);
        writes.join().unwrap()
    });
    assert!(acknowledged > 10, "{acknowledged} writes");
    let ended = journal.list(&Filter::ended()).unwrap();
    assert_eq!(ended.len(), acknowledged, "each that was acknowledged is there, once");

    // A lease is a part of what was replicated.
    assert!(matches!(journal.claim(&run("held"), &two, TTL).unwrap(), Claim::Held(lease) if lease.owner == one));
    let (waiting, value, actor) = (run("waits"), json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(&waiting, Authority::Owner(Which::Last), &value, &actor);
    let decided = Waits::new(&journal, &now).decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
    assert!(matches!(decided, DecideOutcome::Accepted { .. }));
    let claimed = journal.claim_next(&two, TTL).unwrap().unwrap();
    assert_eq!(claimed.run, run("waits"));
    let done = journal.append(&claimed.run, claimed.version, now(), &[finished()]).unwrap();
    assert_eq!((done.status, second.sql("SELECT pg_is_in_recovery()").unwrap().trim()), (Status::Done, "f"));
    assert_eq!(verify(&journal, "the journal".as_ref()), Ok(acknowledged + 2));
}
