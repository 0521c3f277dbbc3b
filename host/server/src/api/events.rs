//! What happens, as it happens: server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use sortie_host::journal::{FeedEntry, Position, RunError};

use super::types::ChangeView;
use crate::app::App;
use crate::codes;
use crate::extract::QueryInput;
use crate::feed::Watcher;
use crate::problem::Problem;
use crate::reply::flat;

/// How many changes are read at once.
const CHANGES: usize = 100;

/// From where on to tell.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    after: Option<u64>,
}

/// What somebody who watches has to get yet.
struct Tail {
    app: Arc<App>,
    has_begun: bool,
    watcher: Watcher,
    after: Position,
    changes: VecDeque<FeedEntry>,
}

/// `GET /api/v1/events`: each change of a run, with its place as the event's id. Who comes back with `Last-Event-ID` misses
/// nothing.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    QueryInput(EventsQuery { after }): QueryInput<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = match headers.get("last-event-id") {
        None => after,
        Some(id) => {
            let number = id.to_str().ok().and_then(|id| id.parse().ok());
            Some(number.ok_or_else(|| Problem::invalid("`Last-Event-ID` is not the id of an event"))?)
        }
    };
    let watcher = app.feed.watch();
    let watcher = watcher.ok_or_else(|| Problem::new(codes::SERVER_BUSY, "as many watch as the server lets watch"))?;
    let end = flat(app.read(|deployment| Ok::<_, RunError>(deployment.journal.position()?)).await)?;
    // A place past the end is one of another journal, that stood here before: what is new here is new to whoever asks.
    let after = last.map_or(end, |number| Position::new(number).min(end));
    // Runs that an engine drives have no feed, and that is told before anything is sent.
    flat(app.read(move |deployment| Ok::<_, RunError>(deployment.journal.changes(after, 1)?)).await)?;
    let tail = Tail { app, has_begun: false, watcher, after, changes: VecDeque::new() };
    let events = stream::unfold(tail, |mut tail| async {
        let event = tail.next().await?;
        Some((Ok::<_, Infallible>(event), tail))
    });
    Ok((StatusCode::OK, Sse::new(events).keep_alive(KeepAlive::default())).into_response())
}

impl Tail {
    /// The next event; nothing, once the server stops or the journal cannot be read: the client comes back.
    async fn next(&mut self) -> Option<Event> {
        // Who is cut off before anything happens knows from where to ask again.
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some(Event::default().event("ready").id(self.after.to_string()).data("{}"));
        }
        loop {
            if let Some(change) = self.changes.pop_front() {
                self.after = change.position;
                let data = serde_json::to_string(&ChangeView::of(&change)).ok()?;
                return Some(Event::default().event("change").id(change.position.to_string()).data(data));
            }
            if !self.watcher.note() {
                return None;
            }
            let after = self.after;
            let read = self.app.read(move |deployment| deployment.journal.changes(after, CHANGES)).await;
            self.changes = read.ok()?.ok()?.into();
            if self.changes.is_empty() && !self.watcher.more().await {
                return None;
            }
        }
    }
}
