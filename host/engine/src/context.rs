//! What a run starts from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::{Fault, validated};

/// The state that a run begins with, and the caller's metadata. Nothing that a run does is visible in it. The context
/// hash is of its JSON form, `{"initial_state", "metadata"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionContext {
    initial_state: Value,
    metadata: Value,
}

/// A context that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The state is not a JSON object.
    #[error("the state is {0}, not a JSON object")]
    StateNotObject(&'static str),
    /// The metadata is not a JSON object.
    #[error("the metadata is {0}, not a JSON object")]
    MetadataNotObject(&'static str),
    /// The state or the metadata is not I-JSON.
    #[error("{}", .0.first().map_or_else(String::new, |fault| format!("{fault} (at `{}`)", fault.pointer)))]
    NotIJson(Vec<Fault>),
}

impl ContextError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::StateNotObject(_) => "state_not_object",
            Self::MetadataNotObject(_) => "metadata_not_object",
            Self::NotIJson(_) => "not_i_json",
        }
    }
}

impl ExecutionContext {
    /// A context with this state, a JSON object, and no metadata.
    pub fn new(initial_state: Value) -> Result<Self, ContextError> {
        let initial_state = checked(&initial_state, ContextError::StateNotObject)?;
        Ok(Self { initial_state, metadata: Value::Object(Map::new()) })
    }

    /// The same context with this metadata, a JSON object.
    pub fn with_metadata(self, metadata: Value) -> Result<Self, ContextError> {
        let metadata = checked(&metadata, ContextError::MetadataNotObject)?;
        Ok(Self { metadata, ..self })
    }

    /// The state: a JSON object.
    #[must_use]
    pub fn initial_state(&self) -> &Value {
        &self.initial_state
    }

    /// The metadata: a JSON object.
    #[must_use]
    pub fn metadata(&self) -> &Value {
        &self.metadata
    }
}

fn checked(value: &Value, error: fn(&'static str) -> ContextError) -> Result<Value, ContextError> {
    if value.is_object() { validated(value).map_err(ContextError::NotIJson) } else { Err(error(type_name(value))) }
}

/// What a JSON value is, with its article, for messages.
#[must_use]
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
