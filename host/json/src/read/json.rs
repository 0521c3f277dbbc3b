//! JSON (RFC 8259): the reader. It has a stack of its own, so that no text can exhaust that of its thread.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::receiver::{Reader, Receiver, Shape, Step, Stop, character_at};
use super::remedy::Notation;
use crate::fault::{FaultKind, Syntax};
use crate::scalar;

/// The format, as it is exchanged.
pub(crate) struct Json;

/// The format in a file: an editor may have put a byte order mark before it, which a parser may ignore (RFC 8259, section
/// 8.1).
pub(crate) struct JsonFile;

/// The byte order mark of UTF-8.
const MARK: char = '\u{feff}';

const NO_COMMENTS: &str = "JSON has no comments: remove it, or write the document as YAML";

impl Reader for Json {
    fn notation(&self) -> Notation {
        Notation::Json
    }

    fn read<R: Receiver>(&self, text: &str, receiver: &mut R) -> Step {
        if text.starts_with(MARK) {
            receiver.fault(FaultKind::ByteOrderMark, 0..0);
            return Err(Stop);
        }
        JsonFile.read(text, receiver)
    }
}

impl Reader for JsonFile {
    fn notation(&self) -> Notation {
        Notation::Json
    }

    fn read<R: Receiver>(&self, text: &str, receiver: &mut R) -> Step {
        let at = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
        let mut scan = Scan { text, bytes: text.as_bytes(), at };
        scan.blank();
        if scan.at == text.len() {
            receiver.fault(FaultKind::Empty, 0..0);
            return Err(Stop);
        }
        scan.document(receiver)
    }
}

pub(super) struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

/// What is wrong, and the bytes of it.
pub(super) struct ScanFault(FaultKind, Range<usize>);

impl<'t> Scan<'t> {
    /// From the beginning of a text.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Goes on behind the byte here.
    pub(super) fn step(&mut self) {
        self.at += 1;
    }

    /// Goes on behind the byte here and the white space behind that.
    pub(super) fn pass(&mut self) {
        self.at += 1;
        self.blank();
    }

    /// Whether this word is here, which is then passed.
    pub(super) fn passes(&mut self, word: &str) -> bool {
        let is = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += if is { word.len() } else { 0 };
        is
    }

