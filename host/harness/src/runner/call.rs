//! What runs a mission.

use serde_json::{Map, Value};

/// Runs missions. A runner that is `Sync` can be used by many threads at once, each with scenarios of its own.
pub trait MissionRunner {
    /// Runs a mission to its end and returns its `OrchestrationResult`, an object with its hash at
    /// `/receipt/result_hash`. A human step without an answer is marked: `/decisions/STEP/status` is `marked`.
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError>;
}

/// A call of a mission.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissionCall<'c> {
    /// The mission.
    pub mission: &'c str,
    /// Its params.
    pub params: &'c Value,
    /// The state to start from, an object.
    pub initial_state: &'c Value,
    /// The metadata of the execution context, an object.
    pub metadata: &'c Value,
    /// Answers to human steps, by step id, each as [`Answer`](sortie_interface::Answer) reads it.
    pub answers: &'c Map<String, Value>,
    /// Limits, by name: whole numbers of zero or more. Those that are not there are the host's.
    pub limits: &'c Map<String, Value>,
}

/// Why a call has no result. Closed: a call is rejected, or there is no answer at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MissionError {
    /// The call was rejected: an unknown mission, params that do not fit, a limit that is violated. The same call is
    /// rejected with the same code and message everywhere.
    #[error("{message}")]
    Rejected {
        /// The stable code.
        code: String,
        /// What is wrong.
        message: String,
        /// More about it.
        details: Option<Value>,
    },
    /// The host failed: never a result.
    #[error("{message}")]
    HostFault {
        /// What happened.
        message: String,
    },
}

/// A host fault, which ended a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the host failed in mission `{mission_name}` of scenario `{scenario_name}`: {message}")]
pub struct MissionFault {
    /// The scenario that was run.
    pub scenario_name: String,
    /// The mission that was run, by its alias.
    pub mission_name: String,
    /// What happened.
    pub message: String,
}
