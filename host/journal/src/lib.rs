//! Runs that wait for a person, kept: what a store does, and what all stores have in common.
//!
//! A *journal* keeps runs. A run is a sequence of [events](Event) to which events are only ever added: what the
//! engine did (opaque to this crate), what a person was asked, what was decided, by whom and when. Everything else
//! that is known of a run, its [status](Status) above all, [follows from its events](RunSummary::after).
//!
//! - [`Journal`] is the store: events in, events out, compare-and-set on the [version](Version), and leases, so that
//!   of many processes one drives a run. No database is in it. [`MemoryJournal`] keeps nothing, the crate
//!   `sortie-journal-sqlite` one file, `sortie-journal-postgres` a database; all pass [`contract::check`], as any other
//!   implementation must.
//! - [`wait`] is what waiting means, as pure logic over that trait: asking, deciding once, expiring, cancelling.
//! - Each event carries a [hash over all before it](ChainHash): a flipped byte names the run and the event.
//!
//! - [`Journal::changes`] tells what happened, in order, to those who show or announce it.
//!
//! Invariants that the code does not show, because they are absences: nothing here reads the clock but
//! [`SystemClock`]; nothing here knows what an engine event means; no event is ever changed, nor removed without its whole run.
//!
//! ```
//! use std::time::Duration;
//!
//! use serde_json::json;
//! use sortie_journal::wait::{Authority, DecideOutcome, Expires, NewAnswer, WaitRequest, Waits};
//! use sortie_journal::{
//!     Actor, Clock, Event, ExpiryAction, Journal, MemoryJournal, NewRun, Start, Status, SystemClock, Wait,
//! };
//!
//! let journal = MemoryJournal::new();
//! let start = Start { mission: "release".to_owned(), by: Some(Actor::new("ann")), body: json!({}) };
//! let run = "release-7".parse()?;
//! let new = NewRun { run, at: SystemClock.now(), events: vec![Event::Started(start)], lease: None };
//! let summary = journal.create(&new)?;
//!
//! // A person is asked, within a day.
//! let waits = Waits::new(&journal, &SystemClock);
//! let question = WaitRequest {
//!     step: "approve".to_owned(),
//!     description: "Ship it?".to_owned(),
//!     assignees: Vec::new(),
//!     expires: Expires::After(Duration::from_secs(24 * 60 * 60)),
//!     on_expiry: ExpiryAction::Fail,
//!     details: json!({"choices": ["yes", "no"]}),
//!     question_hash: None,
//!     approvals: 1,
//!     not_starter: false,
//! };
//! let asked = waits.ask(&summary, Vec::new(), question)?;
//! assert_eq!(asked.summary.status, Status::Waiting);
//!
//! // Whoever has the token can answer, once.
//! let fits = |wait: &Wait, value: &serde_json::Value| {
//!     let choices = wait.details["choices"].as_array();
//!     choices.is_some_and(|choices| choices.contains(value)).then_some(()).ok_or("it is not one of the choices")
//! };
//! let (value, actor) = (json!("yes"), Actor::new("bob"));
//! let answer = NewAnswer::new(&new.run, Authority::Token(&asked.token), &value, &actor);
//! assert!(matches!(waits.decide(&answer, &fits).unwrap(), DecideOutcome::Accepted { .. }));
//! assert_eq!(journal.read(&new.run)?.summary.status, Status::Decided);
//! assert!(matches!(waits.decide(&answer, &fits).unwrap(), DecideOutcome::Already { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![allow(clippy::doc_markdown, reason = "SQLite is a name, not code")]

mod answer;
mod chain;
mod claim;
mod clock;
pub mod codes;
pub mod contract;
mod engine;
mod error;
mod event;
mod feed;
mod filter;
mod journal;
mod lease;
mod memory;
mod names;
pub mod query;
mod random;
pub mod settle;
mod shelf;
mod status;
mod summary;
mod token;
pub mod transfer;
mod verify;
pub mod wait;

pub use chain::{ChainHash, EventRecord, StoredEvent};
pub use claim::{Claim, Driver};
pub use clock::{Clock, SystemClock, Timestamp, TimestampError};
pub use engine::{RunEngine, RunOrder};
pub use error::{EngineError, InvalidCursor, JournalError};
pub use event::{
    Approval, Cancellation, DecisionRecord, Event, EventKind, Expiry, ExpiryAction, Finish, MAX_ASKED_BYTES, Signature,
    SignatureForm, Start, Via, Wait,
};
pub use feed::{Bookmark, FeedEntry, Position};
pub use filter::{Cursor, Filter, Order};
pub use journal::{ClaimedRun, Journal, NewRun, RunRecord};
pub use lease::{Lease, Setback};
pub use memory::MemoryJournal;
pub use names::{Actor, InvalidRunId, Owner, RunId};
pub use shelf::PluginShelf;
pub use status::{HistoryFault, Status, Version};
pub use summary::{Agreement, Head, RunSummary, WaitSummary};
pub use token::{InvalidToken, Token, TokenHash};
pub use transfer::{Transfer, TransferError};
pub use verify::verify;
