//! `sortie journal`: the file itself.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use sortie_host::journal::{Clock, Journal, SystemClock};

use super::inbox::{before, duration};
use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments};
use crate::refusal::Refusal;
use crate::render::{print, print_json};

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Remove runs that ended long ago, with all that is kept of them.
    Prune(PruneArguments),
    /// Copy the journal, as it is at one moment, to a new file. Others may use it meanwhile.
    Backup(BackupArguments),
    /// Read all there is, and compare it with the hashes that it was written with.
    Check(CheckArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    /// Runs that ended so long ago: seconds, or a number with `s`, `m`, `h` or `d`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Duration,
    #[command(flatten)]
    journal: JournalArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The file to write. It must not exist yet.
    file: PathBuf,
    #[command(flatten)]
    journal: JournalArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    journal: JournalArguments,
}

/// Runs one of them.
pub(crate) fn journal(command: &JournalCommand, format: Format) -> Result<Exit, CliError> {
    match command {
        JournalCommand::Prune(arguments) => prune(arguments, format),
        JournalCommand::Backup(arguments) => backup(arguments, format),
        JournalCommand::Check(arguments) => check(arguments, format),
    }
}

fn prune(arguments: &PruneArguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let pruned = journal.prune(before(SystemClock.now(), arguments.older_than))?;
    match format {
        Format::Json => print_json(&json!({"pruned": pruned}))?,
        Format::Human => print(&format!("{} removed\n", runs(pruned)))?,
    }
    Ok(Exit::Done)
}

fn backup(arguments: &BackupArguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    journal.backup(&arguments.file)?;
    match format {
        Format::Json => print_json(&json!({"file": arguments.file}))?,
        Format::Human => print(&format!("copied to {}\n", Refusal::shown(&arguments.file)))?,
    }
    Ok(Exit::Done)
}

fn check(arguments: &CheckArguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let checked = journal.verify()?;
    match format {
        Format::Json => print_json(&json!({"checked": checked}))?,
        Format::Human => print(&format!("{} checked: all is as it was written\n", runs(checked)))?,
    }
    Ok(Exit::Done)
}

fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}
