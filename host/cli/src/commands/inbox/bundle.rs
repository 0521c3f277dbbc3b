//! `sortie inbox bundle`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sortie_host::journal::RunId;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::{Driver, ResumeSetup, find};
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::outcome::{attest, save_bundle};
use crate::render::{print, print_json};
use crate::signing::AttestArguments;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run's name, or the beginning of it. The run has to be finished.
    #[arg(add = candidates::runs())]
    run: RunId,
    /// The file to write, or `-` for standard output.
    file: PathBuf,
    #[command(flatten)]
    attest: AttestArguments,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Bundles a finished run.
pub(crate) fn bundle(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let attester = arguments.attest.attester(Some(&arguments.file))?;
    let journal = arguments.journal.open()?;
    let run = find(&*journal, &arguments.run)?;
    let setup = ResumeSetup {
        journal: &arguments.journal,
        plugins: &arguments.plugins,
        allow_changed_plugin: false,
        save_failure: None,
        bundle: None,
        attester: None,
    };
    let bundle = Driver::begin(setup, &journal)?.bundle(&run)?;
    let written = save_bundle(&arguments.file, &bundle)?;
    attest(attester.as_ref(), bundle.result(), written)?;
    let hash = bundle.result().receipt.result_hash;
    if arguments.file.as_os_str() != "-" {
        match format {
            Format::Json => print_json(&json!({"run": run, "result_hash": hash, "file": arguments.file}))?,
            Format::Human => print(&format!("run {run} is bundled, result {hash}\n"))?,
        }
    }
    Ok(Exit::Done)
}
