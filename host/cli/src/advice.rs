//! What to do, in terms of the command: a library knows neither the command nor its options.

use sortie_host::journal::{JournalError, RunError};
use sortie_host::{HostError, Remark};
use sortie_json::UserError;

/// What to do about what a host rejects.
pub(crate) fn on_host_error(error: &HostError) -> Option<String> {
    match error {
        HostError::PolicyOfNothing { plugin, .. } => {
            Some(format!("`sortie plugins {plugin}` shows what its operations read and write"))
        }
        HostError::InvalidParams { mission, .. } => {
            Some(format!("`sortie missions {mission}{}` prints the schema", given_plugins()))
        }
        HostError::BuildFailed { mission, .. } if UserError::code(error) == sortie_host::codes::INVALID_PARAMS => {
            Some(format!("`sortie missions {mission}{}` prints what the params can be", given_plugins()))
        }
        HostError::InvalidPayload { operation, .. } => {
            Some(format!("`sortie operations {operation}{}` prints the schema", given_plugins()))
        }
        _ => UserError::help(error),
    }
}

/// The options that named plugins, as they were typed: without them another command does not know what this one did.
fn given_plugins() -> String {
    let mut arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let mut given = String::new();
    while let Some(argument) = arguments.next() {
        let file = match argument.strip_prefix("--plugin") {
            Some("") => arguments.next(),
            Some(file) => file.strip_prefix('=').map(str::to_owned),
            None if argument == "--" => break,
            None => None,
        };
        let is_plain = |file: &str| file.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
        match file {
            Some(file) if is_plain(&file) => given.push_str(&format!(" --plugin {file}")),
            // What a shell would read otherwise is for the reader to write.
            Some(_) => given.push_str(" --plugin FILE"),
            None => {}
        }
    }
    given
}

/// What to do about a run.
pub(crate) fn on_run_error(error: &RunError) -> Option<String> {
    match error {
        RunError::ChangedPlugin { .. } => Some(
            "give the plugin that the run began with, or accept this one by `--allow-changed-plugin`: the receipt will \
             say so"
                .to_owned(),
        ),
        RunError::MissingPlugin { .. } => Some("give it with `--plugin FILE`, and resume the run".to_owned()),
        RunError::Host(error) => on_host_error(error),
        RunError::Journal(JournalError::UnknownRun { .. })
        | RunError::Decide(_)
        | RunError::Cancel(_)
        | RunError::NoResult { .. } => Some(UserError::code(error).remedy().to_owned()),
        _ => error.help(),
    }
}

/// What to do about a remark on a mission.
pub(crate) fn on_remark(remark: &Remark) -> Option<String> {
    match remark {
        Remark::UnknownParam { nearest: None, mission, .. } => {
            Some(format!("`sortie missions {mission}{}` prints its params", given_plugins()))
        }
        _ => remark.help(),
    }
}
