//! A journal that keeps nothing: for tests, and for hosts whose runs need not outlive them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::chain::Sealed;
use crate::lease::claim;
use crate::summary::Head;
use crate::{
    Claim, Event, Filter, Journal, JournalError, NewRun, Owner, RunId, RunRecord, RunSummary, Timestamp, Version,
};

/// Runs in memory, shared by the threads of one process.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    runs: Mutex<BTreeMap<RunId, Kept>>,
}

#[derive(Debug)]
struct Kept {
    head: Head,
    events: Vec<Sealed>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// No method leaves a run half changed, so a thread that died did no harm.
    fn runs(&self) -> MutexGuard<'_, BTreeMap<RunId, Kept>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::create(&new.run, new.at, &new.events, new.lease.clone())?;
        let mut runs = self.runs();
        if runs.contains_key(&new.run) {
            return Err(JournalError::RunExists { run: new.run.clone() });
        }
        let summary = head.summary.clone();
        runs.insert(new.run.clone(), Kept { head, events });
        Ok(summary)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        let (stored, head) = {
            let runs = self.runs();
            let kept = runs.get(run).ok_or_else(|| JournalError::UnknownRun { run: run.clone() })?;
            (kept.events.clone(), kept.head.clone())
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
        let mut runs = self.runs();
        let kept = kept(&mut runs, run)?;
        let current = kept.head.summary.version;
        if current != expected {
            return Err(JournalError::Conflict { run: run.clone(), expected, current });
        }
        let (head, sealed) = kept.head.append(at, events)?;
        kept.head = head;
        kept.events.extend(sealed);
        Ok(kept.head.summary.clone())
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        let runs = self.runs();
        let mut found: Vec<_> =
            runs.values().map(|kept| &kept.head.summary).filter(|summary| filter.admits(summary)).cloned().collect();
        found.sort_by(|one, other| (one.created_at, &one.run).cmp(&(other.created_at, &other.run)));
        found.truncate(filter.limit.unwrap_or(usize::MAX));
        Ok(found)
    }

    fn claim(&self, run: &RunId, owner: &Owner, now: Timestamp, ttl: Duration) -> Result<Claim, JournalError> {
        let mut runs = self.runs();
        let kept = kept(&mut runs, run)?;
        let claim = claim(kept.head.summary.clone(), owner, now, ttl);
        match &claim {
            Claim::Granted(summary) => kept.head.summary.clone_from(summary),
            Claim::Held(_) | Claim::Idle(_) => {}
        }
        Ok(claim)
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        let mut runs = self.runs();
        let lease = &mut kept(&mut runs, run)?.head.summary.lease;
        lease.take_if(|lease| lease.owner == *owner);
        Ok(())
    }
}

fn kept<'a>(runs: &'a mut BTreeMap<RunId, Kept>, run: &RunId) -> Result<&'a mut Kept, JournalError> {
    runs.get_mut(run).ok_or_else(|| JournalError::UnknownRun { run: run.clone() })
}
