//! A failed call in a file: all that it takes to make it again, and how it ended.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_host::{Attempt, CallEnd, Host, PluginCall};
use sortie_json::canonical;

use crate::error::CliError;
use crate::input;
use crate::render::failure::Failing;
use crate::symbols::file_of;

/// What such a file's member `schema_version` says.
const SCHEMA_VERSION: &str = "failed_call@1";

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailedCall {
    /// `failed_call@1`.
    pub(crate) schema_version: String,
    /// The version of this command.
    pub(crate) sortie: String,
    /// The fingerprint of the engine that made the call.
    pub(crate) engine: String,
    /// The plugin's file, as the command line named it; none for a plugin that comes with the command.
    pub(crate) plugin_file: Option<String>,
    /// The call.
    pub(crate) call: PluginCall,
    /// How it ended.
    pub(crate) end: CallEnd,
    /// What it logged.
    pub(crate) log: Vec<LoggedLine>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoggedLine {
    /// `debug`, `info`, `warn` or `error`.
    pub(crate) level: String,
    /// The message.
    pub(crate) message: String,
}

impl FailedCall {
    /// A call that a host made.
    fn of(host: &Host, attempt: &Attempt) -> Self {
        let registry = host.registry();
        let file = registry.plugin(&attempt.call.plugin.name).ok().and_then(file_of);
        let lines = attempt.log.iter();
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            sortie: env!("CARGO_PKG_VERSION").to_owned(),
            engine: host.engine_fingerprint(),
            plugin_file: file.map(|file| file.display().to_string()),
            call: attempt.call.clone(),
            end: attempt.end.clone(),
            log: lines.map(|line| LoggedLine { level: line.level.to_owned(), message: line.message.clone() }).collect(),
        }
    }

    /// Reads one from a file.
    pub(crate) fn read(name: &str) -> Result<Self, CliError> {
        let value = input::document(name)?.into_value();
        let rejected =
            |code, message: String, help: &str| CliError::Input { code, message, help: Some(help.to_owned()) };
        let version = value.get("schema_version").and_then(Value::as_str);
        if version != Some(SCHEMA_VERSION) {
            let message = match version {
                Some(version) => format!("`{name}` is a `{version}`, not a `{SCHEMA_VERSION}`"),
                None => format!("`{name}` is no saved failure: it has no `schema_version`"),
            };
            return Err(rejected("not_a_saved_failure", message, "give a file that `--save-failure` wrote"));
        }
        serde_json::from_value(value).map_err(|error| {
            let message = format!("the saved failure `{name}` is damaged: {error}");
            rejected("not_a_saved_failure", message, "save the failure again with `--save-failure`")
        })
    }
}

/// Saves a failed call where it was asked for, and returns what there is to say of it.
pub(crate) fn save<'f>(host: &'f Host, attempt: &'f Attempt, file: Option<&'f Path>) -> Result<Failing<'f>, CliError> {
    if let Some(path) = file {
        let saved = serde_json::to_value(FailedCall::of(host, attempt)).unwrap_or_default();
        let mut bytes = canonical(&saved);
        bytes.push(b'\n');
        fs::write(path, bytes).map_err(|error| CliError::Input {
            code: "file_not_writable",
            message: format!("cannot write `{}`: {error}", path.display()),
            help: Some("choose another file with `--save-failure`".to_owned()),
        })?;
    }
    let details = attempt.end.outcome.failure().map_or(&Value::Null, |failure| &failure.details);
    Ok(Failing { host, attempt, details, saved: file.and_then(Path::to_str) })
}
