//! Paths into a value: dotted, or JSON Pointers.

use std::fmt;

use jsonptr::{PointerBuf, Token};
use serde_json::Value;

use super::diff::below;

/// A path, as it was written and as a JSON Pointer (RFC 6901).
///
/// Text that begins with `/` is a JSON Pointer. Other text is dotted: `final_state.tasks.0.id`; a key that has a dot
/// in it needs a pointer. Of an array, `tasks[0]` is the element at an index, `tasks[id=7]` the first that has this
/// member (`tasks[id="7"]`: as a string), and `tasks[*]` each. Empty text is the whole value.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::expectation::{PathTarget, ValuePath};
///
/// let state = json!({"tasks": [{"id": 3, "urgency": 1}, {"id": 7, "urgency": 9}]});
/// let path = ValuePath::parse("tasks[id=7].urgency").unwrap();
/// assert!(matches!(path.resolve(&state)[..], [PathTarget::Found(urgency)] if urgency == &json!(9)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePath {
    text: String,
    segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// A member, or an element by its index.
    Key(String),
    /// The first element with this member: its name, and its value as text.
    With(String, String),
    /// Each element.
    Each,
}

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPath {
    /// A JSON Pointer with a `~` that is followed by neither `0` nor `1`.
    #[error("`{0}` is not a JSON Pointer: `~` is written `~0`, and `/` in a key `~1`")]
    Pointer(String),
    /// A dotted path with a bracket that is no index, `*` or `key=value`.
    #[error("`{path}` has a bracket that is neither an index, `*` nor `key=value`: {}", remedy(.bracket))]
    Bracket {
        /// The path.
        path: String,
        /// What stands in the bracket.
        bracket: String,
    },
    /// A path as `JSONPath` writes it.
    #[error("`{0}` begins with `$`: leave out `$.`, a path begins in the result")]
    Dollar(String),
    /// A dotted path with nothing before, between or after its dots.
    #[error("`{0}` has an empty segment: dots stand between keys")]
    EmptySegment(String),
}

/// What a path leads to. Closed: a value, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum PathTarget<'v> {
    /// A value.
    Found(&'v Value),
    /// Nothing: where the path stops, and what is there.
    Missing {
        /// The longest part of the path that leads to a value.
        prefix: PointerBuf,
        /// The value there.
        at: &'v Value,
        /// The token that it does not have.
        token: String,
    },
}

