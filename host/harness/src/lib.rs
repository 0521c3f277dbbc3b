//! Scenarios, suites, expectations and test runs, as pure functions.
