//! The store, as a trait: events in, events out, compare-and-set on the version.

use std::sync::Arc;
use std::time::Duration;

use crate::chain::{EventRecord, StoredEvent};
use crate::{
    Bookmark, ChainHash, Claim, Event, FeedEntry, Filter, Head, JournalError, Lease, Owner, PluginShelf, Position,
    RunEngine, RunId, RunSummary, Setback, Status, Timestamp, Version,
};

/// Keeps runs. An implementation is safe to use from many threads, and says in its own words whether from many
/// processes; it passes [`contract::check`](crate::contract::check).
///
/// Every method is atomic, and what it acknowledged is durable as far as the implementation promises durability.
/// [`Head`](crate::Head) does the part that all implementations share. Leases count by the store's own clock, so that
/// the clocks of those who claim need not agree.
pub trait Journal: Send + Sync {
    /// Makes a run with its first events; gives it as it is then. [`RunExists`](JournalError::RunExists) if the name is taken.
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError>;

    /// Makes a run with the whole history that it has in another journal, each event at the time at which it was recorded
    /// there; its chain hashes are the same. Leases and setbacks are of a journal, and do not come along.
    /// [`RunExists`](JournalError::RunExists) if the name is taken.
    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError>;

    /// All of a run, each event checked against its chain hash.
    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError>;

    /// Adds events, all or none, if the run is at the version that the caller knows; else
    /// [`Conflict`](JournalError::Conflict). Gives the run as it is then. A lease ends when the run comes to wait or
    /// to its end, a setback when anything but a note happens. `at` is the time to record; an earlier one than the last
    /// recorded is taken as the last.
    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError>;

    /// The runs that the filter lets through, in its order. A cursor of another order is refused ([`Filter::check`]).
    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError>;

    /// How many runs stand so.
    fn count(&self, status: Status) -> Result<usize, JournalError> {
        Ok(self.list(&Filter { statuses: vec![status], ..Filter::default() })?.len())
    }

    /// Claims the right to drive a run for that long, or renews it. Does not change the version. A setback keeps nobody
    /// from driving the run that they name.
    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError>;

    /// Claims the run that could have been driven for the longest time: nobody has a lease, not the owner either, and it
    /// is not set aside nor set back to a later time. Nothing, if there is none.
    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError>;

    /// The same, and reads the run: a store that can do both at once has its claimants wait for it once.
    fn take_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<ClaimedRun>, JournalError> {
        let Some(summary) = self.claim_next(owner, ttl)? else { return Ok(None) };
        let record = self.read(&summary.run);
        Ok(Some(ClaimedRun { summary, record }))
    }

    /// Ends a lease, if it is that owner's; else does nothing. Anybody may end a lease of an owner that they
    /// know to be gone.
    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError>;

    /// Ends a lease, if it is that owner's, and says why the run was not driven and when to try again; else does nothing.
    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError>;

    /// Ends a setback: the run can be claimed again. Does nothing, if there is none.
    fn retry(&self, run: &RunId) -> Result<(), JournalError>;

    /// Has this called whenever somebody may have made a run drivable, as far as the store hears of others: who waits for
    /// work need not wait until they look again. It may be called without need, and not be called though there is work;
    /// a store that hears of nobody never does.
    fn on_drivable(&self, call: Arc<dyn Fn() + Send + Sync>) {
        drop(call);
    }

    /// What drives the runs and writes their events, where that is not whoever claims them: then nothing else does.
    fn engine(&self) -> Option<&dyn RunEngine> {
        None
    }

    /// The plugins that are kept beside the runs; nothing, if the store keeps none.
    fn plugins(&self) -> Option<&dyn PluginShelf> {
        None
    }

    /// What changed after a position, the first change first, no more than that many.
    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError>;

    /// The end of the feed: the position of the last change.
    fn position(&self) -> Result<Position, JournalError>;

    /// Claims the right to read the feed for a purpose, for that long, or renews it. No time at all gives it up.
    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError>;

    /// Says how far the feed was read for a purpose, if the owner still has the right to; gives whether.
    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError>;

    /// Removes the runs that ended before that time, with all their events; gives how many. The run of the last change
    /// stays, so that positions only grow.
    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError>;
}

/// A run to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Its name.
    pub run: RunId,
    /// The time to record.
    pub at: Timestamp,
    /// Its first events; [`Event::Started`] is the first of them.
    pub events: Vec<Event>,
    /// The maker's lease, if they drive it themselves: it saves a claim.
    pub lease: Option<Lease>,
}

/// A run that was claimed, with all that its claimant needs to drive it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedRun {
    /// The run as of the claim; its lease is the claimant's.
    pub summary: RunSummary,
    /// Its events. That they cannot be read ends no claim: the claimant says so, by a [setback](Journal::set_back).
    pub record: Result<RunRecord, JournalError>,
}

/// A run with its events.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// What is known of it.
    pub summary: RunSummary,
    /// The chain hash of its last event: it stands for the whole history.
    pub chain: ChainHash,
    /// Its events, from the first to the last.
    pub events: Vec<EventRecord>,
}

impl RunRecord {
    /// A run as a store has it: what its index tells, and its events, if these are what was written and agree with that.
    pub fn checked(mut index: Head, events: Vec<StoredEvent>) -> Result<Self, JournalError> {
        let run = index.summary.run.clone();
        let (mut head, events) = Head::rebuild(&run, events)?;
        if head.summary.version < index.summary.version {
            let sequence = head.summary.version.get() + 1;
            let detail = format!("it is missing; the index tells of {} events", index.summary.version);
            return Err(JournalError::CorruptEvent { run, sequence, detail });
        }
        // What people agreed on is told by the events alone: another release may have written the index without it.
        if let (Some(told), Some(wait)) = (&mut index.summary.wait, &head.summary.wait) {
            told.agreement.clone_from(&wait.agreement);
        }
        // A lease is no part of the history, nor is a setback.
        head.summary.setback.clone_from(&index.summary.setback);
        head.summary.lease.clone_from(&index.summary.lease);
        if head != index {
            return Err(JournalError::CorruptIndex { run, detail: "it tells of another state".to_owned() });
        }
        Ok(Self { summary: head.summary, chain: head.chain, events })
    }

    /// The version to append to.
    pub fn version(&self) -> Version {
        self.summary.version
    }
}
