//! What a run starts from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use sortie_json::{ContentHash, ContentHasher, Faults, Json, canonical};

/// The state that a run begins with, and the caller's metadata. Nothing that a run does is visible in it. The context
/// hash is of its JSON form, `{"initial_state", "metadata"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionContext {
    initial_state: Value,
    metadata: Value,
}

/// What there is to know of a context before a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measured {
    /// The context hash.
    pub(crate) hash: ContentHash,
    /// The canonical form of the state, in bytes.
    pub(crate) state_bytes: usize,
    /// The canonical form of the metadata, in bytes.
    pub(crate) metadata_bytes: usize,
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
    #[error("{0}")]
    NotIJson(Faults),
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
    /// A context with this state, a JSON object, and no metadata. A [`Json`] is taken as it is, and a [`Value`] is
    /// checked.
    pub fn new<J>(initial_state: J) -> Result<Self, ContextError>
    where
        J: TryInto<Json>,
        Faults: From<J::Error>,
    {
        let initial_state = checked(initial_state, ContextError::StateNotObject)?;
        Ok(Self { initial_state, metadata: Value::Object(Map::new()) })
    }

    /// The same context with this metadata, a JSON object.
    pub fn with_metadata<J>(self, metadata: J) -> Result<Self, ContextError>
    where
        J: TryInto<Json>,
        Faults: From<J::Error>,
    {
        let metadata = checked(metadata, ContextError::MetadataNotObject)?;
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

    /// The context hash and the sizes, of one pass.
    pub(crate) fn measured(&self) -> Measured {
        let state = canonical(&self.initial_state);
        // The canonical form of an object is that of its members, in the order of their keys.
        let mut hasher = ContentHasher::default();
        let metadata = canonical(&self.metadata);
        for part in [b"{\"initial_state\":", state.as_slice(), b",\"metadata\":", metadata.as_slice(), b"}"] {
            hasher.update(part);
        }
        Measured { hash: hasher.finish(), state_bytes: state.len(), metadata_bytes: metadata.len() }
    }
}

fn checked<J>(value: J, error: fn(&'static str) -> ContextError) -> Result<Value, ContextError>
where
    J: TryInto<Json>,
    Faults: From<J::Error>,
{
    let json = value.try_into().map_err(|faults| ContextError::NotIJson(faults.into()))?;
    if json.value().is_object() { Ok(json.into_value()) } else { Err(error(type_name(json.value()))) }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_context_hash_is_of_the_contexts_json_form() {
        let context = ExecutionContext::new(json!({"b": [1, 2.5], "a": {}})).unwrap();
        let context = context.with_metadata(json!({"who": "Ada"})).unwrap();
        let form = serde_json::to_value(&context).unwrap();
        let Measured { hash, state_bytes, metadata_bytes } = context.measured();
        assert_eq!(hash, ContentHash::of(&form));
        let bytes = |member: &str| canonical(&form[member]).len();
        assert_eq!((state_bytes, metadata_bytes), (bytes("initial_state"), bytes("metadata")));
    }
}
