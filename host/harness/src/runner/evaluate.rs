//! Judging results by expectations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::expectation_result::{ExpectationResult, FailureReason, Subject};
use super::fold::expectations_hash;
use super::implicit;
use super::result::{ExpectationsResult, MissionOutcome, ScenarioResult, SuiteResult};
use crate::definition::{Expectation, ScenarioDefinition, StateFlow};
use crate::expectation::{AssertionOutcome, Reason, bounded};
use sortie_json::nearest;

/// Judges a scenario: by what goes without saying, in the order of its missions, and then by all that is declared of
/// it: see [`TestRunDefinition::test`](crate::definition::TestRunDefinition::test).
#[must_use]
pub fn evaluate(
    scenario: &ScenarioDefinition,
    expectations: &[Expectation],
    result: &ScenarioResult,
) -> Vec<ExpectationResult> {
    let declared: Vec<ExpectationResult> =
        expectations.iter().map(|expectation| judge(expectation, Ok(result))).collect();
    let mut judged = Vec::new();
    for mission in &scenario.missions {
        let Some(result) = result.mission(&mission.alias) else { continue };
        let about = || expectations.iter().zip(&declared).filter(|(one, _)| one.mission_name == mission.alias);
        // What tells of the failure already is not told again; and what expects it makes it right.
        let speaks_of_failure = || {
            about().any(|(expectation, judged)| match judged.failure {
                None => expects_failure(expectation),
                Some(reason) => reason == FailureReason::MissionFailed,
            })
        };
        let is_spoken_of = implicit::has_failed(result) && speaks_of_failure();
        judged.extend(implicit::judge(&scenario.scenario_name, mission, result, is_spoken_of));
        judged.extend(implicit::answers(&scenario.scenario_name, mission, result));
    }
    judged.extend(declared);
    judged
}

/// The members of results that judging a scenario looks at where everything holds; nothing, where an expectation may look
/// at any. A runner that keeps no results need not make the others: where all that is declared holds for these members, it
/// holds for the whole result. Where something does not hold, what is told of it depends on the whole.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::definition::{NoFixtures, test_run};
/// use sortie_harness::runner::judged_members;
///
/// let expect = json!([{"path": "outputs.echo.text", "op": "eq", "expected": "hi"}]);
/// let scenario = json!({"scenario_name": "a", "missions": [{"name": "echo"}], "expect": expect});
/// let suite = json!({"suite_name": "echoes", "scenarios": [scenario]});
/// let test = test_run(suite, None, &NoFixtures).result.unwrap().test(0).unwrap();
/// let members = judged_members(&test.scenario, &test.expectations).unwrap();
/// assert!(members.contains(&"outputs") && !members.contains(&"final_state"));
/// ```
#[must_use]
pub fn judged_members<'e>(scenario: &ScenarioDefinition, expectations: &'e [Expectation]) -> Option<Vec<&'e str>> {
    let mut members = vec!["decisions", "error_code", "error_message", "failed_step_id", "success"];
    if scenario.state == StateFlow::Carry {
        members.push("final_state");
    }
    for expectation in expectations {
        members.push(expectation.path.first_key()?);
    }
    members.sort_unstable();
    members.dedup();
    Some(members)
}

/// Whether an expectation that holds for a failed mission would not hold if it had succeeded: it expects the failure.
fn expects_failure(expectation: &Expectation) -> bool {
    let succeeded = json!({
        "success": true, "failed_step_id": null, "error_code": null, "error_message": null, "error_details": null,
    });
    expectation.path.first_key().is_some_and(|member| succeeded.get(member).is_some())
        && expectation.assertion.check_at(&succeeded, &expectation.path).1 != AssertionOutcome::Passed
}

/// Judges a suite's result by declared expectations alone, in their order. An expectation on a scenario or mission
/// that has no result fails (`scenario_missing`, `mission_missing`).
#[must_use]
pub fn evaluate_expectations<'e>(
    suite: &SuiteResult,
    expectations: impl IntoIterator<Item = &'e Expectation>,
) -> ExpectationsResult {
    let scenarios: BTreeMap<&str, &ScenarioResult> =
        suite.scenario_results.iter().map(|result| (result.scenario_name.as_str(), result)).collect();
    let expectation_results: Vec<ExpectationResult> = expectations
        .into_iter()
        .map(|expectation| {
            let name = expectation.scenario_name.as_str();
            let scenario = scenarios.get(name).copied();
            judge(expectation, scenario.ok_or_else(|| nearest(name, scenarios.keys().copied())))
        })
        .collect();
    ExpectationsResult {
        passed: expectation_results.iter().all(ExpectationResult::passed),
        expectations_hash: expectations_hash(&expectation_results),
        expectation_results,
    }
}

/// Judges by one expectation. A scenario that is not there may have a nearest name.
fn judge(expectation: &Expectation, scenario: Result<&ScenarioResult, Option<&str>>) -> ExpectationResult {
    let assertion = &expectation.assertion;
    let judged = ExpectationResult {
        id: expectation.id.clone(),
        scenario_name: expectation.scenario_name.clone(),
        mission_name: expectation.mission_name.clone(),
        subject: Subject::Declared {
            path: expectation.path.as_str().to_owned(),
            op: assertion.op(),
            negated: assertion.is_negated(),
        },
        failure: None,
        actual: None,
        expected: assertion.expected().map(bounded),
        facts: Map::new(),
        place: expectation.place.clone(),
    };
    let scenario = match scenario {
        Ok(scenario) => scenario,
        Err(near) => {
            let facts = near.map(|near| ("nearest".to_owned(), json!(near))).into_iter().collect();
            return ExpectationResult { failure: Some(FailureReason::ScenarioMissing), facts, ..judged };
        }
    };
    let Some(mission) = scenario.mission(&expectation.mission_name) else {
        let facts = missing_mission(&expectation.mission_name, scenario);
        return ExpectationResult { failure: Some(FailureReason::MissionMissing), facts, ..judged };
    };
    let (actual, outcome) = assertion.check_at(&mission.value, &expectation.path);
    let actual = actual.map(bounded);
    match outcome {
        AssertionOutcome::Passed => ExpectationResult { actual, ..judged },
        AssertionOutcome::Failed(mismatch)
            if mismatch.reason == Reason::PathMissing && mission.outcome == MissionOutcome::Rejected =>
        {
            let facts = implicit::rejection(mission);
            ExpectationResult { actual, failure: Some(FailureReason::MissionRejected), facts, ..judged }
        }
        // Why the mission failed says more than that it did.
        AssertionOutcome::Failed(mismatch)
            if !matches!(mismatch.reason, Reason::TypeError | Reason::ComparisonTooLarge)
                && expectation.path.first_key() == Some("success")
                && implicit::has_failed(mission) =>
        {
            let facts = implicit::reason(mission);
            ExpectationResult { actual, failure: Some(FailureReason::MissionFailed), facts, ..judged }
        }
        AssertionOutcome::Failed(mismatch) => {
            let failure = Some(FailureReason::Assertion(mismatch.reason));
            ExpectationResult { actual, failure, facts: mismatch.facts, ..judged }
        }
    }
}

fn missing_mission(alias: &str, scenario: &ScenarioResult) -> Map<String, Value> {
    let aliases: Vec<&str> = scenario.mission_results.iter().map(|result| result.alias.as_str()).collect();
    let near = nearest(alias, aliases.iter().copied()).map(|near| ("nearest".to_owned(), json!(near)));
    std::iter::once(("missions".to_owned(), json!(aliases))).chain(near).collect()
}
