//! One declarative assertion on one JSON value.
//!
//! This module knows nothing of scenarios and suites: an operation that asserts something of a state uses it as a
//! suite does. [`Assertion`] is made once and checked ([`Assertion::new`]), then [`check`](Assertion::check)ed
//! against any number of values. An [`AssertionOutcome`] is data, the same on every machine.
//!
//! # The rules
//!
//! - The types of JSON are null, boolean, number, string, array and object. Comparing unlike types fails with
//!   `type_error`, also under `not`; null alone may be compared with anything by `eq`, `ne` and `one_of`.
//! - A path that leads nowhere fails with `path_missing`, also under `not`; only `exists` and `missing` ask whether
//!   it does.
//! - A comparison that is more work than it may be (a long text with a large pattern, arrays of which each element is
//!   looked for in the other) is not made and fails with `comparison_too_large`, also under `not`.
//! - Numbers are compared by value (`1` equals `1.0`), strings by Unicode scalar values, objects without regard to
//!   the order of their keys.

mod assertion;
mod diff;
mod op;
mod outcome;
mod path;
mod pattern;
mod relation;
#[cfg(test)]
mod tests;
mod work;

pub use assertion::{Assertion, InvalidAssertion};
pub use diff::{Differences, MAX_DIFFERENCES, MAX_SHOWN_BYTES, ValueDifference, bounded, differences};
pub use op::{JsonType, Op};
pub use outcome::{AssertionOutcome, Mismatch, Reason};
pub use path::{InvalidPath, PathTarget, ValuePath};
