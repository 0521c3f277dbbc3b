//! `sortie inbox retry`.

use clap::Args;
use serde_json::json;
use sortie_host::journal::RunId;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::find;
use crate::options::{Format, JournalArguments};
use crate::render::{print, print_json};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run's name, or the beginning of it.
    #[arg(add = candidates::runs())]
    run: RunId,
    #[command(flatten)]
    journal: JournalArguments,
}

/// Lets workers take a run that was set aside.
pub(crate) fn retry(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let run = find(&*journal, &arguments.run)?;
    journal.retry(&run)?;
    match format {
        Format::Json => print_json(&json!({"run": run}))?,
        Format::Human => print(&format!("run {run} can be resumed: by a worker, or by `sortie resume {run}`\n"))?,
    }
    Ok(Exit::Done)
}
