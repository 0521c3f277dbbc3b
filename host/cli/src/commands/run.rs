//! `sortie run`.

use std::path::Path;

use clap::Args;
use sortie_host::codes::INVALID_PARAMS;
use sortie_host::{Host, HostError};
use sortie_runner::SavedFailure;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::execution::ExecutionArguments;
use crate::options::{ContextArguments, Format, ParamsArguments};
use crate::{input, params, remarks, render};

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    #[arg(add = candidates::missions())]
    pub(crate) mission: String,
    #[command(flatten)]
    pub(crate) params: ParamsArguments,
    #[command(flatten)]
    pub(crate) context: ContextArguments,
    #[command(flatten)]
    pub(crate) execution: ExecutionArguments,
    /// Treat warnings as errors: params that the mission does not have, steps that it left out.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Builds a mission and runs it.
pub(crate) fn run(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let read: Vec<&str> = arguments.context.files().chain(arguments.params.files()).collect();
    let execution = arguments.execution.check(&read)?;
    let host = execution.host()?;
    let params = params::of_mission(&arguments.params, &host, &arguments.mission)?;
    let context = input::context(&arguments.context)?;
    let mission = host.build_mission(&arguments.mission, &params);
    let mission = mission.map_err(|error| not_built(&host, error, arguments.execution.save_failure()))?;
    remarks::tell(&mission, arguments.strict)?;
    let command = format!("sortie run {}", arguments.mission);
    execution.run((&host, mission), &context, (&arguments.mission, &command), format)
}

/// The error, with what there is to say of the builder's call if that was what failed.
fn not_built(host: &Host, error: HostError, save: Option<&Path>) -> CliError {
    let details = match &error {
        // Params that the builder does not take are the caller's mistake: the plugin's call tells nothing more of it.
        HostError::BuildFailed { .. } if error.code() == INVALID_PARAMS.as_str() && save.is_none() => {
            return error.into();
        }
        HostError::BuildFailed { call: failed, .. } => match SavedFailure::save(host, failed, save) {
            Ok(failing) => render::failure::lines(&failing) + &render::failure::log(&failing),
            Err(error) => return error.into(),
        },
        _ => return error.into(),
    };
    CliError::BuildFailed { error: Box::new(error), details }
}
