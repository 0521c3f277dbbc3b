//! Least privilege: which parts of the state an operation sees, and which it may change.

use std::cmp::Ordering;

use jsonptr::{Pointer, PointerBuf};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_interface::Region;
use sortie_json::{Canonical, canonical_size, canonical_text_size};

/// How many values of a payload may be looked at for what one operation reads, or writes.
pub const MAX_CARRIED: usize = 1_000_000;

/// Why it cannot be told from a payload what an operation may read and write. A closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// The payload carries no JSON Pointer where the operation expects one.
    #[error("the payload's `{at}` is not a JSON Pointer into the state: {found}")]
    NotAPointer {
        /// Where in the payload.
        at: PointerBuf,
        /// What stands there, as JSON.
        found: Value,
    },
    /// The payload has more at the places that the operation names than may be looked at.
    #[error("the payload has more than {MAX_CARRIED} values where the operation looks for pointers")]
    TooMany,
}

/// What one step's operation may read and write, with all pointers known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    reads: Vec<PointerBuf>,
    writes: Vec<PointerBuf>,
    /// What was declared and the host withholds a part of: only to tell that from what was not declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withheld_reads: Vec<PointerBuf>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withheld_writes: Vec<PointerBuf>,
    /// What the host lets be seen at all, if it decided that: by a patch, too, and whoever may write there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowed_reads: Option<Vec<PointerBuf>>,
    /// What the host lets be written at all, if it decided that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowed_writes: Option<Vec<PointerBuf>>,
}

impl Access {
    /// Resolves an operation's regions with a step's payload.
    ///
    /// # Errors
    ///
    /// It is an error if a member of the payload that a region names is not a JSON Pointer, or if there are more of them
    /// than [`MAX_CARRIED`].
    pub fn resolve(reads: &[Region], writes: &[Region], payload: &Value) -> Result<Self, RegionError> {
        Ok(Self { reads: resolve(reads, payload)?, writes: resolve(writes, payload)?, ..Self::default() })
    }

    /// The same access within what a host allows besides; `None` allows all.
    #[must_use]
    pub fn narrowed(mut self, reads: Option<&[PointerBuf]>, writes: Option<&[PointerBuf]>) -> Self {
        let narrow = |pointers: &mut Vec<PointerBuf>,
                      withheld: &mut Vec<PointerBuf>,
                      earlier: &mut Option<Vec<PointerBuf>>,
                      allowed: Option<&[PointerBuf]>| {
            let Some(allowed) = allowed else { return };
            let left = intersection(pointers, allowed);
            // Both are sorted.
            let is_left =
                |pointer: &PointerBuf| left.binary_search_by(|kept| kept.as_str().cmp(pointer.as_str())).is_ok();
            withheld.extend(pointers.iter().filter(|pointer| !is_left(pointer)).cloned());
            *pointers = left;
            *earlier = Some(match earlier {
                Some(earlier) => intersection(earlier, allowed),
                None => sorted(allowed.to_vec()),
            });
        };
        narrow(&mut self.reads, &mut self.withheld_reads, &mut self.allowed_reads, reads);
        narrow(&mut self.writes, &mut self.withheld_writes, &mut self.allowed_writes, writes);
        self
    }

    /// The declared pointers that the host withholds, or withholds a part of: of reads, then of writes.
    #[must_use]
    pub fn withheld(&self) -> (&[PointerBuf], &[PointerBuf]) {
        (&self.withheld_reads, &self.withheld_writes)
    }

    /// The pointers that may be read, sorted.
    #[must_use]
    pub fn reads(&self) -> &[PointerBuf] {
        &self.reads
    }

    /// The pointers that may be written, sorted.
    #[must_use]
    pub fn writes(&self) -> &[PointerBuf] {
        &self.writes
    }

