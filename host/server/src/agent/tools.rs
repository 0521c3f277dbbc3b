//! The tools: one for each mission, and a few to look, to look ahead and to check.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sortie_host::journal::{InboxEntry, RunId};
use sortie_host::{ExecutionContext, HostError, MissionInfo, Registry};

use super::answers::{self, refused, told};
use super::protocol::{Client, Fault, Message};
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
pub(super) fn all(app: &App) -> Vec<Value> {
    let registry = app.host().registry();
    let missions = missions(&registry).into_iter().map(|(name, (_, mission))| {
        json!({
            "name": name, "title": mission.name, "description": mission.description,
            "inputSchema": schema_of(mission),
            // It changes nothing but its own run; what it asks a person, it asks.
            "annotations": {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": false},
        })
    });
    let own = |name: &str, description: &str, properties: Value, required: &str| {
        json!({
            "name": name, "description": description,
            "inputSchema": {
                "type": "object", "properties": properties, "required": [required], "additionalProperties": false,
            },
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        })
    };
    let run = || json!({"type": "string", "description": "The run."});
    let mut tools: Vec<Value> = missions.collect();
    tools.extend([
        own(SHOW, "Show how a run stands: its result, or what it asks a person.", json!({"run": run()}), "run"),
        own(
            PREVIEW,
            "Show what each answer to what a run asks would lead to. Decides nothing.",
            json!({
                "run": run(),
                "answer": {"description": "An answer to look ahead from; without it, those that are offered."},
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
fn schema_of(mission: &MissionInfo) -> Value {
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
    Value::Object(schema)
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
pub(super) async fn call(app: &App, who: &Caller, message: &Message, client: &Client) -> Result<Value, Fault> {
    let name = message.text("name")?;
    let arguments = match message.params.get("arguments") {
        None => empty(),
        Some(arguments @ Value::Object(_)) => arguments.clone(),
        Some(_) => return Err(Fault::params("`arguments` is an object")),
    };
    // A client that comes back from the person says which run it was told of. It could say anything: to see a run is all
    // that it gets for it.
    let told_of = message.params.get("requestState");
    match answer(app, who, (name, arguments, told_of), client).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Fault::params(format!("there is no tool `{name}`"))),
        Err(problem) => Ok(refused(&problem)),
    }
}

async fn answer(
    app: &App,
    who: &Caller,
    (name, arguments, told_of): (&str, Value, Option<&Value>),
    client: &Client,
) -> Result<Option<Value>, Problem> {
    let mission = missions(&app.host().registry()).get(name).map(|(mission, _)| mission.clone());
    let run = match (name, mission, told_of) {
        (_, Some(_), Some(run)) => {
            let run = run.as_str().and_then(|run| run.parse::<RunId>().ok());
            let run = run.ok_or_else(|| Problem::invalid("`requestState` is not the name of a run"))?;
            return show(app, run).await.map(Some);
        }
        (_, Some(mission), None) => start(app, who, mission, read(arguments)?).await?,
        (SHOW, ..) => return show(app, read::<RunArguments>(arguments)?.run).await.map(Some),
        (PREVIEW, ..) => return look_ahead(app, read(arguments)?).await.map(Some),
        (BUILD, ..) => return build(app, read(arguments)?).await.map(Some),
        (VERIFY, ..) => return verify(app, read::<RunArguments>(arguments)?.run).await.map(Some),
        _ => return Ok(None),
    };
    let (shown, page) = look(app, run).await?;
    Ok(Some(started(&shown, page.as_deref(), client)))
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

async fn show(app: &App, run: RunId) -> Result<Value, Problem> {
    let (shown, page) = look(app, run).await?;
    Ok(answers::run(&shown, page.as_deref()))
}

/// A run that was started, as its agent is answered: by a task or by a request to send the person to the run's page, where
/// the agent knows what these are and the run waits; else by how it stands.
fn started(shown: &InboxEntry, page: Option<&str>, client: &Client) -> Value {
    match (&shown.question, page) {
        (Some(_), Some(_)) if client.takes_tasks() => tasks::begun(shown),
        (Some(question), Some(page)) if client.takes_addresses() => json!({
            "resultType": "input_required",
            "inputRequests": answers::visit(shown, question, page),
            "requestState": shown.record.summary.run,
        }),
        _ => answers::run(shown, page),
    }
}

/// A run, and the address of its page where there is one.
pub(super) async fn look(app: &App, run: RunId) -> Result<(InboxEntry, Option<String>), Problem> {
    let page = Some(app.url()).filter(|url| !url.is_empty()).map(|url| format!("{url}/runs/{run}"));
    let shown = flat(app.read(move |deployment| deployment.inbox().show(&run)).await)?;
    Ok((shown, page))
}

async fn look_ahead(app: &App, arguments: PreviewArguments) -> Result<Value, Problem> {
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
    Ok(told(&value, &text))
}

async fn build(app: &App, arguments: BuildArguments) -> Result<Value, Problem> {
    let built = app.call(move |deployment| deployment.host.build_mission(&arguments.mission, &arguments.params));
    let draft = built.await??;
    let workflow = draft.workflow().to_json();
    let text = serde_json::to_string_pretty(&workflow).unwrap_or_default();
    Ok(told(&json!({"workflow": workflow}), &text))
}

async fn verify(app: &App, run: RunId) -> Result<Value, Problem> {
    let verified = app.call(move |deployment| history::verify(deployment, &run));
    let (hash, difference) = verified.await??;
    let text = match &difference {
        None => format!("Verified: run again, it gives the same result {hash}."),
        Some(difference) => {
            format!("Not verified: run again, it differs at `{}`.", text(&difference.path.to_string()))
        }
    };
    Ok(told(&json!({"verified": difference.is_none(), "result_hash": hash, "difference": difference}), &text))
}

/// All there is to know of a run.
pub(super) async fn details(app: &App, run: RunId) -> Result<RunDetails, Problem> {
    let (shown, went) = flat(app.read(move |deployment| history::both(deployment, &run)).await)?;
    Ok(RunDetails::of(&shown, &went, app.url()))
}
