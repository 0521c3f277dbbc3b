//! Runs: the list of them, and the page of one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use sortie_host::journal::{Cursor, Filter, InboxEntry, Order, RunId, RunSummary, Status, Timeline, Timestamp};
use sortie_json::canonical;

use super::question::{Draft, QuestionPage, said};
use super::{shown, timeline};
use crate::app::App;
use crate::codes;
use crate::decision::Outlooks;
use crate::extract::{PathInput, QueryInput};
use crate::guard::SignedForm;
use crate::history;
use crate::identity::{Caller, Role};
use crate::layout::{self, Part, form_token, framed, hash, notice, when};
use crate::problem::Problem;
use crate::reply::{Failure, flat, page, page_of};
use crate::runs::Page;
use crate::text::{encoded, name, text};

/// How many runs are shown in one page.
const SHOWN: usize = 100;

/// Which runs to show.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RunsQuery {
    #[serde(default)]
    status: String,
    #[serde(default)]
    mission: String,
    /// Where the page begins.
    cursor: Option<Cursor>,
}

impl RunsQuery {
    /// The address of the page behind a place.
    fn page(&self, cursor: &Cursor) -> String {
        let (mission, status, cursor) = (encoded(&self.mission), encoded(&self.status), encoded(&cursor.to_string()));
        format!("/runs?mission={mission}&status={status}&cursor={cursor}")
    }
}

/// `GET /runs`.
pub(crate) async fn runs(
    State(app): State<Arc<App>>,
    QueryInput(which): QueryInput<RunsQuery>,
    who: Caller,
) -> Result<Response, Failure> {
    let filter = Filter {
        statuses: Status::from_code(&which.status).into_iter().collect(),
        mission: Some(which.mission.trim().to_owned()).filter(|mission| !mission.is_empty()),
        order: Order::Newest,
        after: which.cursor.clone(),
        ..Filter::default()
    };
    let found = flat(app.read(move |deployment| Page::read(deployment, filter, SHOWN)).await)?;
    let now = app.now();
    let main = html! {
        div.head { h1 { "Runs" } p.quiet { "All runs, newest first." } }
        form.filter method="get" action="/runs" role="search" {
            div.field { label for="mission" { "Mission" } input id="mission" name="mission" type="search" value=(name(&which.mission)); }
            div.field {
                label for="status" { "Status" }
                select id="status" name="status" {
                    option value="" { "Any" }
                    @for status in Status::ALL { option value=(status.code()) selected[which.status == status.code()] { (status.code()) } }
                }
            }
            button type="submit" { "Filter" }
        }
        @if found.runs.is_empty() {
            div.empty { p { strong { "No runs match." } } p { a href="/missions" { "Start a mission" } } }
        } @else {
            div.scroll tabindex="0" {
                table.runs {
                    thead { tr { th scope="col" { "Mission" } th scope="col" { "Status" } th scope="col" { "Started" } th scope="col" { "Last change" } th scope="col" { "Run" } } }
                    tbody { @for summary in &found.runs { (row(summary, now)) } }
                }
            }
            @if let Some(next) = &found.next { p { a href=(which.page(next)) rel="next" { "Earlier runs" } } }
        }
    };
    Ok(page(framed("Runs", Part::Runs, &who, main)))
}

fn row(summary: &RunSummary, now: Timestamp) -> Markup {
    html! {
        tr {
            td { a href=(format!("/runs/{}", summary.run)) { (text(&summary.mission)) } }
            td { (layout::status(summary.status)) }
            td { (when(summary.created_at, now)) }
            td { (when(summary.updated_at, now)) }
            td { code { (summary.run) } }
        }
    }
}

/// What to say at the head of a run's page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RunQuery {
    #[serde(default)]
    notice: String,
}

/// `GET /runs/RUN`.
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    QueryInput(query): QueryInput<RunQuery>,
    who: Caller,
) -> Result<Response, Failure> {
    whole(&app, &who, &run, (Draft::default(), said(&query.notice)), StatusCode::OK).await
}

/// The page of a run, with what was written into its form.
pub(super) async fn page_with(
    app: &App,
    who: &Caller,
    run: &RunId,
    draft: Draft,
    status: StatusCode,
) -> Result<Response, Failure> {
    let said = draft.refusal.as_ref().map(|problem| notice("bad", html! { (layout::sentence(&problem.detail)) }));
    whole(app, who, run, (draft, said), status).await
}

/// The page of a run that is not waiting for what somebody wanted to answer.
pub(super) async fn as_it_stands(app: &App, who: &Caller, run: &RunId) -> Result<Response, Failure> {
    let said = notice("warn", html! { "The run is no longer waiting for an answer. This is how it stands." });
    whole(app, who, run, (Draft::default(), Some(said)), StatusCode::CONFLICT).await
}

