//! The strict reader.

use std::fmt;

use jsonptr::PointerBuf;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::packed::Packed;
use super::tokens::Tokens;
use super::{MAX_DEPTH, MAX_INTEGER};

/// How many faults of one text are reported: what is beyond them helps nobody, and a hostile text could have millions.
const MAX_FAULTS: usize = 1000;
/// How many bytes their pointers may have together before no more are reported: each repeats the keys on its way.
const MAX_POINTER_BYTES: usize = 1 << 20;

/// What bounds a text before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseLimits {
    /// The greatest length of the text, in bytes.
    pub bytes: usize,
    /// The greatest nesting of arrays and objects.
    pub depth: usize,
}

impl Default for ParseLimits {
    /// 64 MiB and 128 levels.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: MAX_DEPTH }
    }
}

/// Something that keeps a text from being I-JSON, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The JSON Pointer of the value, as far as the text could be understood.
    pub pointer: PointerBuf,
    /// The byte offset in the text, where there is a text.
    pub offset: Option<usize>,
}

/// The kinds of [`Fault`], a closed set. Each has a stable [code](Self::code).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The text is empty, or white space alone.
    #[error("the document is empty")]
    Empty,
    /// The text is longer than its limit.
    #[error("the document has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its length in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// The text begins with a byte order mark, which RFC 8259 forbids.
    #[error("the document begins with a byte order mark")]
    ByteOrderMark,
    /// The text is not JSON; the message is the parser's.
    #[error("{0}")]
    Syntax(String),
    /// A `\u` escape is half of a surrogate pair.
    #[error("the escape is half of a surrogate pair, which stands for no character")]
    LoneSurrogate,
    /// A key appears twice in one object.
    #[error("the key `{0}` appears twice in one object")]
    DuplicateKey(String),
    /// An integer that other JSON readers would round.
    #[error("the integer is outside ±(2^53−1), where JSON readers disagree about its value")]
    IntegerOutOfRange,
    /// A number beyond the range of a double, NaN, or an infinity.
    #[error("the number is beyond the range of a 64-bit float")]
    NumberOutOfRange,
    /// Arrays and objects are nested too deeply.
    #[error("arrays and objects are nested deeper than {0} levels")]
    TooDeep(usize),
}

impl FaultKind {
    /// The stable code of this kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_document",
            Self::TooLarge { .. } => "document_too_large",
            Self::NotUtf8 => "not_utf8",
            Self::ByteOrderMark => "byte_order_mark",
            Self::Syntax(_) => "syntax_error",
            Self::LoneSurrogate => "lone_surrogate",
            Self::DuplicateKey(_) => "duplicate_key",
            Self::IntegerOutOfRange => "integer_out_of_range",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::TooDeep(_) => "nesting_too_deep",
        }
    }
}

/// Reads a text of at most 64 MiB; see [`parse`].
pub fn parse_str(text: &str) -> Result<Value, Vec<Fault>> {
    parse(text.as_bytes(), ParseLimits::default())
}

/// Reads I-JSON. Duplicate keys and numbers out of range are reported together, the first 1000 of them, in the order
/// of the text; what stops the reader from going on (syntax, nesting) is reported after those found before it.
pub fn parse(bytes: &[u8], limits: ParseLimits) -> Result<Value, Vec<Fault>> {
    parse_packed(bytes, limits, &[]).map(|(value, _)| value)
}

/// Reads I-JSON as [`parse`] does, and packs the elements of the lists under some members of the root as they come:
/// what [`pack_lists`](super::pack_lists) would make of it, without the memory for all at once.
pub fn parse_packed(
    bytes: &[u8],
    limits: ParseLimits,
    lists: &[&str],
) -> Result<(Value, Vec<Vec<Packed>>), Vec<Fault>> {
    let text = text_of(bytes, limits).map_err(|fault| vec![fault])?;
    let mut notes = Notes::new(limits.depth, Some(Tokens::of(text)));
    notes.lists = lists;
    notes.packed = vec![Vec::new(); lists.len()];
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let read = Node { notes: &mut notes, place: &Place::Root, depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(value) if notes.faults.is_empty() => Ok((value, notes.packed)),
        Ok(_) => Err(notes.in_order()),
        Err(error) => {
            if !notes.stopped {
                notes.faults.push(syntax_fault(text, &error));
            }
            Err(notes.in_order())
        }
    }
}

