//! What answers the requests of software that acts for somebody.

use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CustomRequest, CustomResult, ErrorCode, ErrorData,
    GetTaskParams, GetTaskResult, Implementation, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate, ServerCapabilities, ServerConfig, UpdateTaskParams,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::json;
use sortie_host::journal::{Filter, InboxEntry, Order, RunId, RunSummary};

use super::abilities::{Abilities, has_no_handshake};
use super::{tasks, tools};
use crate::app::App;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::reply::flat;
use crate::text::{name, text};

/// How many runs are listed as resources: those that something happened to last.
const LISTED: usize = 50;
/// What the address of a run as a resource begins with.
const SCHEME: &str = "sortie://runs/";
/// What a run is as a resource.
const JSON: &str = "application/json";

/// What an agent is told of this server.
const INSTRUCTIONS: &str = "Each mission is a tool: it starts a run and gives its result. A run can stop to ask a person; \
    then give them the address of its page, and look at the run again later with `sortie_show_run`. You cannot answer for \
    them, and must not ask them for a token. `sortie_preview` shows what each answer would lead to.";

/// The methods that are answered here. A request of one of them that is read as something else has not its form.
const METHODS: [&str; 8] = [
    "server/discover",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/read",
    "tasks/get",
    "tasks/update",
    "tasks/cancel",
];

/// The agent of somebody.
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

    /// The run that a task is, and the address of its page.
    async fn task(&self, id: &str) -> Result<(InboxEntry, Option<String>), ErrorData> {
        let unknown = || ErrorData::invalid_params(format!("there is no task `{}`", name(id)), None);
        let run = id.parse::<RunId>().map_err(|_| unknown())?;
        let found = tools::look(&self.app, run).await;
        found.map_err(|problem| if is_unknown(&problem) { unknown() } else { broken(&problem) })
    }
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().enable_tasks().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("sortie", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all(&self.app)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        tools::call(&self.app, &self.who, request, Abilities::of(&context)).await
    }

    /// The runs that something happened to last.
    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let filter = Filter { limit: Some(LISTED), order: Order::Changed, ..Filter::default() };
        let found = flat(self.app.read(move |deployment| deployment.inbox().list(&filter)).await);
        let resource = |summary: &RunSummary| {
            let description = format!("{}: {}", text(&summary.mission), summary.status);
            Resource::new(format!("{SCHEME}{}", summary.run), summary.run.to_string())
                .with_description(description)
                .with_mime_type(JSON)
        };
        let found = found.map_err(|problem| broken(&problem))?;
        Ok(ListResourcesResult::with_all_items(found.iter().map(resource).collect()))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let run = ResourceTemplate::new(format!("{SCHEME}{{run}}"), "run")
            .with_description("A run: its steps, its state, what it asks, its result.")
            .with_mime_type(JSON);
        Ok(ListResourceTemplatesResult::with_all_items(vec![run]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let unknown = || {
            ErrorData::resource_not_found(
                format!("there is no resource `{}`", name(&uri)),
                Some(json!({"uri": name(&uri)})),
            )
        };
        let run = uri.strip_prefix(SCHEME).and_then(|run| run.parse::<RunId>().ok()).ok_or_else(unknown)?;
        let details = tools::details(&self.app, run).await;
        let details = details.map_err(|problem| if is_unknown(&problem) { unknown() } else { broken(&problem) })?;
        let text =
            serde_json::to_string(&details).map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri.clone()).with_mime_type(JSON)]).into())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let (shown, page) = self.task(&request.task_id).await?;
        Ok(tasks::details(&shown, page.as_deref()))
    }

    /// What an agent says about a person's visit to a page is no decision: nothing comes of it.
    async fn update_task(&self, request: UpdateTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.task(&request.task_id).await.map(drop)
    }

    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.task(&request.task_id).await?;
        Err(ErrorData::invalid_request("a run is cancelled by a person, on its page", None))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        let is_known = match method.as_str() {
            "initialize" => !has_no_handshake(&context),
            other => METHODS.contains(&other),
        };
        Err(if is_known {
            ErrorData::invalid_params(format!("the params of `{}` have not their form", name(&method)), None)
        } else {
            ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method `{}`", name(&method)), None)
        })
    }
}

fn is_unknown(problem: &Problem) -> bool {
    problem.code == "unknown_run"
}

/// A request that cannot be answered by anything.
fn broken(problem: &Problem) -> ErrorData {
    ErrorData::internal_error(problem.detail.clone(), None)
}
