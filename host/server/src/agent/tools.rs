//! The tools: one for each mission, and a few to look, to preview and to verify.

use std::collections::BTreeMap;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, InputRequiredResult, JsonObject, Tool,
    ToolAnnotations,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sortie_host::journal::{InboxEntry, RunId};
use sortie_host::{ExecutionContext, HostError, MissionInfo, Registry};

use super::abilities::Abilities;
use super::answers::{self, refused, told};
use super::tasks;
use crate::api::types::{PreviewList, PreviewView, RunDetails};
use crate::app::App;
use crate::codes;
use crate::decision::{Outlooks, preview};
use crate::history;
use crate::identity::{Caller, Role};
use crate::problem::Problem;
use crate::reply::flat;
use crate::text::text;

const SHOW: &str = "sortie_show_run";
const PREVIEW: &str = "sortie_preview";
const BUILD: &str = "sortie_build";
const VERIFY: &str = "sortie_verify";
const OWN: [&str; 4] = [SHOW, PREVIEW, BUILD, VERIFY];

/// All tools, as they are now: plugins come and go.
pub(super) fn all(app: &App) -> Vec<Tool> {
    let registry = app.host().registry();
    let mut tools: Vec<Tool> = missions(&registry).into_iter().map(|(name, (_, mission))| of(name, mission)).collect();
    let run = || json!({"type": "string", "description": "The run."});
    tools.extend([
        own(SHOW, "Show how a run stands: its result, or what it asks a person.", json!({"run": run()}), "run"),
        own(
            PREVIEW,
            "Show what each answer to what a run asks would lead to. Decides nothing.",
            json!({
                "run": run(),
                "answer": {"description": "The answer to preview; without it, each that is offered."},
            }),
            "run",
        ),
        own(
            BUILD,
            "Build a mission's workflow, and run nothing of it.",
            json!({
                "mission": {"type": "string", "description": "The mission."},
                "params": {"type": "object", "description": "Its params."},
            }),
            "mission",
        ),
        own(VERIFY, "Make the result of a run again, and say whether it is the same.", json!({"run": run()}), "run"),
    ]);
    tools
}

/// The tool that a mission is. It changes nothing but its own run; what it asks a person, it asks.
fn of(name: String, mission: &MissionInfo) -> Tool {
    let mut tool = Tool::new(name, mission.description.clone(), schema_of(mission));
    tool.title = Some(mission.name.clone());
    tool.annotations = Some(ToolAnnotations::new().read_only(false).destructive(false).open_world(false));
    tool
}

/// A tool that changes nothing.
fn own(name: &'static str, description: &'static str, properties: Value, required: &str) -> Tool {
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties);
    schema.insert("required".to_owned(), json!([required]));
    schema.insert("additionalProperties".to_owned(), json!(false));
    let mut tool = Tool::new(name, description, schema);
    tool.annotations = Some(ToolAnnotations::new().read_only(true).open_world(false));
    tool
}

/// The missions by the names of their tools: the short name where it is nobody else's.
fn missions(registry: &Registry) -> BTreeMap<String, (String, &MissionInfo)> {
    let all = || {
        registry
            .plugins()
            .flat_map(|plugin| plugin.plugin().manifest().missions.iter().map(move |mission| (plugin.name(), mission)))
    };
    let is_one = |name: &str| all().filter(|(_, mission)| mission.name == name).count() == 1 && !OWN.contains(&name);
    all()
        .map(|(plugin, mission)| {
            let tool = if is_one(&mission.name) { mission.name.clone() } else { format!("{plugin}__{}", mission.name) };
            (tool, (format!("{plugin}/{}", mission.name), mission))
        })
        .collect()
}

