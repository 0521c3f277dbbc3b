//! Numbers: doubles within the range in which whole ones are exact.

use serde_json::Value;

use super::fault::{Code, Fault};

/// The greatest whole number that is exact in JSON (RFC 7493): 2^53 − 1.
pub(super) const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

/// A result, if it is exact or has a fraction. Every double beyond the range is whole.
pub(super) fn in_range(number: f64, at: usize) -> Result<f64, Fault> {
    if number.abs() <= MAX_EXACT {
        return Ok(number);
    }
    Err(Fault::new(Code::Overflow, at, "the result is beyond ±9007199254740991, where whole numbers are not exact"))
}

/// The number as JSON: an integer if it is whole.
pub(super) fn to_json(number: f64) -> Value {
    if number.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and within ±(2^53 − 1)")]
        return Value::from(number as i64);
    }
    Value::from(number)
}

/// A count as a number. No memory holds more than are exact.
#[expect(clippy::cast_precision_loss, reason = "there is no memory for 2^53 of anything")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}

/// The decimal number that JSON writes for this double, rounded to this many digits after the point, halves away
/// from zero. So `round(1.005, 2)` is 1.01, although the double is a little less than 1.005.
pub(super) fn round(number: f64, digits: usize) -> f64 {
    let text = number.abs().to_string();
    let Some((whole, fraction)) = text.split_once('.') else { return number };
    let (Some(kept), Some(dropped)) = (fraction.get(..digits), fraction.get(digits..)) else { return number };
    // A double has 17 significant digits at the most, so this fits.
    let Ok(kept) = format!("{whole}{kept}").parse::<u64>() else { return number };
    let rounded = if dropped >= "5" { kept + 1 } else { kept };
    let rounded = format!("{rounded}e-{digits}").parse().unwrap_or(number);
    if number < 0.0 { -rounded } else { rounded }
}
