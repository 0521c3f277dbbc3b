//! What waiting for a person means: pure logic over any [`Journal`].
//!
//! A question is answered once. The same answer again is fine and says so, a different one is a conflict, and of
//! an answer, an expiry and a cancellation that race one wins, durably: each is one compare-and-set on the version of
//! the run that it judged, and who loses reads the run again and is told what stands.
//!
//! Time is taken from a [`Clock`] once for each call, and never counts as earlier than what the run has recorded
//! already: a clock that jumps back revives no deadline.

mod cancel;
mod decide;
mod expire;
mod history;
mod question;

pub use cancel::CancelError;
pub use decide::{AnswerMismatch, DecideError, DecidedWait, Deliberation, Validator};
pub use expire::ExpireOutcome;
pub use history::{Resolution, WaitRecord, waits};
pub use question::{Expires, NewWait, WaitRequest};

use std::fmt;
use std::time::Duration;

pub use crate::answer::{Authority, CancelOutcome, DecideOutcome, NewAnswer, Which};
use crate::{
    Claim, Clock, Event, Journal, JournalError, Owner, RunId, RunRecord, RunSummary, Status, Timestamp, settle,
};

/// How often a call reads the run again because others resumed it. Each time somebody else made progress.
const ATTEMPTS: usize = 100;

/// Waits in a journal, by a clock.
#[derive(Clone, Copy)]
pub struct Waits<'a> {
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
}

impl fmt::Debug for Waits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waits").finish_non_exhaustive()
    }
}

/// What a judgement of a run comes to.
enum Verdict<T, E> {
    /// The answer, with nothing to write.
    Say(Result<T, E>),
    /// The answer, if these events can be written behind what was judged.
    Write(Vec<Event>, Result<T, E>),
}

impl<'a> Waits<'a> {
    /// Waits in that journal, by that clock.
    pub fn new(journal: &'a dyn Journal, clock: &'a dyn Clock) -> Self {
        Self { journal, clock }
    }

    /// Adds the events that led to a question, and the question, in one write. `run` is the run as the caller
    /// last knew it. The token in the answer is not to be had again.
    pub fn ask(&self, run: &RunSummary, before: Vec<Event>, question: WaitRequest) -> Result<NewWait, JournalError> {
        let at = self.clock.now().max(run.updated_at);
        let (wait, token) = question.ask(at)?;
        let mut events = before;
        events.push(Event::Asked(wait));
        let summary = settle::append(self.journal, &run.run, run.version, at, &events)?;
        Ok(NewWait { summary, token })
    }

    /// Answers a wait. The validator is asked only if the answer would otherwise be accepted.
    pub fn decide<R>(
        &self,
        answer: &NewAnswer<'_>,
        validator: &Validator<'_, R>,
    ) -> Result<DecideOutcome, DecideError<R>> {
        Ok(self.decide_and_go_on(answer, validator)?.outcome)
    }

    /// The same, and what the host makes of the answer is written with it, in one commit. The host is asked only if the
    /// answer would otherwise be accepted.
    pub fn decide_and_go_on<D: Deliberation + ?Sized>(
        &self,
        answer: &NewAnswer<'_>,
        host: &D,
    ) -> Result<DecidedWait<D::Continuation>, DecideError<D::Refusal>> {
        let decided = self.judge(answer.run, |record, at| decide::judge(record, answer, host, at));
        let ((outcome, continuation), summary) = decided.map_err(|error| match error {
            DecideError::Journal(JournalError::UnknownRun { run }) => DecideError::UnknownWait { run },
            other => other,
        })?;
        Ok(DecidedWait { outcome, continuation: continuation.zip(summary) })
    }

    /// Ends a wait whose deadline has passed.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such run, or if the journal fails.
    pub fn expire(&self, run: &RunId) -> Result<ExpireOutcome, JournalError> {
        Ok(self.judge(run, expire::judge)?.0)
    }

    /// Ends a run that has not ended yet.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such run, if it has ended, or if the journal fails.
    pub fn cancel(&self, run: &RunId, reason: &str, actor: &crate::Actor) -> Result<CancelOutcome, CancelError> {
        Ok(self.judge(run, |record, at| cancel::judge(record, reason, actor, at))?.0)
    }

    /// Claims the right to drive a run; ends its wait first, should the deadline have passed.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such run, or if the journal fails.
    pub fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        let claim = self.journal.claim(run, owner, ttl)?;
        match (&claim, self.has_expired(&claim, run)?) {
            (Claim::Idle(_), true) => self.journal.claim(run, owner, ttl),
            (Claim::Granted(_) | Claim::Held(_) | Claim::Idle(_), _) => Ok(claim),
        }
    }

    /// Whether an idle run is idle no longer, as its wait has expired.
    fn has_expired(&self, claim: &Claim, run: &RunId) -> Result<bool, JournalError> {
        match claim {
            Claim::Idle(Status::Waiting) => match self.expire(run)? {
                ExpireOutcome::Now { .. } => Ok(true),
                ExpireOutcome::NotWaiting(status) => Ok(status.is_drivable()),
                ExpireOutcome::NotDue { .. } => Ok(false),
            },
            Claim::Granted(_) | Claim::Held(_) | Claim::Idle(_) => Ok(false),
        }
    }

    /// Judges a run as it is, and writes what comes of it if the run is still so; else judges again. Where something was
    /// written, the run as it is then comes with the answer.
    fn judge<T, E: From<JournalError>>(
        &self,
        run: &RunId,
        judge: impl Fn(&RunRecord, Timestamp) -> Verdict<T, E>,
    ) -> Result<(T, Option<RunSummary>), E> {
        let now = self.clock.now();
        let mut attempts = ATTEMPTS;
        loop {
            let record = self.journal.read(run)?;
            let at = now.max(record.summary.updated_at);
            let (events, answer) = match judge(&record, at) {
                Verdict::Say(answer) => return answer.map(|answer| (answer, None)),
                Verdict::Write(events, answer) => (events, answer),
            };
            match settle::append(self.journal, run, record.version(), at, &events) {
                Ok(summary) => return answer.map(|answer| (answer, Some(summary))),
                Err(JournalError::Conflict { .. }) if attempts > 0 => attempts -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
