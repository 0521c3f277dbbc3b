//! The closed sets: operators, and the types of JSON.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// What an assertion says of the actual value. A closed set with stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Equal to `expected`.
    Eq,
    /// Not equal to `expected`.
    Ne,
    /// Greater than `expected` (numbers, strings).
    Gt,
    /// Greater than or equal to `expected` (numbers, strings).
    Ge,
    /// Less than `expected` (numbers, strings).
    Lt,
    /// Less than or equal to `expected` (numbers, strings).
    Le,
    /// The path leads to a value, null included. `expected: false` turns it into `missing`.
    Exists,
    /// The path leads nowhere. `expected: false` turns it into `exists`.
    Missing,
    /// A string has `expected` as a part, an array has it as an element, an object has it as a key.
    Contains,
    /// A string begins with `expected`.
    StartsWith,
    /// A string ends with `expected`.
    EndsWith,
    /// A string has a match of the regular expression `expected` (anchor it with `^` and `$`).
    Matches,
    /// A string has `expected` characters (Unicode scalar values), an array elements, an object members.
    Length,
    /// The value's type is `expected`: a name of [`JsonType`], or `integer`.
    Type,
    /// The value equals an element of the array `expected`.
    OneOf,
    /// The value has all of `expected`: an object its keys, with values that include theirs; an array, for each
    /// element of `expected`, some element that includes it; anything else is equal to it.
    Includes,
    /// A number differs from `expected` by no more than the tolerance.
    CloseTo,
    /// An array has the elements of `expected`, as often, in any order.
    UnorderedEq,
}

impl Op {
    /// All operators.
    pub const ALL: [Self; 18] = [
        Self::Eq,
        Self::Ne,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
        Self::Exists,
        Self::Missing,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Matches,
        Self::Length,
        Self::Type,
        Self::OneOf,
        Self::Includes,
        Self::CloseTo,
        Self::UnorderedEq,
    ];

    /// The names of all operators, in the order of [`ALL`](Self::ALL).
    pub const NAMES: [&'static str; Self::ALL.len()] = {
        let mut names = [""; Self::ALL.len()];
        let mut index = 0;
        while index < names.len() {
            names[index] = Self::ALL[index].name();
            index += 1;
        }
        names
    };

    /// The name in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Exists => "exists",
            Self::Missing => "missing",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Matches => "matches",
            Self::Length => "length",
            Self::Type => "type",
            Self::OneOf => "one_of",
            Self::Includes => "includes",
            Self::CloseTo => "close_to",
            Self::UnorderedEq => "unordered_eq",
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no operator has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no operator `{0}`")]
pub struct UnknownOp(String);

impl FromStr for Op {
    type Err = UnknownOp;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|op| op.name() == name).ok_or_else(|| UnknownOp(name.to_owned()))
    }
}

/// The types of JSON. Closed, as JSON is.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::expectation::JsonType;
///
/// assert_eq!(JsonType::of(&json!([])).name(), "array");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JsonType {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// Any number; those without a fraction are `integer` to the operator `type`.
    Number,
    /// Text.
    String,
    /// A list.
    Array,
    /// Named members.
    Object,
}

impl JsonType {
    /// The names that the operator `type` knows.
    pub const NAMES: [&'static str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

    /// The type of a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// The name, as JSON Schema has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