/// Checks a value that came from elsewhere than JSON text (YAML, TOML, a host program), and normalises its numbers.
pub fn validated(value: &Value) -> Result<Value, Vec<Fault>> {
    let mut notes = Notes::new(MAX_DEPTH, None);
    let read = Node { notes: &mut notes, place: &Place::Root, depth: 0 }.deserialize(value);
    match read {
        Ok(value) if notes.faults.is_empty() => Ok(value),
        Ok(_) | Err(_) => Err(notes.faults),
    }
}

/// Whether a value is I-JSON and nested no deeper than that, without a copy of it. The error is the first fault.
pub fn check(value: &Value, max_depth: usize) -> Result<(), Fault> {
    check_at(value, &Place::Root, 0, max_depth)
}

fn check_at(value: &Value, place: &Place<'_>, depth: usize, max_depth: usize) -> Result<(), Fault> {
    let deeper = || {
        let too_deep = || Fault { kind: FaultKind::TooDeep(max_depth), pointer: place.pointer(), offset: None };
        if depth < max_depth { Ok(depth + 1) } else { Err(too_deep()) }
    };
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(_) => {
            let mut notes = Notes::new(max_depth, None);
            // What it gives is the number, normalised; what it cannot give is a note.
            let _ = Node { notes: &mut notes, place, depth }.deserialize(value);
            notes.faults.into_iter().next().map_or(Ok(()), Err)
        }
        Value::Array(elements) => {
            let depth = deeper()?;
            let mut elements = elements.iter().enumerate();
            elements.try_for_each(|(index, element)| check_at(element, &Place::Index(place, index), depth, max_depth))
        }
        Value::Object(members) => {
            let depth = deeper()?;
            members.iter().try_for_each(|(key, value)| check_at(value, &Place::Key(place, key), depth, max_depth))
        }
    }
}

fn text_of(bytes: &[u8], limits: ParseLimits) -> Result<&str, Fault> {
    let fault = |kind, offset| Fault { kind, pointer: PointerBuf::root(), offset: Some(offset) };
    if bytes.len() > limits.bytes {
        return Err(fault(FaultKind::TooLarge { size: bytes.len(), limit: limits.bytes }, 0));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| fault(FaultKind::NotUtf8, error.valid_up_to()))?;
    if text.starts_with('\u{feff}') {
        return Err(fault(FaultKind::ByteOrderMark, 0));
    }
    if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
        return Err(fault(FaultKind::Empty, 0));
    }
    Ok(text)
}

/// A path from the root, kept on the stack: it costs nothing until there is something to report.
enum Place<'p> {
    Root,
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> PointerBuf {
        match self {
            Self::Root => PointerBuf::root(),
            Self::Key(parent, key) => {
                let mut pointer = parent.pointer();
                pointer.push_back(*key);
                pointer
            }
            Self::Index(parent, index) => {
                let mut pointer = parent.pointer();
                pointer.push_back(*index);
                pointer
            }
        }
    }
}

/// What was noticed on the way.
struct Notes<'t> {
    faults: Vec<Fault>,
    pointer_bytes: usize,
    /// The text's tokens, for the places of faults; followed only as far as there is one.
    tokens: Option<Tokens<'t>>,
    /// How many keys and values were begun: which token the reader is at.
    begun: usize,
    max_depth: usize,
    stopped: bool,
    /// The members of the root whose lists are packed, and what was packed of each.
    lists: &'t [&'t str],
    packed: Vec<Vec<Packed>>,
}

