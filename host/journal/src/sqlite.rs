//! The journal in one SQLite file.
//!
//! Write-ahead log, `synchronous=FULL`: what was acknowledged survives the process and the machine, and is seen by
//! nobody before it does. One append is one transaction; those of several threads of a process may share a commit.
//! Leases alone are written with `synchronous=NORMAL`: they survive every process, and not the machine, as those who
//! hold them do not either. Any number of threads and processes may use one file; they take turns to write and never
//! wait to read. The file must be on a local disk: write-ahead logs need shared memory.

mod faults;
mod open;
mod rows;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::lease::claim;
use crate::summary::Head;
use crate::{
    Claim, Event, Filter, Journal, JournalError, NewRun, Owner, RunId, RunRecord, RunSummary, Timestamp, Version,
    kill_point,
};
use faults::Failure;
pub use open::Options;
use rows::Stored;
use writer::{Survives, Writer};

/// A journal in a file.
///
/// One connection writes, and one reads while the other is busy: a reader does not wait for a commit to become
/// durable.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    writer: Writer,
    reader: Mutex<Connection>,
}

impl SqliteJournal {
    /// Opens the journal in that file, or makes it, readable by its owner alone. Its directory must exist.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        Self::open_with(path, &Options::default())
    }

    /// The same, with other options.
    pub fn open_with(path: impl AsRef<Path>, options: &Options) -> Result<Self, JournalError> {
        let (path, writer, reader) = open::open(path.as_ref(), options)?;
        let writer = Writer::new(path.clone(), writer);
        Ok(Self { path, writer, reader: Mutex::new(reader) })
    }

    /// The file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads all there is and checks all of it: the structure of the file, every event against its chain hash,
    /// the index against the events. Gives the number of runs.
    pub fn verify(&self) -> Result<usize, JournalError> {
        let found: String = self.reading(|tx| Ok(tx.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?))?;
        if found != "ok" {
            return Err(JournalError::CorruptFile { path: self.path.clone(), detail: found });
        }
        let runs = self.list(&Filter::default())?;
        runs.iter().try_for_each(|summary| self.read(&summary.run).map(|_| ()))?;
        Ok(runs.len())
    }

    /// Does some work in one read transaction: on one state of the journal.
    fn reading<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, JournalError> {
        // The connection that writes has what was written last in its cache.
        let read = match self.writer.idle() {
            Some(mut idle) => read_in(idle.connection(), work),
            None => read_in(&mut self.reader.lock().unwrap_or_else(PoisonError::into_inner), work),
        };
        read.map_err(|failure| failure.at(&self.path))
    }
}

fn read_in<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    work(&transaction)
}

impl Journal for SqliteJournal {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::create(&new.run, new.at, &new.events, new.lease.clone())?;
        let run = new.run.clone();
        self.writer.write(Survives::TheMachine, move |tx| {
            if rows::find(tx, &run)?.is_some() {
                return Err(JournalError::RunExists { run }.into());
            }
            let key = rows::insert(tx, &head)?;
            kill_point::reach();
            rows::insert_events(tx, key, &events)?;
            Ok(head.summary)
        })
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        let (Stored { head: index, .. }, events) = self.reading(|tx| {
            let stored = rows::get(tx, run)?;
            let events = rows::events(tx, &stored)?;
            Ok((stored, events))
        })?;
        let (mut head, events) = Head::rebuild(run, events)?;
        if head.summary.version < index.summary.version {
            let sequence = head.summary.version.get() + 1;
            let detail = format!("it is missing; the index tells of {} events", index.summary.version);
            return Err(JournalError::CorruptEvent { run: run.clone(), sequence, detail });
        }
        // A lease is no part of the history.
        head.summary.lease.clone_from(&index.summary.lease);
        if head != index {
            let detail = "it tells of another state".to_owned();
            return Err(JournalError::CorruptIndex { run: run.clone(), detail });
        }
        Ok(RunRecord { summary: head.summary, chain: head.chain, events })
    }

    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        let (run, events) = (run.clone(), events.to_vec());
        self.writer.write(Survives::TheMachine, move |tx| {
            let Stored { key, head } = rows::get(tx, &run)?;
            let current = head.summary.version;
            if current != expected {
                return Err(JournalError::Conflict { run, expected, current }.into());
            }
            let (head, sealed) = head.append(at, &events)?;
            rows::insert_events(tx, key, &sealed)?;
            rows::update(tx, key, &head)?;
            kill_point::reach();
            Ok(head.summary)
        })
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        self.reading(|tx| rows::list(tx, filter))
    }

    fn claim(&self, run: &RunId, owner: &Owner, now: Timestamp, ttl: Duration) -> Result<Claim, JournalError> {
        let (run, owner) = (run.clone(), owner.clone());
        self.writer.write(Survives::Processes, move |tx| {
            let Stored { key, head } = rows::get(tx, &run)?;
            let claim = claim(head.summary, &owner, now, ttl);
            match &claim {
                Claim::Granted(summary) => {
                    rows::set_lease(tx, key, summary.lease.as_ref())?;
                    kill_point::reach();
                }
                Claim::Held(_) | Claim::Idle(_) => {}
            }
            Ok(claim)
        })
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        let (run, owner) = (run.clone(), owner.clone());
        self.writer.write(Survives::Processes, move |tx| {
            let Stored { key, head } = rows::get(tx, &run)?;
            if head.summary.lease.is_some_and(|lease| lease.owner == owner) {
                rows::set_lease(tx, key, None)?;
                kill_point::reach();
            }
            Ok(())
        })
    }
}
