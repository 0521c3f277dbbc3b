//! Where two values differ.

use std::cmp::Ordering;
use std::ops::Range;

use jsonptr::{PointerBuf, Token};
use serde_json::{Map, Number, Value, json};
use sortie_json::{ContentHash, canonical_size};

use super::op::JsonType;

/// The greatest number of differences that a diagnostic lists.
pub const MAX_DIFFERENCES: usize = 20;

/// The greatest canonical size in bytes of a value that a diagnostic shows whole.
pub const MAX_SHOWN_BYTES: usize = 4 << 10;

/// The greatest size in bytes of the paths that are listed together: a key can be as long as a value may be.
const MAX_PATH_BYTES: usize = 64 << 10;

/// Where two values differ: the first few places, and how many there are besides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Differences {
    /// The first places, at most [`MAX_DIFFERENCES`].
    pub listed: Vec<ValueDifference>,
    /// How many places are not listed.
    pub omitted: usize,
    path_bytes: usize,
}

impl Differences {
    /// Whether the values are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.omitted == 0
    }

    pub(super) fn add(&mut self, path: &PointerBuf, expected: Option<&Value>, actual: Option<&Value>) {
        let path_bytes = self.path_bytes.saturating_add(path.len());
        if self.omitted > 0
            || self.listed.len() == MAX_DIFFERENCES
            || (path_bytes > MAX_PATH_BYTES && !self.listed.is_empty())
        {
            self.omitted += 1;
            return;
        }
        self.path_bytes = path_bytes;
        let (expected, actual) = (expected.cloned(), actual.cloned());
        self.listed.push(ValueDifference { path: path.clone(), expected, actual });
    }
}

/// One place where two values differ. A side that has nothing there is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDifference {
    /// The JSON Pointer of the place, from the compared values.
    pub path: PointerBuf,
    /// What was expected there.
    pub expected: Option<Value>,
    /// What is there.
    pub actual: Option<Value>,
}

impl ValueDifference {
    /// As JSON: `{path, expected, actual}`, values [`bounded`], a side that has nothing left out.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::from_iter([("path".to_owned(), json!(self.path.as_str()))]);
        for (key, side) in [("expected", &self.expected), ("actual", &self.actual)] {
            if let Some(value) = side {
                members.insert(key.to_owned(), bounded(value));
            }
        }
        if let (Some(Value::String(expected)), Some(Value::String(actual))) = (&self.expected, &self.actual) {
            members.extend(text_facts(expected, actual));
        }
        Value::Object(members)
    }
}

/// How long a text is, in characters, of which the eye finds the difference by itself.
const AT_A_GLANCE: usize = 80;

/// How many characters are shown before and after the first one that differs.
const EXCERPT: (usize, usize) = (30, 50);

/// Of two texts that differ and are long: at which character they do first, as `differs_at`, counted from 0. Of those
/// that are too long to be shown, `expected_excerpt` and `actual_excerpt` show what is around it.
pub(super) fn text_facts(expected: &str, actual: &str) -> Vec<(String, Value)> {
    if [expected, actual].iter().all(|text| text.chars().nth(AT_A_GLANCE).is_none()) {
        return Vec::new();
    }
    let at = expected.chars().zip(actual.chars()).take_while(|(expected, actual)| expected == actual).count();
    let mut facts = vec![("differs_at".to_owned(), json!(at))];
    if expected.len().max(actual.len()) + 2 > MAX_SHOWN_BYTES {
        let (before, after) = EXCERPT;
        let from = at.saturating_sub(before);
        let excerpt = |text: &str| text.chars().skip(from).take(at - from + after).collect::<String>();
        facts.push(("expected_excerpt".to_owned(), json!(excerpt(expected))));
        facts.push(("actual_excerpt".to_owned(), json!(excerpt(actual))));
    }
    facts
}

/// The value; or, when its canonical form is larger than [`MAX_SHOWN_BYTES`], what identifies it:
/// `{"omitted": {"type", "bytes", "sha256"}}`.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::expectation::{MAX_SHOWN_BYTES, bounded};
///
/// assert_eq!(bounded(&json!([1, 2])), json!([1, 2]));
/// let long = json!("x".repeat(10 * MAX_SHOWN_BYTES));
/// assert!(bounded(&long).to_string().len() < long.to_string().len());
/// ```
#[must_use]
pub fn bounded(value: &Value) -> Value {
    let bytes = canonical_size(value);
    if bytes <= MAX_SHOWN_BYTES {
        return value.clone();
    }
    json!({"omitted": {"type": JsonType::of(value).name(), "bytes": bytes, "sha256": ContentHash::of(value).to_string()}})
}

/// The greatest number of pairs of elements of two arrays that are compared to find what was put in or taken out.
const MAX_PAIRS: usize = 250_000;

/// The differences: those of an object by key; those of an array by index, where an element that was put in or taken out
/// moves those after it. (Of arrays that differ over great lengths, by index alone.) Equal values have none.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::expectation::differences;
///
/// let found = differences(&json!({"a": 1, "b": [2]}), &json!({"a": 1, "b": [3]}));
/// let first = &found.listed[0];
/// assert_eq!(first.path.as_str(), "/b/0");
/// assert_eq!((&first.expected, &first.actual), (&Some(json!(2)), &Some(json!(3))));
/// ```
#[must_use]
pub fn differences(expected: &Value, actual: &Value) -> Differences {
    let mut found = Differences::default();
    collect(&mut PointerBuf::root(), Some(expected), Some(actual), &mut found);
    found
}

