//! JSON as Sortie knows it: I-JSON (RFC 7493) in canonical form (RFC 8785), and its hashes.
//!
//! Everything that crosses a boundary is read by [`parse`], which reports every fault it can with the JSON
//! Pointer (RFC 6901) where it stands, and normalises numbers, so that two values that have the same canonical
//! bytes are equal in memory too. [`canonical`] gives those bytes and [`ContentHash::of`] their SHA-256.

mod canonical;
mod locate;
mod packed;
mod parse;
mod tokens;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub use canonical::{ContentHash, ContentHasher, InvalidHash, canonical, canonical_of, canonical_size, hex};
pub use locate::{Part, locate};
pub use packed::{Packed, pack_lists};
pub use parse::{Fault, FaultKind, ParseLimits, check, parse, parse_packed, parse_str, validated};

/// The greatest nesting of arrays and objects that is accepted: 128 levels.
pub const MAX_DEPTH: usize = 128;

/// The greatest magnitude of an integer that is accepted: 2^53 − 1 (RFC 7493, section 2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Reads a value that is there, so that `null` is not taken for nothing, as `Option<Value>` by itself would.
pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
