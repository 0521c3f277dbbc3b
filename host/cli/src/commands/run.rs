//! `sortie run`.

use std::path::Path;

use sortie_host::{Completed, Host, HostError};

use crate::arguments::{Format, RunArguments};
use crate::error::{CliError, Exit};
use crate::render::failure::Failing;
use crate::{bundle, humans, input, render};

/// Builds a mission and runs it.
pub(crate) fn run(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let params = input::params(&arguments.params)?;
    let host = input::host(&arguments.plugins)?;
    let context = input::context(&arguments.context)?;
    let save = arguments.failure.save_failure.as_deref();
    let session = host.start_mission(&arguments.mission, &context, &params);
    let session = session.map_err(|error| not_built(&host, error, save))?;
    let rerun = format!("sortie run {}", arguments.mission);
    finished(&host, &humans::finish(session, &arguments.humans, &rerun)?, save, format)
}

/// Prints a finished run, and saves the call that it failed at where that was asked for.
pub(crate) fn finished(
    host: &Host,
    completed: &Completed,
    save: Option<&Path>,
    format: Format,
) -> Result<Exit, CliError> {
    let failed = completed.last.as_deref().filter(|_| completed.failed_in_a_call());
    // Where the state refused the changes, the call itself did not fail: what is known stands in the result.
    let details = &completed.result.error_details;
    let failing = failed.map(|attempt| bundle::save(host, attempt, save)).transpose()?;
    let failing = failing.map(|failing| Failing { details, ..failing });
    match format {
        Format::Json => render::print_json(&completed.result.to_json())?,
        Format::Human => render::print(&render::result::result(completed, failing.as_ref()))?,
    }
    Ok(if completed.result.success { Exit::Done } else { Exit::Failed })
}

/// The error, with what there is to say of the builder's call if that was what failed.
fn not_built(host: &Host, error: HostError, save: Option<&Path>) -> CliError {
    let details = match &error {
        HostError::BuildFailed { attempt, .. } => match bundle::save(host, attempt, save) {
            Ok(failing) => failing.lines() + &failing.log(),
            Err(error) => return error,
        },
        _ => return error.into(),
    };
    CliError::BuildFailed { error: Box::new(error), details }
}
