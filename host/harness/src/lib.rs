//! Scenarios, suites, expectations and test runs, as pure functions.

pub mod definition;
pub mod expectation;
mod nearest;
