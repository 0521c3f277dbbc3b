//! Runs: starting, listing, showing, deciding, cancelling, checking.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use sortie_host::journal::{Actor, Filter, RunId, Status};
use sortie_host::{ExecutionContext, HostError};

use super::types::{
    CancelRequest, CancelView, DecisionRequest, DecisionView, PreviewList, PreviewRequest, PreviewView, RunDetails,
    RunList, RunView, StartRequest, StateView, VerifyView,
};
use super::{ApiResult, Reply, body, ok};
use crate::app::App;
use crate::codes;
use crate::decision::{Decision, Outlooks, preview, question_hash};
use crate::extract::{PathInput, QueryInput};
use crate::history;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::reply::{Failure, flat};

/// How many runs are listed in one page, unless less is asked for.
const PAGE: usize = 100;

/// Which runs to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    status: Option<String>,
    mission: Option<String>,
    assignee: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/runs`.
pub(crate) async fn list(State(app): State<Arc<App>>, QueryInput(query): QueryInput<ListQuery>) -> ApiResult<RunList> {
    let statuses = match &query.status {
        None => Vec::new(),
        Some(words) => words
            .split(',')
            .map(|word| Status::from_code(word).ok_or_else(|| Problem::invalid(format!("there is no status `{word}`"))))
            .collect::<Result<_, _>>()?,
    };
    let limit = query.limit.unwrap_or(PAGE).min(PAGE);
    let filter = Filter {
        statuses,
        mission: query.mission,
        assignee: query.assignee.map(Actor::new),
        limit: Some(limit),
        ..Filter::default()
    };
    let found = flat(app.read(move |backing| backing.inbox().list(&filter)).await)?;
    ok(RunList { runs: found.iter().map(|summary| RunView::of(summary, app.url())).collect(), next: None })
}

/// `POST /api/runs`.
pub(crate) async fn start(State(app): State<Arc<App>>, bytes: Bytes) -> ApiResult<RunView> {
    let request: StartRequest = body(&bytes)?;
    let started = app.call(move |backing| {
        let context = ExecutionContext::new(request.state).map_err(HostError::from)?;
        let context = context.with_metadata(request.metadata).map_err(HostError::from)?;
        let draft = backing.host.build_mission(&request.mission, &request.params)?;
        let started = backing.runs().start(draft, &context, &BTreeMap::new())?;
        backing.inbox().show(&started.run)
    });
    let shown = flat(started.await)?;
    app.metrics.run_started();
    Ok(Reply(StatusCode::CREATED, RunView::of(&shown.record.summary, app.url())))
}

/// `GET /api/runs/RUN`.
pub(crate) async fn show(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> ApiResult<RunDetails> {
    let (shown, went) = flat(app.read(move |backing| history::both(backing, &run)).await)?;
    ok(RunDetails::of(&shown, &went, app.url()))
}

/// Where to look at the state.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateQuery {
    after: Option<String>,
}

/// `GET /api/runs/RUN/state`.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    QueryInput(StateQuery { after }): QueryInput<StateQuery>,
) -> ApiResult<StateView> {
    let state = flat(app.read(move |backing| backing.inbox().state_after(&run, after.as_deref())).await)?;
    let state = state.ok_or_else(|| Problem::new(codes::NO_SUCH_STEP, "the run has executed no step of this name"))?;
    ok(StateView { state })
}

/// `GET /api/runs/RUN/preview`: what follows from each answer that the question offers.
pub(crate) async fn outlooks(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> ApiResult<PreviewList> {
    let id = run.clone();
    let shown = flat(app.read(move |backing| backing.inbox().show(&id)).await)?;
    if shown.question.is_none() {
        return Err(Problem::new(codes::NOT_ASKED, "the run is not waiting for an answer"));
    }
    let outlooks = app.call(move |backing| Outlooks::of(&backing.runs(), &run)).await?;
    match outlooks.unavailable {
        Some(problem) => Err(problem),
        None => ok(PreviewList::of(&outlooks)),
    }
}

/// `POST /api/runs/RUN/preview`: what follows from an answer.
pub(crate) async fn look_ahead(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    bytes: Bytes,
) -> ApiResult<PreviewView> {
    let request: PreviewRequest = body(&bytes)?;
    let value = request.value.clone();
    let ahead = app.call(move |backing| preview(backing, &run, &value)).await?;
    match ahead {
        Err(problem) if problem.code != "schema_mismatch" && problem.code != "decision_refused" => Err(problem),
        ahead => ok(PreviewView::of(Some(request.value), &ahead)),
    }
}

/// `POST /api/runs/RUN/decision`.
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    who: Caller,
    bytes: Bytes,
) -> ApiResult<DecisionView> {
    let DecisionRequest { step, value, comment, question_hash: seen } = body(&bytes)?;
    let question = seen.as_deref().map(question_hash).transpose()?;
    let decision = Decision { run: run.clone(), step, value, actor: who.actor(), comment, question };
    let made = app.call(move |backing| {
        let made = decision.make(backing)?;
        Ok((made, backing.inbox().show(&run)?.record.summary))
    });
    match made.await? {
        Ok((made, summary)) => {
            app.metrics.decision(made.decided.code());
            if let Some(fuel) = made.fuel {
                app.metrics.fuel(fuel);
            }
            ok(DecisionView { code: made.decided.code().to_owned(), run: RunView::of(&summary, app.url()) })
        }
        Err(error) => {
            if let sortie_host::journal::RunError::Decide(refusal) = &error {
                app.metrics.decision(refusal.code());
            }
            Err(error.into())
        }
    }
}

/// `POST /api/runs/RUN/cancel`.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    who: Caller,
    bytes: Bytes,
) -> ApiResult<CancelView> {
    let CancelRequest { reason } = body(&bytes)?;
    if reason.trim().is_empty() {
        return Err(Problem::invalid("say why the run is cancelled").at("/reason"));
    }
    let done = app.read(move |backing| {
        let cancelled = backing.inbox().cancel(&run, &reason, &who.actor())?;
        Ok((cancelled, backing.inbox().show(&run)?.record.summary))
    });
    let (cancelled, summary) = flat(done.await)?;
    ok(CancelView { code: cancelled.code().to_owned(), run: RunView::of(&summary, app.url()) })
}

/// `GET /api/runs/RUN/bundle`.
pub(crate) async fn bundle(state: State<Arc<App>>, run: PathInput<RunId>) -> Result<Response, Problem> {
    crate::pages::bundle(state, run).await.map_err(|failure| match failure {
        Failure::Page(problem) | Failure::Details(problem) => *problem,
    })
}

/// `POST /api/runs/RUN/verify`.
pub(crate) async fn verify(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> ApiResult<VerifyView> {
    let verified = app.call(move |backing| history::verify(backing, &run));
    let (hash, difference) = verified.await??;
    ok(VerifyView {
        verified: difference.is_none(),
        result_hash: hash.to_string(),
        difference: difference.and_then(|difference| serde_json::to_value(difference).ok()),
    })
}
