//! From text to checked values, and from a pointer to a place in the text.
//!
//! Each format has one reader, which goes through the text and tells a [`Receiver`] what comes. The [`Builder`] makes a
//! value of it, by the rules that hold for all formats; the [`Locator`] finds the place of what a pointer names. So
//! what is read and what is found cannot differ.

mod builder;
mod json;
mod locator;
mod quick;
mod receiver;
mod remedy;
#[cfg(feature = "documents")]
mod toml;
#[cfg(feature = "documents")]
mod yaml;

use std::ops::Range;

use jsonptr::Pointer;
use serde_json::Value;

use crate::fault::{Fault, FaultKind, Faults};
use crate::limits::ParseLimits;
use crate::packed::PackedValue;
use builder::Builder;
use locator::Locator;
use receiver::Reader;
use remedy::remedied;

pub(crate) use builder::BuiltValue;
pub use builder::MAX_ALIAS_NODES;
pub(crate) use json::Json as JsonText;
#[cfg(feature = "documents")]
pub(crate) use json::JsonFile;
pub use locator::Part;
#[cfg(feature = "documents")]
pub(crate) use toml::Toml;
#[cfg(feature = "documents")]
pub(crate) use yaml::Yaml;
#[cfg(feature = "documents")]
pub use yaml::dialect::OldScalar;

/// Builds the value of a text, and packs the elements of the lists under these members of the root.
pub(crate) fn build(
    reader: &impl Reader,
    text: &str,
    limits: ParseLimits,
    lists: &[&str],
) -> Result<BuiltValue, Faults> {
    let mut builder = Builder::new(limits, lists);
    let _ = reader.read(text, &mut builder);
    if builder.has_duplicates() {
        // Where each key appears first is worth its memory only now.
        builder = Builder::new(limits, lists).with_places_of_keys();
        let _ = reader.read(text, &mut builder);
    }
    builder.finish().map_err(|faults| faults.remedied(|at, syntax| remedied(reader.notation(), text, at, syntax)))
}

/// The bytes of what a pointer names.
pub(crate) fn find(reader: &impl Reader, text: &str, pointer: &Pointer, part: Part) -> Option<Range<usize>> {
    let mut locator = Locator::of(pointer);
    let _ = reader.read(text, &mut locator);
    locator.found(part)
}

/// The text of bytes that are UTF-8 and within their limit.
pub(crate) fn text_of(bytes: &[u8], limits: ParseLimits) -> Result<&str, Faults> {
    if bytes.len() > limits.bytes {
        let kind = FaultKind::TooLarge { size: bytes.len(), limit: limits.bytes };
        return Err(Fault { span: None, ..Fault::in_text(kind, 0..0) }.into());
    }
    std::str::from_utf8(bytes).map_err(|error| {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Fault::in_text(FaultKind::Utf16, 0..2).into();
        }
        let start = error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |length| start + length);
        Fault::in_text(FaultKind::NotUtf8, start..end).into()
    })
}

/// Reads a text of at most 64 MiB; see [`parse`].
///
/// ```
/// let faults = sortie_json::parse_str(r#"{"a": 1, "a": 2}"#).unwrap_err();
/// assert_eq!((faults[0].kind.code(), faults[0].pointer.as_str()), ("duplicate_key", "/a"));
/// ```
pub fn parse_str(text: &str) -> Result<Value, Faults> {
    parse(text.as_bytes(), ParseLimits::default())
}

/// Reads I-JSON (RFC 7493). What is wrong is reported together, the first 1000 faults of them, in the order of the
/// text; what stops the reader from going on (syntax, nesting) is reported with those found before it.
///
/// # Errors
///
/// It is an error if there is a fault.
pub fn parse(bytes: &[u8], limits: ParseLimits) -> Result<Value, Faults> {
    let text = text_of(bytes, limits)?;
    match quick::value(text, limits) {
        Some(value) => Ok(value),
        None => build(&JsonText, text, limits, &[]).map(|built| built.value),
    }
}

/// Reads I-JSON as [`parse`] does, and packs the elements of the lists under some members of the root as they come:
/// what [`pack_lists`](crate::pack_lists) would make of it, without the memory for all at once.
///
/// ```
/// use sortie_json::{ParseLimits, parse_packed};
///
/// let text = br#"{"name": "days", "scenarios": [{"n": 1}, {"n": 2}]}"#;
/// let (head, packed) = parse_packed(text, ParseLimits::default(), &["scenarios"]).unwrap();
/// assert_eq!(head, serde_json::json!({"name": "days", "scenarios": []}));
/// assert_eq!(packed[0].len(), 2);
/// ```
///
/// # Errors
///
/// It is an error as for [`parse`].
pub fn parse_packed(
    bytes: &[u8],
    limits: ParseLimits,
    lists: &[&str],
) -> Result<(Value, Vec<Vec<PackedValue>>), Faults> {
    let text = text_of(bytes, limits)?;
    build(&JsonText, text, limits, lists).map(|built| (built.value, built.packed))
}

impl PackedValue {
    /// The value; null, if it never kept the rules.
    #[must_use]
    pub fn value(&self) -> Value {
        // A text that was written here needs no check, which takes as long as reading it. Only what is nested as deeply as
        // may be is left to the other reader.
        if let Ok(value) = serde_json::from_slice(self.text()) {
            return value;
        }
        parse(self.text(), ParseLimits { bytes: usize::MAX, ..ParseLimits::default() }).unwrap_or_default()
    }
}

/// The byte range in a well-formed JSON text of what a pointer names. Of members with the same name the last
/// counts, as it is the one that would silently win.
///
/// ```
/// use jsonptr::Pointer;
/// use sortie_json::{Part, locate};
///
/// let text = r#"{"tasks": [{"id": 7}]}"#;
/// let place = locate(text, Pointer::from_static("/tasks/0/id"), Part::Value).unwrap();
/// assert_eq!(&text[place], "7");
/// assert_eq!(locate(text, Pointer::from_static("/tasks/1"), Part::Value), None);
/// ```
#[must_use]
pub fn locate(text: &str, pointer: &Pointer, part: Part) -> Option<Range<usize>> {
    find(&JsonText, text, pointer, part)
}
