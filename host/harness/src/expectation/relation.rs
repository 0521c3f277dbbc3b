//! The comparisons themselves.

use std::cmp::Ordering;

use jsonptr::PointerBuf;
use serde_json::Value;
use sortie_json::canonical;

use super::diff::{
    Differences, MAX_DIFFERENCES, ValueDifference, below, bounded, compare_numbers, differences, equal, text_facts,
};
use super::op::{JsonType, Op};
use super::outcome::{Mismatch, Reason};
use super::work::{OutOfWork, Work};

/// What a comparison, not yet negated, comes to.
pub(super) enum Relation {
    Holds,
    DiffersBy(Mismatch),
    /// The comparison is more work than there may be.
    TooMuch,
    /// The comparison cannot be made: the types that could be compared.
    Unlike(Vec<&'static str>),
}

impl Relation {
    fn holds_or(holds: bool, mismatch: impl FnOnce() -> Mismatch) -> Self {
        if holds { Self::Holds } else { Self::DiffersBy(mismatch()) }
    }
}

/// Compares a value that is there. `expected` is what an assertion accepted for the operator.
pub(super) fn relate(op: Op, actual: &Value, expected: &Value, tolerance: f64, work: &mut Work) -> Relation {
    let mismatch = || Mismatch::new(Reason::Mismatch(op));
    match op {
        Op::Eq if comparable(actual, expected) => equality(actual, expected, mismatch()),
        Op::Ne if comparable(actual, expected) => Relation::holds_or(!equal(expected, actual), mismatch),
        Op::Gt => ordering(actual, expected, mismatch(), Ordering::is_gt),
        Op::Ge => ordering(actual, expected, mismatch(), Ordering::is_ge),
        Op::Lt => ordering(actual, expected, mismatch(), Ordering::is_lt),
        Op::Le => ordering(actual, expected, mismatch(), Ordering::is_le),
        // Asked before there is a value to compare.
        Op::Exists => Relation::Holds,
        Op::Missing => Relation::DiffersBy(mismatch()),
        Op::Contains => contains(actual, expected, mismatch()),
        Op::StartsWith => text(actual, expected, mismatch(), |actual, prefix| Ok(actual.starts_with(prefix))),
        Op::EndsWith => text(actual, expected, mismatch(), |actual, suffix| Ok(actual.ends_with(suffix))),
        Op::Matches => text(actual, expected, mismatch(), |actual, pattern| work.matches(pattern, actual)),
        Op::Length => has_length(actual, expected, mismatch()),
        Op::Type => has_type(actual, expected, mismatch()),
        Op::OneOf => one_of(actual, expected, mismatch()),
        Op::Includes if comparable_strictly(actual, expected) => {
            inclusion(actual, expected, mismatch(), work).unwrap_or(Relation::TooMuch)
        }
        Op::Eq | Op::Ne | Op::Includes => unlike(expected),
        Op::CloseTo => close_to(actual, expected, tolerance, mismatch()),
        Op::UnorderedEq => unordered_eq(actual, expected, mismatch()),
    }
}

/// A number that is zero or more and has no fraction, `3.0` included.
pub(super) fn length(value: &Value) -> Option<u64> {
    let whole = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0)?;
    value.as_u64().or_else(|| format!("{whole:.0}").parse().ok())
}

fn unlike(expected: &Value) -> Relation {
    Relation::Unlike(vec![JsonType::of(expected).name()])
}

fn comparable_strictly(left: &Value, right: &Value) -> bool {
    JsonType::of(left) == JsonType::of(right)
}

/// Null may be compared with anything, so that `ne null` says what it seems to say.
fn comparable(left: &Value, right: &Value) -> bool {
    left.is_null() || right.is_null() || comparable_strictly(left, right)
}

