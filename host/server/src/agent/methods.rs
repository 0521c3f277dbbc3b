//! What a message asks for, and what answers it.

use std::sync::Arc;

use serde_json::{Value, json};
use sortie_host::journal::{Filter, InboxEntry, Order, RunId, RunSummary};

use super::protocol::{self, Client, Fault, Message, TASKS, VERSIONS};
use super::{tasks, tools};
use crate::app::App;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::reply::flat;

/// How many runs are listed as resources: those that something happened to last.
const LISTED: usize = 50;
/// What the address of a run as a resource begins with.
const SCHEME: &str = "sortie://runs/";

/// What an agent is told of this server.
const INSTRUCTIONS: &str = "Each mission is a tool: it starts a run and gives its result. A run can stop to ask a person; \
    then give them the address of its page, and look at the run again later with `sortie_show_run`. You cannot answer for \
    them, and must not ask them for a token. `sortie_preview` shows what each answer would lead to.";

/// What answers software that acts for somebody.
#[derive(Clone)]
pub(super) struct Agent {
    app: Arc<App>,
    who: Caller,
}

impl Agent {
    /// The agent of somebody.
    pub(super) fn new(app: Arc<App>, who: Caller) -> Self {
        Self { app, who }
    }

    /// Answers a message; nothing, where no answer is wanted.
    pub(super) async fn answer(&self, message: &Message) -> Option<Value> {
        let (id, method) = (message.id.as_ref()?, message.method.as_deref()?);
        let answered = match message.client() {
            Ok(client) => self.result(method, message, &client).await.map(|result| client.result(method, result)),
            Err(fault) => Err(fault),
        };
        Some(match answered {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(fault) => fault.answer(Some(id)),
        })
    }

    async fn result(&self, method: &str, message: &Message, client: &Client) -> Result<Value, Fault> {
        match method {
            "initialize" => Ok(handshake(message.text("protocolVersion")?)),
            "server/discover" => Ok(discovery()),
            "ping" if !client.is_modern => Ok(json!({})),
            "tools/list" => Ok(json!({"tools": tools::all(&self.app)})),
            "tools/call" => tools::call(&self.app, &self.who, message, client).await,
            "resources/list" => self.resources().await,
            "resources/templates/list" => Ok(json!({"resourceTemplates": [{
                "uriTemplate": format!("{SCHEME}{{run}}"), "name": "run", "mimeType": "application/json",
                "description": "A run: its steps, its state, what it asks, its result.",
            }]})),
            "resources/read" => self.resource(message.text("uri")?, client).await,
            "tasks/get" => {
                let (shown, page) = self.task(message, client).await?;
                Ok(tasks::details(&shown, page.as_deref()))
            }
            // What an agent says about a person's visit to a page is no decision: nothing comes of it.
            "tasks/update" => self.task(message, client).await.map(|_| json!({})),
            "tasks/cancel" => {
                self.task(message, client).await?;
                Err(Fault::new(Fault::INVALID_REQUEST, "a run is cancelled by a person, on its page"))
            }
            _ => Err(Fault::new(Fault::NO_SUCH_METHOD, format!("there is no method `{method}`"))),
        }
    }

    /// The runs that something happened to last.
    async fn resources(&self) -> Result<Value, Fault> {
        let filter = Filter { limit: Some(LISTED), order: Order::Changed, ..Filter::default() };
        let found = flat(self.app.read(move |deployment| deployment.inbox().list(&filter)).await).map_err(broken)?;
        let resource = |summary: &RunSummary| {
            json!({
                "uri": format!("{SCHEME}{}", summary.run), "name": summary.run, "mimeType": "application/json",
                "description": format!("{}: {}", crate::text::text(&summary.mission), summary.status),
            })
        };
        Ok(json!({"resources": found.iter().map(resource).collect::<Vec<_>>()}))
    }

    async fn resource(&self, uri: &str, client: &Client) -> Result<Value, Fault> {
        let code = if client.is_modern { Fault::INVALID_PARAMS } else { Fault::NO_SUCH_RESOURCE };
        let unknown = || Fault::new(code, format!("there is no resource `{uri}`"));
        let run = uri.strip_prefix(SCHEME).and_then(|run| run.parse::<RunId>().ok()).ok_or_else(unknown)?;
        let details = tools::details(&self.app, run).await;
        let details = details.map_err(|problem| if is_unknown(&problem) { unknown() } else { broken(problem) })?;
        let text = serde_json::to_string(&details).map_err(|error| Fault::new(Fault::INTERNAL, error.to_string()))?;
        Ok(json!({"contents": [{"uri": uri, "mimeType": "application/json", "text": text}]}))
    }

    /// The run that a task is, and the address of its page.
    async fn task(&self, message: &Message, client: &Client) -> Result<(InboxEntry, Option<String>), Fault> {
        if !client.takes_tasks() {
            return Err(Client::needs_tasks());
        }
        let id = message.text("taskId")?;
        let unknown = || Fault::params(format!("there is no task `{id}`"));
        let run = id.parse::<RunId>().map_err(|_| unknown())?;
        let found = tools::look(&self.app, run).await;
        found.map_err(|problem| if is_unknown(&problem) { unknown() } else { broken(problem) })
    }
}

fn is_unknown(problem: &Problem) -> bool {
    problem.code == "unknown_run"
}

/// A request that cannot be answered by anything.
fn broken(problem: Problem) -> Fault {
    Fault::new(Fault::INTERNAL, problem.detail.clone())
}

fn server() -> Value {
    json!({"name": "sortie", "version": env!("CARGO_PKG_VERSION")})
}

fn handshake(requested: &str) -> Value {
    json!({
        "protocolVersion": protocol::negotiated(requested),
        "capabilities": {"tools": {}, "resources": {}},
        "serverInfo": server(),
        "instructions": INSTRUCTIONS,
    })
}

fn discovery() -> Value {
    json!({
        "supportedVersions": VERSIONS,
        "capabilities": {"tools": {}, "resources": {}, "extensions": {TASKS: {}}},
        "instructions": INSTRUCTIONS,
        "_meta": protocol::server_meta(&server()),
    })
}
