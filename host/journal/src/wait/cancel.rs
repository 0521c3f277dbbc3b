//! Cancelling: ending a run before it has a result.

use super::Verdict;
use crate::answer::CancelOutcome;
use crate::{Actor, Cancellation, Event, JournalError, RunId, RunRecord, Status, Timestamp};

/// Why a run was not cancelled. A closed set with stable codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelError {
    /// It has a result.
    #[error("run `{run}` has ended already: it is {status}")]
    Ended {
        /// The run.
        run: RunId,
        /// How it ended.
        status: Status,
    },
    /// The journal failed, or has no such run.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl CancelError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ended { .. } => "already_ended",
            Self::Journal(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Ended { .. } => "nothing is left to cancel",
            Self::Journal(error) => error.help(),
        }
    }
}

pub(super) fn judge(
    record: &RunRecord,
    reason: &str,
    actor: &Actor,
    at: Timestamp,
) -> Verdict<CancelOutcome, CancelError> {
    let status = record.summary.status;
    let ended = || Verdict::Say(Err(CancelError::Ended { run: record.summary.run.clone(), status }));
    match status {
        Status::Running | Status::Waiting | Status::Decided => {
            let cancellation = Cancellation { reason: reason.to_owned(), actor: actor.clone() };
            Verdict::Write(vec![Event::Cancelled(cancellation)], Ok(CancelOutcome::Now { at }))
        }
        Status::Cancelled => {
            record.events.iter().rev().find_map(already).map_or_else(ended, |found| Verdict::Say(Ok(found)))
        }
        Status::Done | Status::Failed => ended(),
    }
}

fn already(recorded: &crate::EventRecord) -> Option<CancelOutcome> {
    match &recorded.event {
        Event::Cancelled(Cancellation { reason, actor }) => {
            Some(CancelOutcome::Already { by: actor.clone(), at: recorded.at, reason: reason.clone() })
        }
        Event::Started(_)
        | Event::Engine(_)
        | Event::Asked(_)
        | Event::Approved(_)
        | Event::Decided(_)
        | Event::Expired(_)
        | Event::Note(_)
        | Event::Finished(_) => None,
    }
}
