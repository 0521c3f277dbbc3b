//! The canonical form of values (RFC 8785).
//!
//! Values are written as they are walked through, in one pass, to whatever takes the bytes: a buffer, a hash, or a
//! counter. An object's keys are nearly always in order already, and are looked at first; only an object whose keys
//! are not gets a list of its members.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

use crate::hash::{ContentHash, ContentHasher};
use crate::limits::{MAX_INTEGER, ParseLimits};
use crate::read::parse;
use crate::scalar::plain_bytes;
use crate::serialize::canonical_of;

/// The canonical bytes of a value (RFC 8785).
///
/// ```
/// let value = serde_json::json!({"b": 1.0, "a": "€"});
/// assert_eq!(sortie_json::canonical(&value), r#"{"a":"€","b":1}"#.as_bytes());
/// ```
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(if value.is_array() || value.is_object() { 128 } else { 0 });
    write_canonical(value, &mut bytes);
    bytes
}

/// Appends the canonical bytes of a value to a buffer, which can be used again and again.
pub fn write_canonical(value: &Value, bytes: &mut Vec<u8>) {
    write(value, bytes);
}

/// The length in bytes of the canonical form, without writing it.
#[must_use]
pub fn canonical_size(value: &Value) -> usize {
    let mut count = Count(0);
    write(value, &mut count);
    count.0
}

/// The canonical text of a value: written once, to be hashed, measured, kept, sent. To serde it is the value.
///
/// ```
/// use sortie_json::Canonical;
///
/// let text = Canonical::of(&serde_json::json!({"b": 1.0, "a": []}));
/// assert_eq!(text.as_str(), r#"{"a":[],"b":1}"#);
/// assert_eq!(serde_json::to_value(&text).unwrap(), text.value());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Canonical(String);

impl Canonical {
    /// Writes a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self::from_bytes(canonical(value))
    }

    /// Writes one of our own types, all of which have string keys and no floats but those of `Value`s.
    pub fn of_ours<T: Serialize + ?Sized>(value: &T) -> Self {
        #[expect(clippy::expect_used, reason = "our types have string keys and no NaN: that is all that could fail")]
        let bytes = canonical_of(value).expect("our types have a JSON form");
        Self::from_bytes(bytes)
    }

    /// Writes an object of members that lie elsewhere, in any order and each key once: no copy is made of them first.
    #[must_use]
    pub fn object<'m>(members: impl IntoIterator<Item = (&'m str, &'m Value)>) -> Self {
        let mut members: Vec<_> = members.into_iter().collect();
        if !are_in_order(members.iter().map(|(key, _)| *key)) {
            sort(&mut members);
        }
        let mut bytes = Vec::new();
        list(&members, &mut bytes);
        Self::from_bytes(bytes)
    }

    /// `{}`.
    #[must_use]
    pub fn empty_object() -> Self {
        Self("{}".to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its bytes, in UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// How many bytes they are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Their hash.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        ContentHash::of_bytes(self.as_bytes())
    }

    /// The value that was written.
    #[must_use]
    pub fn value(&self) -> Value {
        // What was written is read again, as long and as deep as it is.
        parse(self.as_bytes(), ParseLimits { bytes: usize::MAX, depth: usize::MAX }).unwrap_or_default()
    }

    /// The text alone.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    fn from_bytes(bytes: Vec<u8>) -> Self {
        // The texts of values and keys are UTF-8, and so is all that is put between them.
        Self(String::from_utf8(bytes).unwrap_or_default())
    }
}
impl Serialize for Canonical {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Canonical {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::of(&value))
    }
}

/// The hash of a value's canonical bytes, which are nowhere kept.
pub(crate) fn hash(value: &Value) -> ContentHash {
    let mut hashing = Hashing { hasher: ContentHasher::default(), pending: Vec::with_capacity(2 * Hashing::ENOUGH) };
    write(value, &mut hashing);
    hashing.flush();
    hashing.hasher.finish()
}

/// What takes the bytes.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

struct Count(usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

/// Hashes bytes many at a time.
struct Hashing {
    hasher: ContentHasher,
    pending: Vec<u8>,
}

impl Hashing {
    const ENOUGH: usize = 4096;

    fn flush(&mut self) {
        self.hasher.update(&self.pending);
        self.pending.clear();
    }
}

impl Sink for Hashing {
    fn put(&mut self, bytes: &[u8]) {
        if bytes.len() >= Self::ENOUGH {
            self.flush();
            self.hasher.update(bytes);
            return;
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= Self::ENOUGH {
            self.flush();
        }
    }
}

fn write<S: Sink>(value: &Value, sink: &mut S) {
    match value {
        Value::Null => sink.put(b"null"),
        Value::Bool(value) => boolean(*value, sink),
        Value::Number(value) => number(value, sink),
        Value::String(text) => string(text, sink),
        Value::Array(elements) => {
            sink.put(b"[");
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    sink.put(b",");
                }
                write(element, sink);
            }
            sink.put(b"]");
        }
        Value::Object(members) => object(members, sink),
    }
}

