//! Claiming the right to drive a run, and who does.

use std::time::Duration;

use crate::{Lease, Owner, RunSummary, Status, Timestamp};

/// Who drives runs, and what they know of others who do.
pub trait Driver: Send + Sync {
    /// Under which name they claim.
    fn owner(&self) -> &Owner;

    /// Whether another driver is known to be gone for good, so that its lease can be ended before it runs out.
    fn is_gone(&self, other: &Owner) -> bool;
}

/// A driver that knows nothing of others: their leases have to run out.
impl Driver for Owner {
    fn owner(&self) -> &Owner {
        self
    }

    fn is_gone(&self, _: &Owner) -> bool {
        false
    }
}

/// The answer to a claim. Closed: a store gives no other answer.
///
/// ```
/// use std::time::Duration;
///
/// use sortie_journal::{Claim, Clock, Event, Journal, MemoryJournal, NewRun, Owner, Start, SystemClock};
///
/// let journal = MemoryJournal::new();
/// let start = Start { mission: "release".to_owned(), by: None, body: serde_json::json!({}) };
/// let new =
///     NewRun { run: "release-7".parse()?, at: SystemClock.now(), events: vec![Event::Started(start)], lease: None };
/// journal.create(&new)?;
///
/// let (one, other, hour) = (Owner::new("one"), Owner::new("other"), Duration::from_secs(3600));
/// assert!(matches!(journal.claim(&new.run, &one, hour)?, Claim::Granted(_)));
/// assert!(matches!(journal.claim(&new.run, &other, hour)?, Claim::Held(lease) if lease.owner == one));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The claimant drives the run from here. The summary is as of the claim; its lease is the claimant's.
    Granted(Box<RunSummary>),
    /// Somebody else drives it.
    Held(Lease),
    /// There is nothing to drive: the run waits for a person, or has ended.
    Idle(Status),
}

/// Whether nobody has a lease at that time, and no setback is in the way.
pub(crate) fn is_claimable(summary: &RunSummary, now: Timestamp) -> bool {
    let is_free = summary.lease.as_ref().is_none_or(|lease| lease.until <= now);
    let is_due = match &summary.setback {
        None => true,
        Some(setback) => setback.retry_at.is_some_and(|time| time <= now),
    };
    summary.status.is_drivable() && is_free && is_due
}

impl Claim {
    /// What a claim comes to: a pure function, so that all stores agree.
    pub fn judge(mut summary: RunSummary, owner: &Owner, now: Timestamp, ttl: Duration) -> Self {
        if !summary.status.is_drivable() {
            return Self::Idle(summary.status);
        }
        match summary.lease.take() {
            Some(lease) if lease.owner != *owner && now < lease.until => Self::Held(lease),
            Some(_) | None => {
                summary.lease = Some(Lease { owner: owner.clone(), until: now.plus(ttl) });
                Self::Granted(Box::new(summary))
            }
        }
    }
}
