//! Runs: starting, listing, showing, deciding, cancelling, checking.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use sortie_host::journal::{Actor, Cursor, Filter, InvalidRunId, JournalError, Order, RunError, RunId, Status};
use sortie_host::{ExecutionContext, HostError};
use sortie_json::ContentHash;

use super::types::{
    CancelRequest, CancelView, DecisionRequest, DecisionView, PreviewList, PreviewRequest, PreviewView, RunDetails,
    RunList, RunView, StartRequest, StateView, VerifyView,
};
use super::{ApiResult, Reply, body, ok};
use crate::app::App;
use crate::codes;
use crate::decision::{self, Decision, Outlooks, question_hash};
use crate::extract::{PathInput, QueryInput};
use crate::history;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::reply::{Failure, flat};
use crate::runs::{Page, begin};
use crate::text::name;

/// The header that makes a request that starts a run safe to send again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// How long its value may be.
const MAX_KEY: usize = 255;
/// How many runs are listed in one page, unless less is asked for.
const PAGE: usize = 100;

/// Which runs to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    status: Option<String>,
    mission: Option<String>,
    assignee: Option<String>,
    started_by: Option<String>,
    sort: Option<Sort>,
    cursor: Option<Cursor>,
    limit: Option<usize>,
}

/// In which order runs are listed.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    #[default]
    Oldest,
    Newest,
    Changed,
    Due,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Oldest => Self::Oldest,
            Sort::Newest => Self::Newest,
            Sort::Changed => Self::Changed,
            Sort::Due => Self::Due,
        }
    }
}

/// `GET /api/v1/runs`.
pub(crate) async fn list(State(app): State<Arc<App>>, QueryInput(query): QueryInput<ListQuery>) -> ApiResult<RunList> {
    let statuses = match &query.status {
        None => Vec::new(),
        Some(words) => words
            .split(',')
            .map(|word| {
                Status::from_code(word).ok_or_else(|| Problem::invalid(format!("there is no status `{}`", name(word))))
            })
            .collect::<Result<_, _>>()?,
    };
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let order = query.sort.unwrap_or_default().into();
    let filter = Filter {
        statuses,
        mission: query.mission,
        assignee: query.assignee.map(Actor::new),
        started_by: query.started_by.map(Actor::new),
        order,
        after: query.cursor,
        ..Filter::default()
    };
    let page = flat(app.read(move |deployment| Page::read(deployment, filter, limit)).await)?;
    let runs = page.runs.iter().map(|summary| RunView::of(summary, app.url())).collect();
    ok(RunList { runs, next: page.next.map(|next| next.to_string()) })
}

/// `POST /api/v1/runs`.
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    who: Caller,
    headers: HeaderMap,
    bytes: Bytes,
) -> ApiResult<RunView> {
    let request: StartRequest = body(bytes).await?;
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (key, another) = (keys.next(), keys.next());
    if another.is_some() {
        return Err(Problem::invalid("a request has one `Idempotency-Key`"));
    }
    let name = match (request.run, key) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("a run has a name of its own or an `Idempotency-Key`, not both").at("/run"));
        }
        (Some(run), None) => {
            Some(run.parse().map_err(|error: InvalidRunId| Problem::invalid(error.to_string()).at("/run"))?)
        }
        (None, Some(key)) => Some(run_of_key(&who, key)?),
        (None, None) => None,
    };
    let (by, has_key) = (who.actor(), key.is_some());
    let started = app.call(move |deployment| {
        let context = ExecutionContext::new(request.state).map_err(HostError::from)?;
        let context = context.with_metadata(request.metadata).map_err(HostError::from)?;
        let draft = deployment.host.build_mission(&request.mission, &request.params)?;
        begin(deployment, &by, name, draft, &context)
    });
    let (summary, is_new) = match started.await? {
        Err(error @ RunError::Journal(JournalError::RunExists { .. })) if has_key => {
            let detail = format!("{error}, which this `Idempotency-Key` started with other inputs");
            return Err(Problem::of(&error).saying(detail, "send a new key with a new request"));
        }
        started => started?,
    };
    if is_new {
        app.metrics.run_started();
        app.changed();
    }
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Reply(status, RunView::of(&summary, app.url())))
}

/// The name of the run that a request with this key starts: the same for the same key of the same user, and no other.
fn run_of_key(who: &Caller, key: &HeaderValue) -> Result<RunId, Problem> {
    let key = key.as_bytes();
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(Problem::invalid(format!("an `Idempotency-Key` has 1 to {MAX_KEY} bytes")));
    }
    let hash = ContentHash::of_bytes(&[who.user.as_bytes(), b"\0", key].concat()).to_string();
    let name = format!("key-{}", hash.get(..32).unwrap_or(&hash));
    name.parse().map_err(|error: InvalidRunId| Problem::invalid(error.to_string()))
}

