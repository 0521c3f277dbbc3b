//! What a run starts from.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use sortie_json::{Canonical, ContentHash, ContentHasher, Faults, Json, canonical, room};

/// The state that a run begins with, and the caller's metadata. Nothing that a run does is visible in it. The context
/// hash is of its JSON form, `{"initial_state", "metadata"}`. Cheap to clone, and measured once however many runs begin
/// with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "ContextForm<Value>")]
pub struct ExecutionContext {
    initial_state: Arc<Value>,
    metadata: Arc<Value>,
    measured: Arc<OnceLock<ContextMeasure>>,
}

/// A context as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename = "ExecutionContext")]
struct ContextForm<V> {
    initial_state: V,
    metadata: V,
}

impl From<ContextForm<Value>> for ExecutionContext {
    fn from(ContextForm { initial_state, metadata }: ContextForm<Value>) -> Self {
        Self { initial_state: Arc::new(initial_state), metadata: Arc::new(metadata), measured: Arc::default() }
    }
}

impl Serialize for ExecutionContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ContextForm { initial_state: &*self.initial_state, metadata: &*self.metadata }.serialize(serializer)
    }
}

impl PartialEq for ExecutionContext {
    fn eq(&self, other: &Self) -> bool {
        // What was measured follows from the rest.
        (&self.initial_state, &self.metadata) == (&other.initial_state, &other.metadata)
    }
}

impl Eq for ExecutionContext {}

/// What there is to know of a context before a run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContextMeasure {
    /// The context hash.
    pub(crate) hash: ContentHash,
    /// The canonical form of the state, in bytes.
    pub(crate) state_bytes: usize,
    /// The room that the state's values take.
    pub(crate) state_room: usize,
    /// The canonical form of the metadata.
    pub(crate) metadata: Canonical,
}

/// A context that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
    ///
    /// # Errors
    ///
    /// It is an error if the state is not an object, or not I-JSON.
    pub fn new<J>(initial_state: J) -> Result<Self, ContextError>
    where
        J: TryInto<Json>,
        Faults: From<J::Error>,
    {
        let initial_state = checked(initial_state, ContextError::StateNotObject)?;
        Ok(ContextForm { initial_state, metadata: Value::Object(Map::new()) }.into())
    }

    /// The same context with this metadata, a JSON object.
    ///
    /// # Errors
    ///
    /// It is an error if the metadata is not an object, or not I-JSON.
    pub fn with_metadata<J>(self, metadata: J) -> Result<Self, ContextError>
    where
        J: TryInto<Json>,
        Faults: From<J::Error>,
    {
        let metadata = checked(metadata, ContextError::MetadataNotObject)?;
        Ok(Self { metadata: Arc::new(metadata), measured: Arc::default(), ..self })
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

    /// The state, to be shared.
    pub(crate) fn shared_state(&self) -> Arc<Value> {
        Arc::clone(&self.initial_state)
    }

    /// The context hash and the sizes, of one pass.
    pub(crate) fn measured(&self) -> &ContextMeasure {
        self.measured.get_or_init(|| {
            let state = canonical(&self.initial_state);
            let metadata = Canonical::of(&self.metadata);
            // The canonical form of an object is that of its members, in the order of their keys.
            let mut hasher = ContentHasher::default();
            for part in [b"{\"initial_state\":", state.as_slice(), b",\"metadata\":", metadata.as_bytes(), b"}"] {
                hasher.update(part);
            }
            ContextMeasure {
                hash: hasher.finish(),
                state_bytes: state.len(),
                state_room: room(&self.initial_state),
                metadata,
            }
        })
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
        let ContextMeasure { hash, state_bytes, state_room, metadata } = context.measured();
        assert_eq!(*hash, ContentHash::of(&form));
        assert_eq!(
            (*state_bytes, *state_room, metadata),
            (canonical(&form["initial_state"]).len(), 184, &Canonical::of(&form["metadata"]))
        );
        let other = context.clone().with_metadata(json!({})).unwrap();
        assert_ne!(other.measured(), context.measured());
        assert_eq!(serde_json::from_value::<ExecutionContext>(form).unwrap(), context);
    }
}
