//! From arguments to a verdict.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::thread;

use anstream::{AutoStream, StripStream};
use sortie_harness::definition::suite_schema;
use sortie_harness::golden::Golden;
use sortie_host::{Allocation, Backend, SandboxConfig};
use sortie_json::{Report, Style};

use super::args::{ReporterKind, TestArgs};
use super::driver::{Work, drive};
use super::error::{TestError, TestExit};
use super::events::Reporter;
use super::golden::{self, GoldenUse};
use super::hosts::{Hosts, MakeHost};
use super::list;
use super::load::{Loaded, Request, Strictness, Suite, load};
use super::reporters::{Human, Json, Junit, Progress, Tap};
use super::scenario::{Bench, Keep};
use super::select::{Chosen, Selection};

/// The greatest number of calls that may be under way at a time.
const MAX_CALLS: u32 = 64;

/// Runs the command on the terminal's streams: results to standard output, warnings to standard error.
pub(crate) fn run(args: &TestArgs, make_host: MakeHost<'_>) -> Result<TestExit, TestError> {
    let mut out = WhileRead::of(AutoStream::auto(io::stdout()));
    let mut err = WhileRead::of(AutoStream::auto(io::stderr()));
    let progress = if io::stderr().is_terminal() { Progress::Bar } else { Progress::Hidden };
    run_on(args, make_host, Streams { out: &mut out, err: &mut err, progress })
}

/// Writes as long as somebody reads. When the reader goes away (`| head`), it has what it wanted, and the run goes on
/// to its verdict.
struct WhileRead<W> {
    out: W,
    gone: bool,
}

impl<W: Write> WhileRead<W> {
    fn of(out: W) -> Self {
        Self { out, gone: false }
    }

    fn unless_gone<T>(&mut self, instead: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.gone {
            return Ok(instead);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            written => written,
        }
    }
}

impl<W: Write> Write for WhileRead<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_gone(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), Write::flush)
    }
}

/// Where the command writes.
pub(super) struct Streams<'s> {
    /// Results.
    pub(super) out: &'s mut (dyn Write + Send),
    /// Warnings.
    pub(super) err: &'s mut (dyn Write + Send),
    /// Whether there is somebody who watches.
    pub(super) progress: Progress,
}

/// The same on any streams.
pub(super) fn run_on(args: &TestArgs, make_host: MakeHost<'_>, streams: Streams<'_>) -> Result<TestExit, TestError> {
    if args.print_schema {
        let schema =
            serde_json::to_string_pretty(&suite_schema()).map_err(|error| TestError::Bug(error.to_string()))?;
        return writeln!(streams.out, "{schema}").map(|()| TestExit::Passed).map_err(TestError::Print);
    }
    let selection = Selection::of(args)?;
    let strictness = Strictness::of(args.strict);
    let request = Request { paths: &args.paths, expectations: args.expectations.as_deref(), strictness };
    let Loaded { mut suites, warnings } = load(&request).map_err(TestError::Rejected)?;
    for warning in &warnings {
        write!(streams.err, "{}", warning.render(Style::Ansi)).map_err(TestError::Print)?;
    }
    let jobs = args.jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let sandbox = sandbox(jobs);
    let hosts = Hosts::make(make_host, &sandbox, &args.plugins, &suites)?;
    hosts.skip_without_plugins(&mut suites);
    let chosen = selection.choose(&suites)?;
    if args.list {
        let print = match args.reporter {
            ReporterKind::Json => list::json,
            ReporterKind::Human | ReporterKind::Junit | ReporterKind::Tap => list::lines,
        };
        return print(&chosen, streams.out).map(|()| TestExit::Passed).map_err(TestError::Print);
    }
    let purpose = if args.bless { GoldenUse::Bless } else { GoldenUse::Compare };
    let goldens = goldens(&suites, &chosen, purpose).map_err(TestError::Rejected)?;
    without_plugins(&chosen)?;
    let again = args.check_determinism.then(|| {
        let sandbox = SandboxConfig { backend: Backend::Pulley, allocation: Allocation::OnDemand, ..sandbox.clone() };
        Hosts::make(make_host, &sandbox, &args.plugins, &suites)
    });
    let again = again.transpose()?;
    let keep = match (args.reporter, purpose) {
        (ReporterKind::Json, _) | (_, GoldenUse::Bless) => Keep::Results,
        (ReporterKind::Human | ReporterKind::Junit | ReporterKind::Tap, GoldenUse::Compare) => Keep::Nothing,
    };
    let bench = Bench { hosts: &hosts, again: again.as_ref(), strictness, keep };
    let work = Work { bench, chosen: &chosen, goldens: &goldens, purpose, fail_fast: args.fail_fast, jobs };
    let reporters = reporters(args, streams)?;
    drive(&work, reporters)
}

/// That nothing is run for want of plugins is no pass.
fn without_plugins(chosen: &[Chosen<'_>]) -> Result<(), TestError> {
    let missing = |chosen: &Chosen<'_>| chosen.suite.missing_plugin.clone();
    match chosen.iter().map(missing).collect::<Option<Vec<_>>>() {
        Some(missing) => Err(TestError::NoPlugin(missing.into_iter().next().unwrap_or_default())),
        None => Ok(()),
    }
}

fn sandbox(jobs: NonZeroUsize) -> SandboxConfig {
    let sandbox = SandboxConfig::default();
    // Every thread makes one call at a time. A pool has its price, so its size is bounded; another call waits.
    let calls = u32::try_from(jobs.get()).unwrap_or(u32::MAX).min(MAX_CALLS);
    SandboxConfig { concurrent_calls: sandbox.concurrent_calls.max(calls), ..sandbox }
}

fn goldens(suites: &[Suite], chosen: &[Chosen<'_>], purpose: GoldenUse) -> Result<Vec<Option<Golden>>, Vec<Report>> {
    let mut rejected = Vec::new();
    let goldens = suites.iter().enumerate().map(|(index, suite)| {
        if !chosen.iter().any(|chosen| chosen.index == index) {
            return None;
        }
        golden::read(suite, purpose).unwrap_or_else(|report| {
            rejected.push(report);
            None
        })
    });
    let goldens = goldens.collect();
    if rejected.is_empty() { Ok(goldens) } else { Err(rejected) }
}

/// The reporter that was asked for; and the one for people, where its place is free.
fn reporters<'s>(args: &TestArgs, streams: Streams<'s>) -> Result<Vec<Box<dyn Reporter + 's>>, TestError> {
    let Streams { out, progress, .. } = streams;
    let Some(path) = &args.output else {
        return Ok(vec![reporter(args.reporter, out, progress)]);
    };
    let file = File::create(path).map_err(|error| TestError::Output { path: path.display().to_string(), error })?;
    let to_file: Box<dyn Reporter> = match args.reporter {
        ReporterKind::Human => Box::new(Human::new(BufWriter::new(StripStream::new(file)), Progress::Hidden)),
        ReporterKind::Json | ReporterKind::Junit | ReporterKind::Tap => {
            reporter(args.reporter, BufWriter::new(file), Progress::Hidden)
        }
    };
    Ok(vec![to_file, Box::new(Human::new(out, progress))])
}

fn reporter<'w>(kind: ReporterKind, out: impl Write + Send + 'w, progress: Progress) -> Box<dyn Reporter + 'w> {
    match kind {
        ReporterKind::Human => Box::new(Human::new(out, progress)),
        ReporterKind::Json => Box::new(Json::new(out)),
        ReporterKind::Junit => Box::new(Junit::new(out)),
        ReporterKind::Tap => Box::new(Tap::new(out)),
    }
}
