//! `sortie run`.

use std::fs;
use std::path::Path;

use sortie_engine::json::canonical;
use sortie_host::{Bundle, Completed, ExecutionContext, Host, Subject};

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
        if arguments.bundle.is_some() {
            return Err(no_bundle());
        }
        let RunArguments { humans, journal, plugins, .. } = arguments;
        return pause(&Pausing { host: &host, humans, journal, plugins }, mission, &context, format);
    }
    let session = mission.start(&context)?;
    let rerun = format!("sortie run {}", arguments.mission);
    let completed = humans::finish(session, &arguments.humans, &rerun)?;
    if let Some(file) = &arguments.bundle {
        let name = arguments.mission.clone();
        write_bundle(file, Subject::Mission { name, params }, &context, (&host, &completed))?;
    }
    finished(&completed, format)
}

/// A run that waits has no result to bundle.
pub(crate) fn no_bundle() -> CliError {
    CliError::Usage {
        code: "bundle_of_a_pause",
        message: "`--bundle` needs a result, and `--mode pause` may end without one".to_owned(),
        help: "leave out one of the two, or answer the human steps with `--answers FILE`".to_owned(),
    }
}

/// Writes a result with what it was made of.
pub(crate) fn write_bundle(
    file: &Path,
    subject: Subject,
    context: &ExecutionContext,
    (host, completed): (&Host, &Completed),
) -> Result<(), CliError> {
    let bundle = Bundle::new(subject, context, &completed.result, &host.registry())
        .map_err(|error| CliError::Input { code: error.code(), message: error.to_string(), help: None })?;
    let bundle = serde_json::to_value(bundle).unwrap_or_default();
    fs::write(file, canonical(&bundle)).map_err(|error| CliError::Input {
        code: "file_not_writable",
        message: format!("cannot write `{}`: {error}", file.display()),
        help: Some("choose another file with `--bundle`".to_owned()),
    })
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