fn equality(actual: &Value, expected: &Value, mismatch: Mismatch) -> Relation {
    if equal(expected, actual) {
        return Relation::Holds;
    }
    if let (Value::String(expected), Value::String(actual)) = (expected, actual) {
        let facts = text_facts(expected, actual);
        return Relation::DiffersBy(
            facts.into_iter().fold(mismatch, |mismatch, (name, fact)| mismatch.with(&name, fact)),
        );
    }
    Relation::DiffersBy(with_diff(mismatch, expected, || differences(expected, actual)))
}

/// Adds the differences where they say more than the two values do.
fn with_diff(mismatch: Mismatch, expected: &Value, diff: impl FnOnce() -> Differences) -> Mismatch {
    if !(expected.is_array() || expected.is_object()) {
        return mismatch;
    }
    let Differences { listed, omitted, .. } = diff();
    let listed = mismatch.with("diff", listed.iter().map(ValueDifference::to_value).collect::<Vec<_>>());
    if omitted == 0 { listed } else { listed.with("diff_omitted", omitted) }
}

fn ordering(actual: &Value, expected: &Value, mismatch: Mismatch, holds: fn(Ordering) -> bool) -> Relation {
    let ordering = match (actual, expected) {
        (Value::Number(actual), Value::Number(expected)) => compare_numbers(actual, expected),
        (Value::String(actual), Value::String(expected)) => Some(actual.cmp(expected)),
        _ => return unlike(expected),
    };
    Relation::holds_or(ordering.is_some_and(holds), || mismatch)
}

fn contains(actual: &Value, expected: &Value, mismatch: Mismatch) -> Relation {
    let holds = match (actual, expected) {
        (Value::String(actual), Value::String(part)) => actual.contains(part.as_str()),
        (Value::Array(elements), part) => elements.iter().any(|element| equal(part, element)),
        (Value::Object(members), Value::String(key)) => members.contains_key(key),
        (_, Value::String(_)) => return Relation::Unlike(vec!["string", "array", "object"]),
        _ => return Relation::Unlike(vec!["array"]),
    };
    Relation::holds_or(holds, || mismatch)
}

fn text(
    actual: &Value,
    expected: &Value,
    mismatch: Mismatch,
    holds: impl FnOnce(&str, &str) -> Result<bool, OutOfWork>,
) -> Relation {
    match (actual, expected) {
        (Value::String(actual), Value::String(expected)) => match holds(actual, expected) {
            Ok(holds) => Relation::holds_or(holds, || mismatch),
            Err(OutOfWork) => Relation::TooMuch,
        },
        _ => unlike(&Value::String(String::new())),
    }
}

fn has_length(actual: &Value, expected: &Value, mismatch: Mismatch) -> Relation {
    let found = match actual {
        Value::String(text) => text.chars().count(),
        Value::Array(elements) => elements.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return Relation::Unlike(vec!["string", "array", "object"]);
        }
    };
    let holds = length(expected).and_then(|wanted| usize::try_from(wanted).ok()) == Some(found);
    Relation::holds_or(holds, || mismatch.with("length", found))
}

fn has_type(actual: &Value, expected: &Value, mismatch: Mismatch) -> Relation {
    let found = JsonType::of(actual).name();
    let is_whole = actual.as_f64().is_some_and(|number| number.fract() == 0.0);
    let holds = expected.as_str().is_some_and(|wanted| wanted == found || (wanted == "integer" && is_whole));
    Relation::holds_or(holds, || mismatch.with("actual_type", found))
}

fn one_of(actual: &Value, expected: &Value, mismatch: Mismatch) -> Relation {
    let choices = expected.as_array().map(Vec::as_slice).unwrap_or_default();
    if !choices.iter().any(|choice| comparable(actual, choice)) {
        let mut types: Vec<&str> = choices.iter().map(|choice| JsonType::of(choice).name()).collect();
        types.sort_unstable();
        types.dedup();
        return Relation::Unlike(types);
    }
    Relation::holds_or(choices.iter().any(|choice| equal(choice, actual)), || mismatch)
}

