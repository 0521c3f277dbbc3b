//! JSON Schemas (draft 2020-12), compiled once, and what does not match them.

use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::suggest::nearest;

/// Checks that a value is a JSON Schema (draft 2020-12) that a host can use; the error says what is wrong with it.
pub fn check_schema(schema: &Value) -> Result<(), String> {
    Schema::compile(schema).map(drop)
}

/// A compiled schema. Patterns take time linear in the text; nothing is fetched.
#[derive(Clone)]
pub(crate) struct Schema(Arc<Compiled>);

struct Compiled {
    validator: Validator,
    text: Value,
}

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
            .map(|validator| Self(Arc::new(Compiled { validator, text: schema.clone() })))
            .map_err(|error| error.to_string())
    }

    /// All that does not match, in the order of the places.
    pub(crate) fn mismatches(&self, value: &Value) -> Vec<Mismatch> {
        let Compiled { validator, text } = &*self.0;
        if validator.is_valid(value) {
            return Vec::new();
        }
        let mut mismatches: Vec<_> = validator.iter_errors(value).map(|error| mismatch(text, &error)).collect();
        mismatches.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
        mismatches
    }
}

/// The mismatch that an error tells of. That a value fits none of several schemas tells nothing of where it does not:
/// that is told of the schema that it comes furthest in.
fn mismatch(schema: &Value, error: &ValidationError<'_>) -> Mismatch {
    let alternatives = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => context.as_slice(),
        // The enum is jsonschema's, and large.
        _ => &[],
    };
    let whole = error.instance_path().to_string();
    let within = alternatives.iter().filter_map(|errors| errors.first().map(|error| mismatch(schema, error)));
    // Of the equally far the first.
    let furthest = within.rev().max_by_key(|mismatch| mismatch.pointer.matches('/').count());
    match furthest.filter(|mismatch| mismatch.pointer.len() > whole.len()) {
        Some(mismatch) => mismatch,
        None => Mismatch { pointer: whole, message: message(schema, error) },
    }
}

/// What does not match, in words: of a property that is not in the schema, the one that was probably meant.
fn message(schema: &Value, error: &ValidationError<'_>) -> String {
    let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() else { return error.to_string() };
    let parent = error.schema_path().as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.pointer(&format!("{parent}/properties")).and_then(Value::as_object);
    let names: Vec<&str> =
        properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str)).collect();
    let told = unexpected.iter().map(|property| match nearest(property, names.iter().copied()) {
        Some(near) => format!("there is no `{property}`, did you mean `{near}`?"),
        None if names.is_empty() => format!("there is no `{property}`"),
        None => format!("there is no `{property}`, but {}", names.join(", ")),
    });
    told.collect::<Vec<_>>().join("; ")
}
