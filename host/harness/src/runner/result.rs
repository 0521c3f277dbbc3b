//! Results of scenarios, suites and test runs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sortie_json::ContentHash;

use super::expectation_result::ExpectationResult;
use super::summary::Summary;

/// What a call of a mission came to.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionResult {
    /// What the call is known as.
    pub alias: String,
    /// The mission.
    pub mission: String,
    /// Whether there is a result.
    pub outcome: MissionOutcome,
    /// The result; or `{"rejected": {"code", "message", "details"?}}`.
    pub value: Value,
    /// The hash that enters the scenario's.
    pub hash: ContentHash,
    /// The human steps that the scenario itself says to mark.
    pub marks: BTreeSet<String>,
}

/// Whether a call has a result. Closed: it has or it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissionOutcome {
    /// It does, with success or without.
    Finished,
    /// The call was rejected.
    Rejected,
}

/// A human step that nobody answered: recorded and passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedStep {
    /// The mission, by its alias.
    pub mission_name: String,
    /// The step.
    pub step_id: String,
}

impl MissionResult {
    /// The text at a pointer into [`value`](Self::value).
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// The code of the error that the call ended in: that of its rejection or of its result.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        match self.outcome {
            MissionOutcome::Finished => self.text("/error_code"),
            MissionOutcome::Rejected => self.text("/rejected/code"),
        }
    }

    /// The ids of the human steps that were marked, as the scenario says nothing of them.
    pub fn marked_steps(&self) -> impl Iterator<Item = &str> {
        let decisions = self.value.get("decisions").and_then(Value::as_object).into_iter().flatten();
        decisions
            .filter(|(_, decision)| decision.get("status").and_then(Value::as_str) == Some("marked"))
            .map(|(step, _)| step.as_str())
            .filter(|step| !self.marks.contains(*step))
    }
}

/// What a scenario came to (`scenario_result@2`).
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioResult {
    /// The scenario's name.
    pub scenario_name: String,
    /// The calls, in declared order.
    pub mission_results: Vec<MissionResult>,
    /// The hash of `{alias: result hash}`.
    pub scenario_hash: ContentHash,
}

impl ScenarioResult {
    pub(super) fn new(scenario_name: &str, mission_results: Vec<MissionResult>) -> Self {
        let hashes: Map<String, Value> =
            mission_results.iter().map(|result| (result.alias.clone(), json!(result.hash))).collect();
        let scenario_hash = ContentHash::of(&Value::Object(hashes));
        Self { scenario_name: scenario_name.to_owned(), mission_results, scenario_hash }
    }

    /// The call of that alias.
    #[must_use]
    pub fn mission(&self, alias: &str) -> Option<&MissionResult> {
        self.mission_results.iter().find(|result| result.alias == alias)
    }

    /// The human steps that nobody answered.
    #[must_use]
    pub fn marked_steps(&self) -> Vec<MarkedStep> {
        let of = |result: &MissionResult| {
            let marked = |step: &str| MarkedStep { mission_name: result.alias.clone(), step_id: step.to_owned() };
            result.marked_steps().map(marked).collect::<Vec<_>>()
        };
        self.mission_results.iter().flat_map(of).collect()
    }

    /// As JSON: `{schema_version, scenario_name, mission_results: {alias: result},
    /// metadata: {scenario_hash, result_hashes: {alias: hash}, mission_order: [alias]}}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let by_alias = |of: fn(&MissionResult) -> Value| -> Map<String, Value> {
            self.mission_results.iter().map(|result| (result.alias.clone(), of(result))).collect()
        };
        let order: Vec<&str> = self.mission_results.iter().map(|result| result.alias.as_str()).collect();
        json!({
            "schema_version": "scenario_result@2",
            "scenario_name": self.scenario_name,
            "mission_results": by_alias(|result| result.value.clone()),
            "metadata": {
                "scenario_hash": self.scenario_hash,
                "result_hashes": by_alias(|result| json!(result.hash)),
                "mission_order": order,
            },
        })
    }
}

/// A scenario that was not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedScenario {
    /// The scenario's name.
    pub scenario_name: String,
    /// Why not.
    pub reason: String,
}

impl SkippedScenario {
    fn to_value(&self) -> Value {
        json!({"scenario_name": self.scenario_name, "reason": self.reason})
    }
}

/// What a suite came to (`suite_result@2`).
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteResult {
    /// The suite's name.
    pub suite_name: String,
    /// The scenarios that were run, in declared order.
    pub scenario_results: Vec<ScenarioResult>,
    /// Those that were not.
    pub skipped: Vec<SkippedScenario>,
    /// The hash of `{scenario_name: scenario_hash}`.
    pub suite_hash: ContentHash,
}

impl SuiteResult {
    /// The scenario of that name.
    #[must_use]
    pub fn scenario(&self, name: &str) -> Option<&ScenarioResult> {
        self.scenario_results.iter().find(|result| result.scenario_name == name)
    }

    /// As JSON: `{schema_version, suite_name, scenario_results: […], skipped: [{scenario_name, reason}],
    /// metadata: {suite_hash}}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "schema_version": "suite_result@2",
            "suite_name": self.suite_name,
            "scenario_results": self.scenario_results.iter().map(ScenarioResult::to_value).collect::<Vec<_>>(),
            "skipped": self.skipped.iter().map(SkippedScenario::to_value).collect::<Vec<_>>(),
            "metadata": {"suite_hash": self.suite_hash},
        })
    }
}

/// What the expectations came to (`expectations_result@2`).
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectationsResult {
    /// Whether all of them hold.
    pub passed: bool,
    /// Each of them.
    pub expectation_results: Vec<ExpectationResult>,
    /// The hash of `{id: {passed, actual, expected, details}}`.
    pub expectations_hash: ContentHash,
}

impl ExpectationsResult {
    /// As JSON: `{schema_version, passed, expectation_results: […], metadata: {expectations_hash}}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "schema_version": "expectations_result@2",
            "passed": self.passed,
            "expectation_results": self.expectation_results.iter().map(ExpectationResult::to_value).collect::<Vec<_>>(),
            "metadata": {"expectations_hash": self.expectations_hash},
        })
    }
}

/// What a test run came to (`test_run_result@2`).
#[derive(Debug, Clone, PartialEq)]
pub struct TestRunResult {
    /// What the suite came to.
    pub suite_result: SuiteResult,
    /// What the expectations came to, declared and implicit, in the order of the scenarios.
    pub expectations_result: ExpectationsResult,
    /// The hashes and counts.
    pub summary: Summary,
}

impl TestRunResult {
    /// As JSON: `{schema_version, passed, suite_result, expectations_result, counts, metadata: {test_run_hash}}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "schema_version": "test_run_result@2",
            "passed": self.summary.passed,
            "suite_result": self.suite_result.to_value(),
            "expectations_result": self.expectations_result.to_value(),
            "counts": self.summary.counts.to_value(),
            "metadata": {"test_run_hash": self.summary.test_run_hash},
        })
    }
}