    /// A string, from its quote on, unless there is anything to tell of it.
    pub(super) fn well_formed_string(&mut self) -> Option<Cow<'t, str>> {
        self.at += 1;
        let mut whole = String::new();
        loop {
            let plain = scalar::plain_bytes(self.bytes.get(self.at..)?);
            let piece = self.text.get(self.at..self.at + plain)?;
            self.at += plain;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(if whole.is_empty() { Cow::Borrowed(piece) } else { Cow::Owned(whole + piece) });
                }
                b'\\' => {
                    whole.push_str(piece);
                    whole.push(self.escape().ok()?);
                }
                _ => return None,
            }
        }
    }

    fn document<R: Receiver>(&mut self, receiver: &mut R) -> Step {
        let mut open: Vec<Shape> = Vec::new();
        loop {
            // A value begins here.
            match self.peek() {
                Some(b'{') => {
                    self.open(Shape::Object, receiver)?;
                    if self.next_is(b'}') {
                        receiver.end(Some(self.at))?;
                    } else {
                        open.push(Shape::Object);
                        self.key(receiver)?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.open(Shape::Array, receiver)?;
                    if self.next_is(b']') {
                        receiver.end(Some(self.at))?;
                    } else {
                        open.push(Shape::Array);
                        continue;
                    }
                }
                _ => self.scalar(&open, receiver)?,
            }
            if self.behind_value(&mut open, receiver)? {
                return Ok(());
            }
        }
    }

    fn open<R: Receiver>(&mut self, shape: Shape, receiver: &mut R) -> Step {
        receiver.start(shape, self.at..self.at + 1, 0)?;
        self.at += 1;
        self.blank();
        Ok(())
    }

    /// Goes on to the next value; true, if there is none.
    fn behind_value<R: Receiver>(&mut self, open: &mut Vec<Shape>, receiver: &mut R) -> Result<bool, Stop> {
        loop {
            self.blank();
            let Some(shape) = open.last().copied() else {
                return if self.at == self.bytes.len() {
                    Ok(true)
                } else {
                    let wrong = Syntax::of("text goes on behind the value");
                    self.wrong(wrong, receiver)
                };
            };
            let (close, expected, ends_within) = match shape {
                Shape::Array => (b']', "`,` or `]`", "the text ends within an array"),
                Shape::Object => (b'}', "`,` or `}`", "the text ends within an object"),
            };
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.blank();
                    if self.peek() == Some(close) {
                        let wrong = Syntax::of("there is a comma behind the last one").help("remove the comma");
                        receiver.fault(FaultKind::Syntax(wrong), comma..comma + 1);
                        return Err(Stop);
                    }
                    if shape == Shape::Object {
                        self.key(receiver)?;
                    }
                    return Ok(false);
                }
                Some(byte) if byte == close => {
                    self.at += 1;
                    open.pop();
                    receiver.end(Some(self.at))?;
                }
                Some(_) => return self.wrong(Syntax::expected(expected), receiver),
                None => return self.ended(Syntax::of(ends_within).but_expected(expected), receiver),
            }
        }
    }

    /// A key and the colon behind it.
    fn key<R: Receiver>(&mut self, receiver: &mut R) -> Step {
        match self.peek() {
            Some(b'"') => {}
            None => {
                let wrong = Syntax::of("the text ends within an object").but_expected("`\"` or `}`");
                return self.ended(wrong, receiver);
            }
            Some(_) => {
                let wrong = self.hinted(Syntax::expected("a key in double quotes"));
                let span = self.word();
                receiver.fault(FaultKind::Syntax(wrong), span);
                return Err(Stop);
            }
        }
        let start = self.at;
        let key = self.string(receiver)?;
        receiver.key(key, start..self.at)?;
        self.blank();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                self.blank();
                Ok(())
            }
            Some(_) => self.wrong(Syntax::expected("`:`"), receiver),
            None => self.ended(Syntax::of("the text ends within an object").but_expected("`:`"), receiver),
        }
    }

    fn scalar<R: Receiver>(&mut self, open: &[Shape], receiver: &mut R) -> Step {
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Ok(Value::String(self.string(receiver)?.into_owned())),
            Some(b'-' | b'0'..=b'9') => match self.number() {
                Ok(digits) => scalar::spelt(digits),
                Err(ScanFault(kind, span)) => {
                    receiver.fault(kind, span);
                    return Err(Stop);
                }
            },
            Some(b't' | b'f' | b'n') => {
                let span = self.word();
                let value = match self.text.get(span.clone()) {
                    Some("true") => Value::Bool(true),
                    Some("false") => Value::Bool(false),
                    Some("null") => Value::Null,
                    _ => {
                        receiver.fault(FaultKind::Syntax(Syntax::expected("`true`, `false` or `null`")), span);
                        return Err(Stop);
                    }
                };
                self.at = span.end;
                Ok(value)
            }
            Some(_) => {
                let span = self.word();
                receiver.fault(FaultKind::Syntax(self.no_value(&span)), span);
                return Err(Stop);
            }
            None => {
                let within = match open.last() {
                    Some(Shape::Array) => "the text ends within an array",
                    Some(Shape::Object) => "the text ends within an object",
                    None => "the text ends too early",
                };
                return self.ended(Syntax::of(within).but_expected("a value"), receiver);
            }
        };
        receiver.scalar(value, start..self.at, 0)
    }

    /// What to say of something that begins no value.
    fn no_value(&self, span: &Range<usize>) -> Syntax {
        let expected = Syntax::expected("a value");
        match self.text.get(span.clone()).unwrap_or_default() {
            _ if self.hint().is_some() => self.hinted(expected),
            "True" | "TRUE" | "False" | "FALSE" | "None" | "Null" | "NULL" => {
                expected.help("write `true`, `false` and `null` in lower-case letters")
            }
            word if word.starts_with('\'') => expected.help("put texts in double quotes"),
            word if word.starts_with('+') => expected.help("write the number without `+`"),
            _ => expected,
        }
    }

    /// A string, from its quote on; behind it is where the scan goes on.
    fn string<R: Receiver>(&mut self, receiver: &mut R) -> Result<Cow<'t, str>, Stop> {
        self.at += 1;
        let mut whole: Option<String> = None;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = scalar::plain_bytes(rest);
            let piece = self.text.get(self.at..self.at + plain).unwrap_or_default();
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match whole {
                        None => Cow::Borrowed(piece),
                        Some(whole) => Cow::Owned(whole + piece),
                    });
                }
                Some(b'\\') => {
                    let text = whole.get_or_insert_default();
                    text.push_str(piece);
                    match self.escape() {
                        Ok(character) => text.push(character),
                        Err(ScanFault(kind, span)) => {
                            // Half a pair stands for nothing, but the text behind it can be read.
                            let goes_on = kind == FaultKind::LoneSurrogate;
                            receiver.fault(kind, span.clone());
                            if !goes_on {
                                return Err(Stop);
                            }
                            self.at = span.end;
                        }
                    }
                }
                Some(b'\n' | b'\r') => {
                    let wrong = Syntax::of("the line ends within a string")
                        .but_expected("`\"`")
                        .help("close the text with `\"`, or write the line break as `\\n`");
                    return self.wrong(wrong, receiver);
                }
                Some(_) => {
                    let wrong = Syntax::of("there is a control character in a string")
                        .help("write it as an escape: a tab is `\\t`, others are `\\u` and four digits");
                    return self.wrong(wrong, receiver);
                }
                None => {
                    return self.ended(Syntax::of("the text ends within a string").but_expected("`\"`"), receiver);
                }
            }
        }
    }

    /// The character of an escape, whose backslash is here.
    fn escape(&mut self) -> Result<char, ScanFault> {
        let start = self.at;
        let simple = match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            Some(_) => {
                let wrong = Syntax::of("there is no such escape").help("a backslash is written `\\\\`");
                return Err(ScanFault(FaultKind::Syntax(wrong), start..character_at(self.text, start + 1).end));
            }
            None => {
                let wrong = Syntax::of("the text ends within a string").but_expected("`\"`");
                return Err(ScanFault(FaultKind::Syntax(wrong), start..start + 1));
            }
        };
        self.at = start + 2;
        Ok(simple)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, ScanFault> {
        let Some(first) = self.unit(start) else {
            let digits = self.bytes.iter().skip(start + 2).take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let wrong = Syntax::of("an escape has too few digits").but_expected("four hexadecimal digits");
            return Err(ScanFault(FaultKind::Syntax(wrong), start..start + 2 + digits));
        };
        if let Some(character) = char::from_u32(first) {
            self.at = start + 6;
            return Ok(character);
        }
        let second = if first < 0xdc00 { self.unit(start + 6) } else { None };
        match second.filter(|second| (0xdc00..0xe000).contains(second)) {
            Some(second) => {
                self.at = start + 12;
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            None => Err(ScanFault(FaultKind::LoneSurrogate, start..start + 6)),
        }
    }

    /// The code unit of the `\uXXXX` at an offset, if that is what is there.
    fn unit(&self, at: usize) -> Option<u32> {
        let escape = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        escape.iter().try_fold(0, |code, byte| char::from(*byte).to_digit(16).map(|digit| code * 16 + digit))
    }

    /// The digits of a number; behind them is where the scan goes on.
    pub(super) fn number(&mut self) -> Result<&'t str, ScanFault> {
        let start = self.at;
        let digit = |wrong: &'static str, at: usize| {
            ScanFault(FaultKind::Syntax(Syntax::of(wrong).but_expected("a digit")), character_at(self.text, at))
        };
        let mut end = start + usize::from(self.bytes.get(start) == Some(&b'-'));
        match self.digits(end) {
            0 => return Err(digit("a number has no digit behind its sign", end)),
            more if more > 1 && self.bytes.get(end) == Some(&b'0') => {
                let wrong =
                    Syntax::of("a number begins with `0`").help("remove the zeros it begins with, or put it in quotes");
                return Err(ScanFault(FaultKind::Syntax(wrong), start..end + more));
            }
            digits => end += digits,
        }
        if self.bytes.get(end) == Some(&b'.') {
            match self.digits(end + 1) {
                0 => return Err(digit("a number ends with its point", end + 1)),
                digits => end += 1 + digits,
            }
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            match self.digits(end + 1 + sign) {
                0 => return Err(digit("a number has no exponent behind its `e`", end + 1 + sign)),
                digits => end += 1 + sign + digits,
            }
        }
        self.at = end;
        Ok(self.text.get(start..end).unwrap_or_default())
    }

    /// How many digits there are from an offset on.
    fn digits(&self, from: usize) -> usize {
        self.bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether the next byte is this one, which is then passed.
    pub(super) fn next_is(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Passes white space.
    pub(super) fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The bytes of the word here, or of one character.
    fn word(&self) -> Range<usize> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if word == 0 { character_at(self.text, self.at) } else { self.at..self.at + word }
    }

    /// What to do about what stands here, where many write it and JSON has it not.
    fn hint(&self) -> Option<&'static str> {
        let rest = self.text.get(self.at..)?;
        let first = rest.chars().next()?;
        match first {
            '#' => Some(NO_COMMENTS),
            '/' if rest.starts_with("//") || rest.starts_with("/*") => Some(NO_COMMENTS),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' => {
                Some("put keys and texts in the straight quotes `\"`: these are of a text processor")
            }
            _ if !first.is_ascii() && first.is_whitespace() => {
                Some("this character looks like a space, and is none: write a space in its place")
            }
            _ => None,
        }
    }

    fn hinted(&self, wrong: Syntax) -> Syntax {
        match self.hint() {
            Some(hint) => wrong.help(hint),
            None => wrong,
        }
    }

    fn wrong<T, R: Receiver>(&self, wrong: Syntax, receiver: &mut R) -> Result<T, Stop> {
        receiver.fault(FaultKind::Syntax(self.hinted(wrong)), character_at(self.text, self.at));
        Err(Stop)
    }

    /// The text ended too early: shown behind its last character that is not blank.
    fn ended<T, R: Receiver>(&self, wrong: Syntax, receiver: &mut R) -> Result<T, Stop> {
        let end = self.text.trim_end().len();
        receiver.fault(FaultKind::Syntax(wrong), end..end);
        Err(Stop)
    }
}
