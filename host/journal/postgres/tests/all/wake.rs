//! Who waits for work is told of it by others, and who is gone is known to be.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;
use sortie_journal::wait::{AnswerMismatch, Authority, NewAnswer, Waits, Which};
use sortie_journal::{Actor, Driver, Journal, Owner};
use sortie_journal_postgres::{Presence, Pulse};

use super::fixture::{make, now, open, question, server};

#[test]
fn who_listens_is_called_when_another_process_decides_and_after_the_server_was_away() {
    let Some(server) = server() else { return };
    let (one, other) = (open(&server), open(&server));
    let (called, calls) = mpsc::channel();
    one.on_drivable(Arc::new(move || called.send(()).unwrap_or_default()));
    let within = Duration::from_secs(20);
    // When it begins to listen.
    calls.recv_timeout(within).unwrap();
    let waits = Waits::new(&other, &now);
    let asked = waits.ask(&make(&other, "r1"), Vec::new(), question("confirm")).unwrap();
    // Of the run that was made.
    calls.recv_timeout(within).unwrap();
    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(&asked.summary.run, Authority::Owner(Which::Last), &value, &actor);
    while calls.recv_timeout(Duration::from_millis(200)).is_ok() {}
    waits.decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
    calls.recv_timeout(within).unwrap();
    while calls.recv_timeout(Duration::from_millis(200)).is_ok() {}
    server.kill();
    server.begin().unwrap();
    calls.recv_timeout(within).unwrap();
}

#[test]
fn a_driver_is_gone_once_it_is_silent_or_has_left_and_not_before() {
    let Some(server) = server() else { return };
    let (near, far) = (open(&server), open(&server));
    let pulse = Pulse { every: Duration::from_millis(50), gone_after: Duration::from_millis(1500) };
    let one = Presence::announce_with(&near, pulse).unwrap();
    let two = Presence::announce_with(&far, pulse).unwrap();
    assert!(!one.is_gone(two.owner()) && !two.is_gone(one.owner()) && !one.is_gone(one.owner()));
    assert!(!one.is_gone(&Owner::new("somebody")), "others have their own ways");
    // As if nothing had been heard of them for long.
    server.sql("UPDATE sortie.drivers SET seen_at = seen_at - 60000").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(!one.is_gone(two.owner()), "it says so again");
    let left = two.owner().clone();
    drop(two);
    assert!(one.is_gone(&left));
}
