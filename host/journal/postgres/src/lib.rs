//! A journal in PostgreSQL, for many workers on many machines.
//!
//! ```no_run
//! use sortie_journal::{Filter, Journal};
//! use sortie_journal_postgres::PostgresJournal;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let journal = PostgresJournal::open(&"postgres://sortie@db.example/runs".parse()?)?;
//! for run in journal.list(&Filter::waiting())? {
//!     println!("{} waits", run.run);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - Each write is one statement, which is a transaction of its own: no lock is ever held while something is awaited from here.
//!   An append compares the version and sets it in the same statement.
//! - Leases count by the database's clock, so those of the workers may differ by any amount. Claims alone are not flushed to
//!   the disk before they are acknowledged: a server that crashes forgets leases, not runs.
//! - [`PostgresJournal::clock`] is the database's clock too: by it runs are recorded and waits end, whatever the machines of
//!   those who drive them think. A [`Presence`] keeps it right while it is announced.
//! - A connection that is lost is made again. What can be asked twice is asked again by itself; of a write whose answer was
//!   lost nobody can tell, [`UnknownOutcome`](sortie_journal::JournalError::UnknownOutcome), and
//!   [`settle`](sortie_journal::settle) reads the run again.
//! - The positions of the feed are the numbers of transactions, and a change is told once no transaction before it is under
//!   way: so none is overtaken. A long transaction of somebody else in the same server delays the feed, and nothing else.
//!
//! Any number of threads, processes and machines may use one journal. Server-side poolers have to keep a connection to its
//! client (`pool_mode = session`), as statements are prepared.

#![allow(clippy::doc_markdown, reason = "PostgreSQL is a name, not code")]

mod address;
mod client;
mod clock;
mod faults;
mod feed;
mod lists;
mod moment;
mod network;
mod options;
mod pool;
mod presence;
mod recent;
mod rows;
mod schema;
#[cfg(all(unix, feature = "server"))]
mod server;
mod shelf;
mod store;
mod wake;

pub use address::{Address, AddressError};
pub use options::PostgresOptions;
pub use presence::{Presence, Pulse};
#[cfg(all(unix, feature = "server"))]
pub use server::PostgresServer;
pub use store::PostgresJournal;
