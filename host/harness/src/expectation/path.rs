//! Paths into a value: dotted, or JSON Pointers.

use std::fmt;

use jsonptr::{Pointer, PointerBuf, Token};
use serde_json::Value;

/// A path, as it was written and as a JSON Pointer (RFC 6901).
///
/// Text that begins with `/` is a JSON Pointer. Other text is dotted: `final_state.tasks.0.id`; a key that has a dot
/// in it needs a pointer. Empty text is the whole value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePath {
    text: String,
    pointer: PointerBuf,
}

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// A JSON Pointer with a `~` that is followed by neither `0` nor `1`.
    #[error("`{0}` is not a JSON Pointer: `~` is written `~0`, and `/` in a key `~1`")]
    Pointer(String),
    /// A dotted path with nothing before, between or after its dots.
    #[error("`{0}` has an empty segment: dots stand between keys")]
    EmptySegment(String),
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved<'v> {
    /// A value.
    Found(&'v Value),
    /// Nothing: where the path stops, and what is there.
    Missing {
        /// The longest part of the path that leads to a value.
        prefix: PointerBuf,
        /// The value there.
        at: &'v Value,
        /// The token that it does not have.
        token: String,
    },
}

impl ValuePath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let pointer = if text.is_empty() {
            PointerBuf::root()
        } else if text.starts_with('/') {
            PointerBuf::parse(text).map_err(|_| InvalidPath::Pointer(text.to_owned()))?
        } else if text.split('.').any(str::is_empty) {
            return Err(InvalidPath::EmptySegment(text.to_owned()));
        } else {
            PointerBuf::from_tokens(text.split('.'))
        };
        Ok(Self { text: text.to_owned(), pointer })
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path as a JSON Pointer.
    #[must_use]
    pub fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// Follows the path. A token leads into an array when it is a decimal index without leading zeros.
    #[must_use]
    pub fn resolve<'v>(&self, root: &'v Value) -> Resolved<'v> {
        let mut prefix = PointerBuf::root();
        let mut at = root;
        for token in self.pointer.tokens() {
            match child(at, &token) {
                Some(value) => at = value,
                None => return Resolved::Missing { prefix, at, token: token.decoded().into_owned() },
            }
            prefix.push_back(token);
        }
        Resolved::Found(at)
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn child<'v>(value: &'v Value, token: &Token<'_>) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(token.decoded().as_ref()),
        Value::Array(elements) => elements.get(array_index(token.encoded())?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn array_index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with(['0', '+']);
    canonical.then(|| token.parse().ok()).flatten()
}
