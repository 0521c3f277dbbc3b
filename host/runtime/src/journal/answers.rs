//! Answering a wait: an answer is tried out before it is taken, and what was tried out need not be done again.

use serde_json::Value;
use sortie_journal::wait::{DecideOutcome, DecidedWait, Deliberation, NewAnswer};
use sortie_journal::{Event, RunRecord, RunSummary, Timestamp, Wait};
use tracing::{Span, info};

use super::error::check_remark;
use super::fold::fold;
use super::inbox::fits;
use super::runs::Runs;
use super::segment::{End, Segment, called, drive_on, end, run_span};
use super::{DecideError, RunError};
use crate::decision::DecisionError;
use crate::error::HostError;
use crate::session::{Progress, Session};

/// A run that was answered.
#[derive(Debug)]
pub struct AnsweredRun {
    /// How the answer was taken.
    pub outcome: DecideOutcome,
    /// How far the run came with it, and the run as it is then. Nothing, where the answer was kept alone:
    /// [`resume`](Runs::resume) drives the run then.
    pub followed: Option<(Segment, Box<RunSummary>)>,
}

impl Runs<'_> {
    /// Answers a wait; the run is not driven. The answer has to fit its step, and something else than a failure has to
    /// follow from it: that is tried out, up to the next wait, and an answer that could only fail is refused and can be
    /// given again. Where it cannot be tried out here, as a plugin is not registered or another one, it is accepted.
    pub fn decide(&self, answer: &NewAnswer<'_>) -> Result<DecideOutcome, RunError> {
        if let Some(driving) = self.journal().engine() {
            return self.decide_on(driving, answer);
        }
        let _span = run_span(answer.run, None).entered();
        Ok(self.judged(answer, false)?.outcome)
    }

    /// The same, and drives the run to its next wait, or its end: what was tried out is what happens, and one commit has both.
    /// The answer is kept alone where it cannot be tried out here, where more people have to agree, and where an engine drives
    /// the runs.
    pub fn answer(&self, answer: &NewAnswer<'_>) -> Result<AnsweredRun, RunError> {
        if let Some(driving) = self.journal().engine() {
            return Ok(AnsweredRun { outcome: self.decide_on(driving, answer)?, followed: None });
        }
        let _span = run_span(answer.run, None).entered();
        let DecidedWait { outcome, continuation } = self.judged(answer, true)?;
        let followed =
            continuation.map(|((end, session), summary)| (end.kept(summary.clone(), &session), Box::new(summary)));
        Ok(AnsweredRun { outcome, followed })
    }

    fn judged(&self, answer: &NewAnswer<'_>, goes_on: bool) -> Result<DecidedWait<(End, Session)>, RunError> {
        check_remark("comment", answer.comment.unwrap_or_default())?;
        let decided = self.waits().decide_and_go_on(answer, &DryRun { runs: self, goes_on });
        let code = decided.as_ref().map_or_else(DecideError::code, |decided| decided.outcome.code());
        info!(run = %answer.run, actor = answer.actor.as_str(), code, "decision");
        Ok(decided?)
    }
}

/// Tries answers out.
struct DryRun<'r> {
    runs: &'r Runs<'r>,
    /// Whether the run continues from what was tried out.
    goes_on: bool,
}

/// What an answer leads to, up to the next wait or the end.
struct Trial {
    session: Session,
    progress: Progress,
    /// The calls on the way there.
    events: Vec<Event>,
    /// The answers that were at hand from the beginning, by step id.
    answers: std::collections::BTreeMap<String, Value>,
}

impl DryRun<'_> {
    /// Nothing, where the answer cannot be tried out here.
    fn tried(&self, record: &RunRecord, value: &Value) -> Result<Option<Trial>, DecisionError> {
        let Ok(mut folded) = fold(record) else { return Ok(None) };
        let mut remarks = Vec::new();
        let Ok(session) = self.runs.session(&record.summary.run, &mut folded, &mut remarks) else { return Ok(None) };
        let mut events = Vec::new();
        match session.ahead_with(value, &mut |report| called(report, &mut events)) {
            // A run whose plugins have changed is resumed by who writes that down.
            Ok((session, progress)) if remarks.is_empty() => {
                Ok(Some(Trial { session, progress, events, answers: folded.beginning.answers }))
            }
            Err(HostError::Decision(refusal @ DecisionError::Refused { .. })) => Err(refusal),
            Ok(_) | Err(_) => Ok(None),
        }
    }
}

impl Deliberation for DryRun<'_> {
    type Refusal = DecisionError;
    type Trial = Option<Trial>;
    type Continuation = (End, Session);

    fn consider(&self, record: &RunRecord, wait: &Wait, value: &Value) -> Result<Option<Trial>, DecisionError> {
        Span::current().record("mission", record.summary.mission.as_str());
        fits(wait, value)?;
        self.tried(record, value)
    }

    /// What cannot be driven to its end now, a fault of the host say, whoever claims the run drives.
    fn go_on(
        &self,
        record: &RunRecord,
        trial: Option<Trial>,
        (at, decided): (Timestamp, &Event),
    ) -> Option<(Vec<Event>, (End, Session))> {
        let Trial { mut session, progress, mut events, answers } = trial.filter(|_| self.goes_on)?;
        let progress = drive_on(&mut session, progress, &answers, &mut events).ok()?;
        let before = record.events.iter().map(|recorded| (recorded.at, &recorded.event));
        let before: Vec<_> = before.chain([(at, decided)]).collect();
        let end = end(progress, at, &before, &mut events).ok()?;
        Some((events, (end, session)))
    }
}
