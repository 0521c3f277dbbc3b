//! A segment of a run: from its start or a wait to the next wait or its end, in memory, as the events that one commit writes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sortie_engine::{Decision, RunEvent};
use sortie_journal::wait::{Expires, WaitRequest};
use sortie_journal::{Actor, Event, ExpiryAction, RunId, RunSummary, Timestamp, Token};
use sortie_sandbox::CallReport;
use tracing::field::{Empty, display};
use tracing::{Span, info, info_span};

use super::RunError;
use super::audit::audit;
use super::fold::{body, finished};
use crate::error::HostError;
use crate::humans::Question;
use crate::session::{FinishedRun, Progress, Session, StepLog};

/// How a segment of a run ended. It is in the journal, durably. Closed: a segment ends nowhere else.
#[derive(Debug)]
pub enum Segment {
    /// A person is asked now.
    Asked(Box<NewQuestion>),
    /// The run has its result.
    Done(Box<FinishedRun>),
}

/// What a person is asked, and what lets its bearer answer.
#[derive(Debug)]
pub struct NewQuestion {
    /// What is asked.
    pub waiting: OpenQuestion,
    /// The token, which is kept nowhere and not to be had again.
    pub token: Token,
    /// What the plugins logged on the way here.
    pub log: Vec<StepLog>,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenQuestion {
    /// The run.
    pub summary: RunSummary,
    /// The human step, and the part of the state that it shows.
    pub question: Question,
}

/// The span of what is done with a run. Nothing of its params and its state is in it.
pub(super) fn run_span(run: &RunId, mission: Option<&str>) -> Span {
    info_span!("run", %run, mission, success = Empty, fuel = Empty, result_hash = Empty, question_hash = Empty)
}

/// Drives a session until a person is needed who has not answered yet, and adds what happened to the events.
pub(super) fn drive(
    session: &mut Session,
    answers: &BTreeMap<String, Value>,
    events: &mut Vec<Event>,
) -> Result<Progress, RunError> {
    let progress = session.advance_with(&mut |report| called(report, events))?;
    drive_on(session, progress, answers, events)
}

/// The same from how far the session has come.
pub(super) fn drive_on(
    session: &mut Session,
    mut progress: Progress,
    answers: &BTreeMap<String, Value>,
    events: &mut Vec<Event>,
) -> Result<Progress, RunError> {
    while let Progress::Waiting(question) = &progress {
        let Some(answer) = answers.get(&question.step.id) else { break };
        events.push(Event::Engine(body(&RunEvent::Decided(Decision::answered(answer.clone())))?));
        (*session, progress) = session.ahead_with(answer, &mut |report| called(report, events))?;
    }
    Ok(progress)
}

/// Adds a call to the events.
pub(super) fn called(report: &CallReport, events: &mut Vec<Event>) -> Result<(), HostError> {
    let event = RunEvent::Called { outcome: report.outcome.clone(), fuel: report.fuel };
    let body = serde_json::to_value(event).map_err(|error| HostError::Bug(error.to_string()))?;
    events.push(Event::Engine(body));
    Ok(())
}

/// How a segment ends, before it is in the journal.
pub(super) enum End {
    Asked(Box<Question>, Token),
    Done(Box<FinishedRun>),
}

/// Adds how a segment ends: with a question, or with the result, whose receipt gets its audit.
pub(super) fn end(
    progress: Progress,
    at: Timestamp,
    before: &[(Timestamp, &Event)],
    events: &mut Vec<Event>,
) -> Result<End, RunError> {
    match progress {
        Progress::Waiting(question) => {
            let (wait, token) = asked(&question)?.ask(at)?;
            events.push(Event::Asked(wait));
            Ok(End::Asked(question, token))
        }
        Progress::Done(mut completed) => {
            events.push(Event::Finished(finished(&completed.result)));
            let all = before.iter().copied().chain(events.iter().map(|event| (at, event)));
            completed.result.receipt.audit = audit(all);
            Ok(End::Done(completed))
        }
    }
}

impl End {
    /// The segment, once it is in the journal.
    pub(super) fn kept(self, summary: RunSummary, session: &Session) -> Segment {
        match self {
            Self::Done(completed) => {
                let result = &completed.result;
                let receipt = &result.receipt;
                let span = Span::current();
                span.record("success", result.success).record("fuel", receipt.fuel);
                span.record("result_hash", display(&receipt.result_hash));
                info!(success = result.success, fuel = receipt.fuel, result_hash = %receipt.result_hash, "ended");
                Segment::Done(completed)
            }
            Self::Asked(question, token) => {
                Span::current().record("question_hash", display(&question.hash));
                info!(step = question.step.id.as_str(), question_hash = %question.hash, "asked");
                let waiting = OpenQuestion { summary, question: *question };
                Segment::Asked(Box::new(NewQuestion { waiting, token, log: session.log().to_vec() }))
            }
        }
    }
}

/// A human step as a question of the journal.
pub(super) fn asked(question: &Question) -> Result<WaitRequest, RunError> {
    let step = &question.step;
    Ok(WaitRequest {
        step: step.id.clone(),
        description: step.description.clone(),
        assignees: step.assignees.iter().map(|name| Actor::new(name).as_str().to_owned()).collect(),
        expires: step.expires_seconds.map_or(Expires::Never, |seconds| Expires::After(Duration::from_secs(seconds))),
        on_expiry: match step.on_expiry {
            sortie_engine::OnExpiry::Fail => ExpiryAction::Fail,
            sortie_engine::OnExpiry::Default => ExpiryAction::Default(step.default.clone().unwrap_or(Value::Null)),
        },
        details: body(step)?,
        question_hash: Some(question.hash),
        approvals: step.approvals,
        not_starter: step.not_starter,
    })
}
