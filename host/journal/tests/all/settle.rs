//! A store that fails once a write is done, or before it is, and cannot say which.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{AnswerMismatch, Authority, DecideOutcome, Expires, NewAnswer, WaitRequest, Waits, Which};
use sortie_journal::{
    Actor, Bookmark, Claim, Event, ExpiryAction, FeedEntry, Filter, Journal, JournalError, MemoryJournal, NewRun,
    Owner, Position, RunId, RunRecord, RunSummary, Setback, Start, SystemClock, Timestamp, Version, settle,
};

/// What becomes of a write.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It is done, and nobody is told.
    LostAfter,
    /// It is not done, and nobody is told.
    LostBefore,
}

/// A journal whose first writes have these fates.
struct Flaky {
    inner: MemoryJournal,
    fates: Mutex<VecDeque<Fate>>,
}

impl Flaky {
    fn new(fates: &[Fate]) -> Self {
        Self { inner: MemoryJournal::new(), fates: Mutex::new(fates.iter().copied().collect()) }
    }

    fn write<T>(&self, write: impl FnOnce() -> Result<T, JournalError>) -> Result<T, JournalError> {
        let lost = JournalError::UnknownOutcome { detail: "the connection was lost".to_owned() };
        let fate = self.fates.lock().unwrap().pop_front();
        match fate {
            None => write(),
            Some(Fate::LostBefore) => Err(lost),
            Some(Fate::LostAfter) => write().and(Err(lost)),
        }
    }
}

impl Journal for Flaky {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        self.write(|| self.inner.create(new))
    }

    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        self.write(|| self.inner.restore(record))
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        self.inner.read(run)
    }

    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        self.write(|| self.inner.append(run, expected, at, events))
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        self.inner.list(filter)
    }

    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        self.inner.claim(run, owner, ttl)
    }

    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        self.inner.claim_next(owner, ttl)
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        self.inner.release(run, owner)
    }

    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        self.inner.set_back(run, owner, setback)
    }

    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.inner.retry(run)
    }

    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.inner.changes(after, limit)
    }

    fn position(&self) -> Result<Position, JournalError> {
        self.inner.position()
    }

    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        self.inner.hold_bookmark(purpose, owner, ttl)
    }

    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        self.inner.move_bookmark(purpose, owner, to)
    }

    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        self.inner.prune(ended_before)
    }
}

fn new_run(name: &str, body: Value) -> NewRun {
    let start = Start { mission: "daily".to_owned(), by: None, body };
    let (run, at) = (name.parse().unwrap(), Timestamp::MIN);
    NewRun { run, at, events: vec![Event::Started(start)], lease: None }
}

#[test]
fn a_run_whose_making_got_lost_is_made_once() {
    for fates in [&[Fate::LostAfter][..], &[Fate::LostBefore], &[Fate::LostBefore, Fate::LostAfter]] {
        let journal = Flaky::new(fates);
        let new = new_run("r1", json!(1));
        let made = settle::create(&journal, &new).unwrap();
        assert_eq!(journal.read(&new.run).unwrap().summary, made, "{fates:?}");
        assert_eq!(made.version, Version::new(1));
    }
}

#[test]
fn a_name_that_another_took_is_not_taken_for_ones_own() {
    let journal = Flaky::new(&[]);
    settle::create(&journal, &new_run("r1", json!(1))).unwrap();
    journal.fates.lock().unwrap().push_back(Fate::LostBefore);
    let refused = settle::create(&journal, &new_run("r1", json!(2))).unwrap_err();
    assert_eq!(refused.code(), "run_exists");
}

#[test]
fn what_stays_unknown_is_said_to_be() {
    let journal = Flaky::new(&[Fate::LostBefore; 10]);
    let lost = settle::create(&journal, &new_run("r1", json!(1))).unwrap_err();
    assert_eq!(lost.code(), "journal_unknown_outcome");
    assert!(lost.is_passing());
}

#[test]
fn a_decision_that_got_lost_is_made_once() {
    for fates in [&[Fate::LostAfter][..], &[Fate::LostBefore], &[Fate::LostBefore, Fate::LostAfter]] {
        let journal = Flaky::new(&[]);
        let waits = Waits::new(&journal, &SystemClock);
        let made = journal.create(&new_run("r1", json!(1))).unwrap();
        let question = WaitRequest {
            step: "ask".to_owned(),
            description: "Go on?".to_owned(),
            assignees: Vec::new(),
            expires: Expires::Never,
            on_expiry: ExpiryAction::Fail,
            details: Value::Null,
            question_hash: None,
            approvals: 1,
            not_starter: false,
        };
        waits.ask(&made, Vec::new(), question).unwrap();
        *journal.fates.lock().unwrap() = fates.iter().copied().collect();
        let (value, actor) = (json!("yes"), Actor::new("ann"));
        let answer = NewAnswer::new(&made.run, Authority::Owner(Which::Last), &value, &actor);
        let decided = waits.decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
        assert!(matches!(decided, DecideOutcome::Accepted { .. }), "{fates:?}: {decided:?}");
        let record = journal.read(&made.run).unwrap();
        let kinds: Vec<_> = record.events.iter().map(|recorded| recorded.event.kind().code()).collect();
        assert_eq!(kinds, ["started", "asked", "decided"], "{fates:?}");
    }
}
