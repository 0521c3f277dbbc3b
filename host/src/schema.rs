//! JSON Schemas (draft 2020-12), compiled once, and what does not match them.

use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

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
        let mut mismatches: Vec<_> = self.0.iter_errors(value).map(|error| mismatch(&error)).collect();
        mismatches.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
        mismatches
    }
}

/// The mismatch that an error tells of. That a value fits none of several schemas tells nothing of where it does not:
/// that is told of the schema that it comes furthest in.
fn mismatch(error: &ValidationError<'_>) -> Mismatch {
    let alternatives = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => context.as_slice(),
        // The enum is jsonschema's, and large.
        _ => &[],
    };
    let whole = error.instance_path().to_string();
    let within = alternatives.iter().filter_map(|errors| errors.first().map(mismatch));
    // Of the equally far the first.
    let furthest = within.rev().max_by_key(|mismatch| mismatch.pointer.matches('/').count());
    match furthest.filter(|mismatch| mismatch.pointer.len() > whole.len()) {
        Some(mismatch) => mismatch,
        None => Mismatch { pointer: whole, message: error.to_string() },
    }
}