    /// The same access, prepared for many questions: each takes about as long however many pointers there are.
    #[must_use]
    pub fn prepared(&self) -> PreparedAccess<'_> {
        PreparedAccess {
            reads: Parts::of(&self.reads),
            writes: Parts::of(&self.writes),
            withheld_reads: Parts::of(&self.withheld_reads),
            withheld_writes: Parts::of(&self.withheld_writes),
            allowed_reads: self.allowed_reads.as_deref().map(Parts::of),
            allowed_writes: self.allowed_writes.as_deref().map(Parts::of),
        }
    }

    /// Whether what is read of this state takes no more bytes than a limit, in canonical form and overlapping parts
    /// counted each time. Takes about as long as the limit is large, and no memory.
    #[must_use]
    pub fn reads_at_most(&self, state: &Value, limit: u64) -> bool {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let parts = || self.reads.iter().filter_map(|pointer| pointer.resolve(state).ok());
        let fits = |measure| parts().try_fold(limit, |left, part| size_within(part, left, measure)).is_some();
        // Mostly there is room for much more than what is read.
        fits(Measure::AtMost) || fits(Measure::Exact)
    }

    /// The part of the state that the operation is given: an object from each pointer to the value there. The cost is
    /// that of the parts, whatever the size of the rest.
    #[must_use]
    pub fn project(&self, state: &Value) -> Canonical {
        Canonical::object(
            self.reads.iter().filter_map(|pointer| Some((pointer.as_str(), pointer.resolve(state).ok()?))),
        )
    }
}

/// An [`Access`] prepared for many questions.
#[derive(Debug)]
pub struct PreparedAccess<'a> {
    reads: Parts<'a>,
    writes: Parts<'a>,
    withheld_reads: Parts<'a>,
    withheld_writes: Parts<'a>,
    allowed_reads: Option<Parts<'a>>,
    allowed_writes: Option<Parts<'a>>,
}

impl PreparedAccess<'_> {
    /// Whether a change at this pointer is allowed.
    #[must_use]
    pub fn may_write(&self, pointer: &Pointer) -> bool {
        self.writes.cover(pointer)
    }

    /// Whether the value at this pointer may be seen: to write a part is to know it, unless the host says what may be seen.
    #[must_use]
    pub fn may_read(&self, pointer: &Pointer) -> bool {
        !self.is_hidden(pointer) && (self.writes.cover(pointer) || self.reads.cover(pointer))
    }

    /// Whether the host says what may be seen, and not this.
    pub(crate) fn is_hidden(&self, pointer: &Pointer) -> bool {
        self.allowed_reads.as_ref().is_some_and(|allowed| !allowed.cover(pointer))
    }

    /// Whether the host allows some elements of an array, or parts of them, and not the whole of it: if these elements moved,
    /// what was allowed for one would be allowed for another.
    pub(crate) fn is_in_place(&self, array: &Pointer) -> bool {
        [&self.allowed_reads, &self.allowed_writes].into_iter().flatten().any(|allowed| allowed.divide(array))
    }

    /// Whether a change at this pointer is declared, and the host withholds it.
    pub(crate) fn is_write_withheld(&self, pointer: &Pointer) -> bool {
        self.withheld_writes.cover(pointer)
    }

    /// Whether seeing the value at this pointer is declared, and the host withholds it.
    pub(crate) fn is_read_withheld(&self, pointer: &Pointer) -> bool {
        let is_declared = self.writes.cover(pointer) || self.reads.cover(pointer);
        is_declared || self.withheld_writes.cover(pointer) || self.withheld_reads.cover(pointer)
    }
}

/// Pointers of which none lies below another, in the order of their tokens: what covers a pointer, if anything does,
/// comes last of those that come before it.
#[derive(Debug)]
struct Parts<'a>(Vec<&'a str>);

impl<'a> Parts<'a> {
    fn of(pointers: &'a [PointerBuf]) -> Self {
        let mut sorted: Vec<&str> = pointers.iter().map(|pointer| pointer.as_str()).collect();
        sorted.sort_by(|a, b| by_tokens(a, b));
        let mut kept: Vec<&str> = Vec::new();
        for pointer in sorted {
            if !kept.last().is_some_and(|last| covers(last, pointer)) {
                kept.push(pointer);
            }
        }
        Self(kept)
    }

