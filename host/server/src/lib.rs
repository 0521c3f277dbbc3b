//! Runs over HTTP: the inbox and its pages, an interface for programs, metrics; and the Model Context Protocol for software
//! that acts for somebody.
//!
//! ```
//! use std::sync::Arc;
//!
//! use sortie_host::Host;
//! use sortie_host::journal::SystemClock;
//! use sortie_journal_sqlite::{Presence, SqliteJournal};
//! use sortie_server::{Deployment, Server, ServerSettings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let journal = SqliteJournal::open(folder.path().join("runs.sqlite"))?;
//! let driver = Arc::new(Presence::announce(journal.path())?);
//! let host = Host::builder().build()?;
//! let deployment = Deployment { host, journal: Arc::new(journal), clock: Arc::new(SystemClock), driver };
//!
//! let server = Server::bind(deployment, ServerSettings::default())?;
//! println!("open {}", server.entry("ann")?);
//! # let asked_to_stop = std::future::ready(());
//! server.run_until(asked_to_stop)?;
//! # Ok(())
//! # }
//! ```
//!
//! One thread does the network's work, and a bounded number of others call plugins and read the journal: what is more
//! than they can do soon is turned away with `503` and `Retry-After`. Nothing is decided by a `GET`, no page runs any
//! script but htmx and one of our own for passkeys, and nothing is loaded from elsewhere.

mod agent;
mod api;
mod app;
mod assets;
pub mod codes;
mod crew;
mod decision;
mod deployment;
mod error;
mod extract;
mod feed;
mod form;
mod gate;
mod guard;
mod history;
mod holdings;
mod identity;
mod layout;
mod metrics;
mod net;
mod pages;
mod patience;
mod plain;
mod pool;
mod problem;
mod rate;
mod reply;
mod room;
mod routes;
mod runs;
mod server;
mod share;
mod text;

pub use agent::serve_standard_streams;
pub use crew::Listener;
pub use deployment::Deployment;
pub use error::ServerError;
pub use identity::{PasskeysError, Proxy, Role, Users, UsersError};
pub use problem::{Problem, ProblemDetails};
pub use rate::{Rate, Rates};
pub use server::{Server, ServerSettings};
