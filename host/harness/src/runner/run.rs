//! Running, one mission after another.

use serde_json::{Map, Value, json};
use sortie_interface::Answer;
use sortie_json::ContentHash;

use super::call::{MissionCall, MissionError, MissionFault, MissionRunner};
use super::evaluate::evaluate;
use super::fold::{FoldedScenario, SuiteFold};
use super::result::{
    ExpectationsResult, MissionOutcome, MissionResult, ScenarioResult, SkippedScenario, SuiteResult, TestRunResult,
};
use crate::definition::{
    MissionDefinition, ScenarioDefinition, ScenarioSuiteDefinition, StateFlow, TestDefinition, TestRunDefinition,
};

/// Runs a scenario, skipped or not. A rejected mission does not keep those after it from being run.
pub fn run_scenario(
    scenario: &ScenarioDefinition,
    runner: &(impl MissionRunner + ?Sized),
) -> Result<ScenarioResult, MissionFault> {
    let mut results: Vec<MissionResult> = Vec::with_capacity(scenario.missions.len());
    for mission in &scenario.missions {
        let initial_state = match scenario.state {
            StateFlow::Fresh => None,
            StateFlow::Carry => results.iter().rev().find_map(|result| result.value.get("final_state")),
        };
        let call = MissionCall {
            mission: &mission.name,
            params: &mission.params,
            initial_state: initial_state.unwrap_or(&scenario.initial_state),
            metadata: &mission.metadata,
            answers: &mission.answers,
            limits: &mission.limits,
        };
        let result = run_mission(mission, &call, runner).map_err(|message| MissionFault {
            scenario_name: scenario.scenario_name.clone(),
            mission_name: mission.alias.clone(),
            message,
        })?;
        results.push(result);
    }
    Ok(ScenarioResult::new(&scenario.scenario_name, results))
}

fn run_mission(
    mission: &MissionDefinition,
    call: &MissionCall<'_>,
    runner: &(impl MissionRunner + ?Sized),
) -> Result<MissionResult, String> {
    let (outcome, value, hash) = match runner.run(call) {
        Ok(value) => {
            let hash = result_hash(&value)?;
            (MissionOutcome::Finished, value, hash)
        }
        Err(MissionError::Rejected { code, message, details }) => {
            let (value, hash) = rejected(&code, &message, details);
            (MissionOutcome::Rejected, value, hash)
        }
        Err(MissionError::HostFault { message }) => return Err(message),
    };
    let is_mark = |answer: &Value| Answer::read(answer) == Ok(Answer::Mark);
    let marks = mission.answers.iter().filter(|(_, answer)| is_mark(answer)).map(|(step, _)| step.clone()).collect();
    Ok(MissionResult { alias: mission.alias.clone(), mission: mission.name.clone(), outcome, value, hash, marks })
}

/// A runner that returns something else than a result is at fault itself.
fn result_hash(result: &Value) -> Result<ContentHash, String> {
    let text = result.get("receipt").and_then(|receipt| receipt.get("result_hash")).and_then(Value::as_str);
    let text = text.ok_or("the runner returned a result without `/receipt/result_hash`")?;
    text.parse().map_err(|error| format!("the runner returned a result with a wrong `/receipt/result_hash`: {error}"))
}

fn rejected(code: &str, message: &str, details: Option<Value>) -> (Value, ContentHash) {
    let mut members = Map::new();
    members.insert("code".to_owned(), json!(code));
    members.insert("message".to_owned(), json!(message));
    let hash = ContentHash::of(&json!({"rejected": members}));
    if let Some(details) = details {
        members.insert("details".to_owned(), details);
    }
    (json!({"rejected": members}), hash)
}

/// Runs all scenarios of a suite but those that are skipped.
///
/// ```
/// use serde_json::{Value, json};
/// use sortie_harness::definition::{NoFixtures, suite};
/// use sortie_harness::runner::{MissionCall, MissionError, evaluate_expectations, run_suite};
///
/// // Stands for a host: each mission succeeds, and does nothing.
/// struct Idle;
/// # impl sortie_harness::runner::MissionRunner for Idle {
/// #     fn run(&self, _: &MissionCall<'_>) -> Result<Value, MissionError> {
/// #         let hash = sortie_json::ContentHash::of(&json!({}));
/// #         Ok(json!({"success": true, "receipt": {"result_hash": hash}}))
/// #     }
/// # }
///
/// let document = json!({"suite_name": "days", "scenarios": [{"scenario_name": "a", "missions": [{"name": "daily_loop"}]}]});
/// let result = run_suite(&suite(document, &NoFixtures).result.unwrap(), &Idle).unwrap();
/// assert_eq!(result.scenario("a").unwrap().mission("daily_loop").unwrap().error_code(), None);
/// assert!(evaluate_expectations(&result, []).passed);
/// ```
///
/// # Errors
///
/// It is an error only if the host fails.
pub fn run_suite(
    suite: &ScenarioSuiteDefinition,
    runner: &(impl MissionRunner + ?Sized),
) -> Result<SuiteResult, MissionFault> {
    let mut scenario_results = Vec::new();
    for scenario in suite.scenarios.iter().filter(|scenario| scenario.skip.is_none()) {
        scenario_results.push(run_scenario(scenario, runner)?);
    }
    let hashes: Map<String, Value> =
        scenario_results.iter().map(|result| (result.scenario_name.clone(), json!(result.scenario_hash))).collect();
    Ok(SuiteResult {
        suite_name: suite.suite_name.clone(),
        scenario_results,
        skipped: skipped(suite),
        suite_hash: ContentHash::of(&Value::Object(hashes)),
    })
}

fn skipped(suite: &ScenarioSuiteDefinition) -> Vec<SkippedScenario> {
    let skipped = |scenario: &ScenarioDefinition| {
        Some(SkippedScenario { scenario_name: scenario.scenario_name.clone(), reason: scenario.skip.clone()? })
    };
    suite.scenarios.iter().filter_map(skipped).collect()
}

/// Runs a suite and judges it.
///
/// # Errors
///
/// It is an error only if the host fails.
pub fn run_test_run(
    test_run: &TestRunDefinition,
    runner: &(impl MissionRunner + ?Sized),
) -> Result<TestRunResult, MissionFault> {
    let (mut fold, mut scenario_results, mut skipped) = (SuiteFold::new(), Vec::new(), Vec::new());
    let mut expectation_results = Vec::new();
    for test in test_run.tests() {
        let TestDefinition { scenario, expectations } = test;
        if let Some(reason) = scenario.skip {
            fold.skip();
            skipped.push(SkippedScenario { scenario_name: scenario.scenario_name, reason });
            continue;
        }
        let result = run_scenario(&scenario, runner)?;
        let judged = evaluate(&scenario, &expectations, &result);
        fold.push(FoldedScenario::of(&result, &judged));
        expectation_results.extend(judged);
        scenario_results.push(result);
    }
    let summary = fold.finish();
    let suite_name = test_run.suite_name().to_owned();
    let suite_result = SuiteResult { suite_name, scenario_results, skipped, suite_hash: summary.suite_hash };
    let expectations_result = ExpectationsResult {
        passed: summary.passed,
        expectations_hash: summary.expectations_hash,
        expectation_results,
    };
    Ok(TestRunResult { suite_result, expectations_result, summary })
}