fn inclusion(actual: &Value, expected: &Value, mismatch: Mismatch, work: &mut Work) -> Result<Relation, OutOfWork> {
    let mut absent = Differences::default();
    collect_absent(&mut PointerBuf::root(), expected, actual, &mut absent, work)?;
    Ok(Relation::holds_or(absent.is_empty(), || with_diff(mismatch, expected, || absent)))
}

/// Whether a value is included, as the elements of arrays are in any order: each pair that is compared is work.
fn includes(actual: &Value, expected: &Value, work: &mut Work) -> Result<bool, OutOfWork> {
    work.spend(1)?;
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            for (key, expected) in expected {
                let included = match actual.get(key) {
                    Some(actual) => includes(actual, expected, work)?,
                    None => false,
                };
                if !included {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Array(actual), Value::Array(expected)) => {
            for expected in expected {
                if !any_includes(actual, expected, work)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (actual, expected) => {
            // Texts of different lengths are told apart at once.
            if let (Value::String(actual), Value::String(expected)) = (actual, expected)
                && actual.len() == expected.len()
            {
                work.spend(expected.len() as u64 / 64)?;
            }
            Ok(equal(expected, actual))
        }
    }
}

fn any_includes(elements: &[Value], expected: &Value, work: &mut Work) -> Result<bool, OutOfWork> {
    for element in elements {
        if includes(element, expected, work)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What of `expected` is not included; an element of an array is at its index in `expected`.
fn collect_absent(
    path: &mut PointerBuf,
    expected: &Value,
    actual: &Value,
    found: &mut Differences,
    work: &mut Work,
) -> Result<(), OutOfWork> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, expected) in expected {
                below(path, key.as_str(), |path| {
                    if let Some(actual) = actual.get(key) {
                        return collect_absent(path, expected, actual, found, work);
                    }
                    found.add(path, Some(expected), None);
                    Ok(())
                })?;
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            for (index, expected) in expected.iter().enumerate() {
                if !any_includes(actual, expected, work)? {
                    below(path, index, |path| found.add(path, Some(expected), None));
                }
            }
        }
        (expected, actual) if equal(expected, actual) => {}
        (expected, actual) => found.add(path, Some(expected), Some(actual)),
    }
    Ok(())
}

fn close_to(actual: &Value, expected: &Value, tolerance: f64, mismatch: Mismatch) -> Relation {
    let (Some(actual), Some(wanted)) = (actual.as_f64(), expected.as_f64()) else {
        return unlike(expected);
    };
    let distance = (actual - wanted).abs();
    // A distance beyond the range of a double has no JSON; it is left out as null.
    Relation::holds_or(distance <= tolerance, || mismatch.with("distance", distance).with("tolerance", tolerance))
}

fn unordered_eq(actual: &Value, expected: &Value, mismatch: Mismatch) -> Relation {
    let (Value::Array(actual), Value::Array(expected)) = (actual, expected) else {
        return unlike(expected);
    };
    let (actual, expected) = (sorted(actual), sorted(expected));
    let absent = without(&expected, &actual);
    let surplus = without(&actual, &expected);
    Relation::holds_or(absent.is_empty() && surplus.is_empty(), || {
        mismatch.with_list("absent", absent, MAX_DIFFERENCES).with_list("surplus", surplus, MAX_DIFFERENCES)
    })
}

/// Elements with their canonical bytes, which are the same for equal values, in the order of the bytes.
fn sorted(elements: &[Value]) -> Vec<(Vec<u8>, &Value)> {
    let mut keyed: Vec<_> = elements.iter().map(|element| (canonical(element), element)).collect();
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    keyed
}

/// The elements of one sorted multiset that another lacks.
fn without(left: &[(Vec<u8>, &Value)], right: &[(Vec<u8>, &Value)]) -> Vec<Value> {
    let mut others = right.iter().map(|(bytes, _)| bytes).peekable();
    let mut lacking = Vec::new();
    for (bytes, element) in left {
        while others.next_if(|other| *other < bytes).is_some() {}
        if others.next_if(|other| *other == bytes).is_none() {
            lacking.push(bounded(element));
        }
    }
    lacking
}
