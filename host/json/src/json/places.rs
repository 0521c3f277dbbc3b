//! The places of keys and values in a JSON text that was rejected, in one pass over its tokens.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::FaultKind;
use jsonptr::{Pointer, PointerBuf};

use crate::finding::Finding;

/// What is looked for, and what was found.
pub(super) struct Places {
    wanted: HashMap<Way, Option<Range<usize>>>,
    missing: usize,
    /// The keys that appear more than once in their object, each with the place where it appeared first.
    pub(super) duplicates: Vec<Finding>,
}

/// A hash over the tokens of a pointer: it grows with each token, however long the pointer is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Way(u64);

impl Way {
    const ROOT: Self = Self(0);

    fn to(self, token: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (self.0, token).hash(&mut hasher);
        Self(hasher.finish())
    }

    fn of(pointer: &Pointer) -> Self {
        pointer.tokens().fold(Self::ROOT, |way, token| way.to(&token.decoded()))
    }
}

impl Places {
    /// Looks for the values of pointers.
    pub(super) fn new<'p>(wanted: impl Iterator<Item = &'p PointerBuf>) -> Self {
        let wanted: HashMap<_, _> = wanted.map(|pointer| (Way::of(pointer), None)).collect();
        Self { missing: wanted.len(), wanted, duplicates: Vec::new() }
    }

    /// Whether a value that is looked for was not found.
    pub(super) fn is_missing_some(&self) -> bool {
        self.missing > 0
    }

    /// The bytes with which a value that was looked for begins.
    pub(super) fn of(&self, pointer: &Pointer) -> Option<Range<usize>> {
        self.wanted.get(&Way::of(pointer)).cloned().flatten()
    }

    /// Looks through a text that is JSON as far as it goes, to its end or to the last of the values.
    pub(super) fn scan(&mut self, text: &str, extent: Extent) {
        let mut scan = Scan { places: self, open: Vec::new() };
        let mut at = 0;
        while let Some(span) = next_token(text, at) {
            at = span.end;
            scan.token(text, span);
            if extent == Extent::Values && !scan.places.is_missing_some() {
                break;
            }
        }
    }
}

/// How far to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// For values alone.
    Values,
    /// For all repeated keys too.
    Duplicates,
}

struct Scan<'s, 't> {
    places: &'s mut Places,
    open: Vec<Open<'t>>,
}

struct Open<'t> {
    way: Way,
    within: Within<'t>,
}

enum Within<'t> {
    Array { index: usize },
    Object { keys: HashMap<Cow<'t, str>, Range<usize>>, key: Cow<'t, str>, expects_key: bool },
}

impl<'t> Scan<'_, 't> {
    fn token(&mut self, text: &'t str, span: Range<usize>) {
        let token = text.get(span.clone()).unwrap_or_default();
        match token {
            "{" => {
                self.open(span, Within::Object { keys: HashMap::new(), key: Cow::Borrowed(""), expects_key: true });
            }
            "[" => self.open(span, Within::Array { index: 0 }),
            "}" | "]" => drop(self.open.pop()),
            "," => match self.open.last_mut() {
                Some(Open { within: Within::Array { index }, .. }) => *index += 1,
                Some(Open { within: Within::Object { expects_key, .. }, .. }) => *expects_key = true,
                None => {}
            },
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
        let way = self.way();
        self.open.push(Open { way, within });
    }

    /// The way to the value that comes next.
    fn way(&self) -> Way {
        match self.open.last() {
            None => Way::ROOT,
            Some(Open { way, within: Within::Array { index } }) => way.to(&index.to_string()),
            Some(Open { way, within: Within::Object { key, .. } }) => way.to(key),
        }
    }

    fn key(&mut self, token: &'t str, span: Range<usize>) {
        let Some(Open { within: Within::Object { keys, key, .. }, .. }) = self.open.last_mut() else { return };
        let quoted = token.strip_prefix('"').and_then(|token| token.strip_suffix('"'));
        *key = match quoted {
            Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
            _ => Cow::Owned(serde_json::from_str(token).unwrap_or_else(|_| token.to_owned())),
        };
        if let Some(first) = keys.get(key).cloned() {
            let kind = FaultKind::DuplicateKey(key.to_string()).into();
            let pointer = Some(self.pointer());
            self.places.duplicates.push(Finding { kind, pointer, span: Some(span), first: Some(first) });
        } else {
            keys.insert(key.clone(), span);
        }
    }

    fn pointer(&self) -> PointerBuf {
        let mut pointer = PointerBuf::root();
        for open in &self.open {
            match &open.within {
                Within::Array { index } => pointer.push_back(*index),
                Within::Object { key, .. } => pointer.push_back(key.as_ref()),
            }
        }
        pointer
    }

    fn value(&mut self, span: Range<usize>) {
        if !self.places.is_missing_some() {
            return;
        }
        if let Some(place @ None) = self.places.wanted.get_mut(&self.way()) {
            *place = Some(span);
            self.places.missing -= 1;
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
