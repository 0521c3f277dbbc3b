//! Judging what people ask of a run: by the rules of a journal, in a journal in memory.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sortie_host::Host;
use sortie_host::journal::{
    Actor, Authority, CancelOutcome, DecideError, DecideOutcome, Inbox, Journal, NewAnswer, Owner, RunError, RunId,
    Timestamp, Token, Which,
};

use crate::history::{History, HistoryError};
use crate::refusal::{Refusal, is_passing};
use crate::request::{AnswerRequest, CancelRequest};
use crate::turn::TurnEnd;

/// What is to be said, and what has to be made durable before it can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judgement {
    /// The time at which it was judged.
    pub(crate) at: Timestamp,
    /// The answer, if what is to be written comes first.
    pub(crate) say: Result<Value, Refusal>,
    /// What is to be written.
    pub(crate) write: Option<TurnEnd>,
}

/// Why nothing was judged: the attempt is made again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JudgementError {
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Judges an answer. What would follow from it is tried out, where the plugins are here.
pub(crate) fn of_answer(
    host: &Host,
    history: &History,
    request: &AnswerRequest,
    at: Timestamp,
) -> Result<Judgement, JudgementError> {
    let run = &history.record().summary.run;
    let Ok(token) = request.token.as_deref().map(str::parse::<Token>).transpose() else {
        // Text that is no token belongs to no wait.
        return Ok(refused(at, DecideError::WrongToken { run: run.clone() }.into()));
    };
    let authority = match (&token, &request.step) {
        (Some(token), _) => Authority::Token(token),
        (None, Some(step)) => Authority::Owner(Which::Step(step)),
        (None, None) => Authority::Owner(Which::Last),
    };
    let (actor, comment) = (Actor::new(&request.actor), request.comment.as_deref());
    let answer = NewAnswer {
        run,
        authority,
        value: &request.value,
        actor: &actor,
        comment,
        question: request.question,
        signature: request.signature.as_ref(),
    };
    let journal = history.journal()?;
    let (clock, driver) = (move || at, Owner::new("restate"));
    let decided = host.runs(&journal, &clock, &driver).decide(&answer);
    let say = said(decided, |decided| {
        let (by, at, approvals) = match decided {
            DecideOutcome::Accepted { at } => (&actor, at, None),
            DecideOutcome::Approved { at, approvals, needed } => (&actor, at, Some((approvals, needed))),
            DecideOutcome::Already { by, at } => (by, at, None),
        };
        let mut said = json!({"code": decided.code(), "run": run, "actor": by, "at": at});
        if let (Some((approvals, needed)), Some(said)) = (approvals, said.as_object_mut()) {
            said.insert("approvals".to_owned(), json!(approvals));
            said.insert("needed".to_owned(), json!(needed));
        }
        said
    })?;
    Ok(Judgement { at, say, write: written(&journal, history)? })
}

/// Judges a cancellation.
pub(crate) fn of_cancellation(
    history: &History,
    request: &CancelRequest,
    at: Timestamp,
) -> Result<Judgement, JudgementError> {
    let run = &history.record().summary.run;
    let actor = Actor::new(&request.actor);
    let journal = history.journal()?;
    let clock = move || at;
    let cancelled = Inbox::new(&journal, &clock).cancel(run, &request.reason, &actor);
    let say = said(cancelled, |cancelled| {
        let (by, at, reason) = match cancelled {
            CancelOutcome::Now { at } => (&actor, at, &request.reason),
            CancelOutcome::Already { by, at, reason } => (by, at, reason),
        };
        json!({"code": cancelled.code(), "run": run, "actor": by, "at": at, "reason": reason})
    })?;
    Ok(Judgement { at, say, write: written(&journal, history)? })
}

/// What is said of a run that there is not.
pub(crate) fn unknown_wait(run: &RunId) -> Refusal {
    Refusal::from(&RunError::from(DecideError::UnknownWait { run: run.clone() }))
}

fn refused(at: Timestamp, error: RunError) -> Judgement {
    Judgement { at, say: Err(Refusal::from(&error)), write: None }
}

fn said<T>(judged: Result<T, RunError>, say: impl Fn(&T) -> Value) -> Result<Result<Value, Refusal>, RunError> {
    match judged {
        Ok(judged) => Ok(Ok(say(&judged))),
        Err(error) if is_passing(&error) => Err(error),
        Err(error) => Ok(Err(Refusal::from(&error))),
    }
}

/// What the judgement added to the run.
fn written(journal: &dyn Journal, history: &History) -> Result<Option<TurnEnd>, HistoryError> {
    let before = history.record().events.len();
    let after = journal.read(&history.record().summary.run)?;
    Ok(after.events.into_iter().nth(before).and_then(|recorded| TurnEnd::of(recorded.event)))
}
