//! `sortie inbox cancel`.

use clap::Args;
use serde_json::json;
use sortie_host::journal::{CancelOutcome, Inbox, RunId};

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::find;
use crate::options::{ActorArguments, Format, JournalArguments};
use crate::render::{print, print_json, printable};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run's name, or the beginning of it.
    #[arg(add = candidates::runs())]
    run: RunId,
    /// Say why: the reason is kept with the run.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    person: ActorArguments,
    #[command(flatten)]
    journal: JournalArguments,
}

/// Cancels a run.
pub(crate) fn cancel(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let run = &find(&*journal, &arguments.run)?;
    let by = arguments.person.actor();
    let cancelled = Inbox::new(&*journal, &*journal.clock()).cancel(run, &arguments.reason, &by)?;
    let (by, at, reason) = match &cancelled {
        CancelOutcome::Now { at } => (&by, at, &arguments.reason),
        CancelOutcome::Already { by, at, reason } => (by, at, reason),
    };
    match format {
        Format::Json => {
            print_json(&json!({"code": cancelled.code(), "run": run, "actor": by, "at": at, "reason": reason}))?;
        }
        Format::Human => {
            let already = match cancelled {
                CancelOutcome::Now { .. } => "is",
                CancelOutcome::Already { .. } => "was already",
            };
            let told = printable(&format!("{already} cancelled by {by} at {at}: {reason}"));
            print(&format!("run {run} {told}\n"))?;
        }
    }
    Ok(Exit::Done)
}
