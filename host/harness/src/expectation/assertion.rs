//! An assertion, checked when it is made.

use serde_json::{Value, json};

use super::diff::bounded;
use super::op::{JsonType, Op};
use super::outcome::{AssertionOutcome, Mismatch, Reason};
use super::path::{PathTarget, ValuePath};
use super::pattern::{InvalidPattern, compile};
use super::relation::{Relation, length, relate};
use super::work::Work;
use sortie_json::nearest;

/// The greatest number of keys that `path_missing` lists.
const MAX_KEYS: usize = 20;

/// An operator with what it needs, known to fit together.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::expectation::{Assertion, Op};
///
/// let at_most_three = Assertion::new(Op::Le, Some(json!(3)), None).unwrap();
/// assert!(at_most_three.check(Some(&json!(3))).passed());
/// assert!(!at_most_three.check(Some(&json!(4))).passed());
/// assert!(!at_most_three.check(None).passed(), "what is not there is not small");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    op: Op,
    expected: Option<Value>,
    tolerance: Option<f64>,
    negated: bool,
}

/// What is wrong with an operator and what it was given.
/// A closed set: a suite and an operation each say it in their way.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidAssertion {
    /// The operator needs `expected`.
    #[error("`{op}` compares with `expected`, which is missing")]
    ExpectedMissing {
        /// The operator.
        op: Op,
        /// What it wants.
        wants: &'static str,
    },
    /// `expected` is of a kind that the operator cannot use.
    #[error("`expected` of `{op}` is {found}, not {wants}")]
    ExpectedInvalid {
        /// The operator.
        op: Op,
        /// What it wants.
        wants: &'static str,
        /// What it was given.
        found: String,
    },
    /// The regular expression does not parse.
    #[error("the regular expression does not parse: {message}")]
    InvalidRegex {
        /// What its parser says, in one line.
        message: String,
    },
    /// `type` was given a name that no type has.
    #[error("there is no type `{name}`")]
    UnknownType {
        /// The name.
        name: String,
    },
    /// `close_to` needs `tolerance`.
    #[error("`close_to` needs a `tolerance`")]
    ToleranceMissing,
    /// A tolerance is below zero or not finite.
    #[error("the tolerance is not a number of zero or more")]
    ToleranceInvalid,
    /// An operator other than `close_to` was given a tolerance.
    #[error("`{op}` has no tolerance: only `close_to` does")]
    ToleranceStray {
        /// The operator.
        op: Op,
    },
}

impl Assertion {
    /// Puts an operator together with what it was given.
    ///
    /// # Errors
    ///
    /// It is an error if the operator cannot use them.
    pub fn new(op: Op, expected: Option<Value>, tolerance: Option<f64>) -> Result<Self, InvalidAssertion> {
        check_tolerance(op, tolerance)?;
        let unary = matches!(op, Op::Exists | Op::Missing);
        let (expected, negated) = match expected {
            Some(Value::Null) if unary => (None, false),
            Some(Value::Bool(holds)) if unary => (None, !holds),
            expected => (expected, false),
        };
        check_expected(op, expected.as_ref())?;
        Ok(Self { op, expected, tolerance, negated })
    }

    /// The assertion that holds where this one does not, if the comparison can be made at all.
    #[must_use]
    pub fn negated(mut self) -> Self {
        self.negated = !self.negated;
        self
    }

    /// The operator.
    #[must_use]
    pub fn op(&self) -> Op {
        self.op
    }

    /// What the operator compares with; `exists` and `missing` compare with nothing.
    #[must_use]
    pub fn expected(&self) -> Option<&Value> {
        self.expected.as_ref()
    }

    /// Whether it is negated.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// The tolerance of `close_to`.
    #[must_use]
    pub fn tolerance(&self) -> Option<f64> {
        self.tolerance
    }

    /// Checks a value, or the absence of one.
    #[must_use]
    pub fn check(&self, actual: Option<&Value>) -> AssertionOutcome {
        self.check_within(actual, &mut Work::default())
    }

    fn check_within(&self, actual: Option<&Value>, work: &mut Work) -> AssertionOutcome {
        match (self.op, actual) {
            (Op::Exists, _) => self.check_presence(actual.is_some(), true),
            (Op::Missing, _) => self.check_presence(actual.is_some(), false),
            (_, None) => AssertionOutcome::Failed(Mismatch::new(Reason::PathMissing)),
            (_, Some(actual)) => self.check_relation(actual, work),
        }
    }

