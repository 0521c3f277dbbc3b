//! What goes wrong with an expression, and where.

use serde_json::json;
use sortie_plugin_sdk::Failure;

/// How many characters are shown before and after the place.
const SHOWN: usize = 30;

/// What goes wrong: a closed set with stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// It is no expression.
    ParseError,
    /// It is nested too deeply.
    TooDeep,
    /// A name that `with` does not have.
    UnknownName,
    /// A function that there is not.
    UnknownFunction,
    /// A function with what it does not take.
    InvalidArguments,
    /// A name stands for a place where nothing is.
    PathMissing,
    /// A type that does not fit.
    TypeError,
    /// A division, or a remainder, by zero.
    DivisionByZero,
    /// A result that is not exact, or no number.
    Overflow,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::ParseError => "parse_error",
            Self::TooDeep => "too_deep",
            Self::UnknownName => "unknown_name",
            Self::UnknownFunction => "unknown_function",
            Self::InvalidArguments => "invalid_arguments",
            Self::PathMissing => "path_missing",
            Self::TypeError => "type_error",
            Self::DivisionByZero => "division_by_zero",
            Self::Overflow => "overflow",
        }
    }
}

/// What is wrong at which character of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Code,
    /// The index of the character, from 0.
    pub(super) at: usize,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(code: Code, at: usize, message: impl Into<String>) -> Self {
        Self { code, at, message: message.into() }
    }

    /// The failure, with the column (from 1), and the part of the expression around it over a caret.
    pub(super) fn into_failure(self, expression: &str) -> Failure {
        let column = self.at + 1;
        let start = self.at.saturating_sub(SHOWN);
        let shown: String = expression
            .chars()
            .skip(start)
            .take(self.at - start + SHOWN)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        let caret = " ".repeat(self.at - start);
        let message = format!("{} (column {column})\n  {}\n  {caret}^", self.message, shown.trim_end());
        Failure::new(self.code.name(), message).with_details(json!({"column": column}))
    }
}
