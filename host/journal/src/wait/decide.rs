//! Deciding: a closed set of outcomes, each with its code.

use serde_json::Value;
use sortie_json::{self as json, ContentHash};

use super::Verdict;
use super::history::{Resolution, WaitRecord, waits};
use crate::{Actor, Decision, Event, Expiry, JournalError, RunId, RunRecord, Timestamp, Token, Via, Wait};

/// An answer to a wait.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The run that waits.
    pub run: &'a RunId,
    /// By what right it is answered, and which of its waits.
    pub authority: Authority<'a>,
    /// The decision.
    pub value: &'a Value,
    /// Who decides. If the wait names assignees it must be one of them, by whatever right.
    pub actor: &'a Actor,
    /// What they say about it.
    pub comment: Option<&'a str>,
}

/// By what right a wait is answered.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// The token of the wait, which also tells which wait is meant.
    Token(&'a Token),
    /// The caller has the journal, and so needs no token.
    Owner(Which<'a>),
}

/// Which of a run's waits is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one that was asked last.
    Last,
    /// The one of that step.
    Step(&'a str),
}

/// Checks a decision against what its wait says (the schema, the choices), and against what would follow from it.
pub type Validator<'v> = dyn Fn(&Wait, &Value) -> Result<(), Refusal> + 'v;

/// Why a decision is sent back to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It does not fit its schema.
    Mismatch(Mismatch),
    /// Nothing but a failure would follow from it: why.
    Consequence(String),
}

impl From<Mismatch> for Refusal {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

/// Why a decision does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The JSON Pointer (RFC 6901) of what does not fit; empty for the decision as a whole.
    pub field: String,
    /// What was expected.
    pub reason: String,
}

/// How a decision was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It stands from now on.
    Accepted {
        /// When it was recorded.
        at: Timestamp,
    },
    /// The same decision stood already.
    Already {
        /// Who made it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
}

impl Decided {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "decided",
            Self::Already { .. } => "already_decided",
        }
    }
}

/// Why a decision was not accepted, a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// Another decision stands.
    #[error("another decision stands, made by {by} at {at}")]
    Conflict {
        /// Who made it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// There is no such run, or it has no such wait.
    #[error("run `{run}` has no such wait")]
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
    /// Somebody else is asked.
    #[error("{actor} is not asked: the assignees are {assignees}", assignees = assignees.join(", "))]
    NotAssignee {
        /// Who would decide.
        actor: Actor,
        /// Who may.
        assignees: Vec<String>,
    },
    /// The decision does not fit its schema.
    #[error("the decision does not fit{place}: {reason}", place = place_of(field))]
    SchemaMismatch {
        /// The JSON Pointer of what does not fit; empty for the decision as a whole.
        field: String,
        /// What was expected.
        reason: String,
    },
    /// Nothing but a failure would follow from the decision.
    #[error("the decision cannot be followed: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
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

impl DecideError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "conflict",
            Self::UnknownWait { .. } => "unknown_wait",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
            Self::NotAssignee { .. } => "not_assignee",
            Self::SchemaMismatch { .. } => "schema_mismatch",
            Self::Refused { .. } => "decision_refused",
            Self::WrongToken { .. } => "wrong_token",
            Self::Journal(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "nothing can be changed: a decision is made once",
            Self::UnknownWait { .. } => "list what waits in this journal, or name another journal",
            Self::Expired { .. } => "resume the run: it goes on as its step says for this case",
            Self::Cancelled { .. } => "start the mission again if it is still wanted",
            Self::NotAssignee { .. } => "let one of the assignees decide",
            Self::SchemaMismatch { .. } => "change the decision so that it fits and try again: the run still waits",
            Self::Refused { .. } => "change the decision and try again: the run still waits",
            Self::WrongToken { .. } => "use the token that was printed when the question was asked",
            Self::Journal(error) => error.help(),
        }
    }
}

fn place_of(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!(" at `{field}`") }
}

/// Judges an answer by what the run is. Who may not answer learns nothing: the right to comes first.
pub(super) fn judge(
    record: &RunRecord,
    answer: &Answer<'_>,
    validator: &Validator<'_>,
    at: Timestamp,
) -> Verdict<Decided, DecideError> {
    let found = match entitled(record, answer) {
        Ok(found) => found,
        Err(refusal) => return Verdict::Say(Err(refusal)),
    };
    let wait = found.wait;
    match found.resolution {
        Resolution::Decided { decision, at } => {
            let by = decision.actor.clone();
            let same = ContentHash::of(&decision.value) == ContentHash::of(answer.value);
            Verdict::Say(if same { Ok(Decided::Already { by, at }) } else { Err(DecideError::Conflict { by, at }) })
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
                Event::Expired(Expiry { step: wait.step.clone(), outcome: wait.on_expiry.clone() }),
                Err(DecideError::Expired { deadline }),
            ),
            Some(_) | None => match fitting(wait, answer.value, validator) {
                Ok(value) => {
                    Verdict::Write(Event::Decided(decision(wait, answer, value)), Ok(Decided::Accepted { at }))
                }
                Err(Refusal::Mismatch(Mismatch { field, reason })) => {
                    Verdict::Say(Err(DecideError::SchemaMismatch { field, reason }))
                }
                Err(Refusal::Consequence(reason)) => Verdict::Say(Err(DecideError::Refused { reason })),
            },
        },
    }
}

/// The wait that is meant, if the answer comes with the right to it.
fn entitled<'r>(record: &'r RunRecord, answer: &Answer<'_>) -> Result<WaitRecord<'r>, DecideError> {
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
    if assignees.is_empty() || assignees.iter().any(|assignee| assignee == answer.actor.as_str()) {
        return Ok(found);
    }
    Err(DecideError::NotAssignee { actor: answer.actor.clone(), assignees: assignees.clone() })
}

/// The decision with its numbers normalised, if it is I-JSON and the validator agrees.
fn fitting(wait: &Wait, value: &Value, validator: &Validator<'_>) -> Result<Value, Refusal> {
    let value = json::Json::of(value.clone()).map(json::Json::into_value).map_err(|faults| {
        let fault = faults.into_iter().next();
        fault.map_or_else(
            || Mismatch { field: String::new(), reason: "it is not I-JSON".to_owned() },
            |fault| Mismatch { field: fault.pointer.to_string(), reason: fault.kind.to_string() },
        )
    })?;
    validator(wait, &value)?;
    Ok(value)
}

fn decision(wait: &Wait, answer: &Answer<'_>, value: Value) -> Decision {
    Decision {
        step: wait.step.clone(),
        value,
        actor: answer.actor.clone(),
        comment: answer.comment.map(str::to_owned),
        via: match answer.authority {
            Authority::Token(_) => Via::Token,
            Authority::Owner(_) => Via::Owner,
        },
    }
}
