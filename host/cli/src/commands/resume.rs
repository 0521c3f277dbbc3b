//! `sortie resume`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use sortie_host::journal::{Inbox, ResumeOutcome, RunId, RunSummary, Segment};
use sortie_journal_stores::Store;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::{Driver, ResumeSetup, cancelled, find, held};
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::render::waiting::{self, AnswerCommand};
use crate::render::{print, print_json};
use crate::signing::AttestArguments;

#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    /// The run's name, or the beginning of it [default: all that were answered, have expired or were interrupted].
    #[arg(add = candidates::runs())]
    run: Option<RunId>,
    /// Resume even if a plugin is not the one that the run began with; the receipt says so.
    #[arg(long)]
    allow_changed_plugin: bool,
    /// Save the plugin call that fails to this file: `sortie plugin replay FILE` repeats it.
    #[arg(long, value_name = "FILE", requires = "run")]
    save_failure: Option<PathBuf>,
    /// Write a bundle for `sortie verify` if the run ends: the result and everything it was made from.
    #[arg(long, value_name = "FILE", requires = "run")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    attest: AttestArguments,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Resumes one run, or all that can be resumed.
pub(crate) fn resume(arguments: &ResumeArguments, format: Format) -> Result<Exit, CliError> {
    // The key is read before anything is done.
    let attester = arguments.attest.attester(arguments.bundle.as_deref())?;
    let journal = arguments.journal.open()?;
    let setup = ResumeSetup {
        journal: &arguments.journal,
        plugins: &arguments.plugins,
        allow_changed_plugin: arguments.allow_changed_plugin,
        save_failure: arguments.save_failure.as_deref(),
        bundle: arguments.bundle.as_deref(),
        attester: attester.as_ref(),
    };
    if let Some(run) = &arguments.run {
        return Driver::begin(setup, &journal)?.report(&find(&*journal, run)?, format);
    }
    let found = Inbox::new(&*journal, &*journal.clock()).resumable()?;
    match format {
        Format::Human => one_by_one(setup, &journal, &found),
        Format::Json => as_json(setup, &journal, &found),
    }
}

fn one_by_one(setup: ResumeSetup<'_>, journal: &Store, found: &[RunSummary]) -> Result<Exit, CliError> {
    if found.is_empty() {
        print("There is no run to resume.\n")?;
        return Ok(Exit::Done);
    }
    let mut worst = Exit::Done;
    let driver = Driver::begin(setup, journal)?;
    for RunSummary { run, .. } in found {
        print(&format!("run {run}\n"))?;
        let exit = match driver.report(run, Format::Human) {
            Ok(exit) => exit,
            Err(error) => error.report(Format::Human),
        };
        worst = worst.worse(exit);
        print("\n")?;
    }
    Ok(worst)
}

fn as_json(setup: ResumeSetup<'_>, journal: &Store, found: &[RunSummary]) -> Result<Exit, CliError> {
    let mut worst = Exit::Done;
    let mut entries = Vec::new();
    let driver = Driver::begin(setup, journal)?;
    for RunSummary { run, .. } in found {
        let (exit, entry) = entry(run, driver.resume(run), setup);
        worst = worst.worse(exit);
        entries.push(entry);
    }
    print_json(&json!({"runs": entries}))?;
    Ok(worst)
}

/// What came of one of many.
fn entry(run: &RunId, resumed: Result<ResumeOutcome, CliError>, setup: ResumeSetup<'_>) -> (Exit, Value) {
    let command = AnswerCommand { journal: setup.journal, plugins: setup.plugins };
    let failed = |error: CliError| (error.exit(), json!({"run": run, "error": error.to_json()}));
    let resumed = match resumed {
        Ok(resumed) => resumed,
        Err(error) => return failed(error),
    };
    match resumed {
        ResumeOutcome::Drove(Segment::Done(completed)) | ResumeOutcome::HadEnded(completed) => {
            let exit = if completed.result.success { Exit::Done } else { Exit::Failed };
            (exit, json!({"run": run, "result": completed.result.to_json()}))
        }
        ResumeOutcome::Drove(Segment::Asked(asked)) => (
            Exit::Waiting,
            json!({"run": run, "waiting": waiting::to_json(&asked.waiting, Some(&asked.token), command)}),
        ),
        ResumeOutcome::Waits(waits) => {
            (Exit::Waiting, json!({"run": run, "waiting": waiting::to_json(&waits, None, command)}))
        }
        ResumeOutcome::Held(lease) => failed(held(run, &lease)),
        ResumeOutcome::WasCancelled { by, at, reason } => failed(cancelled(run, &format!("by {by} at {at}: {reason}"))),
    }
}