/// The schema of a mission's tool: its params, and the state to begin with.
fn schema_of(mission: &MissionInfo) -> JsonObject {
    let mut params = mission.params_schema.clone();
    let mut schema = Map::new();
    if let Some(members) = params.as_object_mut() {
        members.remove("$schema");
        // References lead to the root, which is another one here.
        if let Some(definitions) = members.remove("$defs") {
            schema.insert("$defs".to_owned(), definitions);
        }
    }
    let state =
        json!({"type": "object", "description": "The state to begin with: all that the mission sees of the world."});
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), json!({"params": params, "state": state}));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartArguments {
    #[serde(default = "empty")]
    params: Value,
    #[serde(default = "empty")]
    state: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunArguments {
    run: RunId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewArguments {
    run: RunId,
    #[serde(default, deserialize_with = "sortie_json::present")]
    answer: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuildArguments {
    mission: String,
    #[serde(default = "empty")]
    params: Value,
}

fn empty() -> Value {
    Value::Object(Map::new())
}

fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, Problem> {
    serde_json::from_value(arguments).map_err(|error| Problem::invalid(format!("the arguments do not fit: {error}")))
}

/// Calls a tool. What goes wrong in it is an answer, too: one that the agent can read.
pub(super) async fn call(
    app: &App,
    who: &Caller,
    request: CallToolRequestParams,
    abilities: Abilities,
) -> Result<CallToolResponse, ErrorData> {
    let name = request.name.clone();
    match answer(app, who, request, abilities).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(ErrorData::invalid_params(format!("there is no tool `{}`", crate::text::name(&name)), None)),
        Err(problem) => Ok(refused(&problem).into()),
    }
}

async fn answer(
    app: &App,
    who: &Caller,
    request: CallToolRequestParams,
    abilities: Abilities,
) -> Result<Option<CallToolResponse>, Problem> {
    let arguments = Value::Object(request.arguments.unwrap_or_default());
    let mission = missions(&app.host().registry()).get(&*request.name).map(|(mission, _)| mission.clone());
    // A client that comes back from the person says which run it was told of. It could say anything: to see a run is all
    // that it gets for it.
    let answer = match (&*request.name, mission, request.request_state) {
        (_, Some(_), Some(run)) => {
            let run = run.parse::<RunId>().map_err(|_| Problem::invalid("`requestState` is not the name of a run"))?;
            show(app, run).await?
        }
        (_, Some(mission), None) => {
            let run = start(app, who, mission, read(arguments)?).await?;
            let (shown, page) = look(app, run).await?;
            return Ok(Some(started(&shown, page.as_deref(), abilities)));
        }
        (SHOW, ..) => show(app, read::<RunArguments>(arguments)?.run).await?,
        (PREVIEW, ..) => preview_answer(app, read(arguments)?).await?,
        (BUILD, ..) => build(app, read(arguments)?).await?,
        (VERIFY, ..) => verify(app, read::<RunArguments>(arguments)?.run).await?,
        _ => return Ok(None),
    };
    Ok(Some(answer.into()))
}

async fn start(app: &App, caller: &Caller, mission: String, arguments: StartArguments) -> Result<RunId, Problem> {
    if !caller.may(Role::Start) {
        let detail =
            format!("`{}` has the role `{}`, and to start a run takes `start`", caller.user, caller.role.word());
        return Err(Problem::new(codes::NOT_ALLOWED, detail));
    }
    let by = caller.actor();
    let started = app.call(move |deployment| {
        let context = ExecutionContext::new(arguments.state).map_err(HostError::from)?;
        let draft = deployment.host.build_mission(&mission, &arguments.params)?;
        deployment.runs().on_behalf_of(&by).start(draft, &context, &BTreeMap::new())
    });
    let started = flat(started.await)?;
    app.metrics.run_started();
    Ok(started.run)
}

async fn show(app: &App, run: RunId) -> Result<CallToolResult, Problem> {
    let (shown, page) = look(app, run).await?;
    Ok(answers::run(&shown, page.as_deref()))
}

/// A run that was started, as its agent is answered: by a task or by a request to send the person to the run's page, where
/// the agent knows what these are and the run waits; else by how it stands.
fn started(shown: &InboxEntry, page: Option<&str>, abilities: Abilities) -> CallToolResponse {
    match (&shown.question, page) {
        (Some(_), Some(_)) if abilities.tasks => tasks::begun(shown).into(),
        (Some(question), Some(page)) if abilities.visits => {
            let run = shown.record.summary.run.to_string();
            InputRequiredResult::new(Some(answers::visit(shown, question, page)), Some(run)).into()
        }
        _ => answers::run(shown, page).into(),
    }
}

/// A run, and the address of its page where there is one.
pub(super) async fn look(app: &App, run: RunId) -> Result<(InboxEntry, Option<String>), Problem> {
    let page = Some(app.url()).filter(|url| !url.is_empty()).map(|url| format!("{url}/runs/{run}"));
    let shown = flat(app.read(move |deployment| deployment.inbox().show(&run)).await)?;
    Ok((shown, page))
}

async fn preview_answer(app: &App, arguments: PreviewArguments) -> Result<CallToolResult, Problem> {
    let PreviewArguments { run, answer } = arguments;
    let value = if let Some(answer) = answer {
        let value = answer.clone();
        let ahead = app.call(move |deployment| preview(deployment, &run, &value)).await?;
        serde_json::to_value(PreviewView::of(Some(answer), &ahead))
    } else {
        let outlooks = app.call(move |deployment| Outlooks::of(&deployment.runs(), &run)).await?;
        if let Some(problem) = outlooks.unavailable {
            return Err(problem);
        }
        serde_json::to_value(PreviewList::of(&outlooks))
    };
    let value = value.unwrap_or_default();
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    Ok(told(value, text))
}

async fn build(app: &App, arguments: BuildArguments) -> Result<CallToolResult, Problem> {
    let built = app.call(move |deployment| deployment.host.build_mission(&arguments.mission, &arguments.params));
    let draft = built.await??;
    let workflow = draft.workflow().to_json();
    let text = serde_json::to_string_pretty(&workflow).unwrap_or_default();
    Ok(told(json!({"workflow": workflow}), text))
}

async fn verify(app: &App, run: RunId) -> Result<CallToolResult, Problem> {
    let verified = app.call(move |deployment| history::verify(deployment, &run));
    let (hash, difference) = verified.await??;
    let text = match &difference {
        None => format!("Verified: run again, it gives the same result {hash}."),
        Some(difference) => {
            format!("Not verified: run again, it differs at `{}`.", text(&difference.path.to_string()))
        }
    };
    Ok(told(json!({"verified": difference.is_none(), "result_hash": hash, "difference": difference}), text))
}

/// All there is to know of a run.
pub(super) async fn details(app: &App, run: RunId) -> Result<RunDetails, Problem> {
    let (shown, went) = flat(app.read(move |deployment| history::both(deployment, &run)).await)?;
    Ok(RunDetails::of(&shown, &went, app.url()))
}
