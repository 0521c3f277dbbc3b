//! Calls of plugins, and how they end.

use json_patch::PatchOperation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_interface::{Block, Verdict};
use sortie_json::{Canonical, ContentHash, ContentHasher, present, write_canonical_text};

use crate::limits::{Fuel, Limits};
use crate::workflow::WorkflowDefinition;

/// A plugin, told by what it is and not by where it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginRef {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its file.
    pub digest: ContentHash,
}

/// A call of a plugin, whole: made anywhere, it ends the same.
///
/// ```
/// use serde_json::json;
/// use sortie_engine::{Call, Function, Limits, PluginRef};
/// use sortie_json::{Canonical, ContentHash};
///
/// let plugin = PluginRef { name: "release".to_owned(), digest: ContentHash::of_bytes(b"its file") };
/// let params = Canonical::of(&json!({"branch": "main"}));
/// let function = Function::Build { mission: "check".to_owned(), params };
/// let call = Call::new(plugin, function, 1_000_000, Limits::default());
///
/// // What it is called with, and nothing else, decides the seed.
/// let thrifty = Call::new(call.plugin.clone(), call.function.clone(), 1000, Limits::default());
/// assert_eq!(call.seed(), thrifty.seed());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "CallForm", into = "CallForm")]
pub struct Call {
    /// The plugin.
    pub plugin: PluginRef,
    /// What of it is called, and with what.
    pub function: Function,
    /// The fuel that the call may use.
    pub fuel: Fuel,
    /// The limits of the call.
    pub limits: Limits,
    input_hash: ContentHash,
}

/// What of a plugin is called, and with what. Closed, as the plugin interface is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// A mission is built.
    Build {
        /// Its name within the plugin.
        mission: String,
        /// Its params.
        params: Canonical,
    },
    /// An operation is executed.
    Execute(OperationInput),
}

/// What an operation is called with, as the text that it is given: written once, and hashed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationInput {
    /// The operation's name within its plugin.
    pub operation: String,
    /// The step's id.
    pub step_id: String,
    /// A JSON object: the step's payload without `operation`.
    pub payload: Canonical,
    /// A JSON object from each pointer that may be read to the value there.
    pub state: Canonical,
    /// A JSON object from the id of each human step so far to `{"status", "value"}`.
    pub decisions: Canonical,
    /// A JSON object: the context's metadata.
    pub metadata: Canonical,
}

/// A call as it is written: without what follows from the rest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallForm {
    plugin: PluginRef,
    function: Function,
    fuel: Fuel,
    limits: Limits,
}

impl From<CallForm> for Call {
    fn from(form: CallForm) -> Self {
        Self::new(form.plugin, form.function, form.fuel, form.limits)
    }
}

impl From<Call> for CallForm {
    fn from(call: Call) -> Self {
        Self { plugin: call.plugin, function: call.function, fuel: call.fuel, limits: call.limits }
    }
}

impl Call {
    /// A call that was not made yet.
    #[must_use]
    pub fn new(plugin: PluginRef, function: Function, fuel: Fuel, limits: Limits) -> Self {
        let input_hash = function.input_hash(&plugin);
        Self { plugin, function, fuel, limits, input_hash }
    }

    /// The hash of what the plugin is called with. Of an operation: of `{"plugin": digest}` and the members of its
    /// input. Of a builder: of its params.
    #[must_use]
    pub fn input_hash(&self) -> ContentHash {
        self.input_hash
    }

    /// Randomness that is a function of the input.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.input_hash.seed()
    }
}

impl Function {
    fn input_hash(&self, plugin: &PluginRef) -> ContentHash {
        match self {
            Self::Build { params, .. } => params.hash(),
            Self::Execute(input) => input.hash(plugin.digest),
        }
    }
}

impl OperationInput {
    /// The hash of its members and of `{"plugin": digest}`: of the canonical form of the object that has them all.
    fn hash(&self, plugin: ContentHash) -> ContentHash {
        let Self { operation, step_id, payload, state, decisions, metadata } = self;
        // All but the state, which can be large, is put together before it is hashed.
        let mut text = Vec::with_capacity(256 + decisions.size() + metadata.size() + payload.size());
        text.extend_from_slice(b"{\"decisions\":");
        text.extend_from_slice(decisions.as_bytes());
        text.extend_from_slice(b",\"metadata\":");
        text.extend_from_slice(metadata.as_bytes());
        text.extend_from_slice(b",\"operation\":");
        write_canonical_text(operation, &mut text);
        text.extend_from_slice(b",\"payload\":");
        text.extend_from_slice(payload.as_bytes());
        text.extend_from_slice(b",\"plugin\":");
        write_canonical_text(&plugin.to_string(), &mut text);
        text.extend_from_slice(b",\"state\":");
        let mut hasher = ContentHasher::default();
        hasher.update(&text);
        hasher.update(state.as_bytes());
        text.clear();
        text.extend_from_slice(b",\"step_id\":");
        write_canonical_text(step_id, &mut text);
        text.push(b'}');
        hasher.update(&text);
        hasher.finish()
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

/// What an operation returned.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationOutput {
    /// To be applied to the state, all or none.
    pub changes: Vec<PatchOperation>,
    /// To be kept under the step's id.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub output: Option<Value>,
    /// What is put before people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Block>,
    /// What it judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A call whose step failed, and how it ended: that can be well, where what it returned could not be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedCall {
    /// The call.
    pub call: Call,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a call ended: a closed set. A host fault is none of these: the driver reports it, and the run stays where it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A mission was built. Whether the workflow can run is not told here.
    Built(WorkflowDefinition),
    /// An operation was executed. Whether its changes fit the state is not told here.
    Executed(OperationOutput),
    /// Neither.
    Failed(StepFailure),
}

impl Outcome {
    /// The failure, if the call failed.
    #[must_use]
    pub fn failure(&self) -> Option<&StepFailure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Built(_) | Self::Executed(_) => None,
        }
    }

    /// `ok`, or the stable code of the failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.failure().map_or("ok", |failure| failure.kind.code())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_hash_of_an_input_is_that_of_its_json_form_with_the_plugin() {
        let text = |value: Value| Canonical::of(&value);
        let input = OperationInput {
            operation: "\"o\n".to_owned(),
            step_id: "é".to_owned(),
            payload: text(json!({"b": 1.5, "a": "\u{e000}"})),
            state: text(json!({"/x": [null]})),
            decisions: Canonical::empty_object(),
            metadata: text(json!({"m": {}})),
        };
        let plugin = PluginRef { name: "p".to_owned(), digest: ContentHash::of_bytes(b"p") };
        let mut form = serde_json::to_value(&input).unwrap();
        form["plugin"] = json!(plugin.digest);
        let call = Call::new(plugin, Function::Execute(input), 0, Limits::default());
        assert_eq!(call.input_hash(), ContentHash::of(&form));
        assert_eq!(serde_json::from_value::<Call>(serde_json::to_value(&call).unwrap()).unwrap(), call);
    }
}
