//! What the cases share.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::wait::{Expires, WaitRequest};
use crate::{
    Actor, Approval, Cancellation, Clock, DecisionRecord, Event, Expiry, ExpiryAction, Finish, Journal, JournalError,
    NewRun, RunId, RunSummary, Setback, Start, Timestamp, Token, TokenHash, Via, Wait,
};

/// An empty journal, and the clock by which its leases count.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    pub(super) journal: &'a dyn Journal,
    pub(super) clock: &'a Hand,
}

/// A clock that a case sets.
#[derive(Debug, Default)]
pub(super) struct Hand(AtomicI64);

impl Hand {
    pub(super) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        time(self.0.load(Ordering::SeqCst))
    }
}

/// How long a lease lasts in the cases.
pub(super) const TTL: Duration = Duration::from_mins(1);

pub(super) fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?}, not {expected:?}")) }
}

/// That an operation failed with that code.
pub(super) fn fails<T: Debug>(what: &str, found: Result<T, JournalError>, code: &str) -> Result<(), String> {
    match found {
        Ok(done) => Err(format!("{what} gave {done:?}, not the error `{code}`")),
        Err(error) => same(what, &error.code(), &code),
    }
}

pub(super) fn ok<T>(found: Result<T, JournalError>) -> Result<T, String> {
    found.map_err(|error| format!("{}: {error}", error.code()))
}

pub(super) fn run(name: &str) -> Result<RunId, String> {
    name.parse().map_err(|error: crate::InvalidRunId| error.to_string())
}

pub(super) fn time(seconds: i64) -> Timestamp {
    // 2026-01-01T00:00:00Z.
    Timestamp::from_millis((1_767_225_600 + seconds) * 1000).unwrap_or(Timestamp::MAX)
}

pub(super) fn started(mission: &str) -> Event {
    Event::Started(Start { mission: mission.to_owned(), by: None, body: json!({"params": {"a": 1.5}}) })
}

pub(super) fn engine(number: u32) -> Event {
    Event::Engine(json!({"called": number}))
}

pub(super) fn asked(step: &str) -> Event {
    let token_hash =
        "0".repeat(64).parse::<Token>().map_or(TokenHash::from_bytes([0; 32]), |token| TokenHash::of(&token));
    Event::Asked(Wait {
        step: step.to_owned(),
        description: format!("What of {step}?"),
        assignees: vec!["ann".to_owned(), "ben".to_owned()],
        deadline: Some(time(1000)),
        on_expiry: ExpiryAction::Default(json!({"go": false})),
        token_hash,
        details: json!({"choices": ["yes", "no"]}),
        question_hash: None,
        approvals: 1,
        not_starter: false,
    })
}

pub(super) fn approved(step: &str, value: &Value) -> Event {
    match decided(step, value) {
        Event::Decided(decision) => Event::Approved(DecisionRecord { actor: Actor::new("ben"), ..decision }),
        other => other,
    }
}

pub(super) fn decided(step: &str, value: &Value) -> Event {
    Event::Decided(DecisionRecord {
        step: step.to_owned(),
        value: value.clone(),
        actor: Actor::new("ann"),
        comment: Some("so be it".to_owned()),
        via: Via::Token,
        question_hash: None,
        signature: None,
        approvals: vec![Approval {
            actor: Actor::new("ben"),
            at: time(3),
            comment: None,
            via: Via::Owner,
            signature: None,
        }],
    })
}

pub(super) fn expired(step: &str) -> Event {
    Event::Expired(Expiry { step: step.to_owned(), outcome: ExpiryAction::Fail })
}

pub(super) fn cancelled() -> Event {
    Event::Cancelled(Cancellation { reason: "no longer wanted".to_owned(), actor: Actor::new("ann") })
}

pub(super) fn finished(success: bool) -> Event {
    Event::Finished(Finish { success, result: json!({"success": success}) })
}

pub(super) fn note() -> Event {
    Event::Note(json!("noted"))
}

pub(super) fn setback(attempts: u32, retry_at: Option<i64>) -> Setback {
    Setback {
        code: "out_of_memory".to_owned(),
        reason: "no memory was left".to_owned(),
        attempts,
        retry_at: retry_at.map(time),
    }
}

pub(super) fn question(step: &str) -> WaitRequest {
    WaitRequest {
        step: step.to_owned(),
        description: format!("What of {step}?"),
        assignees: Vec::new(),
        expires: Expires::Never,
        on_expiry: ExpiryAction::Fail,
        details: Value::Null,
        question_hash: None,
        approvals: 1,
        not_starter: false,
    }
}

/// Makes a run with events behind its start.
pub(super) fn make(journal: &dyn Journal, name: &str, at: Timestamp, more: &[Event]) -> Result<RunSummary, String> {
    let events = std::iter::once(started("daily")).chain(more.iter().cloned()).collect();
    ok(journal.create(&NewRun { run: run(name)?, at, events, lease: None }))
}
