//! Resumes the runs of a journal, and ends waits at their time.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use sortie_host::Host;
//! use sortie_host::journal::SystemClock;
//! use sortie_journal_sqlite::{Presence, SqliteJournal};
//! use sortie_worker::{Stop, Worker};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::builder().first_party().build()?;
//! let journal = SqliteJournal::open("runs.sqlite")?;
//! let presence = Presence::announce(journal.path())?;
//! let worker = Worker::new(&host, &journal, &SystemClock, &presence);
//!
//! let stop = Arc::new(Stop::new());
//! // Another thread calls `stop.stop()`.
//! worker.run(&stop, &|work| println!("{work}"));
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
