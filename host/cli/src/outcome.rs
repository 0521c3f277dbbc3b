//! What comes of a run: saved, bundled, printed.

use std::path::Path;

use sortie_attestation::{Artifact, predicate};
use sortie_host::journal::{Clock, SystemClock};
use sortie_host::{Bundle, ExecutionContext, FinishedRun, Host, OrchestrationResult, WorkflowDefinition};
use sortie_json::{ContentHash, canonical};
use sortie_runner::files;
use sortie_runner::{CallFailure, SavedFailure};
use sortie_sandbox::timed;

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::render;
use crate::signing::Attester;

/// Writes a result with what it was made of.
pub(crate) fn write_bundle(
    file: &Path,
    workflow: &WorkflowDefinition,
    context: &ExecutionContext,
    (host, completed): (&Host, &FinishedRun),
) -> Result<Option<Artifact>, CliError> {
    let bundle = Bundle::new(workflow, context, &completed.result, &host.registry())
        .map_err(|error| CliError::Error(Box::new(error)))?;
    save_bundle(file, &bundle)
}

/// Writes a bundle; `-` stands for standard output. Gives the file, if it is one, as what statements are about.
pub(crate) fn save_bundle(file: &Path, bundle: &Bundle) -> Result<Option<Artifact>, CliError> {
    let bundle = serde_json::to_value(bundle).unwrap_or_default();
    if file.as_os_str() == "-" {
        render::print_json(&bundle)?;
        return Ok(None);
    }
    let bytes = canonical(&bundle);
    files::write(file, &bytes)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(Some(Artifact::new(name, ContentHash::of_bytes(&bytes))))
}

/// States what a run came to, if that was asked for.
pub(crate) fn attest(
    attester: Option<&Attester>,
    result: &OrchestrationResult,
    bundle: Option<Artifact>,
) -> Result<(), CliError> {
    let Some(attester) = attester else { return Ok(()) };
    attester.attest(&predicate::of_run(result, bundle, SystemClock.now()))
}

/// The call that a run failed at, if it was one, saved where that was asked for.
pub(crate) fn failing<'f>(
    host: &'f Host,
    completed: &'f FinishedRun,
    save: Option<&'f Path>,
) -> Result<Option<CallFailure<'f>>, CliError> {
    let failed = completed.failed.as_deref();
    let failing = failed.map(|failed| SavedFailure::save(host, failed, save)).transpose()?;
    // Where the state refused the changes, the call itself did not fail: what is known stands in the result.
    let builder = completed.result.mission.as_ref().map(|mission| mission.plugin.as_str());
    Ok(failing.map(|failing| CallFailure { builder, details: &completed.result.error_details, ..failing }))
}

/// Prints a finished run. A mission that failed is a failure, and so is one that judged "no".
pub(crate) fn finished(
    completed: &FinishedRun,
    failing: Option<&CallFailure<'_>>,
    format: Format,
) -> Result<Exit, CliError> {
    let _timed = timed!("render");
    match format {
        Format::Json => render::print_json(&completed.result.to_json())?,
        Format::Human => render::print(&render::result::result(completed, failing))?,
    }
    let failed = !completed.result.success || !completed.result.passed();
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
