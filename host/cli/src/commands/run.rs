//! `sortie run`.

use sortie_host::Completed;

use crate::arguments::{Format, Mode, RunArguments};
use crate::error::{CliError, Exit};
use crate::journal::{Pausing, pause};
use crate::{humans, input, render};

/// Builds a mission and runs it.
pub(crate) fn run(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let params = input::params(&arguments.params)?;
    let host = input::host(&arguments.plugins)?;
    let context = input::context(&arguments.context)?;
    let mission = host.build_mission(&arguments.mission, &params)?;
    if arguments.humans.mode == Some(Mode::Pause) {
        let RunArguments { humans, journal, plugins, .. } = arguments;
        return pause(&Pausing { host: &host, humans, journal, plugins }, mission, &context, format);
    }
    let session = mission.start(&context)?;
    let rerun = format!("sortie run {}", arguments.mission);
    finished(&humans::finish(session, &arguments.humans, &rerun)?, format)
}

/// Prints a finished run.
pub(crate) fn finished(completed: &Completed, format: Format) -> Result<Exit, CliError> {
    match format {
        Format::Json => render::print_json(&completed.result.to_json())?,
        Format::Human => render::print(&render::result::result(completed))?,
    }
    Ok(if completed.result.success { Exit::Done } else { Exit::Failed })
}
