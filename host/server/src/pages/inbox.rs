//! What waits, for whom, since when, until when.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use sortie_host::journal::{Actor, Filter, RunSummary, Timestamp};
use sortie_json::ContentHash;

use crate::app::App;
use crate::extract::QueryInput;
use crate::identity::Caller;
use crate::layout::{Part, framed, when};
use crate::reply::{Failure, flat, page};
use crate::text::{encoded, text};

/// How many runs are shown.
const SHOWN: usize = 100;

/// Which waits to show.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct InboxQuery {
    #[serde(default)]
    mission: String,
    /// `mine`: those that I may answer.
    #[serde(default)]
    whose: String,
}

impl InboxQuery {
    fn filter(&self, who: &Caller) -> Filter {
        Filter {
            mission: Some(self.mission.trim().to_owned()).filter(|mission| !mission.is_empty()),
            assignee: (self.whose == "mine").then(|| Actor::new(&who.user)),
            limit: Some(SHOWN + 1),
            ..Filter::waiting()
        }
    }

    fn query(&self) -> String {
        format!("?mission={}&whose={}", encoded(&self.mission), if self.whose == "mine" { "mine" } else { "" })
    }
}

/// `GET /`.
pub(crate) async fn inbox(
    State(app): State<Arc<App>>,
    QueryInput(which): QueryInput<InboxQuery>,
    who: Caller,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let filter = which.filter(&who);
    let waiting = flat(app.read(move |backing| backing.inbox().list(&filter)).await)?;
    let list = list(&waiting, &which, app.now());
    // A page that updates itself asks with what it has; where that is still so, it is left as it is.
    let tag = tag(&waiting);
    if headers.get("hx-request").is_some() && headers.get("sortie-list").is_some_and(|known| known == tag.as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let main = html! {
        div.head {
            h1 { "Inbox" }
            p.quiet { "What waits for a person. Nothing is done before somebody decides." }
        }
        form.filter method="get" action="/" role="search" {
            div.field { label for="mission" { "Mission" } input id="mission" name="mission" type="search" value=(which.mission); }
            div.field {
                label for="whose" { "For" }
                select id="whose" name="whose" {
                    option value="" { "Anybody" }
                    option value="mine" selected[which.whose == "mine"] { "Me" }
                }
            }
            button type="submit" { "Filter" }
        }
        (list)
    };
    Ok(page(framed("Inbox", Part::Inbox, &who, main)))
}

/// What changes when something comes or goes.
fn tag(waiting: &[RunSummary]) -> String {
    let told: Vec<String> = waiting.iter().map(|summary| format!("{}@{}", summary.run, summary.version)).collect();
    ContentHash::of_bytes(told.join(" ").as_bytes()).to_string()
}

fn list(waiting: &[RunSummary], which: &InboxQuery, now: Timestamp) -> Markup {
    let headers = serde_json::json!({"Sortie-List": tag(waiting)}).to_string();
    html! {
        div id="list" aria-live="polite" hx-get=(format!("/{}", which.query())) hx-trigger="every 3s" hx-select="#list"
            hx-swap="outerHTML" hx-headers=(headers) {
            @if waiting.is_empty() {
                div.empty { p { strong { "Nothing waits." } } p.quiet { "When a run asks something, it appears here by itself." } }
            } @else {
                ul.waits { @for summary in waiting.iter().take(SHOWN) { li { (wait(summary, now)) } } }
            }
            @if waiting.len() > SHOWN { p.quiet { "These are the " (SHOWN) " that wait longest; filter to see others." } }
        }
    }
}

fn wait(summary: &RunSummary, now: Timestamp) -> Markup {
    let Some(wait) = &summary.wait else { return html! {} };
    let soon = wait.deadline.is_some_and(|deadline| deadline.as_millis() - now.as_millis() < 3_600_000);
    html! {
        a.wait href=(format!("/runs/{}", summary.run)) {
            span.what { (text(&wait.description)) }
            span.facts {
                span { (text(&summary.mission)) }
                span { "asked " (when(wait.asked_at, now)) }
                @if wait.assignees.is_empty() { span { "for anybody" } } @else { span { "for " (text(&wait.assignees.join(", "))) } }
                @if let Some(deadline) = wait.deadline {
                    span.soon[soon] { @if deadline <= now { "expired " } @else { "expires " } (when(deadline, now)) }
                }
                span.run { (summary.run) }
            }
        }
    }
}
