//! The hash over canonical bytes.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::serialize::canonical_of;
use crate::write::{Sink, write};

/// A SHA-256, written as 64 lower-case hexadecimal digits.
///
/// ```
/// use sortie_json::{ContentHash, ContentHasher};
///
/// let hash = ContentHash::of(&serde_json::json!({"a": 1}));
/// assert_eq!(hash, ContentHash::of_bytes(br#"{"a":1}"#));
/// assert_eq!(hash.to_string().parse(), Ok(hash));
///
/// let mut parts = ContentHasher::default();
/// parts.update(br#"{"a""#);
/// parts.update(b":1}");
/// assert_eq!(parts.finish(), hash);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of a value's canonical bytes.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let pending = Vec::with_capacity(2 * HashSink::ENOUGH);
        let mut sink = HashSink { hasher: ContentHasher::default(), pending };
        write(value, &mut sink);
        sink.flush();
        sink.hasher.finish()
    }

    /// The hash of the canonical bytes of one of our own types, all of which have string keys and no floats but
    /// those of `Value`s: without a copy as a `Value`.
    pub fn of_ours<T: Serialize + ?Sized>(value: &T) -> Self {
        #[expect(clippy::expect_used, reason = "our types have string keys and no NaN: that is all that could fail")]
        let bytes = canonical_of(value).expect("our types have a JSON form");
        Self::of_bytes(&bytes)
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

    /// The digits, written into a buffer: hashes are within all that is hashed, and most of them are shown to nobody.
    fn digits<'b>(&self, buffer: &'b mut [u8; 64]) -> &'b str {
        // Each half of the bytes by itself, which a compiler makes many at a time of.
        let (high, low) = (self.0.map(|byte| digit(byte >> 4)), self.0.map(|byte| digit(byte & 15)));
        for (pair, both) in buffer.chunks_exact_mut(2).zip(high.into_iter().zip(low)) {
            pair.copy_from_slice(&[both.0, both.1]);
        }
        // Digits are ASCII.
        std::str::from_utf8(buffer).unwrap_or_default()
    }

    /// Appends the digits, in quotes.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.reserve(66);
        bytes.push(b'"');
        bytes.extend_from_slice(self.digits(&mut [0; 64]).as_bytes());
        bytes.push(b'"');
    }

    /// The first eight bytes as a big-endian integer: a seed that is a function of what was hashed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits(&mut [0; 64]))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes as lower-case hexadecimal digits.
///
/// ```
/// assert_eq!(sortie_json::hex(&[0xAB; 32]), "ab".repeat(32));
/// ```
#[must_use]
pub fn hex(bytes: &[u8; 32]) -> String {
    ContentHash(*bytes).digits(&mut [0; 64]).to_owned()
}

/// Of a value below sixteen.
fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
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

/// Hashes bytes many at a time.
struct HashSink {
    hasher: ContentHasher,
    pending: Vec<u8>,
}

impl HashSink {
    const ENOUGH: usize = 4096;

    fn flush(&mut self) {
        self.hasher.update(&self.pending);
        self.pending.clear();
    }
}

impl Sink for HashSink {
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
        serializer.serialize_str(self.digits(&mut [0; 64]))
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads the digits where they stand.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = ContentHash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ContentHash, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{canonical, canonical_size};

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
