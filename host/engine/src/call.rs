//! Calls of operations, as the engine asks for them and is told of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::changes::Change;
use crate::limits::Fuel;
use crate::plan::PluginRef;
use sortie_json::{ContentHash, present};

/// What an operation is called with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationInput {
    /// The operation's name within its plugin.
    pub operation: String,
    /// The step's id.
    pub step_id: String,
    /// A JSON object: the step's payload without `operation`.
    pub payload: Value,
    /// A JSON object from each pointer that may be read to the value there.
    pub state: Value,
    /// A JSON object from the id of each human step so far to `{"status", "value"}`.
    pub decisions: Value,
    /// A JSON object: the context's metadata.
    pub metadata: Value,
}

impl OperationInput {
    /// The hash of the input and of the plugin that gets it. Its first eight bytes are the seed.
    #[must_use]
    pub fn hash(&self, plugin: &PluginRef) -> ContentHash {
        #[derive(Serialize)]
        struct Hashed<'a> {
            plugin: ContentHash,
            #[serde(flatten)]
            input: &'a OperationInput,
        }
        ContentHash::of_ours(&Hashed { plugin: plugin.digest, input: self })
    }
}

/// What the driver has to do next: call an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationCall {
    /// The plugin to call.
    pub plugin: PluginRef,
    /// What to call it with.
    pub input: OperationInput,
    /// The hash of that.
    pub input_hash: ContentHash,
    /// The fuel that the call may use.
    pub fuel: Fuel,
}

impl OperationCall {
    /// Randomness that is a function of the input.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.input_hash.seed()
    }
}

/// Why a step failed: a closed set with stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The plugin said so.
    OperationFailed,
    /// The plugin's code trapped.
    Trap,
    /// The call, or the mission, used up its fuel.
    OutOfFuel,
    /// The plugin wanted more memory than it may have.
    MemoryLimit,
    /// The plugin's calls went deeper than they may.
    StackLimit,
    /// What the plugin returned cannot be used.
    OutputRejected,
    /// A human step was not answered in time.
    Expired,
}

impl FailureKind {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OperationFailed => "operation_failed",
            Self::Trap => "trap",
            Self::OutOfFuel => "out_of_fuel",
            Self::MemoryLimit => "memory_limit",
            Self::StackLimit => "stack_limit",
            Self::OutputRejected => "output_rejected",
            Self::Expired => "expired",
        }
    }
}

/// A failure, as the result tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[serde(deny_unknown_fields)]
pub struct StepFailure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// A sentence.
    pub message: String,
    /// Whatever else there is to know: a JSON object, or null. Where a plugin failed, its own `code` is in it.
    pub details: Value,
}

/// How a call ended. A host fault is none of these: the driver reports it, and the run stays where it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The operation did its work.
    Ok {
        /// To be applied to the state, all or none.
        changes: Vec<Change>,
        /// To be kept under the step's id.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Value>,
    },
    /// It did not.
    Failed(StepFailure),
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Called {
    /// How it ended.
    pub outcome: CallOutcome,
    /// The fuel that it used.
    pub fuel: Fuel,
}
