//! Expectations that go without saying.

use jsonptr::PointerBuf;
use serde_json::{Map, Value, json};

use super::expectation_result::{ExpectationResult, FailureReason, ImplicitExpectation, Subject};
use super::result::{MissionOutcome, MissionResult};
use crate::definition::MissionDefinition;
use crate::expectation::bounded;
use sortie_json::nearest;

/// What goes without saying of a mission of a scenario.
pub(super) fn judge(
    scenario_name: &str,
    mission: &MissionDefinition,
    result: &MissionResult,
    failure_is_spoken_of: bool,
) -> Option<ExpectationResult> {
    let judged = |implicit: ImplicitExpectation| judged(implicit, scenario_name, mission);
    match (&mission.expect_error, result.outcome) {
        (Some(expected), _) => Some(expected_error(judged(ImplicitExpectation::ExpectedError), expected, result)),
        (None, MissionOutcome::Rejected) => Some(ExpectationResult {
            failure: Some(FailureReason::MissionRejected),
            // Without the details: these are what a host adds for people, and the value enters a hash.
            actual: Some(json!({"rejected": rejection(result)})),
            facts: rejection(result),
            ..judged(ImplicitExpectation::NotRejected)
        }),
        (None, MissionOutcome::Finished) => {
            let failed = has_failed(result) && !failure_is_spoken_of;
            failed.then(|| ExpectationResult {
                failure: Some(FailureReason::MissionFailed),
                actual: result.value.get("success").map(bounded),
                expected: Some(json!(true)),
                facts: reason(result),
                ..judged(ImplicitExpectation::Success)
            })
        }
    }
}

/// Whether a mission was run and did not succeed.
pub(super) fn has_failed(result: &MissionResult) -> bool {
    result.outcome == MissionOutcome::Finished && result.value.get("success") != Some(&Value::Bool(true))
}

/// The facts of a failure.
pub(super) fn reason(result: &MissionResult) -> Map<String, Value> {
    members(&result.value, &["failed_step_id", "error_code", "error_message"])
}

/// Answers of the mission's own that no step asked for. In a mission that failed, a step may just not have been reached.
pub(super) fn answers(
    scenario_name: &str,
    mission: &MissionDefinition,
    result: &MissionResult,
) -> Option<ExpectationResult> {
    let decisions = result.value.get("decisions")?.as_object()?;
    if has_failed(result) {
        return None;
    }
    let answer = mission.own_answers.iter().find(|step| !decisions.contains_key(*step))?;
    let asked: Vec<&str> = decisions.keys().map(String::as_str).collect();
    let mut facts = Map::from_iter([("answer".to_owned(), bounded(&json!(answer)))]);
    if let Some(near) = nearest(answer, asked.iter().copied()) {
        facts.insert("nearest".to_owned(), json!(near));
    }
    facts.insert("asked".to_owned(), json!(asked));
    Some(ExpectationResult {
        failure: Some(FailureReason::AnswerNotTaken),
        facts,
        ..judged(ImplicitExpectation::AnswersTaken, scenario_name, mission)
    })
}

fn judged(implicit: ImplicitExpectation, scenario_name: &str, mission: &MissionDefinition) -> ExpectationResult {
    ExpectationResult {
        id: id(implicit, scenario_name, &mission.alias),
        scenario_name: scenario_name.to_owned(),
        mission_name: mission.alias.clone(),
        subject: Subject::Implicit(implicit),
        failure: None,
        actual: None,
        expected: None,
        facts: Map::new(),
        place: mission.place.clone(),
    }
}

fn expected_error(judged: ExpectationResult, expected: &str, result: &MissionResult) -> ExpectationResult {
    let actual = result.error_code();
    let failure = match actual {
        Some(code) if code == expected => None,
        Some(_) => Some(FailureReason::ErrorMismatch),
        None => Some(FailureReason::ErrorMissing),
    };
    let message = result.text("/rejected/message").or_else(|| result.text("/error_message"));
    let facts = match (failure, message) {
        (Some(_), Some(message)) => Map::from_iter([("message".to_owned(), bounded(&json!(message)))]),
        (None, _) | (_, None) => Map::new(),
    };
    ExpectationResult {
        failure,
        actual: actual.map(|code| json!(code)),
        expected: Some(json!(expected)),
        facts,
        ..judged
    }
}

/// The facts of a rejection: `code` and `message`.
pub(super) fn rejection(result: &MissionResult) -> Map<String, Value> {
    result.value.get("rejected").map(|rejected| members(rejected, &["code", "message"])).unwrap_or_default()
}

fn members(value: &Value, keys: &[&str]) -> Map<String, Value> {
    let member = |key: &&str| Some(((*key).to_owned(), told(value.get(*key).filter(|value| !value.is_null())?)));
    keys.iter().filter_map(member).collect()
}

/// How many characters of a long message are told: its beginning says what it is.
const MAX_TOLD: usize = 1_000;

/// A value, if it is not too large; of a text, its beginning.
fn told(value: &Value) -> Value {
    match value.as_str().and_then(|text| text.char_indices().nth(MAX_TOLD).map(|(end, _)| (text, end))) {
        Some((text, end)) => json!(format!("{}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len())),
        None => bounded(value),
    }
}

fn id(implicit: ImplicitExpectation, scenario_name: &str, alias: &str) -> String {
    format!("implicit:{}{}", implicit.code(), PointerBuf::from_tokens([scenario_name, alias]))
}
