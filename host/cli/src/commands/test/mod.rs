//! `sortie test`.

mod arguments;
mod attest;
mod mutate;
mod save;
mod streams;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, StripStream};
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use sortie_attestation::predicate::TestTally;
use sortie_harness::definition::suite_schema;
use sortie_harness::filter::{FilterError, ScenarioFilter};
use sortie_json::Style;
use sortie_runner::{FailureRecord, MakeHost, Reporter, Retention, TestError, TestVerdict, list, prepare, reporters};

use sortie_sandbox::CacheDir;

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::project::Plugins;
use crate::render::{PrintError, to_stderr};
use crate::watch::Watch;
use streams::{Bar, BarWriter, Lines, Output, PipeWriter};

use arguments::ReporterKind;
pub(crate) use arguments::TestArguments;

/// Runs suites.
pub(crate) fn test(arguments: TestArguments, format: Format) -> Result<Exit, CliError> {
    let arguments = match format {
        Format::Human => arguments,
        Format::Json => arguments.reporting_json(),
    };
    if let (Some(what), Some(suite)) = (&arguments.save, &arguments.suite) {
        return save::save(&arguments, what, suite);
    }
    arguments.check()?;
    let plugins = Plugins::of_surroundings()?;
    let stop = stopped_by_interrupt();
    let make_host: MakeHost<'_> = &|builder| plugins.add_to(builder.first_party()).build();
    if let Some(suite) = &arguments.shrink {
        let mut options = arguments.options()?;
        options.stop = stop;
        return save::shrink(&prepare(&options, make_host)?, suite);
    }
    if let Some(most) = arguments.mutate {
        let mut options = arguments.options()?;
        options.stop = stop;
        return mutate::mutate(&options, make_host, most, format);
    }
    let once = || {
        let mut out = PipeWriter::of(AutoStream::auto(io::stdout()));
        let mut err = PipeWriter::of(AutoStream::auto(io::stderr()));
        let bar = io::stderr().is_terminal().then(Bar::new);
        let times = arguments.times || io::stdout().is_terminal();
        let record = CacheDir::from_environment().map(|cache| FailureRecord::at(cache.failed_scenarios()));
        let streams = Streams { out: &mut out, err: &mut err, bar, times, record };
        test_on(&arguments, make_host, streams, Arc::clone(&stop))
    };
    let verdict = if arguments.watch { watch(&arguments, format, &stop, once) } else { once() };
    Ok(match verdict? {
        TestVerdict::Passed => Exit::Done,
        TestVerdict::Failed => Exit::Failed,
    })
}

/// Runs suites whenever one of their files changes, until it is interrupted: the last verdict counts.
fn watch(
    arguments: &TestArguments,
    format: Format,
    stop: &AtomicBool,
    once: impl Fn() -> Result<TestVerdict, CliError>,
) -> Result<TestVerdict, CliError> {
    let output = arguments.output.as_deref().and_then(|output| output.canonicalize().ok());
    let counts = |file: &Path| is_read(file) && file.canonicalize().ok() != output;
    let watch = Watch::new(arguments.watched(), &counts);
    loop {
        // As it was before the run: what changes meanwhile is tested again.
        let before = watch.look()?;
        let verdict = once();
        if stop.load(Ordering::Relaxed) {
            return verdict;
        }
        if let Err(error) = &verdict {
            error.report(format);
        }
        to_stderr("watching: change a file to test again, or press Ctrl-C");
        if !watch.wait(&before, || stop.load(Ordering::Relaxed))? {
            return Ok(verdict.unwrap_or(TestVerdict::Failed));
        }
    }
}

/// Whether a file is of a kind that a run reads. A golden file is written by one too.
fn is_read(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let ends = [".yaml", ".yml", ".json", ".toml", ".wasm"];
    !name.ends_with(".golden.json") && !name.ends_with(".symbols.json") && ends.iter().any(|end| name.ends_with(end))
}

/// What Ctrl-C sets; where it is set already, Ctrl-C ends the process as it does elsewhere.
pub(crate) fn stopped_by_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    // Where a signal cannot be caught, it ends the process.
    let _ = flag::register_conditional_default(SIGINT, Arc::clone(&stop));
    let _ = flag::register(SIGINT, Arc::clone(&stop));
    stop
}

/// Where the command writes.
struct Streams<'s> {
    /// Results.
    out: &'s mut (dyn Write + Send),
    /// Warnings.
    err: &'s mut (dyn Write + Send),
    /// What shows somebody who watches how far it is.
    bar: Option<Bar>,
    /// Whether it is told how long everything took.
    times: bool,
    /// Where it is kept which scenarios failed.
    record: Option<FailureRecord>,
}

