//! `sortie plugin replay`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use sortie_engine::{Access, ChangeError, first_refused};
use sortie_harness::expectation::differences;
use sortie_host::json::ContentHash;
use sortie_host::{Call, CallReport, Function, Host, HostError, Limits, Outcome, Plugin, SandboxConfig, SavedCall};
use sortie_json::{MAX_QUOTED_BYTES, excerpt};
use sortie_runner::{CallFailure, SavedFailure, files};
use sortie_sandbox::Sandbox;

use crate::error::{CliError, Exit, limit_too_great};
use crate::options::Format;
use crate::project;
use crate::refusal::Refusal;
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file that `--save-failure` wrote.
    #[arg(value_name = "FILE")]
    failure: String,
    /// Use this plugin's file [default: the one that the call was made with].
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// Repeat the call with another build of the plugin, and say how it ends now.
    #[arg(long, value_name = "FILE", conflicts_with = "plugin")]
    with: Option<PathBuf>,
    /// Let the call have the limits that the file asks for, however high.
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
    if let Some(file) = &arguments.with {
        return replay_with(&bundle, file, arguments, format);
    }
    let host = host(&bundle, arguments.plugin.clone())?;
    let failed = host.call(bundle.call.clone())?;
    let different = difference(&bundle, &failed.report);
    let same = different.is_none();
    let refused = refused(&host, &failed);
    match format {
        Format::Json => render::print_json(&json!({
            "schema_version": "replayed_call@2",
            "reproduced": same,
            "difference": different,
            "rejected": refused.as_ref().map(ToString::to_string),
            "engine": {"recorded": bundle.engine, "here": host.engine_fingerprint()},
            "expected": {"outcome": bundle.outcome.code(), "fuel": bundle.fuel, "memory_bytes": bundle.memory_bytes},
            "actual": {"outcome": failed.code(), "fuel": failed.report.fuel, "memory_bytes": failed.report.memory_bytes},
        }))?,
        Format::Human => {
            let details = failed.failure().map_or(&Value::Null, |failure| &failure.details);
            let failing = CallFailure {
                host: &host,
                failed: &failed,
                builder: None,
                details,
                saved: Some(arguments.failure.as_str()),
            };
            let message = failed.failure().map_or("", |failure| failure.message.as_str());
            let mut text = format!("{} {}\n", failed.code(), render::printable(message));
            text += &render::failure::lines(&failing);
            text += &render::failure::log(&failing);
            if let Some(refused) = &refused {
                text += &format!("  rejected   {}\n", render::printable(&refused.to_string()));
            }
            text += &match &different {
                None => "✔ reproduced: the same outcome, fuel and peak memory\n".to_owned(),
                Some(difference) => format!("✘ not reproduced: {}\n", render::printable(difference)),
            };
            if bundle.engine != host.engine_fingerprint() {
                text += &format!(
                    "  the call was made on another engine: {} then, {} here\n",
                    render::printable(&excerpt(&bundle.engine, MAX_QUOTED_BYTES)),
                    host.engine_fingerprint()
                );
            }
            render::print(&text)?;
        }
    }
    Ok(if same { Exit::Done } else { Exit::Failed })
}

/// Makes the call with another plugin's file, and says how it ended then and ends now. Done, if it ends well.
fn replay_with(saved: &SavedFailure, file: &Path, arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let host = Host::builder().sandbox(project::sandbox()).first_party().limits(saved.call.limits).build()?;
    let bytes = files::plugin(file)?;
    let shown = format!("`{}`", file.display());
    let plugin = {
        let sandbox =
            Sandbox::new(SandboxConfig { cache: None, ..SandboxConfig::default() }).map_err(HostError::from)?;
        let rejected = |rejection| HostError::Plugin { origin: shown.clone(), rejection };
        Plugin::load(&sandbox, bytes.clone()).map_err(rejected)?
    };
    let recorded = saved.call.clone();
    // The input's hash has the plugin's digest in it.
    let call = Call::new(plugin.reference(), recorded.function, recorded.fuel, recorded.limits);
    let (what, name, known) = match &call.function {
        Function::Build { mission, .. } => ("mission", mission, plugin.manifest().mission(mission).is_some()),
        Function::Execute(input) => {
            ("operation", &input.operation, plugin.manifest().operation(&input.operation).is_some())
        }
    };
    if !known {
        let (file, plugin, name) = (Refusal::shown(file), call.plugin.name, name.clone());
        return Err(Refusal::NoSuchFunction { file, plugin, what, name }.into());
    }
    if host.registry().plugin(&call.plugin.name).is_ok() {
        host.unregister(&call.plugin.name)?;
    }
    host.register(bytes, shown)?;
    let tried = host.call(call)?;
    let refused = refused(&host, &tried);
    let passed = tried.failure().is_none() && refused.is_none();
    match format {
        Format::Json => render::print_json(&json!({
            "schema_version": "retried_call@1",
            "passed": passed,
            "rejected": refused.as_ref().map(ToString::to_string),
            "recorded": {
                "plugin": saved.call.plugin, "outcome": saved.outcome, "fuel": saved.fuel, "memory_bytes": saved.memory_bytes,
            },
            "actual": {
                "plugin": tried.call.plugin, "outcome": tried.report.outcome, "fuel": tried.report.fuel,
                "memory_bytes": tried.report.memory_bytes,
            },
        }))?,
        Format::Human => {
            let said = |outcome: &Outcome| {
                let message = outcome.failure().map_or("", |failure| failure.message.as_str());
                format!("{} {}", outcome.code(), render::printable(message)).trim_end().to_owned()
            };
            let mut text = format!("recorded   {}\nnow        {}\n", said(&saved.outcome), said(&tried.report.outcome));
            let details = tried.failure().map_or(&Value::Null, |failure| &failure.details);
            let failing = CallFailure {
                host: &host,
                failed: &tried,
                builder: None,
                details,
                saved: Some(arguments.failure.as_str()),
            };
            text += &render::failure::facts(&failing.facts());
            text += &render::failure::log(&failing);
            text += &refused.map_or_else(String::new, |refused| {
                format!("  rejected   {}\n", render::printable(&refused.to_string()))
            });
            text += if passed { "✔ the call ends well now\n" } else { "✘ the call still fails\n" };
            render::print(&text)?;
        }
    }
    Ok(if passed { Exit::Done } else { Exit::Failed })
}

/// A host with the plugin of the call, and no other in its place.
fn host(bundle: &SavedFailure, named: Option<PathBuf>) -> Result<Host, CliError> {
    let wanted = &bundle.call.plugin;
    let host = Host::builder().sandbox(project::sandbox()).first_party().limits(bundle.call.limits).build()?;
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

/// Of the changes that an operation returned, the first that it does not declare: the call itself ends well, and the step
/// fails.
fn refused(host: &Host, made: &SavedCall) -> Option<ChangeError> {
    let (Function::Execute(input), Outcome::Executed(output)) = (&made.call.function, &made.report.outcome) else {
        return None;
    };
    let registry = host.registry();
    let operation = registry.plugin(&made.call.plugin.name).ok()?.plugin().manifest().operation(&input.operation)?;
    let access = Access::resolve(&operation.reads, &operation.writes, &input.payload.value()).ok()?;
    first_refused(&output.changes, &access)
}

/// The first thing that differs, in words.
fn difference(expected: &SavedFailure, actual: &CallReport) -> Option<String> {
    let json = |outcome: &Outcome| serde_json::to_value(outcome).unwrap_or_default();
    if let Some(differing) = differences(&json(&expected.outcome), &json(&actual.outcome)).listed.first() {
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
