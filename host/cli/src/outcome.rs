//! What comes of a run: saved, bundled, printed.

use std::fs;
use std::path::Path;

use sortie_host::{Bundle, Completed, ExecutionContext, Host, WorkflowDefinition};
use sortie_json::canonical;
use sortie_runner::files::FileError;
use sortie_runner::{CallFailure, SavedFailure};

use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments};
use crate::refusal::Refusal;
use crate::render;

/// A run that waits has no result to bundle, and no failure to save; one that does not is in no journal.
pub(crate) fn check_pause(
    pauses: bool,
    journal: &JournalArguments,
    bundle: Option<&Path>,
    save_failure: Option<&Path>,
) -> Result<(), CliError> {
    match (bundle, save_failure) {
        _ if !pauses => journal.none_named(),
        (Some(_), _) => Err(Refusal::BundleOfAPause.into()),
        (None, Some(_)) => Err(Refusal::FailureOfAPause.into()),
        (None, None) => Ok(()),
    }
}

/// Writes a result with what it was made of.
pub(crate) fn write_bundle(
    file: &Path,
    workflow: &WorkflowDefinition,
    context: &ExecutionContext,
    (host, completed): (&Host, &Completed),
) -> Result<(), CliError> {
    let bundle = Bundle::new(workflow, context, &completed.result, &host.registry())
        .map_err(|error| CliError::Error(Box::new(error)))?;
    save_bundle(file, &bundle)
}

/// Writes a bundle; `-` stands for standard output.
pub(crate) fn save_bundle(file: &Path, bundle: &Bundle) -> Result<(), CliError> {
    let bundle = serde_json::to_value(bundle).unwrap_or_default();
    if file.as_os_str() == "-" {
        return Ok(render::print_json(&bundle)?);
    }
    fs::write(file, canonical(&bundle)).map_err(|error| FileError::writing(file, error).into())
}

/// The call that a run failed at, if it was one, saved where that was asked for.
pub(crate) fn failing<'f>(
    host: &'f Host,
    completed: &'f Completed,
    save: Option<&'f Path>,
) -> Result<Option<CallFailure<'f>>, CliError> {
    let failed = completed.failed.as_deref();
    let failing = failed.map(|failed| SavedFailure::save(host, failed, save)).transpose()?;
    // Where the state refused the changes, the call itself did not fail: what is known stands in the result.
    Ok(failing.map(|failing| CallFailure { details: &completed.result.error_details, ..failing }))
}

/// Prints a finished run. A mission that failed is a failure, and so is one that judged "no".
pub(crate) fn finished(
    completed: &Completed,
    failing: Option<&CallFailure<'_>>,
    format: Format,
) -> Result<Exit, CliError> {
    match format {
        Format::Json => render::print_json(&completed.result.to_json())?,
        Format::Human => render::print(&render::result::result(completed, failing))?,
    }
    let failed = !completed.result.success || !completed.result.passed();
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
