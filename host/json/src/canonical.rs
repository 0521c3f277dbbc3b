//! The canonical text of values (RFC 8785).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::hash::ContentHash;
use crate::limits::ParseLimits;
use crate::read::parse;
use crate::serialize::canonical_of;
use crate::write::{Sink, object, string, write};

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
///
/// ```
/// let mut bytes = b"params=".to_vec();
/// sortie_json::write_canonical(&serde_json::json!({"b": 2, "a": 1}), &mut bytes);
/// assert_eq!(bytes, br#"params={"a":1,"b":2}"#);
/// ```
pub fn write_canonical(value: &Value, bytes: &mut Vec<u8>) {
    write(value, bytes);
}

/// Appends the canonical bytes of a string to a buffer.
///
/// ```
/// let mut bytes = Vec::new();
/// sortie_json::write_canonical_text("two\nlines", &mut bytes);
/// assert_eq!(bytes, br#""two\nlines""#);
/// ```
pub fn write_canonical_text(text: &str, bytes: &mut Vec<u8>) {
    string(text, bytes);
}

/// The length in bytes of the canonical form, without writing it.
///
/// ```
/// use sortie_json::{canonical, canonical_size};
///
/// let value = serde_json::json!({"word": "é", "n": [1, 2.5]});
/// assert_eq!(canonical_size(&value), canonical(&value).len());
/// ```
#[must_use]
pub fn canonical_size(value: &Value) -> usize {
    let mut count = Count(0);
    write(value, &mut count);
    count.0
}

/// The length in bytes of the canonical form of a string, without writing it.
///
/// ```
/// assert_eq!(sortie_json::canonical_text_size("two\nlines"), r#""two\nlines""#.len());
/// ```
#[must_use]
pub fn canonical_text_size(text: &str) -> usize {
    let mut count = Count(0);
    string(text, &mut count);
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
        let mut bytes = Vec::new();
        object(&mut members, &mut bytes);
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

struct Count(usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
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
