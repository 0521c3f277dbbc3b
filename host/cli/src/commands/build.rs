//! `sortie build`.

use clap::Args;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::options::{Format, ParamsArguments, PluginArguments};
use crate::{params, project, remarks, render};

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    #[arg(add = candidates::missions())]
    pub(crate) mission: String,
    #[command(flatten)]
    pub(crate) params: ParamsArguments,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
    /// Treat warnings as errors: params that the mission does not have, steps that it left out.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Builds a mission, prints its workflow definition, and runs nothing.
pub(crate) fn build(arguments: &BuildArguments, format: Format) -> Result<Exit, CliError> {
    let host = project::host(&arguments.plugins)?;
    let params = params::of_mission(&arguments.params, &host, &arguments.mission)?;
    let mission = host.build_mission(&arguments.mission, &params)?;
    remarks::tell(&mission, arguments.strict)?;
    let workflow = mission.workflow().to_json();
    match format {
        Format::Json => render::print_json(&workflow)?,
        Format::Human => render::print(&format!("{}\n", render::printable_lines(&render::pretty(&workflow))))?,
    }
    Ok(Exit::Done)
}
