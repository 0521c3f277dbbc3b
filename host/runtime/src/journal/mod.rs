//! Runs in a journal: they wait for a person as long as it takes, survive the process and the machine, and end with
//! the result that they would have had without the wait.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use serde_json::json;
//! use sortie_host::journal::{Actor, Authority, MemoryJournal, NewAnswer, Owner, Segment, SystemClock, Which};
//! use sortie_host::{ExecutionContext, Host, WorkflowDefinition};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::builder().first_party().build()?;
//! // In a program that ends: a journal in a file or in a database.
//! let journal = MemoryJournal::new();
//! let driver = Owner::new("worker 7");
//! let runs = host.runs(&journal, &SystemClock, &driver);
//!
//! let steps = json!([
//!     {"id": "approve", "kind": "human", "payload": {"description": "Ship it?", "choices": ["yes", "no"]}},
//!     {"id": "ship", "kind": "runtime", "payload": {"operation": "core/set", "path": "/shipped", "value": true}},
//! ]);
//! let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": steps}))?;
//! let context = ExecutionContext::new(json!({}))?;
//! let started = runs.start(host.draft(workflow), &context, &BTreeMap::new())?;
//! assert_eq!(runs.inbox().pending()?.len(), 1);
//!
//! // Days later, perhaps on another machine that has the journal and the same plugins:
//! let (value, actor) = (json!("yes"), Actor::new("ann"));
//! let answer = NewAnswer::new(&started.run, Authority::Owner(Which::Last), &value, &actor);
//! let Some((Segment::Done(finished), _)) = runs.answer(&answer)?.followed else { panic!("nothing is asked again") };
//! assert_eq!(finished.result.final_state, json!({"shipped": true}));
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
pub use error::{ChangedPlugin, MAX_REMARK_BYTES, RunError};
pub use inbox::{Inbox, InboxEntry};
pub use runs::{Launch, ResumeOutcome, Runs, StartedRun};
pub use segment::{NewQuestion, OpenQuestion, Segment};
pub use sortie_journal::wait::{
    Authority, CancelError, CancelOutcome, DecideOutcome, NewAnswer, Resolution, WaitRecord, Which, waits,
};
pub use sortie_journal::{
    Actor, Approval, Bookmark, Claim, ClaimedRun, Clock, Cursor, DecisionRecord, Driver, EngineError, Event,
    EventRecord, FeedEntry, Filter, InvalidCursor, InvalidRunId, InvalidToken, Journal, JournalError, Lease,
    MemoryJournal, NewRun, Order, Owner, PluginShelf, Position, RunEngine, RunId, RunOrder, RunRecord, RunSummary,
    Setback, Signature, SignatureForm, Status, SystemClock, Timestamp, Token, Transfer, TransferError, Version, Via,
    transfer,
};
pub use stepper::{Stage, Stepper};
pub use timeline::{Timeline, TimelineStep};

/// Why a decision was not accepted: it does not fit its step, nothing but a failure would follow, or the wait is not open.
pub type DecideError = sortie_journal::wait::DecideError<crate::DecisionError>;
