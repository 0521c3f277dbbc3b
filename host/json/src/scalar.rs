//! The rules for scalars, which are the same in all formats: numbers with the same canonical form are the same value.

use serde_json::{Number, Value};

use crate::fault::FaultKind;
use crate::limits::MAX_INTEGER;

/// An integer.
pub(crate) fn integer(integer: i64) -> Result<Value, FaultKind> {
    if integer.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
        return Err(FaultKind::IntegerOutOfRange);
    }
    Ok(Value::from(integer))
}

/// A number that is spelt with a point or an exponent. Below 1e21 the canonical form of a whole number is an integer
/// literal (RFC 8785, section 3.2.2.3), and so are the limits of integers its limits.
pub(crate) fn float(float: f64) -> Result<Value, FaultKind> {
    #[expect(clippy::cast_precision_loss, reason = "2^53 − 1 is exact")]
    let max = MAX_INTEGER as f64;
    #[expect(clippy::float_cmp, reason = "an exact comparison is meant")]
    let whole = float.trunc() == float;
    if whole && float.abs() <= max {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within ±(2^53−1)")]
        return Ok(Value::from(float as i64));
    }
    if whole && float.abs() < 1e21 {
        return Err(FaultKind::IntegerOutOfRange);
    }
    Number::from_f64(float).map(Value::Number).ok_or(FaultKind::NumberOutOfRange)
}

/// A number from its digits, spelt as JSON spells them.
pub(crate) fn spelt(digits: &str) -> Result<Value, FaultKind> {
    if digits.contains(['.', 'e', 'E']) {
        return float(digits.parse().unwrap_or(f64::NAN));
    }
    // Digits that do not fit an i64 are far out of range.
    integer(digits.parse().map_err(|_| FaultKind::IntegerOutOfRange)?)
}

/// A number from elsewhere, as it would have been read.
pub(crate) fn normalised(number: &Number) -> Result<Value, FaultKind> {
    if let Some(number) = number.as_i64() {
        return integer(number);
    }
    if number.is_u64() {
        return Err(FaultKind::IntegerOutOfRange);
    }
    let value = float(number.as_f64().unwrap_or(f64::NAN))?;
    // A program that has turned on `serde_json/arbitrary_precision` has integers of any length.
    let is_long_integer = || !number.to_string().contains(['.', 'e', 'E']);
    if value.is_f64() && number.as_f64().is_some_and(|float| float.abs() >= 1e21) && is_long_integer() {
        return Err(FaultKind::IntegerOutOfRange);
    }
    Ok(value)
}

/// The first code point of a text that stands for no character: U+FDD0 to U+FDEF, and the last two of each plane
/// (Unicode 23.7). RFC 7493, section 2.1, forbids them in names and strings.
pub(crate) fn noncharacter(text: &str) -> Option<char> {
    if text.is_ascii() || !text.bytes().any(|byte| byte >= 0xef) {
        return None;
    }
    let stands_for_none = |c: &char| {
        let code = u32::from(*c);
        (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
    };
    text.chars().find(stands_for_none)
}

/// How many bytes of a text come before the first that cannot stand for itself within quotes: a quote, a backslash or a
/// control character. Texts are looked at eight bytes at a time, in words: whether a compiler puts bytes together by itself
/// depends on which one it is.
pub(crate) fn plain_bytes(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return 8 * index + first_byte(special);
        }
    }
    match (rest.len(), text.last_chunk()) {
        (0, _) => text.len(),
        // The last bytes are looked at together with some before them, which are plain.
        (_, Some(last)) => text.len() - 8 + first_byte(special_bytes(u64::from_le_bytes(*last))),
        (_, None) => plain_bytes_of_few(text),
    }
}

/// The same of a text of at most seven bytes.
fn plain_bytes_of_few(text: &[u8]) -> usize {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        let both = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
        // What the last four bytes share with the first four, these were asked of first.
        return match first_byte(special_bytes(both)) {
            at @ 0..4 => at,
            at => text.len() + at - 8,
        };
    }
    text.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')).unwrap_or(text.len())
}

/// Whether a text is ASCII, and stands for itself within quotes as a whole: nearly all keys, which are looked at eight bytes
/// at a time.
pub(crate) fn is_plain_ascii(text: &[u8]) -> bool {
    let is_plain = |word: u64| (word | special_bytes(word)) & HIGHEST == 0;
    if let Some(last) = text.last_chunk() {
        // The last eight bytes may have been looked at in part.
        let (words, _) = text.as_chunks();
        return words.iter().chain([last]).all(|word| is_plain(u64::from_le_bytes(*word)));
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return is_plain(u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32);
    }
    text.iter().all(|byte| matches!(byte, b' '..0x80) && !matches!(byte, b'"' | b'\\'))
}

/// The lowest and the highest bit of each byte of a word.
const ONES: u64 = u64::MAX / 0xff;
const HIGHEST: u64 = ONES << 7;

/// The special bytes of a word: the highest bit is set of each that is one, and perhaps of bytes above one that is.
fn special_bytes(word: u64) -> u64 {
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word;
    let controls = below(word, 0x20);
    let quotes = below(word ^ (ONES * u64::from(b'"')), 1);
    let backslashes = below(word ^ (ONES * u64::from(b'\\')), 1);
    (controls | quotes | backslashes) & HIGHEST
}

/// The first byte of a word that is marked; eight, if none is.
fn first_byte(marks: u64) -> usize {
    usize::try_from(marks.trailing_zeros() / 8).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_of_a_word_is_special_as_it_is_alone() {
        for byte in 0..=u8::MAX {
            let special = matches!(byte, 0..0x20 | b'"' | b'\\');
            for at in 0..8 {
                for others in [b' ', b'!', b'#', b'[', b']', b'a', 0x7f, 0x80, 0xa2, 0xff] {
                    let mut word = [others; 8];
                    word[at] = byte;
                    let found = first_byte(special_bytes(u64::from_le_bytes(word)));
                    assert_eq!(found, if special { at } else { 8 }, "{byte} at {at} among {others}");
                }
            }
        }
    }

    #[test]
    fn a_key_is_plain_ascii_wherever_what_is_not_stands() {
        for length in 0..40 {
            let text = "plain ~\u{7f} text, of ASCII: ".repeat(2).into_bytes()[..length].to_vec();
            assert!(is_plain_ascii(&text), "{length}");
            for (at, other) in (0..length).flat_map(|at| (0..=u8::MAX).map(move |other| (at, other))) {
                let mut text = text.clone();
                text[at] = other;
                let is_plain = other.is_ascii() && !matches!(other, 0..0x20 | b'"' | b'\\');
                assert_eq!(is_plain_ascii(&text), is_plain, "{other} at {at} of {length}");
            }
        }
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for length in 0..70 {
            let text = "é€😀abc~ \u{7f}".repeat(8).into_bytes()[..length].to_vec();
            assert_eq!(plain_bytes(&text), length);
            for (at, special) in (0..length).flat_map(|at| [0, 0x1f, b'"', b'\\', b'\n'].map(|special| (at, special))) {
                let mut text = text.clone();
                text[at] = special;
                assert_eq!(plain_bytes(&text), at, "{special} at {at} of {length}");
                // What comes later does not matter.
                text[length - 1] = b'"';
                assert_eq!(plain_bytes(&text), at);
            }
        }
    }
}
