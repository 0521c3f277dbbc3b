//! Runs over HTTP: the inbox and its pages, an interface for programs, metrics.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use sortie_host::Host;
//! use sortie_host::journal::{Presence, SqliteJournal, SystemClock};
//! use sortie_server::{Backing, Server, Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let journal = SqliteJournal::open("runs.sqlite")?;
//! let driver = Arc::new(Presence::announce(journal.path())?);
//! let host = Host::builder().plugin_file("plugins").build()?;
//! let backing = Backing { host, journal: Arc::new(journal), clock: Arc::new(SystemClock), driver };
//!
//! let server = Server::bind(backing, Settings::default())?;
//! println!("open {}", server.entry("ann")?);
//! server.run()?;
//! # Ok(())
//! # }
//! ```
//!
//! One thread does the network's work, and a bounded number of others call plugins and read the journal: what is more
//! than they can do soon is turned away with `503` and `Retry-After`. Nothing is decided by a `GET`, no page runs any
//! script but htmx, and nothing is loaded from elsewhere.

mod api;
mod app;
mod assets;
pub mod codes;
mod decision;
mod drive;
mod error;
mod extract;
mod form;
mod guard;
mod history;
mod identity;
mod layout;
mod metrics;
mod net;
mod pages;
mod pool;
mod problem;
mod reply;
mod routes;
mod server;
mod text;

pub use app::Backing;
pub use error::ServerError;
pub use identity::{Proxy, Role, Users, UsersError};
pub use problem::{Problem, ProblemDetails};
pub use server::{Server, Settings};
