//! JSON, YAML and TOML text to checked values that know their place.
//!
//! [`Document::parse`] reads the text of a file, in whichever of the three formats, into a [`serde_json::Value`] held
//! to the same rules: those of I-JSON (RFC 7493), with numbers normalised as `sortie_json` does. What is wrong
//! comes back as a [`Report`] of [`Diagnostic`]s, all those that the reader could find together and in the order of
//! the text, which [renders](Report::render) as compilers do and is [JSON](Report::to_json) for programs.
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
//! within a [budget](MAX_ALIAS_NODES). The merge key `<<` is not part of YAML 1.2, and a reader that ignored it would
//! change what a file means: it is an error (quoted, it is an ordinary key). So are keys that are not strings, tags
//! outside the core schema, and a second document in the stream.
//!
//! *TOML* is TOML 1.1. Dates and times become the strings of RFC 3339.

mod diagnostic;
mod document;
mod finding;
mod format;
mod json;
mod kind;
mod number;
mod position;
mod render;
mod report;
mod source;
mod suggest;
mod text;
mod toml;
mod yaml;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use document::Document;
pub use format::Format;
pub use kind::Kind;
pub use render::Style;
pub use report::Report;
pub use sortie_json::{Packed, ParseLimits, Part};
pub use source::Source;
pub use suggest::suggest;
pub use yaml::MAX_ALIAS_NODES;
