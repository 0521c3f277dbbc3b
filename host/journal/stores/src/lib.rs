//! Opens a journal by its address: a file, or a database.
//!
//! ```no_run
//! use sortie_journal_stores::Location;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let location = Location::new("postgres://sortie@db.example/runs")?;
//! let store = location.open()?;
//! println!("{} has changed {} times", location, store.position()?);
//! # Ok(())
//! # }
//! ```

#![allow(clippy::doc_markdown, reason = "PostgreSQL is a name, not code")]

use std::ffi::OsStr;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sortie_journal::{Clock, Driver, Journal, JournalError, SystemClock, transfer, verify};
use sortie_journal_postgres::PostgresJournal;
pub use sortie_journal_postgres::{Address, AddressError};
use sortie_journal_sqlite::SqliteJournal;

/// Where a journal is. As text it is what it was made of, but for a password.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Location {
    /// A file, by SQLite.
    File(PathBuf),
    /// A database of PostgreSQL.
    Postgres(Box<Address>),
}

/// An open journal.
#[derive(Debug)]
#[non_exhaustive]
pub enum Store {
    /// A file.
    Sqlite(Box<SqliteJournal>),
    /// A database.
    Postgres(PostgresJournal),
}

/// This process, announced to the other drivers of a journal as long as it is kept.
pub type Announcement = Box<dyn Driver>;

/// The variable with the password of a database whose URL has none, as all programs of PostgreSQL have it.
const PASSWORD: &str = "PGPASSWORD";

impl Location {
    /// What begins as a URL of PostgreSQL is one, and everything else is the name of a file. A URL without a password takes the
    /// one of the variable `PGPASSWORD`.
    pub fn new(text: impl AsRef<OsStr>) -> Result<Self, AddressError> {
        let text = text.as_ref();
        let Some(url) = text.to_str().filter(|text| Address::is_meant(text)) else {
            return Ok(Self::File(text.into()));
        };
        let address: Address = url.parse()?;
        let address = match std::env::var(PASSWORD) {
            Ok(password) if !password.is_empty() => address.or_password(&password),
            _ => address,
        };
        Ok(Self::Postgres(Box::new(address)))
    }

    /// Opens the journal, and makes it if there is none.
    pub fn open(&self) -> Result<Store, JournalError> {
        match self {
            Self::File(path) => SqliteJournal::open(path).map(|journal| Store::Sqlite(Box::new(journal))),
            Self::Postgres(address) => PostgresJournal::open(address).map(Store::Postgres),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => fmt::Display::fmt(&path.display(), f),
            Self::Postgres(address) => fmt::Display::fmt(address, f),
        }
    }
}

impl Store {
    /// Announces this process to the other drivers of the journal, by whatever the store has for it.
    pub fn announce(&self) -> Result<Announcement, JournalError> {
        Ok(match self {
            Self::Sqlite(journal) => Box::new(sortie_journal_sqlite::Presence::announce(journal.path())?),
            Self::Postgres(journal) => Box::new(sortie_journal_postgres::Presence::announce(journal)?),
        })
    }

    /// The clock by which runs are recorded and waits end: of a file that of this machine, of a database the database's, so that
    /// the machines of many workers need not agree.
    pub fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Sqlite(_) => Arc::new(SystemClock),
            Self::Postgres(journal) => journal.clock(),
        }
    }

    /// Reads all there is and checks all of it; gives the number of runs.
    pub fn verify(&self) -> Result<usize, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.verify(),
            Self::Postgres(journal) => verify(journal, Path::new(&journal.address().to_string())),
        }
    }

    /// Copies the journal to a new file of SQLite, which must not exist yet. Of a file that is all of it as it is at one moment;
    /// of a database it is the runs, each as it is at a moment, and a copy for this machine. Copies that bring a database back
    /// are made by PostgreSQL's own means.
    pub fn backup(&self, to: &Path) -> Result<(), JournalError> {
        match self {
            Self::Sqlite(journal) => journal.backup(to),
            Self::Postgres(journal) => {
                if to.exists() {
                    return Err(JournalError::FileExists { path: to.to_owned() });
                }
                transfer::copy(journal, &SqliteJournal::open(to)?).map(drop)
            }
        }
    }

    /// The journal, for many owners.
    pub fn into_journal(self) -> Arc<dyn Journal> {
        match self {
            Self::Sqlite(journal) => Arc::from(journal as Box<dyn Journal>),
            Self::Postgres(journal) => Arc::new(journal),
        }
    }
}

impl Deref for Store {
    type Target = dyn Journal;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Sqlite(journal) => &**journal,
            Self::Postgres(journal) => journal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_file_and_a_url_a_database_shown_without_its_password() {
        for (text, expected) in [
            ("runs.sqlite", "runs.sqlite"),
            ("/var/lib/postgres://x", "/var/lib/postgres://x"),
            ("postgres://ann:secret@db.example/runs", "postgres://ann@db.example/runs"),
        ] {
            let location = Location::new(text).unwrap();
            assert_eq!(location.to_string(), expected);
            assert_eq!(matches!(location, Location::File(_)), text == expected);
            assert!(!format!("{location:?}").contains("secret"));
        }
        assert!(Location::new("postgres://ann:secret@db").is_err());
    }
}
