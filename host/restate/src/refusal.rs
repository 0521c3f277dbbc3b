//! An error as it goes through Restate: code, sentence and remedy, as everywhere, and the status of HTTP.

use std::fmt;

use restate_sdk::errors::TerminalError;
use serde::{Deserialize, Serialize};
use sortie_host::HostError;
use sortie_host::journal::RunError;
use sortie_json::{Code, UserError};

use crate::codes;

/// Why a request was refused: what a workflow of Restate ends with, or its handler answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<&RunError> for Refusal {
    fn from(error: &RunError) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string(), help: error.help() }
    }
}

impl Refusal {
    /// A request that is too large for Restate's messages, or makes something that is.
    pub(crate) fn too_large(what: &str, size: usize, limit: usize) -> Self {
        Self {
            code: codes::TOO_LARGE_FOR_RESTATE.as_str().to_owned(),
            message: format!("{what} has {size} bytes, more than the {limit} that Restate's messages carry"),
            help: Some(codes::TOO_LARGE_FOR_RESTATE.remedy().to_owned()),
        }
    }

    /// A request that cannot be read.
    pub(crate) fn invalid_request(reason: impl fmt::Display) -> Self {
        Self {
            code: codes::INVALID_RESTATE_REQUEST.as_str().to_owned(),
            message: format!("the request cannot be read: {reason}"),
            help: Some("the book's page on Restate has the requests and their members".to_owned()),
        }
    }

    /// What an attempt fails with that is made again: text, in which Restate shows why a run does not go on.
    pub(crate) fn passing(&self) -> String {
        format!("[{}] {}", self.code, self.message)
    }

    /// The error that ends an invocation, and is not tried again.
    pub(crate) fn terminal(&self) -> TerminalError {
        let status = match self.code.as_str() {
            "unknown_wait" | "unknown_run" => 404,
            "wrong_token" | "not_assignee" => 403,
            "conflict" | "expired" | "cancelled" | "other_question" | "already_ended" | "plugin_missing"
            | "plugin_changed" => 409,
            "too_large_for_restate" => 413,
            "invalid_restate_request" | "invalid_run_id" => 400,
            _ => 422,
        };
        let text = serde_json::to_string(self).unwrap_or_else(|_| self.message.clone());
        TerminalError::new_with_code(status, text)
    }
}

/// Whether an attempt that ended so may end otherwise on another machine, or later: then nothing is recorded, and Restate
/// tries again.
pub(crate) fn is_passing(error: &RunError) -> bool {
    match error {
        RunError::Host(HostError::Fault(_) | HostError::Bug(_))
        | RunError::MissingPlugin { .. }
        | RunError::ChangedPlugin { .. }
        | RunError::MemoryLimit { .. }
        | RunError::NotRebuilt { .. }
        | RunError::Journal(_) => true,
        RunError::Host(_)
        | RunError::Decide(_)
        | RunError::Cancel(_)
        | RunError::RemarkTooLarge { .. }
        | RunError::NoResult { .. }
        | RunError::Bundle(_) => false,
    }
}

/// The tables of those whose errors a service passes on.
const TABLES: [&[Code]; 4] =
    [codes::ALL, sortie_host::codes::ALL, sortie_journal::codes::ALL, sortie_engine::codes::ALL];

impl UserError for Refusal {
    /// The code that it names; of one that another release of the service made, that it refused.
    fn code(&self) -> Code {
        let known = TABLES.into_iter().flatten().find(|code| code.as_str() == self.code);
        known.copied().unwrap_or(codes::RESTATE_REFUSED)
    }

    fn help(&self) -> Option<String> {
        self.help.clone()
    }
}
