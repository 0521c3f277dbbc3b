//! Where two values differ.

use std::cmp::Ordering;

use jsonptr::{PointerBuf, Token};
use serde_json::{Map, Number, Value, json};
use sortie_json::{ContentHash, canonical_size};

use super::op::JsonType;

/// The greatest number of differences that a diagnostic lists.
pub const MAX_DIFFERENCES: usize = 20;

/// The greatest canonical size in bytes of a value that a diagnostic shows whole.
pub const MAX_SHOWN_BYTES: usize = 4 << 10;

/// One place where two values differ. A side that has nothing there is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Differing {
    /// The JSON Pointer of the place, from the compared values.
    pub path: PointerBuf,
    /// What was expected there.
    pub expected: Option<Value>,
    /// What is there.
    pub actual: Option<Value>,
}

impl Differing {
    /// As JSON: `{path, expected, actual}`, values [`bounded`], a side that has nothing left out.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::from_iter([("path".to_owned(), json!(self.path.as_str()))]);
        for (key, side) in [("expected", &self.expected), ("actual", &self.actual)] {
            if let Some(value) = side {
                members.insert(key.to_owned(), bounded(value));
            }
        }
        Value::Object(members)
    }
}

/// The value; or, when its canonical form is larger than [`MAX_SHOWN_BYTES`], what identifies it:
/// `{"omitted": {"type", "bytes", "sha256"}}`.
#[must_use]
pub fn bounded(value: &Value) -> Value {
    let bytes = canonical_size(value);
    if bytes <= MAX_SHOWN_BYTES {
        return value.clone();
    }
    json!({"omitted": {"type": JsonType::of(value).name(), "bytes": bytes, "sha256": ContentHash::of(value).to_string()}})
}

/// All differences, those of an object by key and those of an array by index. Equal values have none.
#[must_use]
pub fn differences(expected: &Value, actual: &Value) -> Vec<Differing> {
    let mut found = Vec::new();
    collect(&PointerBuf::root(), Some(expected), Some(actual), &mut found);
    found
}

fn collect(path: &PointerBuf, expected: Option<&Value>, actual: Option<&Value>, found: &mut Vec<Differing>) {
    match (expected, actual) {
        (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
            for (key, value) in expected {
                collect(&path.with_trailing_token(Token::new(key)), Some(value), actual.get(key), found);
            }
            for (key, value) in actual.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                collect(&path.with_trailing_token(Token::new(key)), None, Some(value), found);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(actual))) => {
            for index in 0..expected.len().max(actual.len()) {
                let path = path.with_trailing_token(Token::from(index));
                collect(&path, expected.get(index), actual.get(index), found);
            }
        }
        (Some(expected), Some(actual)) if equal(expected, actual) => {}
        (None, None) => {}
        (expected, actual) => {
            found.push(Differing { path: path.clone(), expected: expected.cloned(), actual: actual.cloned() });
        }
    }
}

/// Equality of values, numbers by what they are worth.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        (left, right) => left == right,
    }
}

/// The order of numbers: exact between integers, as doubles otherwise.
pub(super) fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (left.as_u64(), right.as_u64()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}
