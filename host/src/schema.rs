//! JSON Schemas (draft 2020-12), compiled once, and what does not match them.

use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// Checks that a value is a JSON Schema (draft 2020-12) that a host can use; the error says what is wrong with it.
pub fn check_schema(schema: &Value) -> Result<(), String> {
    Schema::compile(schema).map(drop)
}

/// A compiled schema. Patterns take time linear in the text; nothing is fetched.
#[derive(Clone)]
pub(crate) struct Schema(Arc<Validator>);

/// A value that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The JSON Pointer of what does not match.
    pub(crate) pointer: String,
    /// Why.
    pub(crate) message: String,
}

impl Schema {
    /// Compiles a schema; the error says what is wrong with it.
    pub(crate) fn compile(schema: &Value) -> Result<Self, String> {
        jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .build(schema)
            .map(|validator| Self(Arc::new(validator)))
            .map_err(|error| error.to_string())
    }

    /// All that does not match, in the order of the places.
    pub(crate) fn mismatches(&self, value: &Value) -> Vec<Mismatch> {
        if self.0.is_valid(value) {
            return Vec::new();
        }
        let mismatch = |error: jsonschema::ValidationError<'_>| Mismatch {
            pointer: error.instance_path().to_string(),
            message: error.to_string(),
        };
        let mut mismatches: Vec<_> = self.0.iter_errors(value).map(mismatch).collect();
        mismatches.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
        mismatches
    }
}
