//! A network that fails at any byte: nothing is lost, and nothing is there twice.

use std::time::Duration;

use serde_json::json;
use sortie_journal::wait::{AnswerMismatch, Authority, NewAnswer, Waits};
use sortie_journal::{Actor, Claim, Event, Journal, JournalError, NewRun, Owner, Status, settle};
use sortie_journal_postgres::{PostgresJournal, PostgresOptions};

use super::fixture::{TTL, finished, make, now, open, open_at, question, run, server, started};
use super::proxy::{Fault, Harm, Proxy, Way};

fn impatient() -> PostgresOptions {
    PostgresOptions {
        answer_within: Duration::from_millis(250),
        patience: Duration::from_secs(20),
        ..PostgresOptions::default()
    }
}

/// A run from its beginning to its end, by whom it is driven and who answers.
fn live(journal: &PostgresJournal, name: &str) {
    let (run, me) = (run(name), Owner::new("me"));
    let new = NewRun { run: run.clone(), at: now(), events: vec![started()], lease: None };
    settle::create(journal, &new).unwrap();
    let claimed = journal.claim_next(&me, TTL).unwrap().unwrap_or_else(|| panic!("{name}: there is nothing to drive"));
    assert_eq!(claimed.run, run, "whose claim got lost is given it again");
    let waits = Waits::new(journal, &now);
    let asked = waits.ask(&claimed, vec![Event::Engine(json!(1))], question("confirm")).unwrap();
    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(&run, Authority::Token(&asked.token), &value, &actor);
    waits.decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
    let Claim::Granted(claimed) = journal.claim(&run, &me, TTL).unwrap() else { panic!("{name}: it is not granted") };
    settle::append(journal, &run, claimed.version, now(), &[finished()]).unwrap();
}

/// Lets a run live while the network fails after one number of bytes after another, until there are no more.
fn fails_everywhere(way: Way, harm: Harm, step: usize) {
    let Some(server) = server() else { return };
    let (proxy, direct) = (Proxy::before(server.port()), open(&server));
    let mut after = 0;
    loop {
        let journal = open_at(proxy.port, impatient());
        let name = format!("run-{after}");
        proxy.arm(Fault { way, after, harm });
        live(&journal, &name);
        let came = !proxy.disarm();
        let record = direct.read(&run(&name)).unwrap();
        let kinds: Vec<&str> = record.events.iter().map(|recorded| recorded.event.kind().code()).collect();
        assert_eq!(kinds, ["started", "engine", "asked", "decided", "finished"], "{way:?} {harm:?} after {after}");
        assert_eq!((record.summary.status, record.summary.lease), (Status::Done, None));
        if !came {
            assert!(after > 1000, "there are only {after} bytes");
            return;
        }
        after += step;
    }
}

/// Each byte, where all is to be tried.
fn step(usual: usize) -> usize {
    if std::env::var_os("SORTIE_FULL").is_some() { 1 } else { usual }
}

#[test]
fn a_connection_that_is_cut_within_any_message_to_the_server_costs_nothing() {
    fails_everywhere(Way::ToServer, Harm::Cut, step(211));
}

#[test]
fn a_connection_that_is_cut_within_any_answer_costs_nothing() {
    fails_everywhere(Way::ToClient, Harm::Cut, step(101));
}

#[test]
fn a_connection_that_stalls_within_any_message_costs_nothing_but_time() {
    fails_everywhere(Way::ToServer, Harm::Stall, step(2503));
    fails_everywhere(Way::ToClient, Harm::Stall, step(997));
}

#[test]
fn a_network_that_is_slow_changes_nothing() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port());
    let journal = open_at(proxy.port, PostgresOptions::default());
    proxy.delay(Duration::from_millis(20));
    live(&journal, "slow");
    assert_eq!(journal.read(&run("slow")).unwrap().summary.status, Status::Done);
}

#[test]
fn who_is_cut_off_for_longer_than_its_lease_is_told_that_another_was_faster() {
    let Some(server) = server() else { return };
    let (proxy, near) = (Proxy::before(server.port()), open(&server));
    let far = open_at(proxy.port, impatient());
    let (one, two) = (Owner::new("one"), Owner::new("two"));
    make(&near, "r1");
    let ttl = Duration::from_millis(300);
    let claimed = far.claim_next(&one, ttl).unwrap().unwrap();
    assert!(matches!(near.claim(&claimed.run, &two, ttl).unwrap(), Claim::Held(_)));
    proxy.close(true);
    let taken = loop {
        match near.claim(&claimed.run, &two, TTL).unwrap() {
            Claim::Granted(taken) => break taken,
            _ => std::thread::yield_now(),
        }
    };
    near.append(&taken.run, taken.version, now(), &[finished()]).unwrap();
    proxy.close(false);
    let told = settle::append(&far, &claimed.run, claimed.version, now(), &[Event::Engine(json!(1)), finished()]);
    assert!(matches!(told, Err(JournalError::Conflict { .. })), "{told:?}");
    assert_eq!(near.read(&claimed.run).unwrap().events.len(), 2);
}

#[test]
fn a_server_that_is_gone_is_said_to_be_and_one_that_comes_back_in_time_is_waited_for() {
    let Some(server) = server() else { return };
    let journal = PostgresJournal::open_with(&server.journal("sortie").unwrap(), impatient()).unwrap();
    let hasty = PostgresOptions { patience: Duration::from_millis(100), ..impatient() };
    let hasty = PostgresJournal::open_with(&server.journal("sortie").unwrap(), hasty).unwrap();
    let made = make(&journal, "r1");
    server.kill();
    let told = hasty.read(&made.run).unwrap_err();
    assert_eq!((told.code(), told.is_passing()), ("journal_unavailable", true), "{told}");
    let told = hasty.append(&made.run, made.version, now(), &[finished()]).unwrap_err();
    assert_eq!(told.code(), "journal_unavailable", "{told}");
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| settle::append(&journal, &made.run, made.version, now(), &[finished()]));
        server.begin().unwrap();
        assert_eq!(waits.join().unwrap().unwrap().status, Status::Done);
    });
    assert_eq!(hasty.read(&made.run).unwrap().events.len(), 2);
}

#[test]
fn a_write_whose_answer_is_lost_is_said_to_have_an_unknown_outcome() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port());
    let journal = open_at(proxy.port, impatient());
    let made = make(&journal, "r1");
    // The answer to the commit is some twenty bytes of these, and where it begins depends on whether the connection is new.
    let answers: Vec<Result<_, _>> = (0..600)
        .step_by(3)
        .map(|after| {
            let version = journal.read(&made.run).unwrap().version();
            proxy.arm(Fault { way: Way::ToClient, after, harm: Harm::Cut });
            let told = journal.append(&made.run, version, now(), &[Event::Engine(json!(after))]);
            proxy.disarm();
            told.map(drop).map_err(|error| error.code())
        })
        .collect();
    assert!(answers.contains(&Err("journal_unknown_outcome")), "{answers:?}");
    assert!(answers.iter().all(|told| matches!(told, Ok(()) | Err("journal_unknown_outcome"))), "{answers:?}");
    // What was said to be kept is, and what is unknown is there at most once.
    let engine = journal.read(&made.run).unwrap().events.len() - 1;
    assert!(engine >= answers.iter().filter(|told| told.is_ok()).count() && engine <= answers.len());
}
