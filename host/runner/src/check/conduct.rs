//! What a plugin does: what `describe` says, whether its examples work, and whether they end the same everywhere.

use sortie_harness::expectation::differences;
use sortie_host::{Manifest, PluginRejection};

use super::bench::{Bench, ENGINES};
use super::options::CheckOptions;
use super::trial::{Example, Problem, Trial, TrialReport, short};
use super::verdict::{CheckReport, Line};
use crate::codes;
use crate::error::CheckError;
use crate::language::Language;
use crate::saved_failure::SavedFailure;

/// Runs the plugin, and adds the verdicts.
pub(crate) fn check<'m>(
    report: &mut CheckReport,
    options: &CheckOptions,
    bytes: Vec<u8>,
    manifest: &'m Manifest,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<TrialReport<'m>>, CheckError> {
    let origin = format!("`{}`", report.file);
    let alone = |engine| Bench::new(engine, bytes.clone(), &origin, options.cache.clone());
    let [first, others @ ..] = ENGINES;
    progress(&format!("{}: {}", report.file, first.name));
    let bench = alone(first)?.in_company(&options.plugins)?;
    let orchestrates = bench.registry.plugin(&manifest.name).is_ok_and(|plugin| plugin.plugin().orchestrates());
    report.lines.push(describe(&bench, manifest)?);
    let examples = Example::all(manifest);
    report.lines.extend(without_examples(manifest));
    let mut tried = Vec::new();
    let mut unsaved = options.save_failure.as_deref();
    for example in examples {
        let Trial { seen, problem } = example.on(&bench, &manifest.name);
        let subject = example.subject();
        let check = if example.what == "mission" { "missions" } else { "operations" };
        let line = match problem {
            None => Line::ok(check, format!("fuel {}, memory {} bytes", seen.fuel, seen.memory_bytes)),
            // The first failure is the one that is saved.
            Some(problem) => failed(&bench, check, problem, &mut unsaved)?,
        };
        report.lines.push(line.of(subject));
        tried.push(TrialReport { example, seen });
    }
    if tried.is_empty() {
        report.lines.push(Line::skipped("determinism", "there is no example to try"));
        return Ok(tried);
    }
    let runs = options.runs.get();
    let mut difference = differs_on(&bench, &manifest.name, &tried, 2..=runs);
    for engine in others {
        if difference.is_some() {
            break;
        }
        progress(&format!("{}: {}", report.file, engine.name));
        let bench = alone(engine)?;
        // What a workflow names was looked at before; only a plugin that runs missions calls others.
        let bench = if orchestrates { bench.in_company(&options.plugins)? } else { bench };
        difference = differs_on(&bench, &manifest.name, &tried, 1..=runs);
    }
    report.lines.push(match difference {
        None => Line::ok(
            "determinism",
            format!(
                "the same outcome, fuel and peak memory of {} in {} on Cranelift and Pulley, pooled and on demand",
                count(tried.len(), "example"),
                count(usize::try_from(runs).unwrap_or(usize::MAX), "run")
            ),
        ),
        Some((subject, said)) => Line::failed("determinism", codes::NOT_DETERMINISTIC.as_str(), said)
            .of(subject)
            .remedy("for a host fault, use less stack or time; report anything else as a bug in Sortie"),
    });
    Ok(tried)
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn describe(bench: &Bench, manifest: &Manifest) -> Result<Line, CheckError> {
    let plugin = bench.registry.plugin(&manifest.name).map_err(sortie_host::HostError::from)?.plugin();
    let said = match plugin.describe() {
        Ok(said) => said,
        Err(rejection) => {
            let (explanation, remedy) = match &rejection {
                PluginRejection::Describe { message } => (format!("`describe` failed: {message}"), rejection.help()),
                PluginRejection::Manifest(error) => {
                    let remedy = "fix what `describe` returns: hosts reject a manifest like this";
                    (format!("what `describe` says is no manifest: {error}"), remedy.to_owned())
                }
                other => (other.to_string(), other.help()),
            };
            return Ok(Line::failed("describe", rejection.code(), explanation).remedy(remedy));
        }
    };
    let json = |manifest: &Manifest| serde_json::to_value(manifest).unwrap_or_default();
    let (section, said) = (json(manifest), json(&said));
    let found = differences(&section, &said);
    Ok(match found.listed.first() {
        None => Line::ok("describe", "says what the manifest section says"),
        Some(differing) => {
            let shown = |side: &Option<serde_json::Value>| side.as_ref().map_or_else(|| "nothing".to_owned(), short);
            let explanation = format!(
                "the manifest section has {} at `{}`, and `describe` says {}",
                shown(&differing.expected),
                differing.path,
                shown(&differing.actual)
            );
            Line::failed("describe", codes::DESCRIBE_DIFFERS.as_str(), explanation)
                .remedy("write the section from `describe` with `sortie plugin build FILE`")
        }
    })
}

/// The most names that a line has.
const MAX_NAMES: usize = 8;

/// A line for the missions, and one for the operations, that cannot be tried.
fn without_examples(manifest: &Manifest) -> Vec<Line> {
    let remedy = Language::example(Language::of_manifest(manifest));
    let skipped = |check, names: Vec<&str>| {
        let mut shown: Vec<String> = names.iter().take(MAX_NAMES).map(|name| format!("`{name}`")).collect();
        if names.len() > shown.len() {
            shown.push(format!("{} more", names.len() - shown.len()));
        }
        let (last, others) = shown.split_last()?;
        let explanation = if others.is_empty() {
            format!("{last} has no example, so it is not tried")
        } else {
            format!("{} and {last} have no example, so they are not tried", others.join(", "))
        };
        Some(Line::skipped(check, explanation).remedy(remedy))
    };
    let missions = manifest.missions.iter().filter(|info| info.examples.is_empty());
    let operations = manifest.operations.iter().filter(|info| info.examples.is_empty());
    let missions = skipped("missions", missions.map(|info| info.name.as_str()).collect());
    let operations = skipped("operations", operations.map(|info| info.name.as_str()).collect());
    missions.into_iter().chain(operations).collect()
}

fn failed(
    bench: &Bench,
    check: &'static str,
    problem: Problem,
    unsaved: &mut Option<&std::path::Path>,
) -> Result<Line, CheckError> {
    let Problem { code, explanation, remedy, failed } = problem;
    let mut line = Line::failed(check, code, explanation);
    line.remedy = remedy;
    if let Some(failed) = &failed {
        let failure = SavedFailure::save(&bench.host, failed, unsaved.take())?;
        let mut facts = failure.facts();
        facts.push(failure.reproduction());
        facts.extend(failure.log());
        line.call = Some((facts, failure.to_json()));
    }
    Ok(line)
}

/// The first example that ends otherwise than it did at first, and how.
fn differs_on(
    bench: &Bench,
    plugin: &str,
    tried: &[TrialReport<'_>],
    runs: std::ops::RangeInclusive<u32>,
) -> Option<(String, String)> {
    for run in runs {
        for TrialReport { example, seen } in tried {
            let again = example.on(bench, plugin).seen;
            if let Some(difference) = seen.difference(&again) {
                let said = format!(
                    "in run {run} on {}, it ends differently than in run 1 on {}: {difference}",
                    bench.engine.name, ENGINES[0].name
                );
                return Some((example.subject(), said));
            }
        }
    }
    None
}
