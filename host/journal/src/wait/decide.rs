//! Deciding: a closed set of outcomes, each with its code.

use serde_json::Value;
use sortie_json::{self as json, ContentHash, UserError};

use super::Verdict;
use super::history::{Resolution, WaitRecord, waits};
use crate::answer::{Authority, DecideOutcome, NewAnswer, Which};
use crate::summary::is_asked;
use crate::{
    Actor, Approval, DecisionRecord, Event, Expiry, JournalError, RunId, RunRecord, RunSummary, Timestamp, Via, Wait,
};

/// Checks a decision against what its wait says (the schema, the choices), and against what would follow from it. What
/// it refuses with, the host knows.
pub type Validator<'v, R = AnswerMismatch> = dyn Fn(&Wait, &Value) -> Result<(), R> + 'v;

/// What a host makes of an answer: whether it takes it, and how the run goes on from it. A [`Validator`] is one that leaves the
/// run where the answer is.
pub trait Deliberation {
    /// Why an answer is sent back to the person.
    type Refusal;
    /// What is known of an answer once it was tried out.
    type Trial;
    /// How the run went on.
    type Continuation;

    /// Tries an answer out, on the run as it is.
    fn consider(&self, record: &RunRecord, wait: &Wait, value: &Value) -> Result<Self::Trial, Self::Refusal>;

    /// The events that follow from an answer that stands: they are written behind the decision, in the same commit. Nothing, if
    /// the decision is to be written alone, and the run to be driven on by whoever claims it.
    fn go_on(
        &self,
        record: &RunRecord,
        trial: Self::Trial,
        decided: (Timestamp, &Event),
    ) -> Option<(Vec<Event>, Self::Continuation)>;
}

impl<R> Deliberation for Validator<'_, R> {
    type Refusal = R;
    type Trial = ();
    type Continuation = ();

    fn consider(&self, _: &RunRecord, wait: &Wait, value: &Value) -> Result<(), R> {
        self(wait, value)
    }

    fn go_on(&self, _: &RunRecord, (): (), _: (Timestamp, &Event)) -> Option<(Vec<Event>, ())> {
        None
    }
}

/// How an answer was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct DecidedWait<C> {
    /// What it is told.
    pub outcome: DecideOutcome,
    /// How the run went on, and the run as it is then: if that was written with the answer.
    pub continuation: Option<(C, RunSummary)>,
}

/// Why a decision does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer does not fit{place}: {reason}", place = place_of(field))]
pub struct AnswerMismatch {
    /// The JSON Pointer (RFC 6901) of what does not fit; empty for the decision as a whole.
    pub field: String,
    /// What was expected.
    pub reason: String,
}

