//! JSON as Sortie knows it: I-JSON (RFC 7493) in canonical form (RFC 8785), its hashes, and the texts it is read from.
//!
//! Everything that crosses a boundary is read by [`parse`], which reports every fault it can with the JSON
//! Pointer (RFC 6901) where it stands, and normalises numbers, so that two values that have the same canonical
//! bytes are equal in memory too. [`canonical`] gives those bytes and [`ContentHash::of`] their SHA-256.
//!
//! With the feature `documents`, [`Document::parse`] reads the text of a file, in JSON, YAML or TOML, into a value held
//! to the same rules. What is wrong comes back as a [`Report`] of [`Diagnostic`]s, all those that the reader could find
//! together and in the order of the text, which [renders](Report::render) as compilers do and is
//! [JSON](Report::to_json) for programs.
//!
//! A document that was read keeps no places. [`Document::locate`] finds the place of a value or a key in the text when
//! somebody asks, by reading the text again: so that whoever checks a value further can say where it is wrong
//! ([`Document::diagnostic`]).
//!
//! The crate is pure: it reads no files.
//!
//! # What of YAML and TOML is accepted
//!
//! *YAML* is YAML 1.2 with the core schema: `true`, `false`, `null`, `~`, integers (also `0x…` and `0o…`) and floats
//! are what they look like, everything else is a string: `yes`, `no` and dates too. Anchors and aliases are expanded
//! within a budget, and the merge key `<<`, which is not part of YAML 1.2 but of files that people have, adds members
//! to an object that it has not itself (quoted, it is an ordinary key). Keys that are not strings, tags outside the core
//! schema and a second document in the stream are errors. Scalars that YAML 1.1 read otherwise (`yes`, `010`, `1:30`)
//! are [warned](Document::warnings) of.
//!
//! *TOML* is TOML 1.1. Dates and times become the strings of RFC 3339. An empty text is an empty table.
//!
//! A byte order mark may begin YAML and TOML, as their standards have it, and not JSON.
//!
//! # What of I-JSON is enforced
//!
//! All of RFC 7493, section 2: keys that appear once, integers within ±(2^53−1), numbers within the range of doubles, no
//! lone surrogates, and no noncharacters (U+FFFE, U+FFFF, U+FDD0 and their like), which software of the world is free to
//! replace or to refuse: a text with one would not be the same text everywhere.
//!
//! ```
//! use serde_json::json;
//! use sortie_json::{ContentHash, ParseLimits, canonical, parse};
//!
//! let value = parse(r#"{"b": 1.0, "a": "é"}"#.as_bytes(), ParseLimits::default()).unwrap();
//! assert_eq!(canonical(&value), r#"{"a":"é","b":1}"#.as_bytes());
//! assert_eq!(ContentHash::of(&value), ContentHash::of(&json!({"a": "é", "b": 1})));
//!
//! let faults = parse(br#"{"a": {"n": 1, "n": 2}}"#, ParseLimits::default()).unwrap_err();
//! assert_eq!(faults[0].pointer.as_str(), "/a/n");
//! ```

mod canonical;
pub mod codes;
#[cfg(feature = "documents")]
mod documents;
mod error;
mod excerpt;
mod fault;
mod foreign;
mod hash;
mod limits;
mod nearest;
mod object;
mod packed;
#[cfg(feature = "patterns")]
mod pattern;
#[cfg_attr(not(feature = "documents"), expect(dead_code, reason = "YAML and TOML need more of it than JSON does"))]
mod read;
mod scalar;
mod serialize;
mod value;
mod write;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub mod salvage;

pub use canonical::{Canonical, canonical, canonical_size, canonical_text_size, write_canonical, write_canonical_text};
#[cfg(feature = "documents")]
pub use documents::{Diagnostic, Document, Format, Place, Report, Severity, Source, Style};
pub use error::{Code, Exit, UserError};
pub use excerpt::{MAX_MESSAGE_BYTES, MAX_QUOTED_BYTES, excerpt};
pub use fault::{Fault, FaultKind, Faults, Syntax};
pub use foreign::{Foreign, ForeignJson, ForeignLines, passes_as_itself};
pub use hash::{ContentHash, ContentHasher, InvalidHash, hex};
pub use limits::{FREE_ROOM, MAX_DEPTH, MAX_INTEGER, ParseLimits, ROOM_OF_KEY, room};
pub use nearest::nearest;
pub use object::ObjectWriter;
pub use packed::{PackedValue, pack_lists};
#[cfg(feature = "patterns")]
pub use pattern::pattern_cost;
#[cfg(feature = "documents")]
pub use read::OldScalar;
pub use read::{MAX_ALIAS_NODES, Part, locate, parse, parse_packed, parse_str};
pub use serialize::{NotJson, canonical_of};
pub use value::{Json, check, is_deeper};

/// Reads a value that is there, so that `null` is not taken for nothing, as `Option<Value>` by itself would.
///
/// ```
/// use serde::Deserialize;
/// use serde_json::{Value, json};
///
/// #[derive(Deserialize)]
/// struct Step {
///     #[serde(default, deserialize_with = "sortie_json::present")]
///     default: Option<Value>,
/// }
///
/// assert_eq!(Step::deserialize(json!({})).unwrap().default, None);
/// assert_eq!(Step::deserialize(json!({"default": null})).unwrap().default, Some(Value::Null));
/// ```
pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
