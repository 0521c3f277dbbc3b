//! Resumes the runs of a journal, and ends waits at their time.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use serde_json::json;
//! use sortie_host::journal::{Actor, Authority, Journal, MemoryJournal, NewAnswer, Owner, Status, SystemClock, Which};
//! use sortie_host::{ExecutionContext, Host, WorkflowDefinition};
//! use sortie_worker::{Stop, Worker};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::builder().first_party().build()?;
//! // In a program: a journal in a file or in a database, and the `Presence` that belongs to it.
//! let (journal, driver) = (MemoryJournal::new(), Owner::new("worker 1"));
//! # let step = json!({"id": "ask", "kind": "human", "payload": {"description": "Ship it?"}});
//! # let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [step]}))?;
//! # let runs = host.runs(&journal, &SystemClock, &driver);
//! # let run = runs.start(host.draft(workflow), &ExecutionContext::new(json!({}))?, &BTreeMap::new())?.run;
//! // A person has answered, somewhere else: nobody has resumed the run yet.
//! # let (value, actor) = (json!("yes"), Actor::new("ann"));
//! # runs.decide(&NewAnswer::new(&run, Authority::Owner(Which::Last), &value, &actor))?;
//! assert_eq!(journal.read(&run)?.summary.status, Status::Decided);
//!
//! let worker = Worker::new(&host, &journal, &SystemClock, &driver);
//! let stop = Stop::new();
//! // It works until somebody stops it: here, after its first piece of work.
//! worker.run(&stop, &|work| {
//!     println!("{work}");
//!     stop.stop();
//! });
//! assert_eq!(journal.read(&run)?.summary.status, Status::Done);
//! # Ok(())
//! # }
//! ```
//!
//! A worker does one piece of work at a time: it ends a wait whose deadline has passed, or drives a run that was answered,
//! has expired or was interrupted, to its next wait or its end. Any number of workers, in threads, processes and on
//! machines, share a journal: of those that come to a run at once, one drives it. A run that fails by a fault of the host
//! is tried again after a pause that doubles; one that cannot be driven at all is *set aside* with its reason, until
//! somebody asks for it to be retried. Nothing that happens here is part of a result.
//!
//! No clock is read but the one that is given, and the pauses between pieces of work.

mod notify;
mod pace;
mod program;
mod stop;
mod webhook;
mod work;

pub use notify::{Delivery, Message, Notifier, Patience, Receiver};
pub use pace::Pace;
pub use program::Program;
pub use stop::Stop;
pub use webhook::{InvalidSecret, Secret, Webhook};
pub use work::{Work, Worker};
