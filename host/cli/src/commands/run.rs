//! `sortie run`.

use std::fs;
use std::path::Path;

use sortie_host::{Bundle, Completed, ExecutionContext, Host, HostError, Subject};
use sortie_json::canonical;

use crate::arguments::{Format, Mode, RunArguments};
use crate::error::{CliError, Exit};
use crate::journal::{JournalArguments, Pausing, pause};
use crate::render::failure::Failing;
use crate::{failed_call, humans, input, render};

/// Builds a mission and runs it.
pub(crate) fn run(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let save = arguments.failure.save_failure.as_deref();
    let pauses = arguments.humans.mode == Some(Mode::Pause);
    of_pauses(pauses, &arguments.journal, arguments.bundle.as_deref(), save)?;
    let params = input::params(&arguments.params)?;
    let host = input::host(&arguments.plugins)?;
    let context = input::context(&arguments.context)?;
    let mission = host.build_mission(&arguments.mission, &params);
    let mission = mission.map_err(|error| not_built(&host, error, save))?;
    if pauses {
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
    finished(&completed, failing(&host, &completed, save)?.as_ref(), format)
}

/// A run that waits has no result to bundle, and no failure to save; one that does not is in no journal.
pub(crate) fn of_pauses(
    pauses: bool,
    journal: &JournalArguments,
    bundle: Option<&Path>,
    save_failure: Option<&Path>,
) -> Result<(), CliError> {
    let (code, option) = match (bundle, save_failure) {
        _ if !pauses => return journal.none_named(),
        (Some(_), _) => ("bundle_of_a_pause", "--bundle"),
        (None, Some(_)) => ("failure_of_a_pause", "--save-failure"),
        (None, None) => return Ok(()),
    };
    Err(CliError::Usage {
        code,
        message: format!("`{option}` needs a result, and `--mode pause` may end without one"),
        help: "leave out one of the two, or answer the human steps with `--answers FILE`".to_owned(),
    })
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

/// The call that a run failed at, if it was one, saved where that was asked for.
pub(crate) fn failing<'f>(
    host: &'f Host,
    completed: &'f Completed,
    save: Option<&'f Path>,
) -> Result<Option<Failing<'f>>, CliError> {
    let failed = completed.last.as_deref().filter(|_| completed.failed_in_a_call());
    let failing = failed.map(|attempt| failed_call::save(host, attempt, save)).transpose()?;
    // Where the state refused the changes, the call itself did not fail: what is known stands in the result.
    Ok(failing.map(|failing| Failing { details: &completed.result.error_details, ..failing }))
}

/// Prints a finished run. A mission that failed is a failure, and so is an expectation that `run_tests` reports.
pub(crate) fn finished(completed: &Completed, failing: Option<&Failing<'_>>, format: Format) -> Result<Exit, CliError> {
    match format {
        Format::Json => render::print_json(&completed.result.to_json())?,
        Format::Human => render::print(&render::result::result(completed, failing))?,
    }
    let failed = !completed.result.success || render::test_report::has_failures(&completed.result);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// The error, with what there is to say of the builder's call if that was what failed.
fn not_built(host: &Host, error: HostError, save: Option<&Path>) -> CliError {
    let details = match &error {
        HostError::BuildFailed { attempt, .. } => match failed_call::save(host, attempt, save) {
            Ok(failing) => failing.lines() + &failing.log(),
            Err(error) => return error,
        },
        _ => return error.into(),
    };
    CliError::BuildFailed { error: Box::new(error), details }
}