/// `GET /api/v1/runs/RUN`.
pub(crate) async fn show(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> ApiResult<RunDetails> {
    let (shown, went) = flat(app.read(move |deployment| history::both(deployment, &run)).await)?;
    ok(RunDetails::of(&shown, &went, app.url()))
}

/// Where to look at the state.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateQuery {
    after: Option<String>,
}

/// `GET /api/v1/runs/RUN/state`.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    QueryInput(StateQuery { after }): QueryInput<StateQuery>,
) -> ApiResult<StateView> {
    let state = flat(app.read(move |deployment| deployment.inbox().state_after(&run, after.as_deref())).await)?;
    let state = state.ok_or_else(|| Problem::new(codes::NO_SUCH_STEP, "the run has executed no step of this name"))?;
    ok(StateView { state })
}

/// `GET /api/v1/runs/RUN/preview`: what follows from each answer that the question offers.
pub(crate) async fn outlooks(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> ApiResult<PreviewList> {
    let id = run.clone();
    let shown = flat(app.read(move |deployment| deployment.inbox().show(&id)).await)?;
    if shown.question.is_none() {
        return Err(Problem::new(codes::NOT_ASKED, "the run is not waiting for an answer"));
    }
    let outlooks = app.call(move |deployment| Outlooks::of(&deployment.runs(), &run)).await?;
    match outlooks.unavailable {
        Some(problem) => Err(problem),
        None => ok(PreviewList::of(&outlooks)),
    }
}

/// `POST /api/v1/runs/RUN/preview`: what follows from an answer.
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    bytes: Bytes,
) -> ApiResult<PreviewView> {
    let request: PreviewRequest = body(bytes).await?;
    let value = request.value.clone();
    let ahead = app.call(move |deployment| decision::preview(deployment, &run, &value)).await?;
    match ahead {
        Err(problem) if problem.code != "schema_mismatch" && problem.code != "decision_refused" => Err(problem),
        ahead => ok(PreviewView::of(Some(request.value), &ahead)),
    }
}

/// `POST /api/v1/runs/RUN/decision`.
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    who: Caller,
    bytes: Bytes,
) -> ApiResult<DecisionView> {
    let DecisionRequest { step, value, comment, question_hash: seen } = body(bytes).await?;
    let question = seen.as_deref().map(question_hash).transpose()?;
    let decision = Decision { run, step, value, actor: who.actor(), comment, question, signature: None };
    let made = app.call(move |deployment| decision.make(deployment));
    match made.await? {
        Ok(made) => {
            app.changed();
            app.metrics.decision(made.decided.code());
            if let Some(fuel) = made.fuel {
                app.metrics.fuel(fuel);
            }
            ok(DecisionView { code: made.decided.code().to_owned(), run: RunView::of(&made.summary, app.url()) })
        }
        Err(error) => {
            if let sortie_host::journal::RunError::Decide(refusal) = &error {
                app.metrics.decision(refusal.code());
            }
            Err(error.into())
        }
    }
}

/// `POST /api/v1/runs/RUN/cancel`.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    who: Caller,
    bytes: Bytes,
) -> ApiResult<CancelView> {
    let CancelRequest { reason } = body(bytes).await?;
    if reason.trim().is_empty() {
        return Err(Problem::invalid("say why the run is cancelled").at("/reason"));
    }
    let done = app.read(move |deployment| {
        let cancelled = deployment.inbox().cancel(&run, &reason, &who.actor())?;
        Ok((cancelled, deployment.journal.read(&run)?.summary))
    });
    let (cancelled, summary) = flat(done.await)?;
    app.changed();
    ok(CancelView { code: cancelled.code().to_owned(), run: RunView::of(&summary, app.url()) })
}

/// `GET /api/v1/runs/RUN/bundle`.
pub(crate) async fn bundle(state: State<Arc<App>>, run: PathInput<RunId>) -> Result<Response, Problem> {
    crate::pages::bundle(state, run).await.map_err(|failure| match failure {
        Failure::Page(problem) | Failure::Details(problem) => *problem,
    })
}

/// `POST /api/v1/runs/RUN/verify`.
pub(crate) async fn verify(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> ApiResult<VerifyView> {
    let verified = app.call(move |deployment| history::verify(deployment, &run));
    let (hash, difference) = verified.await??;
    ok(VerifyView {
        verified: difference.is_none(),
        result_hash: hash.to_string(),
        difference: difference.and_then(|difference| serde_json::to_value(difference).ok()),
    })
}
