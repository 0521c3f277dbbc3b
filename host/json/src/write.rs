//! Writing values in canonical form (RFC 8785).
//!
//! Values are written as they are walked through, in one pass, to whatever takes the bytes: a buffer, a hash, or a
//! counter. An object's keys are nearly always in order already, and are looked at first; only an object whose keys
//! are not gets a list of its members.

use serde_json::{Map, Number, Value};

use crate::limits::MAX_INTEGER;
use crate::scalar::plain_bytes;

/// What takes the bytes.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);

    /// A text without anything that is written otherwise, with what comes before its quote and behind it.
    fn put_plain(&mut self, before: &[u8], text: &str, behind: &[u8]) {
        self.put(before);
        self.put(b"\"");
        self.put(text.as_bytes());
        self.put(b"\"");
        self.put(behind);
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn put_plain(&mut self, before: &[u8], text: &str, behind: &[u8]) {
        // What is within quotes is mostly a few bytes: room is made once for all of it.
        self.reserve(before.len() + text.len() + behind.len() + 2);
        self.extend_from_slice(before);
        self.push(b'"');
        self.extend_from_slice(text.as_bytes());
        self.push(b'"');
        self.extend_from_slice(behind);
    }
}

/// Writes a value.
pub(crate) fn write<S: Sink>(value: &Value, sink: &mut S) {
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
        Value::Object(members) => map(members, sink),
    }
}

fn map<S: Sink>(members: &Map<String, Value>, sink: &mut S) {
    if are_in_order(members.keys().map(String::as_str)) {
        sink.put(b"{");
        for (index, (key, value)) in members.iter().enumerate() {
            member(index, key, value, sink);
        }
        sink.put(b"}");
    } else {
        object(&mut members.iter().map(|(key, value)| (key.as_str(), value)).collect::<Vec<_>>(), sink);
    }
}

/// Writes an object of members in any order.
pub(crate) fn object<S: Sink>(members: &mut [(&str, &Value)], sink: &mut S) {
    if !are_in_order(members.iter().map(|(key, _)| *key)) {
        sort(members);
    }
    list(members, sink);
}

/// Puts members in the order of their keys' UTF-16 code units.
fn sort(members: &mut [(&str, &Value)]) {
    members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
}

/// Writes an object of members that are in order.
fn list<S: Sink>(members: &[(&str, &Value)], sink: &mut S) {
    sink.put(b"{");
    for (index, (key, value)) in members.iter().enumerate() {
        member(index, key, value, sink);
    }
    sink.put(b"}");
}

fn member<S: Sink>(index: usize, key: &str, value: &Value, sink: &mut S) {
    quoted(if index > 0 { b"," } else { b"" }, key, b":", sink);
    write(value, sink);
}

/// Whether keys are in the order of their UTF-16 code units as they come: true of nearly all maps, whose keys are in
/// the order of their bytes. A program that has turned on `serde_json/preserve_order` has maps in any order.
fn are_in_order<'k>(keys: impl Iterator<Item = &'k str>) -> bool {
    let mut last: Option<&str> = None;
    for key in keys {
        if last.is_some_and(|last| !is_in_order(last, key)) || differs_in_utf16(key) {
            return false;
        }
        last = Some(key);
    }
    true
}

/// Whether a key comes before another by its bytes, or is the same: mostly the first byte tells.
fn is_in_order(last: &str, key: &str) -> bool {
    match (last.as_bytes().first(), key.as_bytes().first()) {
        (Some(one), Some(other)) if one != other => one < other,
        _ => last <= key,
    }
}

/// Whether a text may have another place among texts ordered by UTF-16 code units than among those ordered by bytes:
/// characters from U+E000 to U+FFFF come behind all others there, and begin with the bytes EE and EF here.
fn differs_in_utf16(text: &str) -> bool {
    !text.is_ascii() && text.bytes().any(|byte| byte >= 0xee)
}

/// `true` or `false`.
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
    quoted(b"", text, b"", sink);
}

/// The same, with what comes before it and behind it.
fn quoted<S: Sink>(before: &[u8], text: &str, behind: &[u8], sink: &mut S) {
    if plain_bytes(text.as_bytes()) == text.len() {
        return sink.put_plain(before, text, behind);
    }
    sink.put(before);
    sink.put(b"\"");
    content(text, sink);
    sink.put(b"\"");
    sink.put(behind);
}

/// A text without its quotes.
fn content<S: Sink>(text: &str, sink: &mut S) {
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
