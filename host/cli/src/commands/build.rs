//! `sortie build`.

use crate::arguments::{BuildArguments, Format};
use crate::error::{CliError, Exit};
use crate::{input, render};

/// Builds a mission, prints its workflow definition, and runs nothing.
pub(crate) fn build(arguments: &BuildArguments, format: Format) -> Result<Exit, CliError> {
    let params = input::params(&arguments.params)?;
    let host = input::host(&arguments.plugins)?;
    let workflow = host.build_mission(&arguments.mission, &params)?.workflow().to_json();
    match format {
        Format::Json => render::print_json(&workflow)?,
        Format::Human => render::print(&format!("{}\n", render::pretty(&workflow)))?,
    }
    Ok(Exit::Done)
}
