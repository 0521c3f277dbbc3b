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
//! within a budget. The merge key `<<` is not part of YAML 1.2, and a reader that ignored it would
//! change what a file means: it is an error (quoted, it is an ordinary key). So are keys that are not strings, tags
//! outside the core schema, and a second document in the stream.
//!
//! *TOML* is TOML 1.1. Dates and times become the strings of RFC 3339.

mod canonical;
pub mod codes;
mod error;
mod foreign;
mod hash;
mod locate;
mod packed;
mod parse;
mod serialize;
mod suggest;
mod tokens;

#[cfg(feature = "documents")]
mod diagnostic;
#[cfg(feature = "documents")]
mod document;
#[cfg(feature = "documents")]
mod finding;
#[cfg(feature = "documents")]
mod format;
#[cfg(feature = "documents")]
mod json;
#[cfg(feature = "documents")]
mod kind;
#[cfg(feature = "documents")]
mod number;
#[cfg(feature = "documents")]
mod position;
#[cfg(feature = "documents")]
mod render;
#[cfg(feature = "documents")]
mod report;
#[cfg(feature = "documents")]
mod source;
#[cfg(feature = "documents")]
mod text;
#[cfg(feature = "documents")]
mod toml;
#[cfg(feature = "documents")]
mod yaml;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub mod salvage;

pub use canonical::{Canonical, canonical, canonical_size, write_canonical};
pub use error::{Code, Exit, Location, UserError};
pub use foreign::{Foreign, ForeignLines, passes_as_itself};
pub use hash::{ContentHash, ContentHasher, InvalidHash, hex};
pub use locate::{Part, locate};
pub use packed::{Packed, pack_lists};
pub use parse::{Fault, FaultKind, ParseLimits, check, parse, parse_packed, parse_str, validated};
pub use serialize::{NotJson, canonical_of};
pub use suggest::suggest;

#[cfg(feature = "documents")]
pub use {
    diagnostic::{Diagnostic, Place, Severity},
    document::Document,
    format::Format,
    kind::Kind,
    render::Style,
    report::Report,
    source::Source,
    yaml::MAX_ALIAS_NODES,
};

/// The greatest nesting of arrays and objects that is accepted: 128 levels.
pub const MAX_DEPTH: usize = 128;

/// The greatest magnitude of an integer that is accepted: 2^53 − 1 (RFC 7493, section 2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Reads a value that is there, so that `null` is not taken for nothing, as `Option<Value>` by itself would.
pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