impl<'t> Notes<'t> {
    fn new(max_depth: usize, tokens: Option<Tokens<'t>>) -> Self {
        Self {
            faults: Vec::new(),
            pointer_bytes: 0,
            tokens,
            begun: 0,
            max_depth,
            stopped: false,
            lists: &[],
            packed: Vec::new(),
        }
    }

    /// Where the elements of a list are packed, if they are.
    fn packed_at(&mut self, place: &Place<'_>) -> Option<&mut Vec<Packed>> {
        let Place::Key(Place::Root, key) = place else { return None };
        let list = self.lists.iter().position(|name| name == key)?;
        self.packed.get_mut(list)
    }

    /// Notes a fault of the key or value that was begun last.
    fn fault(&mut self, kind: FaultKind, place: &Place<'_>) {
        if self.has_room() {
            let offset = self.token().map(|(offset, _)| offset);
            self.fault_at(kind, place, offset);
        }
    }

    fn has_room(&self) -> bool {
        self.faults.len() < MAX_FAULTS && self.pointer_bytes < MAX_POINTER_BYTES
    }

    fn fault_at(&mut self, kind: FaultKind, place: &Place<'_>, offset: Option<usize>) {
        if self.has_room() {
            let pointer = place.pointer();
            self.pointer_bytes += pointer.as_str().len();
            self.faults.push(Fault { kind, pointer, offset });
        }
    }

    /// The faults in the order of the text: that of a key is noted after those of its value.
    fn in_order(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| fault.offset);
        self.faults
    }

    /// The offset and the text of the token of the key or value that was begun last.
    fn token(&mut self) -> Option<(usize, &'t str)> {
        let begun = self.begun;
        self.tokens.as_mut()?.nth(begun)
    }
}

struct Node<'a, 't> {
    notes: &'a mut Notes<'t>,
    place: &'a Place<'a>,
    depth: usize,
}

impl Node<'_, '_> {
    fn deeper<E: serde::de::Error>(&mut self) -> Result<usize, E> {
        if self.depth == self.notes.max_depth {
            self.notes.fault(FaultKind::TooDeep(self.notes.max_depth), self.place);
            self.notes.stopped = true;
            return Err(E::custom("nested too deeply"));
        }
        Ok(self.depth + 1)
    }

