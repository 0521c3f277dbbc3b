//! From what happened to a test: a recorded run or a failed call as a scenario.
//!
//! A run that succeeded becomes a scenario that expects what came of it; one that failed, and a call that failed, become
//! one that expects success: it fails until what is wrong is mended.

use serde_json::{Map, Value, json};
use sortie_harness::expectation::MAX_SHOWN_BYTES;
use sortie_host::{
    Answer, Decision, DecisionStatus, Function, Limits, LineageStep, OrchestrationResult, RecordedEnd, Recording,
};
use sortie_json::{Canonical, Code, UserError, canonical_size};

use crate::codes;
use crate::saved_failure::SavedFailure;

/// How many values of a final state are expected one by one.
const MAX_VALUES: usize = 20;

/// Why something that happened cannot be a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The run waits for a person, so that there is no result yet.
    #[error("the run is waiting for an answer to `{step}`, so it cannot become a scenario yet")]
    Waiting {
        /// The human step.
        step: String,
    },
    /// The call was made after decisions, which a scenario of it alone cannot have.
    #[error(
        "the call of `{operation}` was made after people had decided, and a scenario of the call alone has no decisions"
    )]
    AfterDecisions {
        /// The operation.
        operation: String,
    },
}

impl UserError for SaveError {
    fn code(&self) -> Code {
        match self {
            Self::Waiting { .. } => codes::RUN_WAITS,
            Self::AfterDecisions { .. } => codes::CALL_AFTER_DECISIONS,
        }
    }
}

/// The scenario of a recorded run.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{Bundle, ExecutionContext, Host};
/// use sortie_runner::save::of_recording;
///
/// let host = Host::builder().first_party().build()?;
/// let (context, params) = (ExecutionContext::new(json!({}))?, json!({"word": "hi"}));
/// let workflow = host.build_mission("echo", &params)?.workflow().clone();
/// let result = host.run_mission("echo", &context, &params)?;
/// let bundle = Bundle::new(&workflow, &context, &result, &host.registry())?;
///
/// let scenario = of_recording("as it was", &bundle.recording())?;
/// assert_eq!(scenario["scenario_name"], "as it was");
/// assert_eq!(scenario["missions"][0]["params"], params);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The run is not finished.
pub fn of_recording(name: &str, recording: &Recording) -> Result<Value, SaveError> {
    let result = match &recording.end {
        RecordedEnd::Done(result) => result,
        RecordedEnd::Waiting(question) => return Err(SaveError::Waiting { step: question.step.id.clone() }),
    };
    let mut mission = match (&recording.mission, &recording.workflow) {
        (Some(mission), _) => call(&recording.name(), mission.params.clone()),
        (None, workflow) => call("core/workflow", definition(workflow.as_ref())),
    };
    let metadata = recording.context.metadata();
    if metadata.as_object().is_some_and(|metadata| !metadata.is_empty()) {
        mission.insert("metadata".to_owned(), metadata.clone());
    }
    let answers: Map<String, Value> = recording.steps.iter().filter_map(answer).collect();
    if !answers.is_empty() {
        mission.insert("answers".to_owned(), Value::Object(answers));
    }
    add_limits(&mut mission, &recording.limits);
    let expect = expectations(result, &recording.steps);
    Ok(scenario(name, recording.context.initial_state(), mission, expect))
}

/// The scenario of a failed call: of a builder, its mission; of an operation, a workflow of one step, in a state with
/// what the call was given of it.
///
/// # Errors
///
/// The call was given decisions.
pub fn of_failure(name: &str, failure: &SavedFailure) -> Result<Value, SaveError> {
    let plugin = &failure.call.plugin.name;
    let (mut mission, state) = match &failure.call.function {
        Function::Build { mission, params } => (call(&format!("{plugin}/{mission}"), value_of(params)), json!({})),
        Function::Execute(input) => {
            let operation = format!("{plugin}/{}", input.operation);
            let object = |text: &Canonical| value_of(text).as_object().cloned().unwrap_or_default();
            if !object(&input.decisions).is_empty() {
                return Err(SaveError::AfterDecisions { operation });
            }
            let mut payload = object(&input.payload);
            payload.insert("operation".to_owned(), json!(operation));
            let step = json!({"id": input.step_id, "kind": "runtime", "payload": payload});
            let mut mission = call("core/workflow", json!({"id": input.step_id, "steps": [step]}));
            let metadata = object(&input.metadata);
            if !metadata.is_empty() {
                mission.insert("metadata".to_owned(), Value::Object(metadata));
            }
            (mission, state_of(&value_of(&input.state)))
        }
    };
    let limits = Limits { fuel_per_call: failure.call.fuel, ..failure.call.limits };
    add_limits(&mut mission, &limits);
    Ok(scenario(name, &state, mission, vec![expectation("success", json!(true))]))
}

/// A text that was written of a value, as a value.
fn value_of(text: &Canonical) -> Value {
    serde_json::from_str(text.as_str()).unwrap_or_default()
}