    fn cover(&self, pointer: &Pointer) -> bool {
        let pointer = pointer.as_str();
        let before = self.0.partition_point(|part| by_tokens(part, pointer).is_le());
        before.checked_sub(1).and_then(|last| self.0.get(last)).is_some_and(|part| covers(part, pointer))
    }

    /// Whether one lies below this pointer, and none covers it.
    fn divide(&self, pointer: &Pointer) -> bool {
        let below = self.0.partition_point(|part| by_tokens(part, pointer.as_str()).is_le());
        !self.cover(pointer) && self.0.get(below).is_some_and(|part| covers(pointer.as_str(), part))
    }
}

/// The order of pointers by their tokens: a slash comes before every other byte, so that what lies below a pointer
/// follows it at once.
fn by_tokens(a: &str, b: &str) -> Ordering {
    #[cfg(test)]
    tests::COMPARISONS.set(tests::COMPARISONS.get() + 1);
    let rank = |byte: u8| if byte == b'/' { 0 } else { u16::from(byte) + 1 };
    a.bytes().map(rank).cmp(b.bytes().map(rank))
}

/// Whether a pointer is this one or lies below it.
fn covers(part: &str, pointer: &str) -> bool {
    pointer.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The most bytes that a number has in canonical form: `-2.2250738585072014e-308`.
const LONGEST_NUMBER: usize = 24;
/// The most bytes that a byte of a text takes in canonical form: `\u0001`.
const LONGEST_ESCAPE: usize = 6;

/// How the size of numbers and texts is counted. A closed set.
#[derive(Clone, Copy)]
enum Measure {
    /// As long as they can be, which is seen at once.
    AtMost,
    /// As they are written.
    Exact,
}

/// What is left of a limit after the canonical form of a value; nothing, if that is larger. What is beyond the limit is
/// not looked at.
fn size_within(value: &Value, limit: usize, measure: Measure) -> Option<usize> {
    // Commas stand between, and not behind the last.
    let between = |count: usize| count.saturating_sub(1);
    match (value, measure) {
        (Value::Number(_), Measure::AtMost) => limit.checked_sub(LONGEST_NUMBER),
        (Value::String(text), Measure::AtMost) => {
            limit.checked_sub(text.len().saturating_mul(LONGEST_ESCAPE).saturating_add(2))
        }
        // A text is not looked at that is longer than the limit without its escapes.
        (Value::String(text), Measure::Exact) if text.len() > limit => None,
        (Value::Null | Value::Bool(_), _) | (Value::Number(_) | Value::String(_), Measure::Exact) => {
            limit.checked_sub(canonical_size(value))
        }
        (Value::Array(elements), _) => {
            let left = limit.checked_sub(2 + between(elements.len()));
            elements.iter().try_fold(left?, |left, element| size_within(element, left, measure))
        }
        (Value::Object(members), _) => {
            let left = limit.checked_sub(2 + between(members.len()));
            members.iter().try_fold(left?, |left, (key, member)| {
                let left = size_within(member, left, measure)?;
                let key = match measure {
                    Measure::AtMost => key.len().saturating_mul(LONGEST_ESCAPE).saturating_add(2),
                    Measure::Exact if key.len() > left => return None,
                    Measure::Exact => canonical_text_size(key),
                };
                left.checked_sub(key)?.checked_sub(1)
            })
        }
    }
}

/// What lies in one of each: the longer of any two pointers of which one begins with the other. For each pointer that takes the
/// logarithm of the number of those that are allowed, for each of its tokens: both can come from a file, of which each has many.
fn intersection(pointers: &[PointerBuf], allowed: &[PointerBuf]) -> Vec<PointerBuf> {
    let mut limits: Vec<&PointerBuf> = allowed.iter().collect();
    limits.sort_by(|a, b| by_tokens(a.as_str(), b.as_str()));
    let is_limit = |pointer: &str| limits.binary_search_by(|limit| by_tokens(limit.as_str(), pointer)).is_ok();
    let mut both = Vec::new();
    for pointer in pointers {
        let text = pointer.as_str();
        let mut ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
        if ends.any(|end| text.get(..end).is_some_and(is_limit)) {
            both.push(pointer.clone());
        }
        let first = limits.partition_point(|limit| by_tokens(limit.as_str(), text).is_le());
        let below = limits.iter().skip(first).take_while(|limit| covers(text, limit.as_str()));
        both.extend(below.map(|limit| PointerBuf::clone(limit)));
    }
    sorted(both)
}

fn resolve(regions: &[Region], payload: &Value) -> Result<Vec<PointerBuf>, RegionError> {
    let mut pointers = Vec::new();
    let mut search = Search { at: PointerBuf::root(), left: MAX_CARRIED, found: Vec::new() };
    for region in regions {
        match region {
            Region::State(pointer) => pointers.push(pointer.clone()),
            Region::Payload(pattern) => {
                let names: Vec<String> = pattern.tokens().map(|token| token.decoded().into_owned()).collect();
                search.carried(&names, payload)?;
            }
        }
    }
    pointers.append(&mut search.found);
    Ok(sorted(pointers))
}

fn sorted(mut pointers: Vec<PointerBuf>) -> Vec<PointerBuf> {
    pointers.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    pointers.dedup();
    pointers
}

/// A search for the pointers that a payload carries, of all patterns together.
struct Search {
    /// Where the search is: the path is lengthened and shortened, and copied for an error alone.
    at: PointerBuf,
    /// How many values may still be looked at.
    left: usize,
    found: Vec<PointerBuf>,
}

impl Search {
    /// Collects the pointers at a pattern.
    fn carried(&mut self, pattern: &[String], value: &Value) -> Result<(), RegionError> {
        self.left = self.left.checked_sub(1).ok_or(RegionError::TooMany)?;
        let Some((name, pattern)) = pattern.split_first() else {
            let pointer = value.as_str().and_then(|text| PointerBuf::parse(text).ok());
            let error = || RegionError::NotAPointer { at: self.at.clone(), found: value.clone() };
            self.found.push(pointer.ok_or_else(error)?);
            return Ok(());
        };
        match value {
            Value::Object(members) if name == "*" => {
                members.iter().try_for_each(|(key, child)| self.below(key, pattern, child))
            }
            Value::Array(elements) if name == "*" => elements
                .iter()
                .enumerate()
                .try_for_each(|(index, child)| self.below(&index.to_string(), pattern, child)),
            Value::Object(members) => members.get(name).map_or(Ok(()), |child| self.below(name, pattern, child)),
            Value::Array(elements) => {
                let element = name.parse::<usize>().ok().and_then(|index| elements.get(index));
                element.map_or(Ok(()), |child| self.below(name, pattern, child))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    fn below(&mut self, token: &str, pattern: &[String], value: &Value) -> Result<(), RegionError> {
        self.at.push_back(token);
        self.carried(pattern, value)?;
        self.at.pop_back();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn regions(value: Value) -> Vec<Region> {
        serde_json::from_value(value).unwrap()
    }

    fn texts(pointers: &[PointerBuf]) -> Vec<&str> {
        pointers.iter().map(|pointer| pointer.as_str()).collect()
    }

    #[test]
    fn regions_come_from_the_manifest_and_from_the_payload() {
        let reads = regions(json!([{"state": "/b"}, {"payload": "/with/*"}, {"payload": "/absent"}]));
        let access = Access::resolve(&reads, &[], &json!({"with": {"x": "/a", "y": "/b"}})).unwrap();
        assert_eq!(texts(access.reads()), ["/a", "/b"]);
        assert_eq!(access.project(&json!({"a": 1, "c": 2})).as_str(), r#"{"/a":1}"#);
    }

    #[test]
    fn a_payload_without_a_pointer_where_one_is_due_is_an_error_that_says_where() {
        let reads = regions(json!([{"payload": "/changes/*/path"}]));
        let error = Access::resolve(&reads, &[], &json!({"changes": [{"path": "/a"}, {"path": 7}]})).unwrap_err();
        let at = PointerBuf::parse("/changes/1/path").unwrap();
        assert_eq!(error, RegionError::NotAPointer { at, found: json!(7) });
    }

    #[test]
    fn a_pointer_covers_what_is_below_it_and_not_what_only_begins_alike() {
        let access = Access::resolve(&[], &regions(json!([{"state": "/tasks"}])), &json!({})).unwrap();
        let access = access.prepared();
        let may = |text: &'static str| access.may_write(Pointer::from_static(text));
        assert!(may("/tasks") && may("/tasks/0/id"));
        assert!(!may("/tasks2") && !may("") && !may("/other"));
    }

    #[test]
    fn prepared_access_answers_as_looking_at_every_pointer_does() {
        let texts =
            ["", "/a", "/a-b", "/a/b", "/a/b/c", "/a0", "/b~1c", "/b~1c/d", "/b", "/a/", "/a//b", "/é", "/z/y/x"];
        let all: Vec<PointerBuf> = texts.iter().map(|text| PointerBuf::parse(*text).unwrap()).collect();
        // Every set of up to three pointers, asked for every pointer.
        for (a, b, c) in (0..all.len()).flat_map(|a| (0..all.len()).flat_map(move |b| (0..13).map(move |c| (a, b, c))))
        {
            let set = [all[a].clone(), all[b].clone(), all[c].clone()];
            let parts = Parts::of(&set);
            for pointer in &all {
                let expected = set.iter().any(|part| pointer.starts_with(part));
                assert_eq!(parts.cover(pointer), expected, "{set:?} {pointer}");
            }
        }
    }

    #[test]
    fn what_is_read_is_measured_with_its_overlaps_and_no_further_than_the_limit() {
        let state = json!({"a": {"b": "0123456789"}, "c": 1});
        let access = |reads: Value| Access::resolve(&regions(reads), &[], &json!({})).unwrap();
        let once = access(json!([{"state": "/a"}]));
        assert!(once.reads_at_most(&state, 18) && !once.reads_at_most(&state, 17));
        let twice = access(json!([{"state": "/a"}, {"state": "/a/b"}, {"state": "/absent"}]));
        assert!(twice.reads_at_most(&state, 30) && !twice.reads_at_most(&state, 29));
    }

    #[test]
    fn what_is_read_is_counted_as_it_is_written() {
        let values = [
            json!({"a": [1, -0.1, 1e30, 123_456_789.25, 1e-300, true, false, null], "b\n": {}}),
            json!({"\u{1}": "quoted \" and \\ and \u{7} and é", "c": [[], {}, [[]]]}),
            json!(["\t".repeat(100), i64::MIN >> 11, 0]),
        ];
        for value in values {
            let size = u64::try_from(canonical_size(&value)).unwrap();
            let state = json!({"part": value});
            let access = Access::resolve(&regions(json!([{"state": "/part"}])), &[], &json!({})).unwrap();
            assert!(access.reads_at_most(&state, size) && !access.reads_at_most(&state, size - 1), "{state}");
        }
    }

    #[test]
    fn as_many_values_are_looked_at_for_pointers_as_may_be_and_not_one_more() {
        let resolve = |patterns: Value, payload: &Value| Access::resolve(&[], &regions(patterns), payload);
        // The payload itself is looked at, too, once for each pattern.
        let carrying = |count: usize| json!(vec![""; count]);
        let all = json!([{"payload": "/*"}]);
        assert!(resolve(all.clone(), &carrying(MAX_CARRIED - 1)).is_ok());
        assert_eq!(resolve(all, &carrying(MAX_CARRIED)), Err(RegionError::TooMany));
        // A hundred patterns that lead to the same places.
        let often: Vec<Value> = (0..100).map(|_| json!({"payload": "/*"})).collect();
        assert!(resolve(json!(often), &carrying(9_999)).is_ok());
        assert_eq!(resolve(json!(often), &carrying(10_000)), Err(RegionError::TooMany));
        // A long name is copied for none of them.
        let long = json!({"n".repeat(1 << 20): vec![""; 100_000]});
        assert!(resolve(json!([{"payload": "/*/*"}]), &long).is_ok());
    }

    thread_local! {
        /// How often two pointers were compared, by this test.
        pub(super) static COMPARISONS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    fn comparisons<T>(work: impl FnOnce() -> T) -> (T, u64) {
        let before = COMPARISONS.get();
        (work(), COMPARISONS.get() - before)
    }

    /// Of 2^16 pointers each has some 16 that it is compared with, when they are sorted, and when one is looked for.
    const MANY: usize = 1 << 16;

    fn many(prefix: &str) -> Vec<PointerBuf> {
        (0..MANY).map(|number| PointerBuf::parse(format!("{prefix}/{number}")).unwrap()).collect()
    }

    #[test]
    fn narrowing_many_pointers_to_many_compares_each_with_the_logarithm_of_their_number() {
        let payload: Vec<String> = many("/a").iter().map(ToString::to_string).collect();
        let access = Access::resolve(&regions(json!([{"payload": "/*"}])), &[], &json!(payload)).unwrap();
        let one = vec![PointerBuf::parse("/a/7").unwrap()];
        for (allowed, left) in [(many("/b"), 0), (many("/a"), MANY), (one, 1)] {
            let (narrowed, compared) = comparisons(|| access.clone().narrowed(Some(&allowed), None));
            assert_eq!((narrowed.reads().len(), narrowed.withheld().0.len()), (left, MANY - left));
            // They are sorted, and each is looked for with each of its three parts, and for what is below it.
            assert!(compared <= 6 * 17 * u64::try_from(MANY).unwrap(), "{compared}");
        }
    }

    #[test]
    fn a_change_is_held_against_many_pointers_by_the_logarithm_of_their_number() {
        let access = Access { reads: many("/a"), writes: many("/b"), ..Access::default() };
        let prepared = access.prepared();
        for text in ["/a/7", "/b/65535/c", "/b", "/b/none", ""] {
            let pointer = PointerBuf::parse(text).unwrap();
            let (_, compared) = comparisons(|| (prepared.may_write(&pointer), prepared.may_read(&pointer)));
            assert!((3..=3 * 17).contains(&compared), "{text}: {compared}");
        }
    }

    /// What the intersection is, told by comparing each with each.
    #[test]
    fn narrowing_gives_the_longer_of_each_two_of_which_one_begins_with_the_other() {
        let texts = ["", "/a", "/a/b", "/a/b/c", "/ab", "/a~1b", "/b", "/b/0", "/b/1/x", "/c"];
        let pointers: Vec<PointerBuf> = texts.iter().map(|text| PointerBuf::parse(*text).unwrap()).collect();
        for chosen in 0_u32..1 << texts.len() {
            let pick = |bits: u32| {
                let picked = pointers.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
                picked.map(|(_, pointer)| pointer.clone()).collect::<Vec<_>>()
            };
            let (one, other) = (pick(chosen), pick(chosen.wrapping_mul(2_654_435_761) >> 20));
            let each = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
            let longer =
                each.filter_map(
                    |(a, b)| {
                        if a.starts_with(b) { Some(a.clone()) } else { b.starts_with(a).then(|| b.clone()) }
                    },
                );
            assert_eq!(intersection(&one, &other), sorted(longer.collect()));
        }
    }

    #[test]
    fn a_host_can_narrow_what_an_operation_declares() {
        let declared = regions(json!([{"state": ""}]));
        let access = Access::resolve(&declared, &declared, &json!({})).unwrap();
        let only = [PointerBuf::parse("/a").unwrap()];
        let access = access.narrowed(Some(&only), Some(&[]));
        assert_eq!(texts(access.reads()), ["/a"]);
        assert!(access.writes().is_empty());
    }
}
