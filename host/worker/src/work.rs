//! One piece of work, and one after the other.

use std::fmt;
use std::time::Duration;

use sortie_host::journal::{
    ClaimedRun, Clock, Driver, Journal, JournalError, RunError, RunId, RunSummary, Runs, Segment, Setback, Timestamp,
};
use sortie_host::{Host, HostError};

use crate::pace::Pace;
use crate::stop::Stop;

/// Works on the runs of a journal.
#[derive(Clone, Copy)]
pub struct Worker<'a> {
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
    driver: &'a dyn Driver,
    runs: Runs<'a>,
    pace: Pace,
}

/// What a worker did. It is in the journal, durably.
#[derive(Debug)]
#[non_exhaustive]
pub enum Work {
    /// It ended a wait whose deadline had passed. The run can be driven now.
    Expired {
        /// The run.
        run: RunId,
    },
    /// It drove a run to its next wait, or its end.
    Drove {
        /// The run.
        run: RunId,
        /// How far it came.
        segment: Segment,
    },
    /// A run was not driven; the setback says why, and when to try again.
    SetBack {
        /// The run.
        run: RunId,
        /// Why, and until when.
        setback: Setback,
    },
    /// Somebody else changed the run meanwhile: it was cancelled, say.
    Overtaken {
        /// The run.
        run: RunId,
    },
    /// The journal could not do what it was asked to. Nothing is lost; a worker that goes on tries again.
    Unavailable {
        /// Why.
        error: JournalError,
    },
}

impl fmt::Debug for Worker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("runs", &self.runs).field("pace", &self.pace).finish_non_exhaustive()
    }
}

impl<'a> Worker<'a> {
    /// A worker on these runs. Several threads can share one: of each run, one of them has the lease.
    #[must_use]
    pub fn new(host: &'a Host, journal: &'a dyn Journal, clock: &'a dyn Clock, driver: &'a dyn Driver) -> Self {
        Self { journal, clock, driver, runs: host.runs(journal, clock, driver), pace: Pace::default() }
    }

    /// The same at another pace.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The same, but a run may be resumed with a plugin that has changed since; its receipt says so.
    #[must_use]
    pub fn allowing_changed_plugins(self) -> Self {
        Self { runs: self.runs.allowing_changed_plugins(), ..self }
    }

    /// Does one piece of work; nothing, if there is none to do now.
    ///
    /// # Errors
    ///
    /// The journal failed. What failed of a single run is no error, but [`Work::SetBack`].
    pub fn work_once(&self) -> Result<Option<Work>, JournalError> {
        match self.expire()? {
            Some(expired) => Ok(Some(expired)),
            None => self.resume(),
        }
    }

    /// Works until it is told to stop, and tells what it did. While the journal is not available, it pauses and tries
    /// again.
    pub fn run(&self, stop: &Stop, on_work: &dyn Fn(&Work)) {
        let mut drivers = Look::every(self.pace.look);
        // One run after the other is resumed without a look at the deadlines in between: who is idle looks no more often.
        let mut deadlines = Look::every(self.pace.idle);
        while !stop.is_stopped() {
            let calls = stop.calls();
            let now = self.clock.now();
            let looked = if drivers.is_due(now) { self.free() } else { Ok(()) };
            let expired = looked.and_then(|()| if deadlines.is_due(now) { self.expire() } else { Ok(None) });
            match expired.and_then(|expired| match expired {
                Some(expired) => {
                    deadlines = Look::every(self.pace.idle);
                    Ok(Some(expired))
                }
                None => self.resume(),
            }) {
                Ok(Some(work)) => on_work(&work),
                Ok(None) => stop.pause(calls, self.pace.idle),
                Err(error) => {
                    on_work(&Work::Unavailable { error });
                    stop.pause(calls, self.pace.first_retry);
                }
            }
        }
    }

