//! `sortie run`.

use sortie_host::Completed;

use crate::arguments::{Format, RunArguments};
use crate::error::{CliError, Exit};
use crate::{humans, input, render};

/// Builds a mission and runs it.
pub(crate) fn run(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let params = input::params(&arguments.params)?;
    let host = input::host(&arguments.plugins)?;
    let context = input::context(&arguments.context)?;
    let session = host.start_mission(&arguments.mission, &context, &params)?;
    let rerun = format!("sortie run {}", arguments.mission);
    finished(&humans::finish(session, &arguments.humans, &rerun)?, format)
}

/// Prints a finished run. A mission that failed is a failure, and so is an expectation that `run_tests` reports.
pub(crate) fn finished(completed: &Completed, format: Format) -> Result<Exit, CliError> {
    match format {
        Format::Json => render::print_json(&completed.result.to_json())?,
        Format::Human => render::print(&render::result::result(completed))?,
    }
    let failed = !completed.result.success || render::test_report::has_failures(&completed.result);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
