//! `sortie test`.

mod arguments;
mod streams;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::{AutoStream, StripStream};
use sortie_harness::definition::suite_schema;
use sortie_json::Style;
use sortie_runner::files::FileError;
use sortie_runner::{Keep, MakeHost, Reporter, Verdict, list, prepare, reporters};

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::project::Plugins;
use crate::render::Unprinted;
use streams::{Bar, BesideBar, WhileRead};

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
    Ok(match test_on(&arguments, &|builder| plugins.add_to(builder.first_party()).build(), streams)? {
        Verdict::Passed => Exit::Done,
        Verdict::Failed => Exit::Failed,
    })
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
fn test_on(arguments: &TestArguments, make_host: MakeHost<'_>, streams: Streams<'_>) -> Result<Verdict, CliError> {
    let printed = |result: io::Result<()>| result.map(|()| Verdict::Passed).map_err(|error| Unprinted(error).into());
    if arguments.print_schema {
        let schema = serde_json::to_string_pretty(&suite_schema()).unwrap_or_default();
        return printed(writeln!(streams.out, "{schema}"));
    }
    let mut options = arguments.options();
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
    Ok(prepared.run(reporters(arguments, streams)?)?)
}

/// The reporter that was asked for; the one for people, where its place is free; and the bar.
fn reporters<'s>(arguments: &TestArguments, streams: Streams<'s>) -> Result<Vec<Box<dyn Reporter + 's>>, CliError> {
    let Streams { out, bar, .. } = streams;
    let out = BesideBar::new(out, bar.clone());
    let mut all: Vec<Box<dyn Reporter + 's>> = Vec::new();
    match &arguments.output {
        None => all.push(reporter(arguments.reporter, out)),
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|error| FileError::writing(path, error))?;
            all.push(match arguments.reporter {
                ReporterKind::Human => Box::new(reporters::Human::new(BufWriter::new(StripStream::new(file)))),
                ReporterKind::Json | ReporterKind::Junit | ReporterKind::Tap => {
                    reporter(arguments.reporter, BufWriter::new(file))
                }
            });
            all.push(Box::new(reporters::Human::new(out)));
        }
    }
    all.extend(bar.map(|bar| Box::new(bar) as Box<dyn Reporter>));
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