    /// Checks what a path leads to, and returns it. Where it leads nowhere, the facts say how far it goes.
    ///
    /// Of several places, which a path with `[*]` leads to, the first where the assertion does not hold counts. What may be
    /// compared is bounded for all of them together.
    #[must_use]
    pub fn check_at<'v>(&self, root: &'v Value, path: &ValuePath) -> (Option<&'v Value>, AssertionOutcome) {
        let mut last = (None, AssertionOutcome::Failed(Mismatch::new(Reason::PathMissing)));
        let mut work = Work::default();
        for place in path.resolve(root) {
            if work.spend(1).is_err() {
                return (None, AssertionOutcome::Failed(Mismatch::new(Reason::ComparisonTooLarge)));
            }
            last = self.check_place(place, &mut work);
            if let (Some(actual), AssertionOutcome::Failed(mismatch)) = &mut last
                && let Some(element) = path.element(root, actual)
            {
                mismatch.facts.insert("element".to_owned(), element.as_str().into());
            }
            if !last.1.passed() {
                break;
            }
        }
        last
    }

    fn check_place<'v>(&self, place: PathTarget<'v>, work: &mut Work) -> (Option<&'v Value>, AssertionOutcome) {
        match place {
            PathTarget::Found(actual) => (Some(actual), self.check_within(Some(actual), work)),
            PathTarget::Missing { prefix, at, token } => match self.check(None) {
                AssertionOutcome::Failed(mismatch) if mismatch.reason == Reason::PathMissing => {
                    let located = mismatch.with("prefix", prefix.as_str()).with("token", token.as_str());
                    (None, AssertionOutcome::Failed(describe_place(located, at, &token)))
                }
                outcome => (None, outcome),
            },
        }
    }

    fn check_presence(&self, present: bool, wanted: bool) -> AssertionOutcome {
        match (present, wanted != self.negated) {
            (true, true) | (false, false) => AssertionOutcome::Passed,
            (false, true) => AssertionOutcome::Failed(Mismatch::new(Reason::PathMissing)),
            (true, false) => AssertionOutcome::Failed(Mismatch::new(Reason::PathPresent)),
        }
    }

    fn check_relation(&self, actual: &Value, work: &mut Work) -> AssertionOutcome {
        let expected = self.expected.as_ref().unwrap_or(&Value::Null);
        let tolerance = self.tolerance.unwrap_or_default();
        match (relate(self.op, actual, expected, tolerance, work), self.negated) {
            (Relation::TooMuch, _) => AssertionOutcome::Failed(Mismatch::new(Reason::ComparisonTooLarge)),
            (Relation::Holds, false) | (Relation::DiffersBy(_), true) => AssertionOutcome::Passed,
            (Relation::DiffersBy(mismatch), false) => AssertionOutcome::Failed(mismatch),
            (Relation::Holds, true) => AssertionOutcome::Failed(Mismatch::new(Reason::NegatedMismatch(self.op))),
            (Relation::Unlike(expected_types), _) => AssertionOutcome::Failed(
                Mismatch::new(Reason::TypeError)
                    .with("actual_type", JsonType::of(actual).name())
                    .with("expected_types", json!(expected_types)),
            ),
        }
    }
}

fn describe_place(mismatch: Mismatch, at: &Value, token: &str) -> Mismatch {
    let found = mismatch.with("found", JsonType::of(at).name());
    match at {
        Value::Object(members) => {
            let keys = members.keys().map(|key| bounded(&json!(key))).collect();
            let listed = found.with_list("keys", keys, MAX_KEYS);
            match nearest(token, members.keys().map(String::as_str)) {
                Some(near) => listed.with("nearest", near),
                None => listed,
            }
        }
        Value::Array(elements) => found.with("length", elements.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found,
    }
}

fn check_tolerance(op: Op, tolerance: Option<f64>) -> Result<(), InvalidAssertion> {
    match (op, tolerance) {
        (Op::CloseTo, None) => Err(InvalidAssertion::ToleranceMissing),
        (Op::CloseTo, Some(size)) if !(size.is_finite() && size >= 0.0) => Err(InvalidAssertion::ToleranceInvalid),
        (Op::CloseTo, Some(_)) | (_, None) => Ok(()),
        (op, Some(_)) => Err(InvalidAssertion::ToleranceStray { op }),
    }
}

fn check_expected(op: Op, expected: Option<&Value>) -> Result<(), InvalidAssertion> {
    let wants = wanted(op);
    let Some(expected) = expected else {
        return match op {
            Op::Exists | Op::Missing => Ok(()),
            op => Err(InvalidAssertion::ExpectedMissing { op, wants }),
        };
    };
    let fits = match op {
        Op::Eq | Op::Ne | Op::Contains | Op::Includes => true,
        Op::Gt | Op::Ge | Op::Lt | Op::Le => expected.is_number() || expected.is_string(),
        Op::Exists | Op::Missing => false,
        Op::StartsWith | Op::EndsWith | Op::Matches | Op::Type => expected.is_string(),
        Op::Length => length(expected).is_some(),
        Op::OneOf => expected.as_array().is_some_and(|choices| !choices.is_empty()),
        Op::CloseTo => expected.is_number(),
        Op::UnorderedEq => expected.is_array(),
    };
    if !fits {
        let found = describe(expected);
        return Err(InvalidAssertion::ExpectedInvalid { op, wants, found });
    }
    match (op, expected.as_str()) {
        (Op::Matches, Some(pattern)) => match compile(pattern) {
            Ok(_) => Ok(()),
            Err(InvalidPattern(message)) => Err(InvalidAssertion::InvalidRegex { message }),
        },
        (Op::Type, Some(name)) if !JsonType::NAMES.contains(&name) => {
            Err(InvalidAssertion::UnknownType { name: name.to_owned() })
        }
        _ => Ok(()),
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(elements) if elements.is_empty() => "an empty array".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a string".to_owned(),
    }
}

/// What `expected` of an operator has to be, in words.
fn wanted(op: Op) -> &'static str {
    match op {
        Op::Eq | Op::Ne | Op::Contains | Op::Includes => "any value",
        Op::Gt | Op::Ge | Op::Lt | Op::Le => "a number or a string",
        Op::Exists | Op::Missing => "true or false",
        Op::StartsWith | Op::EndsWith => "a string",
        Op::Matches => "a regular expression in a string",
        Op::Length => "a whole number of zero or more",
        Op::Type => "the name of a type",
        Op::OneOf => "an array with at least one element",
        Op::CloseTo => "a number",
        Op::UnorderedEq => "an array",
    }
}
