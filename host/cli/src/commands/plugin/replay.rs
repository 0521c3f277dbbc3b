//! `sortie plugin replay`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use sortie_harness::expectation::differences;
use sortie_host::json::ContentHash;
use sortie_host::{CallReport, Host, HostError, Limits, Outcome};
use sortie_runner::{CallFailure, SavedFailure, files};

use crate::error::{CliError, Exit, limit_too_great};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file that `--save-failure` wrote.
    #[arg(value_name = "FILE")]
    failure: String,
    /// The plugin's file. Without it: the one that the call was made with.
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// Let the call have the limits that the file asks for, however great.
    #[arg(long)]
    allow_limits: bool,
}

/// Makes the call again, with the plugin that made it, and compares how it ends.
pub(crate) fn replay(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let bundle = SavedFailure::read(&arguments.failure)?;
    if !arguments.allow_limits {
        let limits = bundle.call.limits;
        let asked = Limits { fuel_per_call: bundle.call.fuel.max(limits.fuel_per_call), ..limits };
        asked.within(&Limits::GREATEST_OF_A_FILE).map_err(limit_too_great)?;
    }
    let host = host(&bundle, arguments.plugin.clone())?;
    let failed = host.call(bundle.call.clone())?;
    let different = difference(&bundle, &failed.report);
    let same = different.is_none();
    match format {
        Format::Json => render::print_json(&json!({
            "schema_version": "replayed_call@1",
            "reproduced": same,
            "difference": different,
            "engine": {"recorded": bundle.engine, "here": host.engine_fingerprint()},
            "expected": {"outcome": bundle.outcome.code(), "fuel": bundle.fuel, "memory_bytes": bundle.memory_bytes},
            "actual": {"outcome": failed.code(), "fuel": failed.report.fuel, "memory_bytes": failed.report.memory_bytes},
        }))?,
        Format::Human => {
            let details = failed.failure().map_or(&Value::Null, |failure| &failure.details);
            let failing =
                CallFailure { host: &host, failed: &failed, details, saved: Some(arguments.failure.as_str()) };
            let message = failed.failure().map_or("", |failure| failure.message.as_str());
            let mut text = format!("{} {}\n", failed.code(), render::printable(message));
            text += &render::failure::lines(&failing);
            text += &render::failure::log(&failing);
            text += &match &different {
                None => "✔ reproduced: the same outcome, fuel and peak memory\n".to_owned(),
                Some(difference) => format!("✘ not reproduced: {}\n", render::printable(difference)),
            };
            if bundle.engine != host.engine_fingerprint() {
                text += &format!(
                    "  the call was made on another engine: {} then, {} here\n",
                    bundle.engine,
                    host.engine_fingerprint()
                );
            }
            render::print(&text)?;
        }
    }
    Ok(if same { Exit::Done } else { Exit::Failed })
}

/// A host with the plugin of the call, and no other in its place.
fn host(bundle: &SavedFailure, named: Option<PathBuf>) -> Result<Host, CliError> {
    let wanted = &bundle.call.plugin;
    let host = Host::builder().first_party().limits(bundle.call.limits).build()?;
    let here = host.registry();
    if named.is_none() && here.plugin(&wanted.name).is_ok_and(|plugin| plugin.plugin().digest() == wanted.digest) {
        return Ok(host);
    }
    let other = |found: ContentHash, of: &str| {
        CliError::from(Refusal::AnotherPlugin {
            plugin: wanted.name.clone(),
            digest: wanted.digest.to_string(),
            of: of.to_owned(),
            found: found.to_string(),
        })
    };
    let Some(file) = named.or_else(|| bundle.plugin_file.as_ref().map(PathBuf::from)) else {
        return match here.plugin(&wanted.name) {
            Ok(plugin) => Err(other(plugin.plugin().digest(), "the one that comes with this command")),
            Err(error) => Err(HostError::from(error).into()),
        };
    };
    let bytes = files::plugin(&file)?;
    let (found, shown) = (ContentHash::of_bytes(&bytes), format!("`{}`", file.display()));
    if found != wanted.digest {
        return Err(other(found, &shown));
    }
    if here.plugin(&wanted.name).is_ok() {
        host.unregister(&wanted.name)?;
    }
    host.register(bytes, shown)?;
    Ok(host)
}

/// The first thing that differs, in words.
fn difference(expected: &SavedFailure, actual: &CallReport) -> Option<String> {
    let json = |outcome: &Outcome| serde_json::to_value(outcome).unwrap_or_default();
    if let Some(differing) = differences(&json(&expected.outcome), &json(&actual.outcome)).first() {
        let shown = |side: &Option<Value>| side.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        let (was, is) = (shown(&differing.expected), shown(&differing.actual));
        return Some(format!("the outcome's `{}` was {was}, and is {is}", differing.path));
    }
    if expected.fuel != actual.fuel {
        return Some(format!("the fuel was {}, and is {}", expected.fuel, actual.fuel));
    }
    (expected.memory_bytes != actual.memory_bytes)
        .then(|| format!("the peak memory was {} bytes, and is {}", expected.memory_bytes, actual.memory_bytes))
}
