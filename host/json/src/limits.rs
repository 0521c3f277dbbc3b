//! What bounds values and texts.

use serde_json::Value;

/// The greatest nesting of arrays and objects that is accepted: 128 levels.
pub const MAX_DEPTH: usize = 128;

/// The greatest magnitude of an integer that is accepted: 2^53 − 1 (RFC 7493, section 2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// The greatest length of a text in TOML, whatever its limit: it is put together before any of it is known to be well-formed,
/// which takes up to a hundred times as much.
#[cfg(feature = "documents")]
pub(crate) const MAX_TOML_BYTES: usize = 4 << 20;

/// The room that each value takes: a text may be short and stand for much in memory.
pub(crate) const ROOM_OF_VALUE: usize = 8;
/// The room that each key takes; see [`room`].
pub const ROOM_OF_KEY: usize = 8;
/// The room that an object takes besides, be it as small as it likes.
pub(crate) const ROOM_OF_OBJECT: usize = 64;

/// The room that there is whatever the limit: what is small costs little.
pub const FREE_ROOM: usize = 1 << 20;

/// The room that a value takes, which a limit in bytes bounds as it does the text: 8 for each value and each key, and 64 more
/// for each object. It is the same on every machine; in memory a value takes up to eight times as much, and its texts.
///
/// ```
/// assert_eq!(sortie_json::room(&serde_json::json!([1, "two", {"three": 3}])), 8 + 8 + 8 + (8 + 64 + 8 + 8));
/// ```
#[must_use]
pub fn room(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => ROOM_OF_VALUE,
        Value::Array(elements) => elements.iter().map(room).fold(ROOM_OF_VALUE, usize::saturating_add),
        Value::Object(members) => members
            .values()
            .map(|member| ROOM_OF_KEY + room(member))
            .fold(ROOM_OF_VALUE + ROOM_OF_OBJECT, usize::saturating_add),
    }
}

/// What bounds a text before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseLimits {
    /// The greatest length of the text, in bytes; and the greatest [`room`] that its values take, where it is more than [`FREE_ROOM`].
    pub bytes: usize,
    /// The greatest nesting of arrays and objects.
    pub depth: usize,
}

impl ParseLimits {
    /// The greatest [`room`] that the values take.
    pub(crate) fn room(self) -> usize {
        self.bytes.max(FREE_ROOM)
    }
}

impl Default for ParseLimits {
    /// 64 MiB and 128 levels.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: MAX_DEPTH }
    }
}
