//! Failures of missions and operations.

use serde::Serialize;
use serde_json::Value;

use crate::json::to_value;

/// What missions and operations return.
pub type Result<T> = core::result::Result<T, Failure>;

/// Why a mission could not be built, or an operation not executed. The host makes it the step's failure.
///
/// `?` turns any error into one, with the code `error`.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
///
/// fn days(text: &str) -> Result<u32> {
///     let days: u32 = text.parse()?;
///     if days > 366 {
///         return Err(Failure::new("too_long", format!("{days} days are more than a year")).with_details(json!({"days": days})));
///     }
///     Ok(days)
/// }
///
/// assert_eq!(days("400").unwrap_err().code, "too_long");
/// assert_eq!(days("soon").unwrap_err().code, "error");
/// assert_eq!(Failure::invalid_params("there is no 31 June").code, "invalid_params");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// For programs: a lower-case letter, then lower-case letters, digits, `-` and `_`.
    pub code: String,
    /// For people: a sentence.
    pub message: String,
    /// Whatever else there is to know.
    pub details: Option<Value>,
}

impl Failure {
    /// A failure with a code for programs and a message for people.
    #[must_use]
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), details: None }
    }

    /// The failure of a builder that cannot take its params: a date that there is not, say, which no schema can tell. The
    /// host then rejects the input, as it does where params do not match the schema, and no mission has failed.
    #[must_use]
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(sortie_interface::INVALID_PARAMS, message)
    }

    /// The same failure with details. What JSON has no form for is told in their place: it must not hide the failure.
    #[must_use]
    pub fn with_details(mut self, details: impl Serialize) -> Self {
        let details = to_value(&details);
        self.details = Some(details.unwrap_or_else(|error| format!("the details cannot be JSON: {error}").into()));
        self
    }
}

impl<E: core::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new("error", error.to_string())
    }
}
