//! `sortie restate start`.

use clap::Args;
use serde_json::Value;
use sortie_host::journal::RunId;
use sortie_restate::StartRequest;

use super::{ClusterArguments, print};
use crate::candidates;
use crate::error::{CliError, Exit};
use crate::options::{ActorArguments, ContextArguments, Format, ParamsArguments, PluginArguments};
use crate::{input, params, project};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The mission: `plugin/name`, or its name alone while that is unique. The service's plugins build and run it; those
    /// here only say which params are strings, and which are filled in from the clock.
    #[arg(add = candidates::missions(), required_unless_present = "workflow", conflicts_with = "workflow")]
    mission: Option<String>,
    /// Start this workflow definition in place of a mission: a file in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["each", "params"])]
    workflow: Option<String>,
    /// Give the run this name [default: a new one]. A name is used once, so it is safe to repeat a start whose outcome is
    /// unknown.
    #[arg(long, value_name = "NAME")]
    run: Option<RunId>,
    #[command(flatten)]
    params: ParamsArguments,
    #[command(flatten)]
    context: ContextArguments,
    /// Answer human steps from a file in JSON, YAML or TOML that maps step ids to answers.
    #[arg(long, value_name = "FILE")]
    answers: Option<String>,
    #[command(flatten)]
    person: ActorArguments,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Starts a run, and prints the tokens of its waits.
pub(super) fn start(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let run = arguments.run.clone().map_or_else(RunId::random, Ok)?;
    let params = match &arguments.mission {
        Some(mission) => params::of_mission(&arguments.params, &project::host(&arguments.plugins)?, mission)?,
        None => Value::Null,
    };
    let context = input::context(&arguments.context)?;
    let workflow = arguments.workflow.as_deref().map(input::document).transpose()?;
    let request = StartRequest {
        mission: arguments.mission.clone(),
        params,
        workflow: workflow.map(sortie_json::Document::into_value),
        answers: input::answers(arguments.answers.as_deref())?,
        by: Some(arguments.person.actor().as_str().to_owned()),
        ..StartRequest::in_context(&context)
    };
    let started = arguments.cluster.cluster().start(&run, request)?;
    print::started(&run, &started, format)?;
    Ok(Exit::Done)
}
