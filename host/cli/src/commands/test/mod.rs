//! `sortie test`.

mod arguments;
mod streams;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anstream::{AutoStream, StripStream};
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use sortie_harness::definition::suite_schema;
use sortie_json::Style;
use sortie_runner::{Keep, MakeHost, Reporter, TestError, Verdict, list, prepare, reporters};

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::project::Plugins;
use crate::render::Unprinted;
use streams::{Bar, BesideBar, Lines, Output, WhileRead};

use arguments::ReporterKind;
pub(crate) use arguments::TestArguments;

/// Runs suites.
pub(crate) fn test(arguments: TestArguments, format: Format) -> Result<Exit, CliError> {
    let arguments = match format {
        Format::Human => arguments,
        Format::Json => arguments.reporting_json(),
    };
    let plugins = Plugins::of_surroundings()?;
    let mut out = WhileRead::of(AutoStream::auto(io::stdout()));
    let mut err = WhileRead::of(AutoStream::auto(io::stderr()));
    let bar = io::stderr().is_terminal().then(Bar::new);
    let streams = Streams { out: &mut out, err: &mut err, bar };
    let stop = stopped_by_interrupt();
    Ok(match test_on(&arguments, &|builder| plugins.add_to(builder.first_party()).build(), streams, stop)? {
        Verdict::Passed => Exit::Done,
        Verdict::Failed => Exit::Failed,
    })
}

/// What Ctrl-C sets; where it is set already, Ctrl-C ends the process as it does elsewhere.
fn stopped_by_interrupt() -> Arc<AtomicBool> {
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
}

/// The same on any streams.
fn test_on(
    arguments: &TestArguments,
    make_host: MakeHost<'_>,
    streams: Streams<'_>,
    stop: Arc<AtomicBool>,
) -> Result<Verdict, CliError> {
    let printed = |result: io::Result<()>| result.map(|()| Verdict::Passed).map_err(|error| Unprinted(error).into());
    if arguments.print_schema {
        let schema = serde_json::to_string_pretty(&suite_schema()).unwrap_or_default();
        return printed(writeln!(streams.out, "{schema}"));
    }
    let mut options = arguments.options()?;
    options.stop = stop;
    options.keep = match arguments.reporter {
        ReporterKind::Json => Keep::Results,
        ReporterKind::Human | ReporterKind::Junit | ReporterKind::Tap => Keep::Nothing,
    };
    let prepared = prepare(&options, make_host)?;
    for warning in prepared.warnings() {
        write!(streams.err, "{}", warning.render(Style::Ansi)).map_err(Unprinted)?;
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
    let ended = prepared.run(reporters(arguments, streams, output.as_ref())?);
    if let Some(output) = output {
        // Where nothing was run, there are no results, and those of an earlier run stay.
        output.finish(matches!(ended, Ok(_) | Err(TestError::Ended(_))))?;
    }
    Ok(ended?)
}

/// The reporter that was asked for; the one for people, where its place is free; and the bar.
fn reporters<'s>(
    arguments: &TestArguments,
    streams: Streams<'s>,
    output: Option<&Output>,
) -> Result<Vec<Box<dyn Reporter + 's>>, CliError> {
    let Streams { out, err, bar } = streams;
    let out = BesideBar::new(out, bar.clone());
    let mut all: Vec<Box<dyn Reporter + 's>> = Vec::new();
    match output {
        None => all.push(reporter(arguments.reporter, out)),
        Some(output) => {
            let file = output.open()?;
            all.push(match arguments.reporter {
                ReporterKind::Human => Box::new(reporters::Human::new(BufWriter::new(StripStream::new(file)))),
                ReporterKind::Json | ReporterKind::Junit | ReporterKind::Tap => {
                    reporter(arguments.reporter, BufWriter::new(file))
                }
            });
            all.push(Box::new(reporters::Human::new(out)));
        }
    }
    all.push(match bar {
        Some(bar) => Box::new(bar),
        None => Box::new(Lines::new(err)),
    });
    Ok(all)
}

fn reporter<'w>(kind: ReporterKind, out: impl Write + Send + 'w) -> Box<dyn Reporter + 'w> {
    match kind {
        ReporterKind::Human => Box::new(reporters::Human::new(out)),
        ReporterKind::Json => Box::new(reporters::Json::new(out)),
        ReporterKind::Junit => Box::new(reporters::Junit::new(out)),
        ReporterKind::Tap => Box::new(reporters::Tap::new(out)),
    }
}
