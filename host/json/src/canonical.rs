//! The canonical form (RFC 8785) and the hash over it.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical bytes of a value (RFC 8785).
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_canonical(value, &mut bytes);
    bytes
}

/// The canonical bytes of the JSON form of a type; an error says why it has none (a key that is no string, say).
pub fn canonical_of<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

/// The length in bytes of the canonical form, without keeping it.
#[must_use]
pub fn canonical_size(value: &Value) -> usize {
    let mut count = Count(0);
    write_canonical(value, &mut count);
    count.0
}

/// Writes the canonical form of a `Value`, or of one of our own types, to a sink that cannot fail.
fn write_canonical<T: Serialize, W: Write>(value: &T, sink: &mut W) {
    // There is no NaN in it and keys are strings, and our sinks accept all bytes: nothing is left that could fail.
    #[expect(clippy::expect_used, reason = "the value has a canonical form and the sink accepts it")]
    serde_json_canonicalizer::to_writer(value, sink).expect("a JSON value has a canonical form");
}

struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of a value's canonical bytes.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self::of_ours(value)
    }

    /// The hash of the canonical bytes of one of our own types, all of which have string keys and no floats but
    /// those of `Value`s: without a copy as a `Value`.
    pub fn of_ours<T: Serialize>(value: &T) -> Self {
        let mut hashing = io::BufWriter::with_capacity(4096, Hashing(Sha256::new()));
        write_canonical(value, &mut hashing);
        #[expect(clippy::expect_used, reason = "hashing accepts all bytes")]
        let hashing = hashing.into_inner().map_err(io::IntoInnerError::into_error).expect("hashing accepts all bytes");
        Self(hashing.0.finalize().into())
    }

    /// The hash of bytes as they are (a plugin file, say).
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight bytes as a big-endian integer: a seed that is a function of what was hashed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8; 32]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Hashes bytes that come in pieces.
#[derive(Debug, Clone, Default)]
pub struct ContentHasher(Sha256);

impl ContentHasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes.
    #[must_use]
    pub fn finish(self) -> ContentHash {
        ContentHash(self.0.finalize().into())
    }
}

/// Text that is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a hash: 64 lower-case hexadecimal digits are expected")]
pub struct InvalidHash(String);

impl FromStr for ContentHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidHash(text.to_owned());
        let digits = text.as_bytes();
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.iter().all(is_digit) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
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
    fn a_hash_is_the_sha_256_of_the_canonical_bytes() {
        let value = json!({"b": 1, "a": [1.5, "x"]});
        assert_eq!(ContentHash::of(&value), ContentHash::of_bytes(br#"{"a":[1.5,"x"],"b":1}"#));
        assert_eq!(
            ContentHash::of(&json!({})).to_string(),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(canonical_size(&value), canonical(&value).len());
    }

    #[test]
    fn a_hash_reads_back_what_it_prints_and_nothing_else() {
        let hash = ContentHash::of(&json!(1));
        assert_eq!(hash.to_string().parse::<ContentHash>().unwrap(), hash);
        for wrong in ["", "44", &hash.to_string().to_uppercase(), &format!("{hash}0")] {
            assert!(wrong.parse::<ContentHash>().is_err(), "{wrong}");
        }
    }
}