/// Why a decision was not accepted, a closed set. `R` is why the host sends one back to the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError<R = AnswerMismatch> {
    /// Another decision stands.
    #[error("another decision stands, made by {by} at {at}")]
    Conflict {
        /// Who made it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// There is no such run, or it has no such wait.
    #[error("run `{run}` never asked at this step")]
    UnknownWait {
        /// The run.
        run: RunId,
    },
    /// The deadline has passed.
    #[error("the wait has expired: its deadline was {deadline}")]
    Expired {
        /// The deadline.
        deadline: Timestamp,
    },
    /// The run was cancelled.
    #[error("the run was cancelled by {by} at {at}: {reason}")]
    Cancelled {
        /// By whom.
        by: Actor,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// The person was shown another question than the one that waits.
    #[error("this answers a question other than the one that run `{run}` asks")]
    OtherQuestion {
        /// The run.
        run: RunId,
    },
    /// Somebody else is asked.
    #[error("{actor} is not asked: the assignees are {assignees}", assignees = assignees.join(", "))]
    NotAssignee {
        /// Who would decide.
        actor: Actor,
        /// Who may.
        assignees: Vec<String>,
    },
    /// The person started the run, or nobody knows who did, and the question is for others.
    #[error("{actor} may not answer: the question is for others than the one who started the run{unknown}", unknown = unknown(*.is_known))]
    IsStarter {
        /// Who would decide.
        actor: Actor,
        /// Whether it is known who started the run.
        is_known: bool,
    },
    /// The decision is not I-JSON, and could not be kept.
    #[error(transparent)]
    NotIJson(AnswerMismatch),
    /// The host sends it back: it does not fit its step, say. The run still waits.
    #[error(transparent)]
    Refused(R),
    /// The token is of no wait of this run.
    #[error("the token does not belong to a wait of run `{run}`")]
    WrongToken {
        /// The run.
        run: RunId,
    },
    /// The journal failed; nothing is known to be decided.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl<R: UserError> DecideError<R> {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "conflict",
            Self::UnknownWait { .. } => "unknown_wait",
            Self::OtherQuestion { .. } => "other_question",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
            Self::NotAssignee { .. } => "not_assignee",
            Self::IsStarter { .. } => "is_starter",
            Self::NotIJson(_) => "schema_mismatch",
            Self::Refused(refusal) => UserError::code(refusal).as_str(),
            Self::WrongToken { .. } => "wrong_token",
            Self::Journal(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        let help = match self {
            Self::Conflict { .. } => "a decision is final",
            Self::UnknownWait { .. } => "list the waiting runs of this journal, or name another journal",
            Self::OtherQuestion { .. } => "look at the current question, and decide again",
            Self::Expired { .. } => "resume the run: it continues as its step says under `on_expiry`",
            Self::Cancelled { .. } => "start the mission again if you still want it",
            Self::NotAssignee { .. } => "ask one of the assignees to answer",
            Self::IsStarter { is_known: true, .. } => "ask somebody else to answer",
            Self::IsStarter { is_known: false, .. } => "start the mission again, so that it is known who did",
            Self::NotIJson(_) => "change the answer and send it again: the run is still waiting",
            Self::Refused(refusal) => {
                return refusal.help().unwrap_or_else(|| UserError::code(refusal).remedy().to_owned());
            }
            Self::WrongToken { .. } => "use the token that was printed when the question was asked",
            Self::Journal(error) => error.help(),
        };
        help.to_owned()
    }
}

fn unknown(is_known: bool) -> &'static str {
    if is_known { "" } else { ", and who that was is unknown" }
}

fn place_of(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!(" at `{field}`") }
}

/// What the judgement of an answer comes to, and how the run went on with it.
type AnswerVerdict<C, R> = Verdict<(DecideOutcome, Option<C>), DecideError<R>>;

/// Judges an answer by what the run is. Who may not answer learns nothing: the right to comes first.
pub(super) fn judge<D: Deliberation + ?Sized>(
    record: &RunRecord,
    answer: &NewAnswer<'_>,
    host: &D,
    at: Timestamp,
) -> AnswerVerdict<D::Continuation, D::Refusal> {
    let found = match entitled(record, answer) {
        Ok(found) => found,
        Err(refusal) => return Verdict::Say(Err(refusal)),
    };
    let wait = found.wait;
    match found.resolution {
        Resolution::Decided { decision, at } => {
            let by = decision.actor.clone();
            let same = ContentHash::of(&decision.value) == ContentHash::of(answer.value);
            Verdict::Say(if same {
                Ok((DecideOutcome::Already { by, at }, None))
            } else {
                Err(DecideError::Conflict { by, at })
            })
        }
        Resolution::Expired { at, .. } => {
            Verdict::Say(Err(DecideError::Expired { deadline: wait.deadline.unwrap_or(at) }))
        }
        Resolution::Cancelled { cancellation, at } => Verdict::Say(Err(DecideError::Cancelled {
            by: cancellation.actor.clone(),
            at,
            reason: cancellation.reason.clone(),
        })),
        Resolution::Open => match wait.deadline {
            // That it has expired is written down, so that nobody is told otherwise later.
            Some(deadline) if deadline <= at => Verdict::Write(
                vec![Event::Expired(Expiry { step: wait.step.clone(), outcome: wait.on_expiry.clone() })],
                Err(DecideError::Expired { deadline }),
            ),
            Some(_) | None => match considered(record, wait, answer.value, host) {
                Ok((value, trial)) => match agree(&found, answer, value, at) {
                    Verdict::Write(mut events, Ok(outcome)) => {
                        let decided = events.iter().find(|event| matches!(event, Event::Decided(_)));
                        let followed = decided.and_then(|decided| host.go_on(record, trial, (at, decided)));
                        let (following, continuation) = followed.unzip();
                        events.extend(following.into_iter().flatten());
                        Verdict::Write(events, Ok((outcome, continuation)))
                    }
                    Verdict::Write(events, Err(error)) => Verdict::Write(events, Err(error)),
                    Verdict::Say(told) => Verdict::Say(told.map(|outcome| (outcome, None))),
                },
                Err(error) => Verdict::Say(Err(error)),
            },
        },
    }
}