fn object<S: Sink>(members: &Map<String, Value>, sink: &mut S) {
    if are_in_order(members.keys().map(String::as_str)) {
        sink.put(b"{");
        for (index, (key, value)) in members.iter().enumerate() {
            member(index, key, value, sink);
        }
        sink.put(b"}");
    } else {
        let mut members: Vec<_> = members.iter().map(|(key, value)| (key.as_str(), value)).collect();
        sort(&mut members);
        list(&members, sink);
    }
}

/// Puts members in the order of their keys' UTF-16 code units.
fn sort(members: &mut [(&str, &Value)]) {
    members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
}

fn list<S: Sink>(members: &[(&str, &Value)], sink: &mut S) {
    sink.put(b"{");
    for (index, (key, value)) in members.iter().enumerate() {
        member(index, key, value, sink);
    }
    sink.put(b"}");
}

fn member<S: Sink>(index: usize, key: &str, value: &Value, sink: &mut S) {
    if index > 0 {
        sink.put(b",");
    }
    string(key, sink);
    sink.put(b":");
    write(value, sink);
}

/// Whether keys are in the order of their UTF-16 code units as they come: true of nearly all maps, whose keys are in
/// the order of their bytes. A program that has turned on `serde_json/preserve_order` has maps in any order.
fn are_in_order<'k>(keys: impl Iterator<Item = &'k str>) -> bool {
    let mut last: Option<&str> = None;
    for key in keys {
        if last.is_some_and(|last| last > key) || differs_in_utf16(key) {
            return false;
        }
        last = Some(key);
    }
    true
}

/// Whether a text may have another place among texts ordered by UTF-16 code units than among those ordered by bytes:
/// characters from U+E000 to U+FFFF come behind all others there, and begin with the bytes EE and EF here.
pub(crate) fn differs_in_utf16(text: &str) -> bool {
    !text.is_ascii() && text.bytes().any(|byte| byte >= 0xee)
}

pub(crate) fn boolean<S: Sink>(value: bool, sink: &mut S) {
    sink.put(if value { b"true" } else { b"false" });
}

fn number<S: Sink>(number: &Number, sink: &mut S) {
    match number.as_i64() {
        Some(number) => integer(number, sink),
        // A number that is no finite double, which no reader makes, is null, as it is to ECMAScript.
        None => float(number.as_f64().unwrap_or(f64::NAN), sink),
    }
}

/// All numbers are doubles (RFC 8785, section 3.2.2.3), and all that are within ±(2^53−1) are exact.
pub(crate) fn integer<S: Sink>(number: i64, sink: &mut S) {
    if number.unsigned_abs() <= MAX_INTEGER.unsigned_abs() {
        sink.put(itoa::Buffer::new().format(number).as_bytes());
    } else {
        #[expect(clippy::cast_precision_loss, reason = "a number that is no double is written as the nearest")]
        float(number as f64, sink);
    }
}

/// A number as ECMAScript writes it; null, where it has no finite value.
pub(crate) fn float<S: Sink>(number: f64, sink: &mut S) {
    if number.is_finite() {
        sink.put(ryu_js::Buffer::new().format_finite(number).as_bytes());
    } else {
        sink.put(b"null");
    }
}

/// A text in quotes. Most texts have nothing in them that is written otherwise.
pub(crate) fn string<S: Sink>(text: &str, sink: &mut S) {
    sink.put(b"\"");
    content(text, sink);
    sink.put(b"\"");
}

/// A text without its quotes.
pub(crate) fn content<S: Sink>(text: &str, sink: &mut S) {
    let mut rest = text.as_bytes();
    loop {
        let (before, from) = rest.split_at(plain_bytes(rest));
        sink.put(before);
        let Some((special, behind)) = from.split_first() else { return };
        escape(*special, sink);
        rest = behind;
    }
}

fn escape<S: Sink>(byte: u8, sink: &mut S) {
    let letter = match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => byte,
        _ => {
            let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
            sink.put(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    sink.put(&[b'\\', letter]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_str;
    use serde_json::json;

    #[test]
    fn the_example_of_rfc_8785_gives_the_bytes_of_rfc_8785() {
        let text = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let value = parse_str(text).unwrap();
        assert_eq!(
            String::from_utf8(canonical(&value)).unwrap(),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    #[test]
    fn keys_are_sorted_by_utf_16_code_units() {
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2, "a": 3});
        assert_eq!(String::from_utf8(canonical(&value)).unwrap(), "{\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn keys_out_of_order_are_put_in_order() {
        let keys = ["\u{e000}", "\u{10000}", "b", "a\"", "a", "é", "a!"];
        let object: serde_json::Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        let written = String::from_utf8(canonical(&Value::Object(object))).unwrap();
        assert_eq!(
            written,
            "{\"a\":null,\"a!\":null,\"a\\\"\":null,\"b\":null,\"é\":null,\"\u{10000}\":null,\"\u{e000}\":null}"
        );
    }

    #[test]
    fn a_hash_is_of_the_bytes_however_long_they_are() {
        for length in [0, 1, 4094, 4095, 4096, 5000, 100_000] {
            let value = json!(["x".repeat(length), vec![1; length], {"key": "\n".repeat(length)}]);
            let bytes = Canonical::of(&value);
            assert_eq!(bytes.hash(), ContentHash::of(&value), "{length}");
            assert_eq!(bytes.size(), canonical_size(&value), "{length}");
        }
    }
}
