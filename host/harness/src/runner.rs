//! Running scenarios and judging their results.
//!
//! Nothing here runs a mission: a [`MissionRunner`] does, and what it is told is a function of the definition alone.
//! [`run_test_run`] does all of it, one mission after another. A driver that runs scenarios in parallel, or keeps no
//! results, uses the pieces: [`run_scenario`], [`evaluate`] and [`SuiteFold`], which takes scenarios in any order and
//! keeps only hashes and what the expectations came to.
//!
//! # What passes
//!
//! Results are judged by expectations alone: a mission that ends in `success: false` is a result like any other.
//! Three expectations go without saying. Each has an id that begins with `implicit:`, which no declared one may:
//!
//! - `implicit:expect_error/SCENARIO/MISSION`, whenever a mission states `expect_error`: the call is rejected with that
//!   code, or its result has it as `error_code`.
//! - `implicit:not_rejected/SCENARIO/MISSION`, failed, when a mission is rejected that does not state `expect_error`.
//! - `implicit:success/SCENARIO/MISSION`, failed, when a mission of a scenario without any expectation does not end
//!   in `success: true` and does not state `expect_error`.
//!
//! (`SCENARIO` and `MISSION` are written as tokens of a JSON Pointer.) A host fault ends the run: there is no result.
//!
//! # What is hashed
//!
//! - The hash of a mission's result is its `/receipt/result_hash`. A rejected call has
//!   `{"rejected": {"code", "message", "details"?}}` in the place of a result, and its hash is that of
//!   `{"rejected": {"code", "message"}}`.
//! - `scenario_hash` is the hash of `{alias: result hash}`, `suite_hash` that of `{scenario_name: scenario_hash}`,
//!   `expectations_hash` that of `{id: {passed, actual, expected, details}}`, `test_run_hash` that of
//!   `{suite_hash, expectations_hash, passed}`. `actual` and `expected` are as [`ExpectationResult::to_value`] prints
//!   them: cut when they are large, absent when there is none.
//! - A skipped scenario, or one that a filter leaves out, enters no hash, and nor do its expectations.

mod call;
mod evaluate;
mod expectation_result;
mod fold;
mod implicit;
mod result;
mod run;
mod summary;
#[cfg(test)]
mod tests;

pub use call::{MissionCall, MissionError, MissionFault, MissionRunner};
pub use evaluate::{evaluate, evaluate_expectations, judged_members};
pub use expectation_result::{ExpectationResult, FailureReason, ImplicitExpectation, Subject};
pub use fold::{FoldedScenario, SuiteFold};
pub use result::{
    ExpectationsResult, MarkedStep, MissionOutcome, MissionResult, ScenarioResult, SkippedScenario, SuiteResult,
    TestRunResult,
};
pub use run::{run_scenario, run_suite, run_test_run};
pub use summary::{Counts, Summary};