    /// Lets a run that was set aside, or set back to a later time, be claimed again.
    pub fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.journal.retry(run)
    }

    fn free(&self) -> Result<(), JournalError> {
        self.runs.free().map(drop).or_else(journal_error)
    }

    /// Ends the wait whose deadline passed first, if one has.
    fn expire(&self) -> Result<Option<Work>, JournalError> {
        let expired = self.runs.expire_next().or_else(|error| journal_error(error).map(|()| None))?;
        Ok(expired.map(|run| Work::Expired { run }))
    }

    /// Drives the next run that can be driven.
    fn resume(&self) -> Result<Option<Work>, JournalError> {
        let claimed = self.runs.claim_next().or_else(|error| journal_error(error).map(|()| None))?;
        claimed.map(|claimed| self.drive(&claimed)).transpose()
    }

    /// Drives a run that is claimed, and does what comes of it.
    fn drive(&self, claimed: &ClaimedRun) -> Result<Work, JournalError> {
        let run = claimed.summary.run.clone();
        let error = match self.runs.drive(claimed) {
            Ok(segment) => return Ok(Work::Drove { run, segment }),
            Err(error) => error,
        };
        let owner = self.driver.owner();
        match error {
            RunError::Journal(JournalError::Conflict { .. }) => {
                self.journal.release(&run, owner)?;
                Ok(Work::Overtaken { run })
            }
            RunError::Journal(error) if error.is_passing() => {
                // What failed is what is to be told; the lease runs out, if it cannot be ended now.
                let _ = self.journal.release(&run, owner);
                Err(error)
            }
            error => {
                let setback = self.setback(&claimed.summary, &error);
                self.journal.set_back(&run, owner, &setback)?;
                let (code, attempts) = (setback.code.as_str(), setback.attempts);
                let retry_at = setback.retry_at.map(tracing::field::display);
                tracing::warn!(run = %run, code, attempts, retry_at, "set back");
                Ok(Work::SetBack { run, setback })
            }
        }
    }

    /// What an error sets a run back by: a fault of the host passes, everything else stays until somebody does something.
    fn setback(&self, claimed: &RunSummary, error: &RunError) -> Setback {
        let attempts = claimed.setback.as_ref().map_or(0, |setback| setback.attempts).saturating_add(1);
        let retry_at: Option<Timestamp> = match error {
            RunError::Host(HostError::Fault(_)) => {
                self.pace.retry_after(attempts).map(|wait| self.clock.now().plus(wait))
            }
            // Another worker may have what is missing here: the run is left to it, however often that is.
            RunError::MissingPlugin { .. } | RunError::ChangedPlugin { .. } if self.journal.plugins().is_some() => {
                Some(self.clock.now().plus(self.pace.retry_after(attempts).unwrap_or(self.pace.longest_retry)))
            }
            _ => None,
        };
        Setback { code: error.code().to_owned(), reason: error.to_string(), attempts, retry_at }
    }
}

/// What is looked at now and then.
struct Look {
    every: Duration,
    last: Option<Timestamp>,
}

impl Look {
    fn every(every: Duration) -> Self {
        Self { every, last: None }
    }

    /// Whether it is time to, which is taken to be done then. A clock that jumps back makes it time.
    fn is_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.last.is_none_or(|last| now < last || last.plus(self.every) <= now);
        if is_due {
            self.last = Some(now);
        }
        is_due
    }
}

/// The journal's own error. Only the journal is asked where this is used; another error is a mistake of ours.
fn journal_error(error: RunError) -> Result<(), JournalError> {
    match error {
        RunError::Journal(JournalError::Conflict { .. } | JournalError::UnknownRun { .. }) => Ok(()),
        RunError::Journal(error) => Err(error),
        other => Err(JournalError::Unexpected { detail: other.to_string() }),
    }
}

impl Work {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::Drove { segment: Segment::Asked(_), .. } => "waiting",
            Self::Drove { segment: Segment::Done(completed), .. } if completed.result.success => "done",
            Self::Drove { segment: Segment::Done(_), .. } => "failed",
            Self::SetBack { setback, .. } if setback.retry_at.is_none() => "set_aside",
            Self::SetBack { .. } => "set_back",
            Self::Overtaken { .. } => "overtaken",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// The run that it is about, if it is about one.
    #[must_use]
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Expired { run } | Self::Drove { run, .. } | Self::SetBack { run, .. } | Self::Overtaken { run } => {
                Some(run)
            }
            Self::Unavailable { .. } => None,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { run } => write!(f, "run {run}: the time to answer is over"),
            Self::Drove { run, segment: Segment::Asked(asked) } => {
                let step = &asked.waiting.question.step;
                let assignees = &step.assignees;
                let whom = if assignees.is_empty() { "anybody".to_owned() } else { assignees.join(", ") };
                write!(f, "run {run}: waits for {whom} at `{}`: {}", step.id, step.description)
            }
            Self::Drove { run, segment: Segment::Done(completed) } => match &completed.result.error_message {
                Some(message) => write!(f, "run {run}: failed: {message}"),
                None => write!(f, "run {run}: done, result {}", completed.result.receipt.result_hash),
            },
            Self::SetBack { run, setback: Setback { reason, retry_at: Some(time), attempts, .. } } => {
                write!(f, "run {run}: attempt {attempts} failed, to be tried again at {time}: {reason}")
            }
            Self::SetBack { run, setback: Setback { reason, .. } } => write!(f, "run {run}: set aside: {reason}"),
            Self::Overtaken { run } => write!(f, "run {run}: changed by somebody else"),
            Self::Unavailable { error } => write!(f, "{error}"),
        }
    }
}
