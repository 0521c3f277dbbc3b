//! What a check found.

use std::fmt;

use serde_json::{Map, Value, json};

use super::op::Op;

/// What a check found. Closed: the assertion holds or it does not.
#[derive(Debug, Clone, PartialEq)]
pub enum AssertionOutcome {
    /// The assertion holds.
    Passed,
    /// It does not.
    Failed(Mismatch),
}

impl AssertionOutcome {
    /// Whether the assertion holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self, Self::Passed)
    }
}

/// Why an assertion does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Which of the ways not to hold it is.
    pub reason: Reason,
    /// Facts, by the reason:
    ///
    /// | reason | facts |
    /// |---|---|
    /// | `path_missing` | `prefix` (the longest existing part, a JSON Pointer), `token` (what is not there), `found` (the type there), `keys` or `length`, `keys_omitted`, `nearest` |
    /// | `type_error` | `actual_type`, `expected_types` |
    /// | `eq_mismatch`, `includes_mismatch` on structures | `diff`: `[{path, expected, actual}]`, `diff_omitted` |
    /// | `unordered_eq_mismatch` | `absent`, `surplus` (elements), `absent_omitted`, `surplus_omitted` |
    /// | `length_mismatch` | `length` |
    /// | `type_mismatch` | `actual_type` |
    /// | `close_to_mismatch` | `distance`, `tolerance` |
    /// | any, of a path with `[*]` | `element` (the first that it does not hold of, a JSON Pointer) |
    pub facts: Map<String, Value>,
}

impl Mismatch {
    pub(super) fn new(reason: Reason) -> Self {
        Self { reason, facts: Map::new() }
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(key.to_owned(), value.into());
        self
    }

    /// A list, cut to `limit`, with the number of those cut under `<key>_omitted`.
    pub(super) fn with_list(self, key: &str, items: Vec<Value>, limit: usize) -> Self {
        let omitted = items.len().saturating_sub(limit);
        let shown: Vec<Value> = items.into_iter().take(limit).collect();
        let listed = self.with(key, shown);
        if omitted == 0 { listed } else { listed.with(&format!("{key}_omitted"), omitted) }
    }

    /// As JSON: the facts and `reason`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut details = self.facts.clone();
        details.insert("reason".to_owned(), json!(self.reason.to_string()));
        Value::Object(details)
    }
}

/// The ways in which an assertion does not hold. Printed, it is its stable code. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `path_missing`: the path leads nowhere.
    PathMissing,
    /// `path_present`: the path leads to a value and should not.
    PathPresent,
    /// `type_error`: the value is not of a type that the operator can compare with what is expected.
    TypeError,
    /// `comparison_too_large`: to compare the value with what is expected is more work than it may be.
    ComparisonTooLarge,
    /// `<op>_mismatch`: the comparison was made and does not hold.
    Mismatch(Op),
    /// `not_<op>_mismatch`: the comparison was made, holds, and was negated.
    NegatedMismatch(Op),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PathMissing => f.write_str("path_missing"),
            Self::PathPresent => f.write_str("path_present"),
            Self::ComparisonTooLarge => f.write_str("comparison_too_large"),
            Self::TypeError => f.write_str("type_error"),
            Self::Mismatch(op) => write!(f, "{op}_mismatch"),
            Self::NegatedMismatch(op) => write!(f, "not_{op}_mismatch"),
        }
    }
}
