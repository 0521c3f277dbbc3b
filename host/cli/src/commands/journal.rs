//! `sortie journal`: the file itself.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, BufWriter};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use sortie_host::journal::{JournalError, TransferError, transfer};
use sortie_runner::files;

use super::inbox::before;
use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments, duration};
use crate::refusal::Refusal;
use crate::render::{print, print_json};

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Remove runs that ended long ago, and everything kept about them.
    Prune(PruneArguments),
    /// Copy the journal, as it is at one moment, to a new file. It can stay in use meanwhile.
    Backup(BackupArguments),
    /// Export all runs to a new file, which another journal, also in another store, can import.
    Export(ExportArguments),
    /// Import the runs of an exported file, and check each against its recorded hashes.
    Import(ImportArguments),
    /// Read the whole journal, and check it against its recorded hashes.
    Check(CheckArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    /// Remove runs that ended this long ago: seconds, or a number with `s`, `m`, `h` or `d`.
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
pub(crate) struct ExportArguments {
    /// The file to write. It must not exist yet.
    file: PathBuf,
    #[command(flatten)]
    journal: JournalArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The file to read, or `-` for standard input.
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
        JournalCommand::Export(arguments) => export(arguments, format),
        JournalCommand::Import(arguments) => import(arguments, format),
        JournalCommand::Check(arguments) => check(arguments, format),
    }
}

fn prune(arguments: &PruneArguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let pruned = journal.prune(before(journal.clock().now(), arguments.older_than))?;
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

fn export(arguments: &ExportArguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let file = &arguments.file;
    let failed = |error: io::Error| CliError::Error(Box::new(TransferError::Io(error)));
    if file.exists() {
        return Err(JournalError::FileExists { path: file.clone() }.into());
    }
    // For its owner alone, as the journal is.
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let written = new.open(file).map_err(failed)?;
    let mut writer = BufWriter::new(&written);
    let exported = transfer::export(&*journal, &mut writer);
    drop(writer);
    let exported = exported.and_then(|exported| Ok(written.sync_all().map(|()| exported)?));
    let exported = exported.map_err(|error| {
        // What failed is what is to be told; a part of the runs is no export.
        let _ = std::fs::remove_file(file);
        CliError::Error(Box::new(error))
    })?;
    match format {
        Format::Json => print_json(&json!({"file": file, "exported": exported.copied}))?,
        Format::Human => print(&format!("{} exported to {}\n", runs(exported.copied), Refusal::shown(file)))?,
    }
    Ok(Exit::Done)
}

fn import(arguments: &ImportArguments, format: Format) -> Result<Exit, CliError> {
    let failed = |error: TransferError| CliError::Error(Box::new(error));
    let file = &arguments.file;
    let mut from: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(files::open(&file.display().to_string())?))
    };
    let journal = arguments.journal.open_or_make()?;
    let imported = transfer::import(&mut from, &*journal).map_err(failed)?;
    match format {
        Format::Json => print_json(&json!({"imported": imported.copied, "present": imported.present}))?,
        Format::Human => {
            let present = match imported.present {
                0 => String::new(),
                count => {
                    format!("; {} there already", if count == 1 { "1 was".to_owned() } else { format!("{count} were") })
                }
            };
            print(&format!("{} imported{present}\n", runs(imported.copied)))?;
        }
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