/// Counts an answer that fits: it stands once enough people gave it. Of each person the last one counts.
fn agree<R>(
    found: &WaitRecord<'_>,
    answer: &NewAnswer<'_>,
    value: Value,
    at: Timestamp,
) -> Verdict<DecideOutcome, DecideError<R>> {
    let wait = found.wait;
    let others: Vec<_> = found.in_favour(&value).filter(|(given, _)| given.actor != *answer.actor).collect();
    let approvals = u32::try_from(others.len()).unwrap_or(u32::MAX).saturating_add(1);
    if approvals >= wait.approvals {
        let approval = |(given, at): &&(&DecisionRecord, Timestamp)| Approval {
            actor: given.actor.clone(),
            at: *at,
            comment: given.comment.clone(),
            via: given.via,
            signature: given.signature.clone(),
        };
        let others = others.iter().map(approval).collect();
        let decision = DecisionRecord { approvals: others, ..decision(wait, answer, value) };
        return Verdict::Write(vec![Event::Decided(decision)], Ok(DecideOutcome::Accepted { at }));
    }
    let before = found.in_favour(&value).find(|(given, _)| given.actor == *answer.actor);
    let approved = |at| Ok(DecideOutcome::Approved { at, approvals, needed: wait.approvals });
    match before {
        Some((_, at)) => Verdict::Say(approved(*at)),
        None => Verdict::Write(vec![Event::Approved(decision(wait, answer, value))], approved(at)),
    }
}

/// The wait that is meant, if the answer comes with the right to it.
fn entitled<'r, R>(record: &'r RunRecord, answer: &NewAnswer<'_>) -> Result<WaitRecord<'r>, DecideError<R>> {
    let run = || answer.run.clone();
    let mut waits = waits(record);
    if waits.is_empty() {
        return Err(DecideError::UnknownWait { run: run() });
    }
    let found = match answer.authority {
        Authority::Token(token) => {
            // All are compared, so that the time taken does not tell which one fits.
            waits.retain(|found| found.wait.token_hash.fits(token));
            waits.pop().ok_or_else(|| DecideError::WrongToken { run: run() })?
        }
        Authority::Owner(which) => {
            waits.retain(|found| match which {
                Which::Last => true,
                Which::Step(step) => found.wait.step == step,
            });
            waits.pop().ok_or_else(|| DecideError::UnknownWait { run: run() })?
        }
    };
    let assignees = &found.wait.assignees;
    if is_asked(assignees, answer.actor) {
        let starter = record.summary.started_by.as_ref();
        if found.wait.not_starter && starter.is_none_or(|starter| starter == answer.actor) {
            return Err(DecideError::IsStarter { actor: answer.actor.clone(), is_known: starter.is_some() });
        }
        return match answer.question {
            Some(seen) if found.wait.question_hash != Some(seen) => Err(DecideError::OtherQuestion { run: run() }),
            Some(_) | None => Ok(found),
        };
    }
    Err(DecideError::NotAssignee { actor: answer.actor.clone(), assignees: assignees.clone() })
}

/// The decision with its numbers normalised, if it is I-JSON and the host takes it.
fn considered<D: Deliberation + ?Sized>(
    record: &RunRecord,
    wait: &Wait,
    value: &Value,
    host: &D,
) -> Result<(Value, D::Trial), DecideError<D::Refusal>> {
    let value = json::Json::copy_of(value).map(json::Json::into_value).map_err(|faults| {
        let fault = faults.into_iter().next();
        let mismatch = fault.map_or_else(
            || AnswerMismatch { field: String::new(), reason: "it is not I-JSON".to_owned() },
            |fault| AnswerMismatch { field: fault.pointer.to_string(), reason: fault.kind.to_string() },
        );
        DecideError::NotIJson(mismatch)
    })?;
    let trial = host.consider(record, wait, &value).map_err(DecideError::Refused)?;
    Ok((value, trial))
}

fn decision(wait: &Wait, answer: &NewAnswer<'_>, value: Value) -> DecisionRecord {
    DecisionRecord {
        step: wait.step.clone(),
        value,
        actor: answer.actor.clone(),
        comment: answer.comment.map(str::to_owned),
        via: match answer.authority {
            Authority::Token(_) => Via::Token,
            Authority::Owner(_) => Via::Owner,
        },
        question_hash: wait.question_hash,
        signature: answer.signature.cloned(),
        approvals: Vec::new(),
    }
}
