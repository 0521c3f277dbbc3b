//! Missions that plugins run: what they ask for, what they get, and who runs them.

use serde_json::Value;
use sortie_engine::{Fuel, Limits, StepFailure};
use sortie_json::Json;

use crate::abi::Failure;
use crate::fault::HostFault;
use crate::watchdog::Deadline;

/// A mission that a plugin wants run.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionRequest {
    /// Its name.
    pub mission: String,
    /// Its params.
    pub params: Json,
    /// The state it begins with.
    pub initial_state: Json,
    /// The context's metadata.
    pub metadata: Json,
    /// From ids of human steps to answers.
    pub answers: Json,
    /// The fuel that is left to the plugin that asks.
    pub fuel: Fuel,
    /// How many missions this one runs within.
    pub depth: u32,
    /// When the outermost call has to be over.
    pub deadline: Deadline,
}

/// A mission that a plugin ran.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionReply {
    /// The result as JSON, or why the mission was rejected.
    pub result: Result<Value, StepFailure>,
    /// The fuel that it used.
    pub fuel: Fuel,
}

/// Who runs missions for plugins: the host.
pub trait MissionHost: Send + Sync {
    /// Runs a mission.
    fn run(&self, request: MissionRequest) -> Result<MissionReply, HostFault>;
}

/// The texts of a request.
pub(crate) struct RequestTexts<'t> {
    pub(crate) mission: &'t str,
    pub(crate) params: &'t str,
    pub(crate) initial_state: &'t str,
    pub(crate) metadata: &'t str,
    pub(crate) answers: &'t str,
}

impl RequestTexts<'_> {
    /// Their length together.
    pub(crate) fn bytes(&self) -> usize {
        [self.mission, self.params, self.initial_state, self.metadata, self.answers].map(str::len).iter().sum()
    }

    /// The first text that is longer than it may be. None is parsed before that is known.
    pub(crate) fn too_large(&self, limits: &Limits) -> Option<Failure> {
        let all = [
            ("mission", self.mission, MAX_NAME_BYTES),
            ("params", self.params, limits.params_bytes),
            ("state", self.initial_state, limits.state_bytes),
            ("metadata", self.metadata, limits.params_bytes),
            ("answers", self.answers, limits.params_bytes),
        ];
        let size = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX);
        all.into_iter().find(|(_, text, limit)| size(text) > *limit).map(|(what, text, limit)| Failure {
            code: format!("{what}_too_large"),
            message: format!("the request's {what} has {} bytes, more than the limit of {limit}", text.len()),
            details: None,
        })
    }
}

/// The longest name of a mission that is looked for: a plugin's, a slash and a mission's.
const MAX_NAME_BYTES: u64 = 129;
