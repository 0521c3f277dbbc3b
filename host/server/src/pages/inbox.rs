//! What waits, for whom, since when, until when.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use sortie_host::journal::{Actor, Cursor, Filter, Order, RunSummary, Timestamp};
use sortie_json::{ContentHash, MAX_MESSAGE_BYTES, excerpt};

use crate::app::App;
use crate::extract::QueryInput;
use crate::identity::Caller;
use crate::layout::{Part, framed, when};
use crate::reply::{Failure, flat, page};
use crate::runs::Page;
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
    /// `due`: the first deadline first.
    #[serde(default)]
    sort: String,
    /// Where the page begins.
    cursor: Option<Cursor>,
}

impl InboxQuery {
    fn filter(&self, who: &Caller) -> Filter {
        Filter {
            mission: Some(self.mission.trim().to_owned()).filter(|mission| !mission.is_empty()),
            assignee: (self.whose == "mine").then(|| Actor::new(&who.user)),
            order: if self.sort == "due" { Order::Due } else { Order::Oldest },
            after: self.cursor.clone(),
            ..Filter::waiting()
        }
    }

    /// The address of the list from a place on; of this page of it, where none is given.
    fn address(&self, from: Option<&Cursor>) -> String {
        let whose = if self.whose == "mine" { "mine" } else { "" };
        let sort = if self.sort == "due" { "due" } else { "" };
        let from = from.or(self.cursor.as_ref());
        let from = from.map(|cursor| format!("&cursor={}", encoded(&cursor.to_string()))).unwrap_or_default();
        format!("/?mission={}&whose={whose}&sort={sort}{from}", encoded(&self.mission))
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
    let waiting = flat(app.read(move |deployment| Page::read(deployment, filter, SHOWN)).await)?;
    let list = list(&waiting, &which, app.now());
    // A page that updates itself asks with what it has; where that is still so, it is left as it is.
    let tag = tag(&waiting.runs);
    if headers.get("hx-request").is_some() && headers.get("sortie-list").is_some_and(|known| known == tag.as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let main = html! {
        div.head {
            h1 { "Inbox" }
            p.quiet { "Runs that are waiting for a person. Nothing happens until somebody decides." }
        }
        form.filter method="get" action="/" role="search" {
            div.field { label for="mission" { "Mission" } input id="mission" name="mission" type="search" value=(which.mission); }
            div.field {
                label for="whose" { "For" }
                select id="whose" name="whose" {
                    option value="" { "Everybody" }
                    option value="mine" selected[which.whose == "mine"] { "Me" }
                }
            }
            div.field {
                label for="sort" { "Sort by" }
                select id="sort" name="sort" {
                    option value="" { "Longest wait" }
                    option value="due" selected[which.sort == "due"] { "Nearest deadline" }
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

fn list(waiting: &Page, which: &InboxQuery, now: Timestamp) -> Markup {
    let headers = serde_json::json!({"Sortie-List": tag(&waiting.runs)}).to_string();
    html! {
        div id="list" aria-live="polite" hx-get=(which.address(None)) hx-trigger="every 3s" hx-select="#list"
            hx-swap="outerHTML" hx-headers=(headers) {
            @if waiting.runs.is_empty() {
                div.empty { p { strong { "Nothing is waiting." } } p.quiet { "When a run asks a question, it appears here by itself." } }
            } @else {
                ul.waits { @for summary in &waiting.runs { li { (wait(summary, now)) } } }
            }
            @if let Some(next) = &waiting.next { p { a href=(which.address(Some(next))) rel="next" { "More" } } }
        }
    }
}

fn wait(summary: &RunSummary, now: Timestamp) -> Markup {
    let Some(wait) = &summary.wait else { return html! {} };
    let soon = wait.deadline.is_some_and(|deadline| deadline.as_millis() - now.as_millis() < 3_600_000);
    html! {
        // By its id, the focus stays on it when the list is renewed.
        a.wait id=(format!("wait-{}", summary.run)) href=(format!("/runs/{}", summary.run)) {
            span.what { (text(&excerpt(&wait.description, MAX_MESSAGE_BYTES))) }
            span.facts {
                span { (text(&summary.mission)) }
                span { "asked " (when(wait.asked_at, now)) }
                @if wait.assignees.is_empty() { span { "for anybody" } } @else { span { "for " (text(&excerpt(&wait.assignees.join(", "), MAX_MESSAGE_BYTES))) } }
                @if let Some(agreement) = &wait.agreement { span { (agreement.reached()) " of " (agreement.needed) " agree" } }
                @if let Some(deadline) = wait.deadline {
                    span.soon[soon] { @if deadline <= now { "expired " } @else { "expires " } (when(deadline, now)) }
                }
                span.run { (summary.run) }
            }
        }
    }
}