impl ValuePath {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// It is an error if it is neither dotted nor a JSON Pointer.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let segments = if text.is_empty() {
            Vec::new()
        } else if text.starts_with('/') {
            let pointer = PointerBuf::parse(text).map_err(|_| InvalidPath::Pointer(text.to_owned()))?;
            pointer.tokens().map(|token| Segment::Key(token.decoded().into_owned())).collect()
        } else if text == "$" || text.starts_with("$.") || text.starts_with("$[") {
            return Err(InvalidPath::Dollar(text.to_owned()));
        } else {
            dotted(text)?
        };
        Ok(Self { text: text.to_owned(), segments })
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The member of the whole value that the path leads into.
    #[must_use]
    pub fn first_key(&self) -> Option<&str> {
        match self.segments.first()? {
            Segment::Key(key) => Some(key),
            Segment::With(..) | Segment::Each => None,
        }
    }

    /// The path to the same place, where the value under the path's first key was `before` and is `after`: without some
    /// elements of arrays that stood beside it. Where that cannot be told, the path as it is.
    #[must_use]
    pub fn moved(&self, before: &Value, after: &Value) -> Self {
        let mut segments = self.segments.clone();
        let (mut before, mut after) = (before, after);
        for segment in segments.iter_mut().skip(1) {
            let below = match (&mut *segment, before, after) {
                (Segment::Key(key), Value::Array(old), Value::Array(new)) => array_index(key)
                    .and_then(|index| Some((index, aligned(old, new, index)?)))
                    .and_then(|(index, at)| {
                        *key = at.to_string();
                        old.get(index).zip(new.get(at))
                    }),
                (Segment::Key(key), old, new) => child(old, key).zip(child(new, key)),
                (Segment::With(key, wanted), Value::Array(old), Value::Array(new)) => {
                    with(old, key, wanted).zip(with(new, key, wanted)).map(|((_, old), (_, new))| (old, new))
                }
                (Segment::With(..) | Segment::Each, _, _) => None,
            };
            match below {
                Some(below) => (before, after) = below,
                None => break,
            }
        }
        if segments == self.segments { self.clone() } else { self.of_segments(segments) }
    }

    /// A path of these segments, in the form of this one.
    fn of_segments(&self, segments: Vec<Segment>) -> Self {
        let mut text = String::new();
        for segment in &segments {
            match segment {
                Segment::Key(key) if self.text.starts_with('/') => {
                    text.push('/');
                    text.push_str(Token::new(key).encoded());
                }
                Segment::Key(key) if text.is_empty() => text.push_str(key),
                Segment::Key(key) => text.extend([".", key]),
                Segment::With(key, wanted) => text.extend(["[", key, "=", wanted, "]"]),
                Segment::Each => text.push_str("[*]"),
            }
        }
        Self { text, segments }
    }

    /// Follows the path: to one place, or, where it says `[*]`, to one for each element. An array without elements has
    /// none, which is one place that is missing. Of several that are missing, the first is told. A token leads into an array when it is a decimal index without leading
    /// zeros.
    #[must_use]
    pub fn resolve<'v>(&self, root: &'v Value) -> Vec<PathTarget<'v>> {
        let mut found = Places { all: Vec::new(), is_missing: false };
        follow(root, &mut PointerBuf::root(), &self.segments, &mut found);
        found.all
    }

    /// Where a value stands that the path, which says `[*]`, leads to.
    pub(super) fn element(&self, root: &Value, value: &Value) -> Option<PointerBuf> {
        if !self.segments.contains(&Segment::Each) {
            return None;
        }
        let mut prefix = PointerBuf::root();
        leads_to(root, &mut prefix, &self.segments, value).then_some(prefix)
    }
}

/// Whether segments lead to this very value; the prefix is then its place.
fn leads_to(at: &Value, prefix: &mut PointerBuf, segments: &[Segment], value: &Value) -> bool {
    let Some((segment, rest)) = segments.split_first() else { return std::ptr::eq(at, value) };
    let mut through = |token: Token<'_>, at: &Value| {
        prefix.push_back(token);
        let leads = leads_to(at, prefix, rest, value);
        if !leads {
            prefix.pop_back();
        }
        leads
    };
    match (segment, at) {
        (Segment::Key(key), at) => child(at, key).is_some_and(|below| through(Token::new(key), below)),
        (Segment::With(key, wanted), Value::Array(elements)) => {
            with(elements, key, wanted).is_some_and(|(index, below)| through(Token::from(index), below))
        }
        (Segment::Each, Value::Array(elements)) => {
            elements.iter().enumerate().any(|(index, below)| through(Token::from(index), below))
        }
        (Segment::With(..) | Segment::Each, _) => false,
    }
}

/// The places that were found, and whether one of them is missing.
struct Places<'v> {
    all: Vec<PathTarget<'v>>,
    is_missing: bool,
}

fn follow<'v>(at: &'v Value, prefix: &mut PointerBuf, segments: &[Segment], found: &mut Places<'v>) {
    let Some((segment, rest)) = segments.split_first() else {
        found.all.push(PathTarget::Found(at));
        return;
    };
    let mut missing = |prefix: &PointerBuf, token: String| {
        if !found.is_missing {
            found.is_missing = true;
            found.all.push(PathTarget::Missing { prefix: prefix.clone(), at, token });
        }
    };
    match (segment, at) {
        (Segment::Key(key), at) => match child(at, key) {
            Some(value) => below(prefix, key.as_str(), |prefix| follow(value, prefix, rest, found)),
            None => missing(prefix, key.clone()),
        },
        (Segment::With(key, wanted), Value::Array(elements)) => match with(elements, key, wanted) {
            Some((index, element)) => below(prefix, index, |prefix| follow(element, prefix, rest, found)),
            None => missing(prefix, format!("[{key}={wanted}]")),
        },
        (Segment::Each, Value::Array(elements)) if !elements.is_empty() => {
            for (index, element) in elements.iter().enumerate() {
                below(prefix, index, |prefix| follow(element, prefix, rest, found));
            }
        }
        (Segment::With(key, wanted), _) => missing(prefix, format!("[{key}={wanted}]")),
        (Segment::Each, _) => missing(prefix, "[*]".to_owned()),
    }
}

