//! `sortie inbox`: without a subcommand it lists; each subcommand is one file with its arguments.

mod answer;
mod bundle;
mod cancel;
mod list;
mod retry;
mod show;

pub(crate) use list::before;

use clap::{Args, Subcommand};

use crate::error::{CliError, Exit};
use crate::options::Format;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct InboxArguments {
    #[command(subcommand)]
    command: Option<InboxCommand>,
    #[command(flatten)]
    list: list::Arguments,
}

#[derive(Debug, Subcommand)]
enum InboxCommand {
    /// Show a run: what it waits for, and what happened to it.
    Show(show::Arguments),
    /// Answer what a run waits for, and resume it.
    Answer(answer::Arguments),
    /// Cancel a run that has not ended yet.
    Cancel(cancel::Arguments),
    /// Write a bundle of a finished run, for `sortie verify`.
    Bundle(bundle::Arguments),
    /// Let workers try a run again that was set aside.
    Retry(retry::Arguments),
}

/// Runs one of them.
pub(crate) fn inbox(arguments: &InboxArguments, format: Format) -> Result<Exit, CliError> {
    match &arguments.command {
        None => list::list(&arguments.list, format),
        Some(InboxCommand::Show(arguments)) => show::show(arguments, format),
        Some(InboxCommand::Answer(arguments)) => answer::answer(arguments, format),
        Some(InboxCommand::Cancel(arguments)) => cancel::cancel(arguments, format),
        Some(InboxCommand::Bundle(arguments)) => bundle::bundle(arguments, format),
        Some(InboxCommand::Retry(arguments)) => retry::retry(arguments, format),
    }
}