async fn whole(
    app: &App,
    who: &Caller,
    run: &RunId,
    (draft, said): (Draft, Option<Markup>),
    status: StatusCode,
) -> Result<Response, Failure> {
    let id = run.clone();
    let (shown, went) = flat(app.read(move |deployment| history::both(deployment, &id)).await)?;
    let outlooks = if shown.question.is_some() {
        let id = run.clone();
        let looked = app.call(move |deployment| Outlooks::of(&deployment.runs(), &id)).await;
        // That too much is to be done keeps nobody from deciding.
        looked.unwrap_or_else(|busy| Outlooks { unavailable: Some(busy.into()), ..Outlooks::default() })
    } else {
        Outlooks::default()
    };
    let now = app.now();
    let summary = &shown.record.summary;
    let wait = summary.wait.as_ref();
    let is_live = matches!(summary.status, Status::Running | Status::Decided);
    let main = html! {
        @if is_live {
            div hx-get=(format!("/runs/{run}")) hx-trigger="every 1s" hx-select="main > *" hx-target="main" {}
        }
        @if let Some(question) = &shown.question {
            // Whether the question still stands is said where it is answered, and not twice.
            @if draft.refusal.is_none() { @if let Some(said) = &said { (said) } }
            (QuestionPage {
                run, question, now, who,
                passkeys: app.passkeys().filter(|site| !site.kept.of(&who.user).is_empty()).map(|site| site.server.id()),
                deadline: wait.and_then(|wait| wait.deadline),
                asked_at: wait.map(|wait| wait.asked_at),
                outlooks: &outlooks,
                draft: &draft,
                started_by: summary.started_by.as_ref(),
                approvals: &shown.approvals(),
            }.show())
        } @else if let Some(said) = &said { (said) }
        (about(&shown, &went, who, now))
    };
    let title = match &shown.question {
        Some(question) => question.step.description.clone(),
        None => format!("{} {run}", summary.mission),
    };
    let part = if shown.question.is_some() { Part::Inbox } else { Part::Runs };
    Ok(page_of(status, framed(&title, part, who, main)))
}

fn about(shown: &InboxEntry, went: &Timeline, who: &Caller, now: Timestamp) -> Markup {
    let summary = &shown.record.summary;
    let run = &summary.run;
    html! {
        section.about aria-labelledby="about" {
            div.head {
                @if shown.question.is_some() {
                    h2 id="about" { "The run so far" }
                } @else {
                    h1 id="about" { (text(&summary.mission)) }
                }
                p.facts {
                    (layout::status(summary.status))
                    span { "started " (when(summary.created_at, now)) }
                    @if summary.updated_at != summary.created_at { span { "changed " (when(summary.updated_at, now)) } }
                    span { "run " code { (run) } }
                }
            }
            (timeline::ending(shown, now))
            (timeline::steps(run, went, shown, now))
            (timeline::decisions(shown, now))
            (timeline::inputs(went))
            (actions(shown, who))
        }
    }
}

fn actions(shown: &InboxEntry, who: &Caller) -> Markup {
    let summary = &shown.record.summary;
    let run = &summary.run;
    html! {
        @if shown.completed.is_some() {
            section aria-labelledby="check" {
                h2 id="check" { "Verify" }
                p { "The bundle has the plugins, the inputs and the result of this run. Anybody can reproduce the result from it, without this server." }
                div.actions {
                    a.button href=(format!("/runs/{run}/bundle")) download=(format!("{run}.bundle.json")) { "Download the bundle" }
                    form method="post" action=(format!("/runs/{run}/verify")) { (form_token(who)) button type="submit" { "Verify here" } }
                }
            }
        }
        @if !summary.status.is_final() && who.may(Role::Admin) {
            details.danger {
                summary { "Cancel this run" }
                form method="post" action=(format!("/runs/{run}/cancel")) {
                    (form_token(who))
                    div.field {
                        label for="reason" { "Reason" }
                        input id="reason" name="reason" type="text" required maxlength="500";
                    }
                    button.danger type="submit" { "Cancel the run" }
                }
            }
        }
    }
}

/// `POST /runs/RUN/cancel`.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    sent: SignedForm,
) -> Result<Response, Failure> {
    let reason = sent.filled("reason").ok_or_else(|| Problem::invalid("say why the run is cancelled"))?.to_owned();
    let (id, actor) = (run.clone(), sent.who.actor());
    let cancelled = flat(app.read(move |deployment| deployment.inbox().cancel(&id, &reason, &actor)).await)?;
    app.changed();
    Ok(Redirect::to(&format!("/runs/{run}?notice={}", cancelled.code())).into_response())
}

/// Where to look at the state.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct StateQuery {
    /// The step after which; none: before the first.
    after: Option<String>,
}

/// `GET /runs/RUN/state?after=STEP`.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    QueryInput(StateQuery { after }): QueryInput<StateQuery>,
    who: Caller,
) -> Result<Response, Failure> {
    let (id, step) = (run.clone(), after.clone());
    let state = flat(app.read(move |deployment| deployment.inbox().state_after(&id, step.as_deref())).await)?;
    let state = state.ok_or_else(|| Problem::new(codes::NO_SUCH_STEP, "the run has executed no step of this name"))?;
    let main = html! {
        p { a href=(format!("/runs/{run}")) { "← The run" } }
        h1 { @match &after { Some(step) => { "The state after " code { (text(step)) } } None => "The initial state" } }
        (shown::value(&state))
    };
    Ok(page(framed("State", Part::Runs, &who, main)))
}

/// `GET /runs/RUN/bundle`.
pub(crate) async fn bundle(State(app): State<Arc<App>>, PathInput(run): PathInput<RunId>) -> Result<Response, Failure> {
    let id = run.clone();
    let made = app.read(move |deployment| {
        history::bundle(deployment, &id).map(|bundle| canonical(&serde_json::to_value(bundle).unwrap_or_default()))
    });
    let bytes = made.await.map_err(Problem::from)??;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{run}.bundle.json\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// `POST /runs/RUN/verify`: makes the result again, on nothing but what its bundle has, and says whether it is the same.
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    sent: SignedForm,
) -> Result<Response, Failure> {
    let id = run.clone();
    let verified = app.call(move |deployment| history::verify(deployment, &id));
    let (result, difference) = verified.await.map_err(Problem::from)??;
    let said = match difference {
        None => {
            notice("good", html! { "Verified: run again, it gives the same result " (hash(&result.to_string())) "." })
        }
        Some(difference) => notice(
            "bad",
            html! {
                "Not verified: run again, it differs at " code { (text(&difference.path.to_string())) } "."
            },
        ),
    };
    whole(&app, &sent.who, &run, (Draft::default(), Some(said)), StatusCode::OK).await
}