/// The same on any streams.
fn test_on(
    arguments: &TestArguments,
    make_host: MakeHost<'_>,
    streams: Streams<'_>,
    stop: Arc<AtomicBool>,
) -> Result<TestVerdict, CliError> {
    let printed =
        |result: io::Result<()>| result.map(|()| TestVerdict::Passed).map_err(|error| PrintError(error).into());
    if arguments.print_schema {
        let schema = serde_json::to_string_pretty(&suite_schema()).unwrap_or_default();
        return printed(writeln!(streams.out, "{schema}"));
    }
    let mut options = arguments.options()?;
    options.stop = stop;
    options.last_failed = streams.record.clone().filter(|_| arguments.last_failed);
    options.keep = match arguments.reporter {
        ReporterKind::Json => Retention::Results,
        ReporterKind::Human | ReporterKind::Junit | ReporterKind::Tap => Retention::Nothing,
    };
    let prepared = prepare(&options, make_host)?;
    for warning in prepared.warnings() {
        write!(streams.err, "{}", warning.render(Style::Ansi)).map_err(PrintError)?;
    }
    if arguments.list {
        let print = match arguments.reporter {
            ReporterKind::Json => list::json,
            ReporterKind::Human | ReporterKind::Junit | ReporterKind::Tap => list::lines,
        };
        return printed(print(&prepared.chosen(), streams.out));
    }
    if let Some(path) = arguments.output.as_deref().filter(|path| prepared.has_read(path)) {
        return Err(TestError::OverwritesInput(path.display().to_string()).into());
    }
    let output = arguments.output.as_deref().map(Output::create);
    let attester = arguments.attest.attester(None)?;
    let evidence = match &attester {
        Some(_) => Some(attest::Evidence::of(&prepared, make_host, &arguments.plugins)?),
        None => None,
    };
    let mut tally = TestTally::default();
    let mut all = reporters(arguments, streams, output.as_ref())?;
    if evidence.is_some() {
        all.push(Box::new(attest::Counter(&mut tally)));
    }
    let ended = prepared.run(all);
    if let Some(output) = output {
        // Where nothing was run, there are no results, and those of an earlier run stay.
        output.finish(matches!(ended, Ok(_) | Err(TestError::Ended(_))))?;
    }
    let verdict = ended?;
    if let (Some(attester), Some(evidence)) = (attester, evidence) {
        attester.attest(&evidence.statement(&tally))?;
    }
    Ok(verdict)
}

/// The reporter that was asked for; the one for people, where its place is free; and the bar.
fn reporters<'s>(
    arguments: &TestArguments,
    streams: Streams<'s>,
    output: Option<&Output>,
) -> Result<Vec<Box<dyn Reporter + 's>>, CliError> {
    let Streams { out, err, bar, times, record } = streams;
    let out = BarWriter::new(out, bar.clone());
    let mut all: Vec<Box<dyn Reporter + 's>> = Vec::new();
    match output {
        None => all.push(reporter(arguments.reporter, out, times)),
        Some(output) => {
            let file = output.open()?;
            all.push(match arguments.reporter {
                ReporterKind::Human => {
                    reporter(ReporterKind::Human, BufWriter::new(StripStream::new(file)), arguments.times)
                }
                kind => reporter(kind, BufWriter::new(file), arguments.times),
            });
            all.push(reporter(ReporterKind::Human, out, times));
        }
    }
    all.push(match bar {
        Some(bar) => Box::new(bar),
        None => Box::new(Lines::new(err)),
    });
    all.extend(record.map(|record| Box::new(reporters::Record::new(record)) as Box<dyn Reporter + 's>));
    Ok(all)
}

fn reporter<'w>(kind: ReporterKind, out: impl Write + Send + 'w, times: bool) -> Box<dyn Reporter + 'w> {
    match kind {
        ReporterKind::Human if times => Box::new(reporters::HumanReporter::new(out).with_times()),
        ReporterKind::Human => Box::new(reporters::HumanReporter::new(out)),
        ReporterKind::Json => Box::new(reporters::JsonReporter::new(out)),
        ReporterKind::Junit if times => Box::new(reporters::JunitReporter::new(out).with_times()),
        ReporterKind::Junit => Box::new(reporters::JunitReporter::new(out)),
        ReporterKind::Tap => Box::new(reporters::TapReporter::new(out)),
    }
}

/// An expression that chooses, as an argument.
pub(crate) fn filter(text: &str) -> Result<ScenarioFilter, String> {
    text.parse().map_err(|error: FilterError| format!("{}: expected {}", error.message, error.expected))
}
