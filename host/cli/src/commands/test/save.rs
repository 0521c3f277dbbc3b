//! `sortie test --save` and `--shrink`: scenarios from what happened, and small ones from large ones.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;
use sortie_host::Bundle;
use sortie_host::journal::{Inbox, RunId};
use sortie_runner::files::FileError;
use sortie_runner::suite_file::add_scenario;
use sortie_runner::{SavedFailure, TestPlan, files, save};

use super::arguments::TestArguments;
use crate::error::{CliError, Exit};
use crate::refusal::Refusal;
use crate::render::{print, printable};

/// What a document says that it is.
fn version(value: &Value) -> &str {
    value.get("schema_version").and_then(Value::as_str).unwrap_or_default()
}

/// Adds a scenario to a suite of a run in a journal, a bundle or a saved failure.
pub(super) fn save(arguments: &TestArguments, what: &str, suite: &Path) -> Result<Exit, CliError> {
    let name = |default: &str| arguments.name.clone().unwrap_or_else(|| default.to_owned());
    let stem = Path::new(what).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let scenario = if Path::new(what).exists() {
        let document = files::document(what)?.into_value();
        if version(&document).starts_with("failed_call@") {
            save::of_failure(&name(&stem), &SavedFailure::read(what)?)
        } else {
            let bundle: Bundle = serde_json::from_value(document)
                .map_err(|error| Refusal::NotABundle { name: what.to_owned(), detail: error.to_string() })?;
            save::of_recording(&name(&stem), &bundle.recording())
        }
    } else {
        let journal = arguments.journal.open()?;
        let run: RunId = what.parse().map_err(|_| FileError::reading(what, ErrorKind::NotFound.into()))?;
        let recording = Inbox::new(&*journal, &*journal.clock()).recording(&run)?;
        let recording = recording.ok_or_else(|| Refusal::NothingToTest { run: run.to_string() })?;
        save::of_recording(&name(&run.to_string()), &recording)
    };
    let scenario = scenario.map_err(|error| CliError::Error(Box::new(error)))?;
    add(suite, &scenario)?;
    let name = scenario.get("scenario_name").and_then(Value::as_str).unwrap_or_default();
    let expected = scenario.get("expect").and_then(Value::as_array).map_or(0, Vec::len);
    let s = if expected == 1 { "" } else { "s" };
    print(&format!(
        "wrote the scenario `{}` with {expected} expectation{s} to {}\n",
        printable(name),
        printable(&suite.display().to_string())
    ))?;
    Ok(Exit::Done)
}

/// Makes the scenarios that fail small, and adds them to a suite.
pub(super) fn shrink(prepared: &TestPlan<'_>, suite: &Path) -> Result<Exit, CliError> {
    let shrunk = prepared.shrink()?;
    let mut text = String::new();
    for small in &shrunk {
        add(suite, &small.scenario)?;
        let name = small.scenario.get("scenario_name").and_then(Value::as_str).unwrap_or_default();
        text.push_str(&format!(
            "`{}`: {} bytes of state, params and answers are {} now, and it fails in the same way ({} runs)\n",
            printable(name),
            small.bytes_before,
            small.bytes,
            small.runs
        ));
    }
    if shrunk.is_empty() {
        text.push_str("no scenario fails, so that there is nothing to make smaller\n");
    } else {
        text.push_str(&format!("wrote {}\n", printable(&suite.display().to_string())));
    }
    print(&text)?;
    Ok(if shrunk.is_empty() { Exit::Done } else { Exit::Failed })
}

fn add(suite: &Path, scenario: &Value) -> Result<(), CliError> {
    add_scenario(suite, scenario).map_err(|error| CliError::Error(Box::new(error)))
}
