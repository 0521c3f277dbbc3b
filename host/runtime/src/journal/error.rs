//! Why a run in a journal did not start, resume or end.

use serde::{Deserialize, Serialize};
use sortie_journal::JournalError;
use sortie_journal::wait::CancelError;
use sortie_json::{ContentHash, UserError};

use super::{DecideError, RunId, Status};
use crate::bundle::BundleError;
use crate::error::HostError;

/// Why a run in a journal did not start, resume or end: a closed set with stable codes.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The mission cannot be run, or a host fault ended the attempt: the run is as it was before it.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The journal failed, or has no such run.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A decision was not accepted.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// A run was not cancelled.
    #[error(transparent)]
    Cancel(#[from] CancelError),
    /// What somebody says besides an answer, or why a run is cancelled, is larger than that may be.
    #[error("the {what} has {size} bytes, and {MAX_REMARK_BYTES} is the limit")]
    RemarkTooLarge {
        /// `comment` or `reason`.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
    },
    /// There is no result to bundle.
    #[error("run `{run}` has no result: it is {status}")]
    NoResult {
        /// The run.
        run: RunId,
        /// How it stands.
        status: Status,
    },
    /// The run cannot be bundled with the plugins that are here.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A plugin is not the one that the run began with.
    #[error(
        "run `{run}` began with the plugin `{}` of digest {}, but the one registered here has digest {}",
        .plugin.name, .plugin.recorded, .plugin.present
    )]
    ChangedPlugin {
        /// The run.
        run: RunId,
        /// The plugin.
        plugin: ChangedPlugin,
    },
    /// A plugin is not here.
    #[error("run `{run}` needs the plugin `{name}` with the digest {digest}, which is not registered here")]
    MissingPlugin {
        /// The run.
        run: RunId,
        /// The plugin's name.
        name: String,
        /// Its digest.
        digest: String,
    },
    /// The host's sandbox is too small for the run.
    #[error("run `{run}` has a memory limit of {recorded} bytes, but this host allows at most {present}")]
    MemoryLimit {
        /// The run.
        run: RunId,
        /// The limit of the run.
        recorded: u64,
        /// The limit of the host.
        present: u64,
    },
    /// The journal is whole, but its events are not those of a run that this release knows.
    #[error("run `{run}` cannot be rebuilt from its events: {detail}")]
    NotRebuilt {
        /// The run.
        run: RunId,
        /// What does not fit.
        detail: String,
    },
}

/// The most that may be said besides an answer, or as the reason for which a run is cancelled, in bytes.
pub const MAX_REMARK_BYTES: usize = 16 << 10;

/// Checks the size of a comment or a reason.
pub(super) fn check_remark(what: &'static str, text: &str) -> Result<(), RunError> {
    let size = text.len();
    if size > MAX_REMARK_BYTES { Err(RunError::RemarkTooLarge { what, size }) } else { Ok(()) }
}

/// A plugin that is not the one that a run began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedPlugin {
    /// Its name.
    pub name: String,
    /// The digest that the run began with, or was last resumed with.
    pub recorded: ContentHash,
    /// The digest of the plugin that is here.
    pub present: ContentHash,
}

impl RunError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Host(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::Decide(error) => error.code(),
            Self::Cancel(error) => error.code(),
            Self::RemarkTooLarge { .. } => "remark_too_large",
            Self::NoResult { .. } => "no_result",
            Self::Bundle(error) => error.code(),
            Self::ChangedPlugin { .. } => "plugin_changed",
            Self::MissingPlugin { .. } => "plugin_missing",
            Self::MemoryLimit { .. } => "memory_limit_differs",
            Self::NotRebuilt { .. } => "run_not_rebuilt",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) => error.help(),
            Self::Journal(error) => Some(error.help().to_owned()),
            Self::Decide(error) => Some(error.help()),
            Self::Cancel(error) => Some(error.help().to_owned()),
            Self::RemarkTooLarge { .. } => Some("say it in fewer words".to_owned()),
            Self::NoResult { .. } => Some("look at the run: it has to end before it can be bundled".to_owned()),
            Self::Bundle(error) => Some(UserError::code(error).remedy().to_owned()),
            Self::ChangedPlugin { .. } => Some(
                "register the plugin that the run began with, or allow changed plugins: the receipt will say so"
                    .to_owned(),
            ),
            Self::MissingPlugin { .. } => Some("register it, and resume the run".to_owned()),
            Self::MemoryLimit { .. } => Some("resume the run on a host with the same limits".to_owned()),
            Self::NotRebuilt { .. } => Some("resume the run with the release that began it".to_owned()),
        }
    }
}
