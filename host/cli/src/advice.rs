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
        HostError::InvalidParams { mission, .. } => Some(format!("`sortie missions {mission}` prints the schema")),
        HostError::BuildFailed { mission, .. } if UserError::code(error) == sortie_host::codes::INVALID_PARAMS => {
            Some(format!("`sortie missions {mission}` prints what the params can be"))
        }
        HostError::InvalidPayload { operation, .. } => {
            Some(format!("`sortie operations {operation}` prints the schema"))
        }
        _ => UserError::help(error),
    }
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
            Some(format!("`sortie missions {mission}` prints its params"))
        }
        _ => remark.help(),
    }
}
