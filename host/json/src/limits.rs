//! What bounds values and texts.

/// The greatest nesting of arrays and objects that is accepted: 128 levels.
pub const MAX_DEPTH: usize = 128;

/// The greatest magnitude of an integer that is accepted: 2^53 − 1 (RFC 7493, section 2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// What bounds a text before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseLimits {
    /// The greatest length of the text, in bytes.
    pub bytes: usize,
    /// The greatest nesting of arrays and objects.
    pub depth: usize,
}

impl Default for ParseLimits {
    /// 64 MiB and 128 levels.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: MAX_DEPTH }
    }
}
