//! What several operations ask of the state and of payloads.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sortie_plugin_sdk::{Call, Failure};

/// What is at a place, or the failure `path_missing`.
pub(crate) fn present<'c>(call: &'c Call, path: &str) -> Result<&'c Value, Failure> {
    call.get(path).ok_or_else(|| Failure::new("path_missing", format!("there is nothing at `{path}` in the state")))
}

/// A value's type with its article, for messages.
pub(crate) fn described(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Reads a member that is there, null included: serde makes null `None`, and null is a value like any other here.
pub(crate) fn some_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
