//! What waits in a journal: listing, showing, answering and cancelling need neither plugins nor a host.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use sortie_engine::{HumanStep, Next};
use sortie_journal::wait::{CancelOutcome, DecideOutcome, NewAnswer, Resolution, WaitRecord, Waits, waits};
use sortie_journal::{
    Actor, Clock, DecisionRecord, Filter, Journal, RunId, RunRecord, RunSummary, Status, Timestamp, Wait,
};

use super::RunError;
use super::error::check_remark;
use super::fold::fold;
use crate::decision::{DecisionError, check_decision};
use crate::humans::Question;
use crate::recording::{RecordedEnd, Recording};
use crate::session::FinishedRun;

/// What waits in a journal.
///
/// ```
/// use serde_json::json;
/// use sortie_host::journal::{Inbox, MemoryJournal, Owner, SystemClock};
/// use sortie_host::{ExecutionContext, Host, WorkflowDefinition};
///
/// # let host = Host::builder().first_party().build()?;
/// let journal = MemoryJournal::new();
/// # let step = json!({"id": "approve", "kind": "human", "payload": {"description": "Ship it?"}});
/// # let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [step]}))?;
/// # let driver = Owner::new("worker 1");
/// # let runs = host.runs(&journal, &SystemClock, &driver);
/// # runs.start(host.draft(workflow), &ExecutionContext::new(json!({}))?, &Default::default())?;
/// // A run of this journal has asked a person.
/// let inbox = Inbox::new(&journal, &SystemClock);
/// let run = &inbox.pending()?[0].run;
/// assert_eq!(inbox.show(run)?.question.unwrap().step.description, "Ship it?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Inbox<'a> {
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
}

/// All there is to show of a run.
#[derive(Debug, Clone)]
pub struct InboxEntry {
    /// Its events.
    pub record: RunRecord,
    /// What it waits for, if it does.
    pub question: Option<Question>,
    /// Its result, if it has one.
    pub completed: Option<FinishedRun>,
}

impl fmt::Debug for Inbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl<'a> Inbox<'a> {
    /// What waits in that journal, by that clock.
    #[must_use]
    pub fn new(journal: &'a dyn Journal, clock: &'a dyn Clock) -> Self {
        Self { journal, clock }
    }

    /// Where the runs are kept.
    pub(super) fn journal(&self) -> &'a dyn Journal {
        self.journal
    }

    /// The time.
    pub(super) fn clock(&self) -> &'a dyn Clock {
        self.clock
    }

    /// The runs that a filter lets through, oldest first.
    ///
    /// # Errors
    ///
    /// It is an error if the journal cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, RunError> {
        Ok(self.journal.list(filter)?)
    }

    /// The runs that wait for a person, oldest first; a deadline may have passed.
    ///
    /// # Errors
    ///
    /// It is an error if the journal cannot be read.
    pub fn pending(&self) -> Result<Vec<RunSummary>, RunError> {
        self.list(&Filter::waiting())
    }

    /// The runs that can be resumed, oldest first: answered, expired or interrupted.
    ///
    /// # Errors
    ///
    /// It is an error if the journal cannot be read.
    pub fn resumable(&self) -> Result<Vec<RunSummary>, RunError> {
        let mut runs = self.list(&Filter::drivable())?;
        runs.extend(self.list(&Filter::expired(self.clock.now()))?);
        runs.sort_by(|one, other| (one.created_at, &one.run).cmp(&(other.created_at, &other.run)));
        Ok(runs)
    }

    /// All there is to show of a run.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such run, or if the journal cannot be read.
    pub fn show(&self, run: &RunId) -> Result<InboxEntry, RunError> {
        let mut record = self.journal.read(run)?;
        let folded = fold(&record)?;
        let status = record.summary.status;
        if let Some(driving) = self.journal.engine().filter(|_| status.is_drivable()) {
            record.summary.setback = driving.setback(run)?;
        }
        let (question, completed) = match folded.run.next() {
            Next::Ask(step) if status == Status::Waiting => (Some(Question::of(step, &folded.run)), None),
            Next::Done(_) if status.is_final() && status != Status::Cancelled => {
                (None, Some(folded.finished(&record)?))
            }
            Next::Ask(_) | Next::Done(_) | Next::Call(_) => (None, None),
        };
        Ok(InboxEntry { record, question, completed })
    }

    /// What was recorded of a run that is finished or waits for a person; none of one that was cancelled, or that has to be
    /// resumed first.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such run, or if the journal cannot be read.
    pub fn recording(&self, run: &RunId) -> Result<Option<Recording>, RunError> {
        let record = self.journal.read(run)?;
        let folded = fold(&record)?;
        let end = match folded.run.next() {
            _ if record.summary.status == Status::Cancelled => return Ok(None),
            Next::Call(_) => return Ok(None),
            Next::Ask(step) => RecordedEnd::Waiting(Box::new(Question::of(step, &folded.run))),
            Next::Done(result) => RecordedEnd::Done(result),
        };
        Ok(Some(folded.into_recording(end)))
    }

    /// Answers a wait; the run is not driven. The answer has to fit its step; what would follow from it takes plugins to
    /// know, and [`Runs::decide`](super::Runs::decide) to check.
    pub fn decide(&self, answer: &NewAnswer<'_>) -> Result<DecideOutcome, RunError> {
        if let Some(engine) = self.journal.engine() {
            return Ok(engine.decide(answer)?);
        }
        check_remark("comment", answer.comment.unwrap_or_default())?;
        Ok(Waits::new(self.journal, self.clock).decide(answer, &|wait, value| fits(wait, value))?)
    }

    /// Ends a run that has not ended yet.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such run, if it has ended, or if the journal cannot be written.
    pub fn cancel(&self, run: &RunId, reason: &str, actor: &Actor) -> Result<CancelOutcome, RunError> {
        if let Some(driving) = self.journal.engine() {
            return self.cancel_on(driving, run, reason, actor);
        }
        check_remark("reason", reason)?;
        Ok(Waits::new(self.journal, self.clock).cancel(run, reason, actor)?)
    }
}

impl InboxEntry {
    /// The waits of the run, and what became of each.
    #[must_use]
    pub fn waits(&self) -> Vec<WaitRecord<'_>> {
        waits(&self.record)
    }

    /// Who agrees to which answer so far, where the question that waits takes several people.
    #[must_use]
    pub fn approvals(&self) -> Vec<(&DecisionRecord, Timestamp)> {
        let open = self.waits().pop().filter(|wait| wait.resolution == Resolution::Open);
        open.map(|wait| wait.approvals).unwrap_or_default()
    }
}

/// Whether a decision fits its step, which the wait's details are.
pub(super) fn fits(wait: &Wait, value: &Value) -> Result<(), DecisionError> {
    let unreadable =
        |error: serde_json::Error| DecisionError::InvalidSchema { step: wait.step.clone(), message: error.to_string() };
    let step = HumanStep::deserialize(&wait.details).map_err(unreadable)?;
    check_decision(&step, value)
}
