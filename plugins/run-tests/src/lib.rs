//! The plugin `run-tests`: a mission that runs suites inside the sandbox.
//!
//! | module | is about |
//! |---|---|
//! | [`mission`] | the steps: discover, execute, report |
//! | [`operations`] | what each of them reads and writes |
//! | [`discovery`] | finding suites and reading them, or all that is wrong with them |
//! | [`execution`] | running suites over any [`MissionRunner`](sortie_harness::runner::MissionRunner) |
//! | [`nested`] | the runner that asks the host |
//! | [`report`] | what is kept of it |
//! | [`display`] | what of it is put before people, and the verdict |
//!
//! Suites are read, run and judged by `sortie-harness`, as the command does it: a suite has the same `test_run_hash`
//! here and there. Two things of a suite file are refused, because a plugin cannot have them: fixtures
//! (`state_from`, `params_from`), and `limits` of a mission, which are the caller's.

pub mod discovery;
pub mod display;
pub mod execution;
mod glob;
pub mod mission;
pub mod nested;
pub mod operations;
pub mod report;
#[cfg(test)]
mod tests;

use mission::run_tests;
use operations::{discover_suites, execute_suites, report_tests};

sortie_plugin_sdk::plugin!(
    name: "run-tests",
    missions: [run_tests],
    operations: [discover_suites, execute_suites, report_tests]
);