/// The first element with this member, and its index.
fn with<'v>(elements: &'v [Value], key: &str, wanted: &str) -> Option<(usize, &'v Value)> {
    let has = |element: &Value| element.get(key).is_some_and(|member| is_written(member, wanted));
    elements.iter().enumerate().find(|(_, element)| has(element))
}

/// Where the element at an index is, once some that stand together were left out before or behind it.
fn aligned(old: &[Value], new: &[Value], index: usize) -> Option<usize> {
    let fewer = old.len().checked_sub(new.len())?;
    if fewer == 0 || old.get(..=index) == new.get(..=index) {
        return Some(index);
    }
    let at = index.checked_sub(fewer)?;
    (old.get(index..) == new.get(at..)).then_some(at)
}

/// Whether a member is what a path says: a string as it is or in quotes, anything else as JSON.
fn is_written(member: &Value, wanted: &str) -> bool {
    match member {
        Value::String(text) if wanted.starts_with('"') => {
            serde_json::from_str::<String>(wanted).is_ok_and(|quoted| quoted == *text)
        }
        Value::String(text) => text == wanted,
        other => serde_json::to_string(other).is_ok_and(|text| text == wanted),
    }
}

/// The segments between dots, and in brackets.
fn dotted(text: &str) -> Result<Vec<Segment>, InvalidPath> {
    let wrong = |inner: &str| InvalidPath::Bracket { path: text.to_owned(), bracket: inner.to_owned() };
    let mut segments = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() && !(segments.is_empty() && after.starts_with('[')) {
            return Err(InvalidPath::EmptySegment(text.to_owned()));
        }
        if !key.is_empty() {
            segments.push(Segment::Key(key.to_owned()));
        }
        rest = after;
        while let Some(bracket) = rest.strip_prefix('[') {
            let (inner, after) = closed(bracket).ok_or_else(|| wrong(bracket))?;
            segments.push(match inner.split_once('=') {
                Some((key, value)) if !key.is_empty() => Segment::With(key.to_owned(), value.to_owned()),
                None if inner == "*" => Segment::Each,
                None if array_index(inner).is_some() => Segment::Key(inner.to_owned()),
                _ => return Err(wrong(inner)),
            });
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(segments),
            None => return Err(wrong(rest)),
        }
    }
}

/// What stands before the bracket's end, and behind it. Within quotes a bracket ends nothing.
fn closed(bracket: &str) -> Option<(&str, &str)> {
    let quoted = bracket.split_once('=').filter(|(key, value)| !key.contains(']') && value.starts_with('"'));
    let Some((key, value)) = quoted else { return bracket.split_once(']') };
    let end = value.find("\"]")?;
    let inner = bracket.get(..=key.len() + 1 + end)?;
    Some((inner, bracket.get(inner.len() + 1..)?))
}

/// How what was meant by a bracket is written.
fn remedy(bracket: &str) -> String {
    let key = bracket.trim_matches(['\'', '"']);
    if bracket.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    {
        "indices count from the beginning, from 0".to_owned()
    } else if key.len() + 2 == bracket.len() {
        format!("in a JSON Pointer the key is written `/{}`", Token::new(key).encoded())
    } else {
        "a key with brackets needs a JSON Pointer".to_owned()
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn child<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(key),
        Value::Array(elements) => elements.get(array_index(key)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn array_index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with(['0', '+']);
    canonical.then(|| token.parse().ok()).flatten()
}