/// A workflow as the params of a mission.
fn definition(workflow: Option<&Value>) -> Value {
    let member = |name: &str| Some((name.to_owned(), workflow?.get(name)?.clone()));
    let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    let members = ["id", "steps", "metadata"].into_iter().filter_map(member);
    members.filter(|(_, value)| !is_empty(value)).collect::<Map<_, _>>().into()
}

fn call(name: &str, params: Value) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), json!(name)), ("params".to_owned(), params)])
}

fn scenario(name: &str, state: &Value, mission: Map<String, Value>, expect: Vec<Value>) -> Value {
    json!({"scenario_name": name, "initial_state": state, "missions": [mission], "expect": expect})
}

/// The limits that are not those which a mission has anyway.
fn add_limits(mission: &mut Map<String, Value>, limits: &Limits) {
    let members = |limits: &Limits| match serde_json::to_value(limits) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    };
    let usual = members(&Limits::default());
    let own: Map<String, Value> =
        members(limits).into_iter().filter(|(name, value)| usual.get(name) != Some(value)).collect();
    if !own.is_empty() {
        mission.insert("limits".to_owned(), Value::Object(own));
    }
}

/// What happened at a human step, as a scenario says it.
fn answer(step: &LineageStep) -> Option<(String, Value)> {
    let LineageStep::Human { step_id, decision, .. } = step else { return None };
    let answer = match decision {
        Some(Decision { status: DecisionStatus::Marked, .. }) => Answer::Mark,
        None | Some(Decision { status: DecisionStatus::Defaulted, .. }) => Answer::Expire,
        Some(Decision { value, .. }) => Answer::Value(value.clone()),
    };
    Some((step_id.clone(), answer.to_json()))
}

fn expectation(path: &str, expected: Value) -> Value {
    json!({"path": path, "op": "eq", "expected": expected})
}

/// What is expected of a result. Values that nobody would read are left out.
fn expectations(result: &OrchestrationResult, steps: &[LineageStep]) -> Vec<Value> {
    let mut expect = vec![expectation("success", json!(true))];
    if !result.success {
        return expect;
    }
    let fits = |value: &Value| canonical_size(value) <= MAX_SHOWN_BYTES;
    let pointer = |tokens: &[&str]| jsonptr::PointerBuf::from_tokens(tokens.iter().copied()).to_string();
    for (step, verdict) in &result.verdicts {
        expect.push(expectation(&pointer(&["verdicts", step, "passed"]), json!(verdict.passed)));
    }
    for (step, output) in result.outputs.iter().filter(|(_, output)| fits(output)) {
        expect.push(expectation(&pointer(&["outputs", step]), output.clone()));
    }
    let mut places: Vec<String> = steps.iter().flat_map(changed_places).collect();
    places.sort();
    places.dedup();
    // A value says all that is in it.
    let whole: Vec<&String> = places
        .iter()
        .filter(|place| {
            !places.iter().any(|other| place.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/')))
        })
        .collect();
    for place in whole.into_iter().take(MAX_VALUES) {
        match result.final_state.pointer(place) {
            Some(value) if fits(value) => {
                expect.push(expectation(&format!("/final_state{place}"), value.clone()));
            }
            Some(_) => {}
            None => expect.push(json!({"path": format!("/final_state{place}"), "op": "missing"})),
        }
    }
    expect
}

/// The places of the state that a step changed; of a list that an element was added to, the list.
fn changed_places(step: &LineageStep) -> Vec<String> {
    let whole = serde_json::to_value(step).unwrap_or_default();
    let changes = whole.get("patch").and_then(Value::as_array).cloned().unwrap_or_default();
    let place = |change: &Value| {
        let op = change.get("op").and_then(Value::as_str)?;
        let path = change.get("path").and_then(Value::as_str)?;
        let (parent, last) = path.rsplit_once('/')?;
        let of_a_list = last == "-" || last.bytes().all(|byte| byte.is_ascii_digit());
        (op != "test").then(|| if of_a_list { parent } else { path }.to_owned())
    };
    let from = |change: &Value| {
        let moved = change.get("op").and_then(Value::as_str) == Some("move");
        change.get("from").and_then(Value::as_str).filter(|_| moved).map(str::to_owned)
    };
    changes.iter().flat_map(|change| place(change).into_iter().chain(from(change))).collect()
}

/// A state that has what a projection has, each value at its place.
fn state_of(projection: &Value) -> Value {
    let mut state = json!({});
    for (place, value) in projection.as_object().into_iter().flatten() {
        if let Ok(pointer) = jsonptr::Pointer::parse(place) {
            // A place that cannot be, such as one in a text, was not to be had in the run either.
            let _ = pointer.assign(&mut state, value.clone());
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_is_a_state_again() {
        assert_eq!(
            state_of(&json!({"/a/b": 1, "/a/c": [2], "/d~1e": null})),
            json!({"a": {"b": 1, "c": [2]}, "d/e": null})
        );
        assert_eq!(state_of(&json!({"": {"x": 1}})), json!({"x": 1}));
    }
}
