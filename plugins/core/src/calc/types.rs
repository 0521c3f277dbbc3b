//! The types that operators and functions take.

use serde_json::Value;

use super::fault::{Code, Fault};
use crate::state::described;

/// The failure of a value whose type is not one of those that are wanted.
pub(super) fn unfit(value: &Value, at: usize, wanted: &str) -> Fault {
    Fault::new(Code::TypeError, at, format!("{wanted}; this is {}", described(value)))
}

/// A number for an operator or function of this name.
pub(super) fn as_number(value: &Value, at: usize, name: &str) -> Result<f64, Fault> {
    let number = value.as_f64().filter(|_| value.is_number());
    number.ok_or_else(|| unfit(value, at, &format!("`{name}` takes numbers")))
}

/// A boolean for an operator of this name.
pub(super) fn as_boolean(value: &Value, at: usize, name: &str) -> Result<bool, Fault> {
    value.as_bool().ok_or_else(|| unfit(value, at, &format!("`{name}` takes booleans")))
}
