//! Answers to what a run asks: previewing one, and deciding.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;
use sortie_host::HumanStep;
use sortie_host::journal::{DecideError, RunError, RunId};

use super::question::{Draft, variants};
use super::runs;
use crate::app::App;
use crate::decision::{self, Decision, question_hash};
use crate::extract::PathInput;
use crate::form::{self, Entries, Misfit};
use crate::guard::SignedForm;
use crate::problem::Problem;
use crate::reply::{Failure, flat};

/// What a form says, as a value.
fn answered(sent: &SignedForm, step: &HumanStep) -> Result<Value, Vec<Misfit>> {
    if let Some(answer) = sent.get("answer") {
        return form::json(answer, "");
    }
    if let Some(written) = sent.get("json") {
        return form::json(written, "");
    }
    let variants = variants(step);
    let Some(form) = variants.get(variant(sent).unwrap_or_default()) else {
        return Err(vec![Misfit { pointer: String::new(), message: "the question has no such form".to_owned() }]);
    };
    Ok(form::read(form, &sent.fields)?.unwrap_or(Value::Null))
}

/// Which of the forms was sent.
fn variant(sent: &SignedForm) -> Option<usize> {
    sent.get("variant").and_then(|index| index.parse().ok())
}

/// `POST /runs/RUN/preview`: what an answer would lead to. Decides nothing.
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    sent: SignedForm,
) -> Result<Response, Failure> {
    let id = run.clone();
    let shown = flat(app.read(move |deployment| deployment.inbox().show(&id)).await)?;
    let Some(question) = &shown.question else { return runs::as_it_stands(&app, &sent.who, &run).await };
    let mut draft = draft(&sent);
    match answered(&sent, &question.step) {
        Err(misfits) => draft.filled = draft.filled.map(|filled| filled.and(misfits)),
        Ok(value) => {
            let id = run.clone();
            let ahead =
                app.call(move |deployment| decision::preview(deployment, &id, &value)).await.map_err(Problem::from)?;
            match ahead {
                Err(problem) if problem.pointer.is_some() => {
                    let misfit = misfit(&problem);
                    draft.filled = draft.filled.map(|filled| filled.and([misfit]));
                }
                ahead => draft.ahead = Some(ahead),
            }
        }
    }
    runs::page_with(&app, &sent.who, &run, draft, StatusCode::OK).await
}

fn draft(sent: &SignedForm) -> Draft {
    let comment = sent.get("comment").unwrap_or_default().to_owned();
    Draft { filled: Some(Entries::with(sent.fields.clone())), variant: variant(sent), comment, ..Draft::default() }
}

fn misfit(problem: &Problem) -> Misfit {
    Misfit { pointer: problem.pointer.clone().unwrap_or_default(), message: problem.detail.clone() }
}

/// `POST /runs/RUN/decide`.
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    sent: SignedForm,
) -> Result<Response, Failure> {
    match read(&app, &run, &sent).await? {
        Ok(decision) => make(&app, &sent, decision).await,
        Err(misfits) => {
            let mut draft = draft(&sent);
            draft.filled = draft.filled.map(|filled| filled.and(misfits));
            runs::page_with(&app, &sent.who, &run, draft, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The decision that a form says, or what does not fit in it.
pub(super) async fn read(app: &App, run: &RunId, sent: &SignedForm) -> Result<Result<Decision, Vec<Misfit>>, Problem> {
    let step_id = sent.get("step").ok_or_else(|| Problem::invalid("the form has no `step`"))?.to_owned();
    let id = run.clone();
    let shown = flat(app.read(move |deployment| deployment.inbox().show(&id)).await)?;
    let asked = shown.waits().into_iter().rev().find(|wait| wait.wait.step == step_id);
    let step = asked.and_then(|found| serde_json::from_value::<HumanStep>(found.wait.details.clone()).ok());
    let step = step.ok_or_else(|| {
        Problem::new(
            crate::codes::NOT_ASKED,
            format!("the run does not ask at a step `{}`", crate::text::name(&step_id)),
        )
    })?;
    let value = match answered(sent, &step) {
        Ok(value) => value,
        Err(misfits) => return Ok(Err(misfits)),
    };
    let (actor, comment) = (sent.who.actor(), sent.filled("comment").map(str::to_owned));
    let question = sent.filled("question").map(question_hash).transpose()?;
    Ok(Ok(Decision { run: run.clone(), step: step_id, value, actor, comment, question, signature: None }))
}

/// Makes a decision, and leads back to its run.
pub(super) async fn make(app: &App, sent: &SignedForm, decision: Decision) -> Result<Response, Failure> {
    let run = decision.run.clone();
    match app.call(move |deployment| decision.make(deployment)).await.map_err(Problem::from)? {
        Ok(made) => {
            app.changed();
            app.metrics.decision(made.decided.code());
            if let Some(fuel) = made.fuel {
                app.metrics.fuel(fuel);
            }
            Ok(Redirect::to(&format!("/runs/{run}?notice={}", made.decided.code())).into_response())
        }
        Err(error) => refused(app, sent, &run, error).await,
    }
}

async fn refused(app: &App, sent: &SignedForm, run: &RunId, error: RunError) -> Result<Response, Failure> {
    let RunError::Decide(refusal) = &error else { return Err(error.into()) };
    app.metrics.decision(refusal.code());
    let problem = Problem::of(&error);
    let mut draft = draft(sent);
    match refusal {
        DecideError::Refused(sortie_host::DecisionError::SchemaMismatch { field, message, .. }) => {
            let misfit = Misfit { pointer: field.clone(), message: message.clone() };
            draft.filled = draft.filled.map(|filled| filled.and([misfit]));
            draft.refusal = Some(problem);
            runs::page_with(app, &sent.who, run, draft, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        DecideError::Journal(_) | DecideError::UnknownWait { .. } => Err(error.into()),
        _ => {
            let status = problem.status();
            draft.refusal = Some(problem);
            runs::page_with(app, &sent.who, run, draft, status).await
        }
    }
}
