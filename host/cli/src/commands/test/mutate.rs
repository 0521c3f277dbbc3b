//! `sortie test --mutate`.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use indicatif::ProgressBar;
use serde_json::json;
use sortie_runner::mutate::{Mutant, MutationReport, mutate as change};
use sortie_runner::{MakeHost, Options, prepare};

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::render::{print, print_json, printable};

/// Changes operators of the given plugins, and tells which changes no scenario catches.
pub(super) fn mutate(
    options: &Options,
    make_host: MakeHost<'_>,
    most: NonZeroUsize,
    format: Format,
) -> Result<Exit, CliError> {
    let plan = prepare(options, make_host)?;
    let bar = io::stderr().is_terminal().then(|| ProgressBar::new(u64::try_from(most.get()).unwrap_or(u64::MAX)));
    let report = change(&plan, options, make_host, most.get(), &mut |done| {
        if let Some(bar) = &bar {
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        }
    })?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    match format {
        Format::Human => print(&told(&report))?,
        Format::Json => print_json(&json!({
            "schema_version": "mutation@1",
            "places": report.places,
            "tried": report.tried,
            "unreached": report.unreached,
            "survivors": report.survivors.iter().map(to_value).collect::<Vec<_>>(),
        }))?,
    }
    Ok(if report.survivors.is_empty() && report.tried > 0 { Exit::Done } else { Exit::Failed })
}

fn told(report: &MutationReport) -> String {
    let mut text = String::new();
    for Mutant { plugin, function, offset, operators: (from, to) } in &report.survivors {
        let function = function.as_deref().map_or("a function without a name".to_owned(), printable);
        text.push_str(&format!(
            "no scenario catches that `{from}` is `{to}` in {function} ({plugin}, byte {offset:#x})\n"
        ));
    }
    let MutationReport { places, tried, unreached, survivors } = report;
    if survivors.iter().any(|survivor| survivor.function.is_none()) {
        text.push_str("`sortie plugin build` keeps the names of functions in a file beside the plugin: with it, only your own are changed\n");
    }
    if *tried == 0 {
        return format!("no scenario reaches any of the {places} operators that could be changed\n");
    }
    let (caught, survived) = (tried.saturating_sub(survivors.len()), survivors.len());
    text.push_str(&format!(
        "{tried} of {places} operators changed, one at a time: {caught} caught, {survived} not caught"
    ));
    text.push_str(&match unreached {
        0 => "\n".to_owned(),
        1 => "; 1 more is not reached by any scenario\n".to_owned(),
        more => format!("; {more} more are not reached by any scenario\n"),
    });
    text
}

fn to_value(Mutant { plugin, function, offset, operators: (from, to) }: &Mutant) -> serde_json::Value {
    json!({"plugin": plugin, "function": function, "offset": offset, "operator": from, "became": to})
}
