//! A journal in one SQLite file.
//!
//! ```
//! use sortie_journal::{Filter, Journal};
//! use sortie_journal_sqlite::SqliteJournal;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(folder.path())?;
//! let journal = SqliteJournal::open("runs.sqlite")?;
//! for run in journal.list(&Filter::waiting())? {
//!     println!("{} waits", run.run);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Write-ahead log, `synchronous=FULL`: what was acknowledged survives the process and the machine, and is seen by
//! nobody before it does. One append is one transaction; those of several threads of a process may share a commit.
//! Leases alone are written with `synchronous=NORMAL`: they survive every process, and not the machine, as those who
//! hold them do not either. Any number of threads and processes may use one file; they take turns to write and never
//! wait to read. The file must be on a local disk: write-ahead logs need shared memory.

#![allow(clippy::doc_markdown, reason = "SQLite is a name, not code")]

mod backup;
mod faults;
mod feed;
mod kill_point;
mod lists;
mod open;
mod presence;
mod rows;
mod store;
mod writer;

pub use open::SqliteOptions;
pub use presence::Presence;
pub use store::SqliteJournal;
