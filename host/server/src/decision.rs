//! Decisions: what each leads to, and making one.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sortie_attestation::UnsignedDecision;
use sortie_host::journal::{
    Actor, AnsweredRun, Authority, DecideOutcome, NewAnswer, ResumeOutcome, RunError, RunId, RunSummary, Runs, Segment,
    Signature, Timestamp, Which,
};
use sortie_host::json::ContentHash;
use sortie_host::{Preview, offered_answers};

use crate::codes;
use crate::deployment::Deployment;
use crate::problem::Problem;

/// How long who decided waits for a worker that drives the run.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long until it is looked again.
const LOOK: Duration = Duration::from_millis(20);

/// What follows from an answer, or why nothing can be said of it.
pub(crate) type Lookahead = Result<Preview, Problem>;

/// What each answer that a step offers leads to, and what follows if nobody answers.
#[derive(Debug, Default)]
pub(crate) struct Outlooks {
    pub(crate) offered: Vec<(Value, Lookahead)>,
    pub(crate) unanswered: Option<Lookahead>,
    /// Why there are none.
    pub(crate) unavailable: Option<Problem>,
}

impl Outlooks {
    /// Looks ahead: calls plugins, and changes nothing.
    pub(crate) fn of(runs: &Runs<'_>, run: &RunId) -> Self {
        let session = match runs.waiting(run) {
            Ok(Some(session)) => session,
            Ok(None) => return Self::default(),
            Err(error) => return Self { unavailable: Some(error.into()), ..Self::default() },
        };
        let Some(question) = session.question() else { return Self::default() };
        let offered = offered_answers(&question.step).into_iter();
        Self {
            offered: offered.map(|answer| (answer.clone(), session.preview(&answer).map_err(Problem::from))).collect(),
            unanswered: session.preview_of_expiry().map_err(Problem::from).transpose(),
            unavailable: None,
        }
    }
}

/// What an answer leads to.
pub(crate) fn preview(deployment: &Deployment, run: &RunId, value: &Value) -> Lookahead {
    let session = deployment.runs().waiting(run)?;
    let session = session.ok_or_else(|| Problem::new(codes::NOT_ASKED, "the run is not waiting for an answer"))?;
    Ok(session.preview(value)?)
}

/// A decision that is to be made.
pub(crate) struct Decision {
    pub(crate) run: RunId,
    pub(crate) step: String,
    pub(crate) value: Value,
    pub(crate) actor: Actor,
    pub(crate) comment: Option<String>,
    /// The hash of the question that was looked at: a decision on another one is refused.
    pub(crate) question: Option<ContentHash>,
    /// What proves that the person decided so, if they signed.
    pub(crate) signature: Option<Signature>,
}

/// A decision that a person is asked to sign.
pub(crate) struct UnsignedDraft {
    pub(crate) decision: Decision,
    /// When they were asked.
    pub(crate) at: Timestamp,
}

impl UnsignedDraft {
    /// What is signed of it; nothing, if it is not known which question it answers.
    pub(crate) fn unsigned(&self) -> Option<UnsignedDecision<'_>> {
        let Decision { run, step, value, actor, comment, question, .. } = &self.decision;
        let (question, comment) = ((*question)?, comment.as_deref());
        Some(UnsignedDecision { run, step, question, value, actor, comment })
    }
}

/// The hash of a question, as a form or a program gives it back.
pub(crate) fn question_hash(digits: &str) -> Result<ContentHash, Problem> {
    digits.parse().map_err(|_| Problem::invalid("the question's hash should have 64 lower-case hexadecimal digits"))
}

/// A decision that was made.
pub(crate) struct DecisionRecord {
    pub(crate) decided: DecideOutcome,
    /// The fuel of the result, if the run has ended.
    pub(crate) fuel: Option<u64>,
    /// The run as it is then.
    pub(crate) summary: RunSummary,
}

impl Decision {
    /// Makes it, and drives the run on. That it was made stands, whatever comes of driving: some driver does that later.
    pub(crate) fn make(&self, deployment: &Deployment) -> Result<DecisionRecord, RunError> {
        let runs = deployment.runs();
        let AnsweredRun { outcome: decided, followed } = runs.answer(&NewAnswer {
            run: &self.run,
            authority: Authority::Owner(Which::Step(&self.step)),
            value: &self.value,
            actor: &self.actor,
            comment: self.comment.as_deref(),
            question: self.question,
            signature: self.signature.as_ref(),
        })?;
        if let Some((segment, summary)) = followed {
            return Ok(DecisionRecord { decided, fuel: fuel(&segment), summary: *summary });
        }
        let fuel = match &decided {
            DecideOutcome::Accepted { .. } => drive(&runs, &self.run),
            DecideOutcome::Approved { .. } | DecideOutcome::Already { .. } => None,
        };
        Ok(DecisionRecord { decided, fuel, summary: deployment.journal.read(&self.run)?.summary })
    }
}

/// The fuel of the result that a segment ended with.
fn fuel(segment: &Segment) -> Option<u64> {
    match segment {
        Segment::Done(completed) => Some(completed.result.receipt.fuel),
        Segment::Asked(_) => None,
    }
}

/// Drives a run that was decided; gives the fuel of its result, if it is this driver that brought it to its end. What cannot
/// be done now, a worker does.
fn drive(runs: &Runs<'_>, run: &RunId) -> Option<u64> {
    let until = Instant::now() + PATIENCE;
    loop {
        match runs.resume(run) {
            Ok(ResumeOutcome::Drove(segment)) => return fuel(&segment),
            // A worker was faster: who decided would see what came of it all the same.
            Ok(ResumeOutcome::Held(_)) if Instant::now() < until => thread::sleep(LOOK),
            Ok(_) | Err(_) => return None,
        }
    }
}
