//! Scenarios, suites, expectations and test runs, as pure functions.

pub mod expectation;
mod nearest;
