//! Expiring: a wait whose deadline has passed goes on as its step says.

use super::Verdict;
use super::history::{Resolution, waits};
use crate::{Event, Expiry, ExpiryAction, JournalError, RunRecord, Status, Timestamp};

/// What an attempt to expire a wait came to. A closed set: it has ended, it goes on, or it was over before.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpireOutcome {
    /// The wait has ended now.
    Now {
        /// What comes of it.
        outcome: ExpiryAction,
        /// When it was recorded.
        at: Timestamp,
    },
    /// It waits on.
    NotDue {
        /// Until then, or for ever.
        deadline: Option<Timestamp>,
    },
    /// The run does not wait: it was answered, say, or somebody else was faster.
    NotWaiting(Status),
}

pub(super) fn judge(record: &RunRecord, at: Timestamp) -> Verdict<ExpireOutcome, JournalError> {
    let waits = waits(record);
    let Some(open) = waits.last().filter(|wait| wait.resolution == Resolution::Open) else {
        return Verdict::Say(Ok(ExpireOutcome::NotWaiting(record.summary.status)));
    };
    match open.wait.deadline {
        Some(deadline) if deadline <= at => {
            let (step, outcome) = (open.wait.step.clone(), open.wait.on_expiry.clone());
            let expiry = Expiry { step, outcome: outcome.clone() };
            Verdict::Write(vec![Event::Expired(expiry)], Ok(ExpireOutcome::Now { outcome, at }))
        }
        deadline => Verdict::Say(Ok(ExpireOutcome::NotDue { deadline })),
    }
}
