//! The rules for numbers, which are the engine's, for the formats that spell numbers otherwise than JSON.

use crate::{FaultKind, MAX_INTEGER, validated};
use serde_json::Value;

/// An integer from its digits, with an optional sign.
pub(crate) fn integer(digits: &str, radix: u32) -> Result<Value, FaultKind> {
    // Digits that do not fit an i64 are far out of range.
    let integer = i64::from_str_radix(digits, radix).map_err(|_| FaultKind::IntegerOutOfRange)?;
    if integer.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
        return Err(FaultKind::IntegerOutOfRange);
    }
    Ok(Value::from(integer))
}

/// A number that is spelt with a point or an exponent.
pub(crate) fn float(text: &str) -> Result<Value, FaultKind> {
    let float = text.parse::<f64>().unwrap_or(f64::NAN);
    if !float.is_finite() {
        return Err(FaultKind::NumberOutOfRange);
    }
    let first = |faults: Vec<crate::Fault>| faults.into_iter().next().map(|fault| fault.kind);
    validated(&Value::from(float)).map_err(|faults| first(faults).unwrap_or(FaultKind::NumberOutOfRange))
}