    fn integer(&mut self, integer: i64) -> Value {
        if integer.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
            self.notes.fault(FaultKind::IntegerOutOfRange, self.place);
        }
        Value::from(integer)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.notes.begun += 1;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<Value, E> {
        Ok(self.integer(value))
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<Value, E> {
        Ok(self.integer(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<Value, E> {
        // Below 1e21 the canonical form of a whole number is an integer literal (RFC 8785, section 3.2.2.3).
        #[expect(clippy::cast_precision_loss, reason = "2^53 − 1 is exact")]
        let max = MAX_INTEGER as f64;
        #[expect(clippy::float_cmp, reason = "an exact comparison is meant")]
        let whole = value.trunc() == value;
        if whole && value.abs() <= max {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number within ±(2^53−1)")]
            return Ok(self.integer(value as i64));
        }
        if whole && value.abs() < 1e21 {
            self.notes.fault(FaultKind::IntegerOutOfRange, self.place);
        } else if value.abs() >= 1e21 && value.is_finite() {
            // Beyond 1e21 it is written with an exponent, and only an integer's digits are out of range.
            let spelt = self.notes.token().map(|(_, spelt)| spelt);
            if spelt.is_some_and(|spelt| !spelt.contains(['.', 'e', 'E'])) {
                self.notes.fault(FaultKind::IntegerOutOfRange, self.place);
            }
        }
        Ok(Number::from_f64(value).map_or_else(
            || {
                self.notes.fault(FaultKind::NumberOutOfRange, self.place);
                Value::Null
            },
            Value::Number,
        ))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut elements = Vec::new();
        for index in 0.. {
            let place = Place::Index(self.place, index);
            let Some(element) = seq.next_element_seed(Node { notes: self.notes, place: &place, depth })? else { break };
            match self.notes.packed_at(self.place) {
                Some(packed) => packed.push(Packed::of(&element)),
                None => elements.push(element),
            }
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let place = Place::Key(self.place, &key);
            self.notes.begun += 1;
            let again = members.contains_key(&key);
            let offset = if again { self.notes.token().map(|(offset, _)| offset) } else { None };
            let value = map.next_value_seed(Node { notes: self.notes, place: &place, depth })?;
            if again {
                // A member counts when it was read whole.
                self.notes.fault_at(FaultKind::DuplicateKey(key.clone()), &place, offset);
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

/// The parser tells the place but not the kind of an error: the text at that place does.
fn syntax_fault(text: &str, error: &serde_json::Error) -> Fault {
    let offset = offset_of(text, error.line(), error.column());
    let before = text.get(..offset).unwrap_or(text);
    let kind = if ends_in_surrogate_escape(before) {
        FaultKind::LoneSurrogate
    } else if is_number_too_large(text, before) {
        FaultKind::NumberOutOfRange
    } else {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        FaultKind::Syntax(message.strip_suffix(&place).unwrap_or(&message).to_owned())
    };
    Fault { kind, pointer: PointerBuf::root(), offset: Some(offset.min(text.len())) }
}

/// The byte offset of a line and column as the parser counts them: from 1, columns in bytes, 0 for none.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut offset = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Whether the reader stopped in or just behind a `\uD800` to `\uDFFF`, or behind what should have been its other half.
fn ends_in_surrogate_escape(before: &str) -> bool {
    let is_surrogate = |escape: usize| {
        let digits = before.get(escape + 2..).unwrap_or_default();
        let code = digits.get(..3).unwrap_or_default();
        digits.len() <= 12 && u32::from_str_radix(code, 16).is_ok_and(|code| (0xd80..=0xdff).contains(&code))
    };
    before.rmatch_indices("\\u").take(2).any(|(escape, _)| is_surrogate(escape))
}

/// Whether the reader stopped in a well-formed number that is no finite double.
fn is_number_too_large(text: &str, before: &str) -> bool {
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let start = before.trim_end_matches(of_number).len();
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c| !of_number(c)).unwrap_or(rest.len());
    rest.get(..end).and_then(|number| number.parse::<f64>().ok()).is_some_and(f64::is_infinite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    fn faults(text: &[u8]) -> Vec<(&'static str, String, Option<usize>)> {
        parse(text, ParseLimits { bytes: 1000, depth: MAX_DEPTH })
            .expect_err("the text is rejected")
            .into_iter()
            .map(|fault| (fault.kind.code(), fault.pointer.to_string(), fault.offset))
            .collect()
    }

    fn check(text: &str, expected: &[(&'static str, &str, usize)]) {
        let expected: Vec<_> =
            expected.iter().map(|(code, pointer, offset)| (*code, (*pointer).to_owned(), Some(*offset))).collect();
        assert_eq!(faults(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn each_fault_has_its_kind_and_place() {
        check("", &[("empty_document", "", 0)]);
        check(" \n", &[("empty_document", "", 0)]);
        check("\u{feff}{}", &[("byte_order_mark", "", 0)]);
        check(r#"{"a":1,"a":2}"#, &[("duplicate_key", "/a", 7)]);
        check(r#"{"x":{"b":1,"b":2},"a":1,"a":2}"#, &[("duplicate_key", "/x/b", 12), ("duplicate_key", "/a", 25)]);
        check(r#"{"a":{"b":1,"b":2},"a":2}"#, &[("duplicate_key", "/a/b", 12), ("duplicate_key", "/a", 19)]);
        check("[9007199254740992]", &[("integer_out_of_range", "/0", 1)]);
        check("[-9007199254740992]", &[("integer_out_of_range", "/0", 1)]);
        check(
            "[1, 18446744073709551616, 2e16]",
            &[("integer_out_of_range", "/1", 4), ("integer_out_of_range", "/2", 26)],
        );
        check("[1000000000000000000000000]", &[("integer_out_of_range", "/0", 1)]);
        check(
            "{\"\\\"[\": [1e21, 100e30], \"b\": [1000000000000000000000000, {}, 1e16], \"b\" : 1}",
            &[("integer_out_of_range", "/b/0", 30), ("integer_out_of_range", "/b/2", 61), ("duplicate_key", "/b", 68)],
        );
        check(r#"{"a":1,"a":2,}"#, &[("duplicate_key", "/a", 7), ("syntax_error", "", 13)]);
        check("[1e400]", &[("number_out_of_range", "", 5)]);
        check(r#"["\ud800"]"#, &[("lone_surrogate", "", 8)]);
        check(r#"["\udc00"]"#, &[("lone_surrogate", "", 7)]);
        check(r#"["\ud800\u0041"]"#, &[("lone_surrogate", "", 13)]);
        check("[NaN]", &[("syntax_error", "", 1)]);
        check("[1,]", &[("syntax_error", "", 3)]);
        check("[1] x", &[("syntax_error", "", 4)]);
        assert_eq!(faults(b"\"\xff\""), [("not_utf8", String::new(), Some(1))]);
        assert_eq!(faults(&[b' '; 1001]), [("document_too_large", String::new(), Some(0))]);
    }

    #[test]
    fn nesting_of_128_levels_is_read_and_129_is_not() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse_str(&nested(128)).is_ok());
        let faults = parse_str(&nested(129)).expect_err("too deep");
        assert_eq!(faults.len(), 1);
        assert_eq!((&faults[0].kind, faults[0].offset), (&FaultKind::TooDeep(128), Some(128)));
    }

    #[test]
    fn of_many_faults_the_first_thousand_are_told() {
        let text = format!("[{}1]", "9007199254740992,".repeat(200_000));
        let faults = parse_str(&text).expect_err("out of range");
        assert_eq!(faults.len(), 1000);
        assert_eq!((faults[999].pointer.to_string(), faults[999].offset), ("/999".to_owned(), Some(1 + 999 * 17)));
        let text = format!("{{\"{}\":[{}1]}}", "k".repeat(300_000), "9007199254740992,".repeat(1000));
        assert_eq!(parse_str(&text).expect_err("out of range").len(), 4);
    }

    #[test]
    fn many_great_numbers_are_read_in_one_pass() {
        let text = format!("[{}1]", "1e30,".repeat(200_000));
        assert!(parse_str(&text).is_ok());
    }

    #[test]
    fn numbers_with_the_same_canonical_bytes_are_equal_in_memory() {
        for (text, expected) in
            [("1.0", "1"), ("-0.0", "0"), ("-0", "0"), ("1e2", "100"), ("9007199254740991", "9007199254740991")]
        {
            let value = parse_str(text).unwrap();
            assert!(value.is_i64(), "{text}");
            assert_eq!(String::from_utf8(canonical(&value)).unwrap(), expected);
        }
        assert_eq!(String::from_utf8(canonical(&parse_str("1e30").unwrap())).unwrap(), "1e+30");
    }

    #[test]
    fn a_value_from_elsewhere_is_held_to_the_same_rules() {
        let wrong = serde_json::json!({"a": [1, u64::MAX]});
        let faults = validated(&wrong).expect_err("out of range");
        assert_eq!(super::check(&wrong, MAX_DEPTH).as_ref(), Err(&faults[0]));
        assert_eq!(faults[0].pointer.to_string(), "/a/1");
        assert_eq!(validated(&serde_json::json!([1.0])).unwrap(), serde_json::json!([1]));
    }
}
