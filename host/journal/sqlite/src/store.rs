//! The journal: each write a transaction, or a part of one that several share.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sortie_journal::{
    Bookmark, Claim, Clock, Event, FeedEntry, Filter, Head, Journal, JournalError, Lease, NewRun, Owner, Position,
    RunId, RunRecord, RunSummary, Setback, Status, StoredEvent, SystemClock, Timestamp, Version, verify,
};

use crate::faults::Failure;
use crate::open::{self, SqliteOptions};
use crate::rows::{self, RunRow};
use crate::writer::{Survives, Writer};
use crate::{feed, kill_point, lists};

/// A journal in a file.
///
/// One connection writes, and one reads while the other is busy: a reader does not wait for a commit to become
/// durable.
pub struct SqliteJournal {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    writer: Writer,
    reader: Mutex<Connection>,
}

/// How many runs are removed in one write: others have their turn in between.
const PRUNED_AT_ONCE: usize = 200;

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteJournal {
    /// Opens the journal in that file, or makes it, readable by its owner alone. Its directory must exist.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        Self::open_with(path, &SqliteOptions::default())
    }

    /// The same, with other options.
    pub fn open_with(path: impl AsRef<Path>, options: &SqliteOptions) -> Result<Self, JournalError> {
        let (path, writer, reader) = open::open(path.as_ref(), options)?;
        let writer = Writer::new(path.clone(), writer);
        Ok(Self { path, clock: Arc::new(SystemClock), writer, reader: Mutex::new(reader) })
    }

    /// The same, but leases count by that clock instead of the machine's.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// A lease of that owner from now on.
    fn lease(&self, owner: &Owner, ttl: Duration) -> (Lease, Timestamp) {
        let now = self.clock.now();
        (Lease { owner: owner.clone(), until: now.plus(ttl) }, now)
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
        verify(self, &self.path)
    }

    /// Adds a run with its events.
    fn make(&self, head: Head, events: Vec<StoredEvent>) -> Result<RunSummary, JournalError> {
        let run = head.summary.run.clone();
        self.writer.write(Survives::TheMachine, move |tx| {
            if rows::find(tx, &run)?.is_some() {
                return Err(JournalError::RunExists { run }.into());
            }
            let key = rows::insert(tx, &head)?;
            kill_point::reach();
            rows::insert_events(tx, key, &events)?;
            feed::tell(tx, key, Version::default(), &head.summary)?;
            Ok(head.summary)
        })
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
        self.make(head, events)
    }

    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::replay(&record.summary.run, &record.events)?;
        self.make(head, events)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        let (RunRow { head: index, .. }, events) = self.reading(|tx| {
            let stored = rows::get(tx, run)?;
            let events = rows::events(tx, &stored)?;
            Ok((stored, events))
        })?;
        RunRecord::checked(index, events)
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
            let RunRow { key, head } = rows::get(tx, &run)?;
            let current = head.summary.version;
            if current != expected {
                return Err(JournalError::Conflict { run, expected, current }.into());
            }
            let (head, sealed) = head.append(at, &events)?;
            rows::insert_events(tx, key, &sealed)?;
            if !sealed.is_empty() {
                rows::update(tx, key, &head)?;
                kill_point::reach();
                feed::tell(tx, key, current, &head.summary)?;
            }
            Ok(head.summary)
        })
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        filter.check()?;
        self.reading(|tx| lists::list(tx, filter))
    }

    fn count(&self, status: Status) -> Result<usize, JournalError> {
        self.reading(|tx| lists::count(tx, status))
    }

    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        let now = self.clock.now();
        let (run, owner) = (run.clone(), owner.clone());
        self.writer.write(Survives::Processes, move |tx| {
            let RunRow { key, head } = rows::get(tx, &run)?;
            let claim = Claim::judge(head.summary, &owner, now, ttl);
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

    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        let (lease, now) = self.lease(owner, ttl);
        // Who finds nothing to do does not keep those waiting who have something.
        if self.reading(|tx| rows::claimable(tx, now))?.is_none() {
            return Ok(None);
        }
        self.writer.write(Survives::Processes, move |tx| {
            let Some(RunRow { key, mut head }) = rows::claimable(tx, now)? else { return Ok(None) };
            rows::set_lease(tx, key, Some(&lease))?;
            kill_point::reach();
            head.summary.lease = Some(lease);
            Ok(Some(head.summary))
        })
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        let (run, owner) = (run.clone(), owner.clone());
        self.writer.write(Survives::Processes, move |tx| {
            let RunRow { key, head } = rows::get(tx, &run)?;
            if head.summary.lease.is_some_and(|lease| lease.owner == owner) {
                rows::set_lease(tx, key, None)?;
                kill_point::reach();
            }
            Ok(())
        })
    }

    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        let (run, owner, setback) = (run.clone(), owner.clone(), setback.clone());
        self.writer.write(Survives::TheMachine, move |tx| {
            let RunRow { key, head } = rows::get(tx, &run)?;
            if head.summary.lease.is_some_and(|lease| lease.owner == owner) {
                rows::set_back(tx, key, &setback)?;
                kill_point::reach();
            }
            Ok(())
        })
    }

    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        let run = run.clone();
        self.writer.write(Survives::TheMachine, move |tx| {
            let RunRow { key, .. } = rows::get(tx, &run)?;
            rows::retry(tx, key)?;
            kill_point::reach();
            Ok(())
        })
    }

    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.reading(|tx| feed::changes(tx, after, limit))
    }

    fn position(&self) -> Result<Position, JournalError> {
        self.reading(|tx| feed::position(tx))
    }

    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        let (purpose, (lease, now)) = (purpose.to_owned(), self.lease(owner, ttl));
        self.writer.write(Survives::Processes, move |tx| feed::hold(tx, &purpose, &lease, now))
    }

    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        let (purpose, owner) = (purpose.to_owned(), owner.clone());
        self.writer.write(Survives::TheMachine, move |tx| feed::move_to(tx, &purpose, &owner, to))
    }

    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        let mut pruned = 0;
        loop {
            let some = move |tx: &Connection| feed::prune(tx, ended_before, PRUNED_AT_ONCE);
            match self.writer.write(Survives::TheMachine, some)? {
                0 => return Ok(pruned),
                count => pruned += count,
            }
        }
    }
}
