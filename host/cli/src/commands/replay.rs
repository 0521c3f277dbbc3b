//! `sortie replay`.

use std::fs::DirEntry;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use sortie_harness::filter::ScenarioFilter;
use sortie_host::journal::{self, Inbox, SystemClock};
use sortie_runner::files::{self, FileError};
use sortie_runner::replay::{RecordedRun, ReplayOptions, ReplayReport, replay as run_again, report};
use sortie_sandbox::FolderWalk;

use crate::commands::test::{filter, stopped_by_interrupt};
use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments, at_least_one};
use crate::project::Plugins;
use crate::refusal::Refusal;
use crate::render::{PrintError, to_stderr};

/// Run recorded runs again on a new version of a plugin.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Bundles, or folders of them [default: the runs in the journal].
    #[arg(value_name = "BUNDLE|DIR")]
    paths: Vec<PathBuf>,
    /// Use this new version in place of the plugin of the same name.
    #[arg(long = "plugin", value_name = "FILE", required = true)]
    plugins: Vec<PathBuf>,
    /// Replay only the runs that match: patterns of missions and run names, `tag:succeeded`, `tag:failed`,
    /// `tag:waiting`, combined with `and`, `or`, `not`.
    #[arg(long, value_name = "EXPRESSION", value_parser = filter)]
    filter: Option<ScenarioFilter>,
    /// Exit with 0 if at most this many runs differ.
    #[arg(long, value_name = "N", default_value_t = 0)]
    allow: usize,
    /// Run this many at a time [default: the number of cores].
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    jobs: Option<NonZeroUsize>,
    /// Let runs have the limits that they were recorded with, however high.
    #[arg(long)]
    allow_limits: bool,
    /// Report results in this format.
    #[arg(long, value_enum, value_name = "REPORTER")]
    reporter: Option<ReporterKind>,
    /// Write the report to a file, and print a summary for people.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    journal: JournalArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReporterKind {
    /// For people.
    Human,
    /// All runs, as one JSON value.
    Json,
    /// `JUnit` XML.
    Junit,
}

/// Runs recorded runs again, and tells which are not the same.
pub(crate) fn replay(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let plugins = Plugins::of_surroundings()?;
    let mut options = ReplayOptions::of(&arguments.plugins);
    options.filter.clone_from(&arguments.filter);
    options.jobs = arguments.jobs.unwrap_or(options.jobs);
    options.allows_limits = arguments.allow_limits;
    options.stop = stopped_by_interrupt();
    let on = |runs: &[RecordedRun<'_>]| {
        let begun = Instant::now();
        let mut progress = progress(runs.len());
        let make_host = &|builder| plugins.add_to(sortie_host::HostBuilder::first_party(builder)).build();
        let report = run_again(&options, runs, make_host, &mut progress)?;
        if io::stderr().is_terminal() && !report.runs.is_empty() {
            let seconds = begun.elapsed().as_secs_f64();
            to_stderr(&format!("{} runs in {seconds:.1} s", runs.len()));
        }
        Ok::<_, CliError>(report)
    };
    let report = if arguments.paths.is_empty() {
        let journal = arguments.journal.open()?;
        let inbox = Inbox::new(&*journal, &SystemClock);
        let runs = inbox.list(&journal::Filter::default())?;
        let recorded = |summary: &journal::RunSummary| {
            let run = summary.run.clone();
            RecordedRun::recorded(run.to_string(), move || inbox.recording(&run))
        };
        on(&runs.iter().map(recorded).collect::<Vec<_>>())?
    } else {
        let files = bundles(&arguments.paths)?;
        on(&files.into_iter().map(RecordedRun::bundle).collect::<Vec<_>>())?
    };
    tell(arguments, format, &report)?;
    Ok(if report.changed() > arguments.allow { Exit::Failed } else { Exit::Done })
}

/// The files that paths name: a folder stands for the JSON files in it, in the order of their names.
fn bundles(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error| FileError::reading(&path.display().to_string(), error);
        let entries = FolderWalk::new().entries(path).map_err(unreadable)?;
        let mut found: Vec<PathBuf> = entries.iter().map(DirEntry::path).collect();
        found.retain(|file| file.extension().is_some_and(|end| end == "json") && file.is_file());
        if found.is_empty() {
            return Err(Refusal::NoBundles { folder: path.display().to_string() }.into());
        }
        files.extend(found);
    }
    Ok(files)
}

/// Tells somebody at a terminal how far it is.
fn progress(all: usize) -> impl FnMut(usize) + Send {
    let bar = (io::stderr().is_terminal() && all > 1)
        .then(|| indicatif::ProgressBar::new(u64::try_from(all).unwrap_or(u64::MAX)));
    move |done| {
        if let Some(bar) = &bar {
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
            if done == all {
                bar.finish_and_clear();
            }
        }
    }
}

fn tell(arguments: &Arguments, format: Format, all: &ReplayReport) -> Result<(), CliError> {
    let by_format = match format {
        Format::Human => ReporterKind::Human,
        Format::Json => ReporterKind::Json,
    };
    let kind = arguments.reporter.unwrap_or(by_format);
    let Some(file) = &arguments.output else {
        return Ok(write(kind, all, &mut io::stdout().lock()).map_err(PrintError)?);
    };
    let mut bytes = Vec::new();
    write(kind, all, &mut bytes).map_err(|error| FileError::writing(file, error))?;
    files::write(file, &bytes)?;
    Ok(write(ReporterKind::Human, all, &mut io::stdout().lock()).map_err(PrintError)?)
}

fn write(kind: ReporterKind, all: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    match kind {
        ReporterKind::Human => report::human(all, out),
        ReporterKind::Json => report::json(all, out),
        ReporterKind::Junit => report::junit(all, out),
    }
}