/// Does something with the path to what is below: it is lengthened and shortened, and copied for no place that is not
/// listed.
pub(super) fn below<'t, T>(
    path: &mut PointerBuf,
    token: impl Into<Token<'t>>,
    then: impl FnOnce(&mut PointerBuf) -> T,
) -> T {
    path.push_back(token);
    let done = then(path);
    path.pop_back();
    done
}

fn collect(path: &mut PointerBuf, expected: Option<&Value>, actual: Option<&Value>, found: &mut Differences) {
    match (expected, actual) {
        (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
            for (key, value) in expected {
                below(path, key.as_str(), |path| collect(path, Some(value), actual.get(key), found));
            }
            for (key, value) in actual.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                below(path, key.as_str(), |path| collect(path, None, Some(value), found));
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(actual))) => {
            for (left, right) in aligned(expected, actual) {
                // What was only expected has its index there; all else where it is.
                let index = if right.is_some() { right } else { left }.unwrap_or_default();
                let (left, right) = (left.and_then(|at| expected.get(at)), right.and_then(|at| actual.get(at)));
                below(path, index, |path| collect(path, left, right, found));
            }
        }
        (Some(expected), Some(actual)) if equal(expected, actual) => {}
        (None, None) => {}
        (expected, actual) => {
            found.add(path, expected, actual);
        }
    }
}

/// Which elements of two arrays belong together, by index: those of a longest common subsequence, and those between in
/// order. An element that belongs to none stands alone.
fn aligned(expected: &[Value], actual: &[Value]) -> Vec<(Option<usize>, Option<usize>)> {
    let start = expected.iter().zip(actual).take_while(|(left, right)| equal(left, right)).count();
    let rest = expected.len().min(actual.len()) - start;
    let ends = expected.iter().rev().zip(actual.iter().rev()).take(rest);
    let end = ends.take_while(|(left, right)| equal(left, right)).count();
    let (left, right) = (expected.len() - end, actual.len() - end);
    let mut pairs: Vec<(Option<usize>, Option<usize>)> = (0..start).map(|at| (Some(at), Some(at))).collect();
    let (mut from, mut to) = (start, start);
    let hashes = |values: &[Value]| values.iter().map(ContentHash::of).collect::<Vec<_>>();
    let common = if (left - start).saturating_mul(right - start) > MAX_PAIRS {
        Vec::new()
    } else {
        let middle = |values: &[Value], end: usize| hashes(values.get(start..end).unwrap_or_default());
        longest_common(&middle(expected, left), &middle(actual, right))
    };
    for (at, other) in common.into_iter().map(|(at, other)| (at + start, other + start)).chain([(left, right)]) {
        pairs.extend(between(from..at, to..other));
        if at < left {
            pairs.push((Some(at), Some(other)));
        }
        (from, to) = (at + 1, other + 1);
    }
    pairs.extend((0..end).map(|at| (Some(left + at), Some(right + at))));
    pairs
}

/// Elements that are not the same, in order: as long as both sides have some, two belong together.
fn between(left: Range<usize>, right: Range<usize>) -> impl Iterator<Item = (Option<usize>, Option<usize>)> {
    let longer = left.len().max(right.len());
    let nth = |range: &Range<usize>, index: usize| (index < range.len()).then_some(range.start + index);
    (0..longer).map(move |index| (nth(&left, index), nth(&right, index)))
}

/// A longest common subsequence, as the indices of its elements on both sides.
fn longest_common(left: &[ContentHash], right: &[ContentHash]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    // How long the subsequence of what is left on both sides is, from the end.
    let mut lengths = vec![0u32; (left.len() + 1) * width];
    let length =
        |lengths: &[u32], at: usize, other: usize| lengths.get(at * width + other).copied().unwrap_or_default();
    for (at, one) in left.iter().enumerate().rev() {
        for (other, another) in right.iter().enumerate().rev() {
            let longest = if one == another {
                length(&lengths, at + 1, other + 1) + 1
            } else {
                length(&lengths, at + 1, other).max(length(&lengths, at, other + 1))
            };
            if let Some(place) = lengths.get_mut(at * width + other) {
                *place = longest;
            }
        }
    }
    let (mut at, mut other, mut common) = (0, 0, Vec::new());
    while let (Some(one), Some(another)) = (left.get(at), right.get(other)) {
        if one == another {
            common.push((at, other));
            (at, other) = (at + 1, other + 1);
        } else if length(&lengths, at + 1, other) >= length(&lengths, at, other + 1) {
            at += 1;
        } else {
            other += 1;
        }
    }
    common
}

/// Equality of values, numbers by what they are worth.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        (left, right) => left == right,
    }
}

/// The order of numbers: exact between integers, as doubles otherwise.
pub(super) fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (left.as_u64(), right.as_u64()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}
