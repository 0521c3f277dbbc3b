//! A journal that keeps nothing: for tests, and for hosts whose runs need not outlive them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::chain::StoredEvent;
use crate::claim::is_claimable;
use crate::summary::Head;
use crate::{
    Bookmark, Claim, Clock, Event, FeedEntry, Filter, Journal, JournalError, Lease, NewRun, Owner, Position, RunId,
    RunRecord, RunSummary, Setback, SystemClock, Timestamp, Version,
};

/// Runs in memory, shared by the threads of one process.
pub struct MemoryJournal {
    clock: Arc<dyn Clock>,
    kept: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    runs: BTreeMap<RunId, KeptRun>,
    changes: Vec<FeedEntry>,
    bookmarks: BTreeMap<String, KeptBookmark>,
}

#[derive(Debug)]
struct KeptRun {
    head: Head,
    events: Vec<StoredEvent>,
}

#[derive(Debug)]
struct KeptBookmark {
    position: Option<Position>,
    lease: Lease,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal").field("kept", &self.kept).finish_non_exhaustive()
    }
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty journal whose leases count by that clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    /// Adds a run with its events.
    fn make(&self, head: Head, events: Vec<StoredEvent>) -> Result<RunSummary, JournalError> {
        let mut kept = self.kept();
        let summary = head.summary.clone();
        if kept.runs.contains_key(&summary.run) {
            return Err(JournalError::RunExists { run: summary.run });
        }
        kept.runs.insert(summary.run.clone(), KeptRun { head, events });
        kept.tell(Version::default(), &summary);
        Ok(summary)
    }

    /// No method leaves a run half changed, so a thread that died did no harm.
    fn kept(&self) -> MutexGuard<'_, Store> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn run(&mut self, run: &RunId) -> Result<&mut KeptRun, JournalError> {
        self.runs.get_mut(run).ok_or_else(|| JournalError::UnknownRun { run: run.clone() })
    }

    fn position(&self) -> Position {
        self.changes.last().map_or(Position::START, |change| change.position)
    }

    /// Tells of a write to a run.
    fn tell(&mut self, from: Version, summary: &RunSummary) {
        self.changes.push(FeedEntry {
            position: Position::new(self.position().get() + 1),
            run: summary.run.clone(),
            from,
            to: summary.version,
            status: summary.status,
            at: summary.updated_at,
        });
    }
}

impl Journal for MemoryJournal {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::create(&new.run, new.at, &new.events, new.lease.clone())?;
        self.make(head, events)
    }

    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::replay(&record.summary.run, &record.events)?;
        self.make(head, events)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        let (stored, head) = {
            let mut kept = self.kept();
            let run = kept.run(run)?;
            (run.events.clone(), run.head.clone())
        };
        let (_, events) = Head::rebuild(run, stored)?;
        Ok(RunRecord { summary: head.summary, chain: head.chain, events })
    }

    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        let mut kept = self.kept();
        let stored = kept.run(run)?;
        let current = stored.head.summary.version;
        if current != expected {
            return Err(JournalError::Conflict { run: run.clone(), expected, current });
        }
        let (head, sealed) = stored.head.append(at, events)?;
        let summary = head.summary.clone();
        stored.head = head;
        stored.events.extend(sealed);
        if !events.is_empty() {
            kept.tell(expected, &summary);
        }
        Ok(summary)
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        filter.check()?;
        let kept = self.kept();
        let summaries = kept.runs.values().map(|stored| &stored.head.summary);
        let mut found: Vec<_> = summaries.filter(|summary| filter.admits(summary)).cloned().collect();
        found.sort_by(|one, other| filter.order.compare(one, other));
        found.truncate(filter.limit.unwrap_or(usize::MAX));
        Ok(found)
    }

    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let stored = kept.run(run)?;
        let claim = Claim::judge(stored.head.summary.clone(), owner, now, ttl);
        match &claim {
            Claim::Granted(summary) => stored.head.summary.clone_from(summary),
            Claim::Held(_) | Claim::Idle(_) => {}
        }
        Ok(claim)
    }

    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let claimable = kept.runs.values_mut().filter(|stored| is_claimable(&stored.head.summary, now));
        let since = |summary: &RunSummary| {
            let lease = summary.lease.as_ref().map_or(Timestamp::MIN, |lease| lease.until);
            let setback = summary.setback.as_ref().and_then(|setback| setback.retry_at).unwrap_or(Timestamp::MIN);
            (lease.max(setback), summary.created_at, summary.run.clone())
        };
        let Some(stored) = claimable.min_by_key(|stored| since(&stored.head.summary)) else { return Ok(None) };
        stored.head.summary.lease = Some(Lease { owner: owner.clone(), until: now.plus(ttl) });
        Ok(Some(stored.head.summary.clone()))
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        let mut kept = self.kept();
        kept.run(run)?.head.summary.lease.take_if(|lease| lease.owner == *owner);
        Ok(())
    }

    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        let mut kept = self.kept();
        let summary = &mut kept.run(run)?.head.summary;
        if summary.lease.take_if(|lease| lease.owner == *owner).is_some() {
            summary.setback = Some(setback.clone());
        }
        Ok(())
    }

    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.kept().run(run)?.head.summary.setback = None;
        Ok(())
    }

    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        let kept = self.kept();
        Ok(kept.changes.iter().filter(|change| change.position > after).take(limit).cloned().collect())
    }

    fn position(&self) -> Result<Position, JournalError> {
        Ok(self.kept().position())
    }

    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let lease = Lease { owner: owner.clone(), until: now.plus(ttl) };
        match kept.bookmarks.get_mut(purpose) {
            Some(found) if found.lease.owner != *owner && now < found.lease.until => {
                Ok(Bookmark::Held(found.lease.clone()))
            }
            Some(found) => {
                found.lease = lease;
                Ok(Bookmark::Granted(found.position))
            }
            None => {
                kept.bookmarks.insert(purpose.to_owned(), KeptBookmark { position: None, lease });
                Ok(Bookmark::Granted(None))
            }
        }
    }

    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        let mut kept = self.kept();
        let found = kept.bookmarks.get_mut(purpose).filter(|bookmark| bookmark.lease.owner == *owner);
        Ok(found.map(|bookmark| bookmark.position = Some(to)).is_some())
    }

    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        let mut kept = self.kept();
        let last = kept.changes.last().map(|change| change.run.clone());
        let before = kept.runs.len();
        kept.runs.retain(|run, stored| {
            let summary = &stored.head.summary;
            !(summary.status.is_final() && summary.updated_at < ended_before) || Some(run) == last.as_ref()
        });
        let Store { runs, changes, .. } = &mut *kept;
        changes.retain(|change| runs.contains_key(&change.run));
        Ok(before - runs.len())
    }
}
