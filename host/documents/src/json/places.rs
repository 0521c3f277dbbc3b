//! The places of keys and values in a JSON text that was rejected, in one pass over its tokens.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use jsonptr::{PointerBuf, Token};
use sortie_engine::json::FaultKind;

use crate::finding::Finding;

/// What is looked for, and what was found.
pub(super) struct Places {
    /// Pointers, and the bytes with which the value of each begins.
    pub(super) wanted: HashMap<String, Option<Range<usize>>>,
    /// The keys that appear more than once in their object, each with the place where it appeared first.
    pub(super) duplicates: Vec<Finding>,
}

impl Places {
    pub(super) fn new<'p>(wanted: impl Iterator<Item = &'p str>) -> Self {
        Self { wanted: wanted.map(|pointer| (pointer.to_owned(), None)).collect(), duplicates: Vec::new() }
    }

    /// Looks through a text that is JSON as far as it goes.
    pub(super) fn scan(&mut self, text: &str) {
        let mut scan = Scan { places: self, pointer: String::new(), open: Vec::new() };
        let mut at = 0;
        while let Some(span) = next_token(text, at) {
            at = span.end;
            scan.token(text, span);
        }
    }
}

struct Scan<'s, 't> {
    places: &'s mut Places,
    /// The pointer of the value that comes next.
    pointer: String,
    open: Vec<Open<'t>>,
}

struct Open<'t> {
    /// The length of the pointer of the array or object itself.
    pointer: usize,
    within: Within<'t>,
}

enum Within<'t> {
    Array { index: usize },
    Object { keys: HashMap<Cow<'t, str>, Range<usize>>, expects_key: bool },
}

impl<'t> Scan<'_, 't> {
    fn token(&mut self, text: &'t str, span: Range<usize>) {
        let token = text.get(span.clone()).unwrap_or_default();
        match token {
            "{" => self.open(span, Within::Object { keys: HashMap::new(), expects_key: true }),
            "[" => self.open(span, Within::Array { index: 0 }),
            "}" | "]" => {
                if let Some(open) = self.open.pop() {
                    self.pointer.truncate(open.pointer);
                }
            }
            "," => self.next_member(),
            ":" => {
                if let Some(Open { within: Within::Object { expects_key, .. }, .. }) = self.open.last_mut() {
                    *expects_key = false;
                }
            }
            _ => match self.open.last() {
                Some(Open { within: Within::Object { expects_key: true, .. }, .. }) => self.key(token, span),
                _ => self.value(span),
            },
        }
    }

    fn open(&mut self, span: Range<usize>, within: Within<'t>) {
        self.value(span);
        self.open.push(Open { pointer: self.pointer.len(), within });
        if let Some(Open { within: Within::Array { .. }, .. }) = self.open.last() {
            self.pointer.push_str("/0");
        }
    }

    fn next_member(&mut self) {
        let Some(open) = self.open.last_mut() else { return };
        self.pointer.truncate(open.pointer);
        match &mut open.within {
            Within::Array { index } => {
                *index += 1;
                self.pointer.push('/');
                self.pointer.push_str(&index.to_string());
            }
            Within::Object { expects_key, .. } => *expects_key = true,
        }
    }

    fn key(&mut self, token: &'t str, span: Range<usize>) {
        let Some(Open { within: Within::Object { keys, .. }, pointer }) = self.open.last_mut() else { return };
        let quoted = token.strip_prefix('"').and_then(|token| token.strip_suffix('"'));
        let key = match quoted {
            Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
            _ => Cow::Owned(serde_json::from_str(token).unwrap_or_else(|_| token.to_owned())),
        };
        self.pointer.truncate(*pointer);
        self.pointer.push('/');
        self.pointer.push_str(Token::new(key.as_ref()).encoded());
        if let Some(first) = keys.get(&key) {
            let kind = FaultKind::DuplicateKey(key.into_owned()).into();
            let pointer = PointerBuf::parse(self.pointer.as_str()).ok();
            self.places.duplicates.push(Finding { kind, pointer, span: Some(span), first: Some(first.clone()) });
        } else {
            keys.insert(key, span);
        }
    }

    fn value(&mut self, span: Range<usize>) {
        if self.places.wanted.is_empty() {
            return;
        }
        if let Some(place @ None) = self.places.wanted.get_mut(&self.pointer) {
            *place = Some(span);
        }
    }
}

/// The bytes of the token at or behind an offset: a string, a sign of punctuation, or a run of anything else.
fn next_token(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + (rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len());
    let rest = text.get(start..)?;
    let length = match rest.chars().next()? {
        '{' | '}' | '[' | ']' | ',' | ':' => 1,
        '"' => string_length(rest.as_bytes()),
        _ => rest.find([' ', '\t', '\n', '\r', '{', '}', '[', ']', ',', ':', '"']).unwrap_or(rest.len()),
    };
    Some(start..start + length)
}

/// The length of a text up to the quote that closes the one with which it begins.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let closing = text.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    closing.map_or(text.len(), |inner| inner + 2)
}
