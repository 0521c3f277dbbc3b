//! Runs in a journal: they wait for a person as long as it takes, survive the process and the machine, and end with
//! the result that they would have had without the wait.
//!
//! ```no_run
//! use serde_json::json;
//! use sortie_host::journal::{Actor, Authority, NewAnswer, Owner, Segment, SystemClock, Which};
//! use sortie_journal_sqlite::SqliteJournal;
//! use sortie_host::{ExecutionContext, Host};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::builder().first_party().build()?;
//! let journal = SqliteJournal::open("runs.sqlite")?;
//! let driver = Owner::new("worker 7");
//! let runs = host.runs(&journal, &SystemClock, &driver);
//!
//! let mission = host.build_mission("daily_loop", &json!({"today": "2026-01-08"}))?;
//! let context = ExecutionContext::new(json!({"tasks": []}))?;
//! let started = runs.start(mission, &context, &std::collections::BTreeMap::new())?;
//!
//! // Days later, perhaps on another machine that has the journal and the same plugins:
//! let (value, actor) = (json!({"accept": true}), Actor::new("ann"));
//! let answer = NewAnswer::new(&started.run, Authority::Owner(Which::Last), &value, &actor);
//! if let Some((Segment::Done(completed), _)) = runs.answer(&answer)?.followed {
//!     println!("{}", completed.result.receipt.result_hash);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A run is what its events, folded through the engine, make of it: what the journal keeps of it begins with the
//! workflow, the context, the limits and the plugins by name and digest, and holds the outcome of every call and every
//! decision. A process drives a run from one wait to the next in memory and writes what happened in one commit: what
//! is interrupted in between is driven again, and comes out the same.

mod answers;
mod audit;
mod beginning;
mod engine;
mod error;
mod fold;
mod inbox;
mod plugins;
mod runs;
mod segment;
mod stepper;
mod timeline;

pub use answers::AnsweredRun;
pub use audit::{AuditDecision, AuditEntry, ExpiryOutcome};
pub use error::{ChangedPlugin, RunError};
pub use inbox::{Inbox, InboxEntry};
pub use runs::{Launch, ResumeOutcome, Runs, StartedRun};
pub use segment::{NewQuestion, OpenQuestion, Segment};
pub use sortie_journal::wait::{
    Authority, CancelError, CancelOutcome, DecideOutcome, NewAnswer, Resolution, WaitRecord, Which, waits,
};
pub use sortie_journal::{
    Actor, Approval, Bookmark, Claim, Clock, Cursor, DecisionRecord, Driver, EngineError, Event, EventRecord,
    FeedEntry, Filter, InvalidCursor, InvalidRunId, InvalidToken, Journal, JournalError, Lease, MemoryJournal, NewRun,
    Order, Owner, PluginShelf, Position, RunEngine, RunId, RunOrder, RunRecord, RunSummary, Setback, Signature,
    SignatureForm, Status, SystemClock, Timestamp, Token, Transfer, TransferError, Version, Via, transfer,
};
pub use stepper::{Stage, Stepper};
pub use timeline::{Timeline, TimelineStep};

/// Why a decision was not accepted: it does not fit its step, nothing but a failure would follow, or the wait is not open.
pub type DecideError = sortie_journal::wait::DecideError<crate::DecisionError>;
