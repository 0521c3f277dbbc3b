//! The store, as a trait: events in, events out, compare-and-set on the version.

use std::time::Duration;

use crate::chain::Recorded;
use crate::{ChainHash, Claim, Event, JournalError, Lease, Owner, RunId, RunSummary, Status, Timestamp, Version};

/// Keeps runs. An implementation is safe to use from many threads, and says in its own words whether from many
/// processes; it passes [`contract::check`](crate::contract::check).
///
/// Every method is atomic, and what it acknowledged is durable as far as the implementation promises durability.
/// [`Head`](crate::Head) does the part that all implementations share.
pub trait Journal: Send + Sync {
    /// Makes a run with its first events; gives it as it is then. [`RunExists`](JournalError::RunExists) if the name is taken.
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError>;

    /// All of a run, each event checked against its chain hash.
    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError>;

    /// Adds events, all or none, if the run is at the version that the caller knows; else
    /// [`Conflict`](JournalError::Conflict). Gives the run as it is then. A lease ends when the run comes to wait or
    /// to its end. `at` is the time to record; an earlier one than the last recorded is taken as the last.
    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError>;

    /// The runs that the filter lets through, oldest first, those of the same instant by name.
    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError>;

    /// Claims the right to drive a run until `ttl` from now, or renews it. Does not change the version.
    fn claim(&self, run: &RunId, owner: &Owner, now: Timestamp, ttl: Duration) -> Result<Claim, JournalError>;

    /// Ends a lease, if it is that owner's; else does nothing. Anybody may end a lease of an owner that they
    /// know to be gone.
    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError>;
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

/// A run with its events.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// What is known of it.
    pub summary: RunSummary,
    /// The chain hash of its last event: it stands for the whole history.
    pub chain: ChainHash,
    /// Its events, from the first to the last.
    pub events: Vec<Recorded>,
}

impl RunRecord {
    /// The version to append to.
    pub fn version(&self) -> Version {
        self.summary.version
    }
}

/// Which runs to list. The default lets all through; every field that is set narrows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only runs of these statuses; none named: of all.
    pub statuses: Vec<Status>,
    /// Only runs of this mission.
    pub mission: Option<String>,
    /// Only runs whose last wait this person may answer: they are named, or nobody is.
    pub assignee: Option<String>,
    /// Only runs whose last wait was asked at that time or before.
    pub asked_by: Option<Timestamp>,
    /// Only runs whose last wait has a deadline at that time or before.
    pub due_by: Option<Timestamp>,
    /// No more than that many.
    pub limit: Option<usize>,
}

impl Filter {
    /// Runs that wait for a person.
    pub fn waiting() -> Self {
        Self { statuses: vec![Status::Waiting], ..Self::default() }
    }

    /// Runs that wait, and whose deadline has passed by then.
    pub fn expired(now: Timestamp) -> Self {
        Self { due_by: Some(now), ..Self::waiting() }
    }

    /// Runs that a driver could resume.
    pub fn drivable() -> Self {
        Self { statuses: vec![Status::Running, Status::Decided], ..Self::default() }
    }

    /// Whether a run passes (the limit apart).
    pub fn admits(&self, summary: &RunSummary) -> bool {
        let of_wait = |admits: &dyn Fn(&crate::WaitSummary) -> bool| summary.wait.as_ref().is_some_and(admits);
        let by_status = self.statuses.is_empty() || self.statuses.contains(&summary.status);
        let by_mission = self.mission.as_ref().is_none_or(|mission| *mission == summary.mission);
        let by_assignee = self
            .assignee
            .as_ref()
            .is_none_or(|person| of_wait(&|wait| wait.assignees.is_empty() || wait.assignees.contains(person)));
        let by_age = self.asked_by.is_none_or(|time| of_wait(&|wait| wait.asked_at <= time));
        let by_deadline =
            self.due_by.is_none_or(|time| of_wait(&|wait| wait.deadline.is_some_and(|deadline| deadline <= time)));
        by_status && by_mission && by_assignee && by_age && by_deadline
    }
}
