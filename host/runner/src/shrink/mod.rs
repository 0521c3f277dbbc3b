//! Making a scenario that fails as small as it can be while it fails in the same way.

mod reduce;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value, json};
use sortie_harness::definition::{Expectation, MissionDefinition, ScenarioDefinition, StateFlow, TestDefinition};
use sortie_harness::expectation::ValuePath;
use sortie_harness::runner::{MissionFault, MissionRunner, ScenarioResult, evaluate, run_scenario};
use sortie_json::canonical_size;

use reduce::reduce;

/// How often a scenario is run to make it smaller.
const MAX_RUNS: usize = 5_000;

/// A scenario that fails, made small.
#[derive(Debug, Clone, PartialEq)]
pub struct ShrunkScenario {
    /// The scenario, as it is written in a suite, with what is expected of it.
    pub scenario: Value,
    /// The bytes of what it was run with before: state, params, metadata, answers.
    pub bytes_before: usize,
    /// The bytes of these now.
    pub bytes: usize,
    /// How often it was run.
    pub runs: usize,
}

/// How a scenario failed: what else it may be that fails is another failure.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature(Vec<String>);

/// Makes a scenario small; nothing, where it does not fail.
pub(crate) fn shrink(
    test: &TestDefinition,
    runner: &(impl MissionRunner + ?Sized),
    stop: &AtomicBool,
) -> Result<Option<ShrunkScenario>, MissionFault> {
    shrink_within(MAX_RUNS, test, runner, stop)
}

/// The same, running the scenario no more often than that.
fn shrink_within(
    max_runs: usize,
    test: &TestDefinition,
    runner: &(impl MissionRunner + ?Sized),
    stop: &AtomicBool,
) -> Result<Option<ShrunkScenario>, MissionFault> {
    let TestDefinition { scenario, expectations } = test;
    let result = run_scenario(scenario, runner)?;
    let signature = Signature::of(scenario, expectations, &result);
    if signature.0.is_empty() {
        return Ok(None);
    }
    let mut fault = None;
    let mut runs = 1;
    let bytes_before = bytes(scenario);
    let mut smallest = scenario.clone();
    let mut expected = expectations.clone();
    for part in parts(scenario) {
        let value = part.of(&smallest);
        let mut current = value.clone();
        let smaller = reduce(&value, &mut |candidate| {
            let mut tried = smallest.clone();
            part.put(&mut tried, candidate.clone());
            let with_pointers = part.with_pointers_moved(&tried, &current, candidate);
            for tried in with_pointers.into_iter().chain([tried]) {
                if runs >= max_runs || fault.is_some() || stop.load(Ordering::Relaxed) {
                    return None;
                }
                runs += 1;
                let result = match run_scenario(&tried, runner) {
                    Ok(result) => result,
                    Err(error) => {
                        fault = Some(error);
                        return None;
                    }
                };
                let fails_so = |expected: &[Expectation]| Signature::of(&tried, expected, &result) == signature;
                let moved = part.moved(&expected, &current, candidate);
                let holds = fails_so(&expected);
                if let Some(moved) = moved.filter(|moved| !holds && fails_so(moved)) {
                    expected = moved;
                } else if !holds {
                    continue;
                }
                (smallest, current) = (tried, candidate.clone());
                return Some(true);
            }
            Some(false)
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        part.put(&mut smallest, smaller);
    }
    let scenario = written(&smallest, &expected);
    Ok(Some(ShrunkScenario { scenario, bytes_before, bytes: bytes(&smallest), runs }))
}

/// A part of a scenario that can be made smaller.
#[derive(Debug, Clone, Copy)]
enum Part {
    State,
    Params(usize),
    Metadata(usize),
    Answers(usize),
}

/// The parts of a scenario, those first that are most of it.
fn parts(scenario: &ScenarioDefinition) -> Vec<Part> {
    let missions = 0..scenario.missions.len();
    let of_missions = missions.flat_map(|index| [Part::Params(index), Part::Metadata(index), Part::Answers(index)]);
    std::iter::once(Part::State).chain(of_missions).collect()
}

impl Part {
    fn of(self, scenario: &ScenarioDefinition) -> Value {
        let mission = |index: usize| scenario.missions.get(index);
        let value = match self {
            Self::State => Some((*scenario.initial_state).clone()),
            Self::Params(index) => mission(index).map(|mission| (*mission.params).clone()),
            Self::Metadata(index) => mission(index).map(|mission| mission.metadata.clone()),
            Self::Answers(index) => mission(index).map(|mission| Value::Object(mission.answers.clone())),
        };
        value.unwrap_or_default()
    }

    /// What is expected, once elements of the state's arrays were left out: of those behind them at their new places.
    /// Nothing, where that changes nothing.
    fn moved(self, expected: &[Expectation], before: &Value, after: &Value) -> Option<Vec<Expectation>> {
        let Self::State = self else { return None };
        let moved = |expectation: &Expectation| match expectation.path.first_key() {
            Some("final_state") => Expectation { path: expectation.path.moved(before, after), ..expectation.clone() },
            Some(_) | None => expectation.clone(),
        };
        let moved: Vec<Expectation> = expected.iter().map(moved).collect();
        (moved != expected).then_some(moved)
    }

    /// The scenario, once elements of the state's arrays were left out, with pointers in the params to those behind them that
    /// lead to their new places. Nothing, where that changes nothing.
    fn with_pointers_moved(
        self,
        scenario: &ScenarioDefinition,
        before: &Value,
        after: &Value,
    ) -> Option<ScenarioDefinition> {
        let Self::State = self else { return None };
        let mut moved = scenario.clone();
        let mut changes = false;
        for mission in &mut moved.missions {
            let mut params = (*mission.params).clone();
            if move_pointers(&mut params, before, after) {
                mission.params = Arc::new(params);
                changes = true;
            }
        }
        changes.then_some(moved)
    }

    fn put(self, scenario: &mut ScenarioDefinition, value: Value) {
        match self {
            Self::State => scenario.initial_state = Arc::new(value),
            Self::Params(index) => change(scenario, index, |mission| mission.params = Arc::new(value)),
            Self::Metadata(index) => change(scenario, index, |mission| mission.metadata = value),
            Self::Answers(index) => change(scenario, index, |mission| {
                let answers = value.as_object().cloned().unwrap_or_default();
                mission.own_answers.retain(|step| answers.contains_key(step));
                mission.answers = answers;
            }),
        }
    }
}

/// Moves all texts within a value that are pointers (RFC 6901) to elements of arrays with these; whether there are any.
fn move_pointers(value: &mut Value, before: &Value, after: &Value) -> bool {
    // Paths of expectations begin with a member of the result, and can be pointers, too.
    const ROOT: &str = "/final_state";
    match value {
        Value::Object(members) => {
            members.values_mut().fold(false, |moved, member| move_pointers(member, before, after) | moved)
        }
        Value::Array(elements) => {
            elements.iter_mut().fold(false, |moved, element| move_pointers(element, before, after) | moved)
        }
        Value::String(text) if text.starts_with('/') => {
            let Ok(path) = ValuePath::parse(&format!("{ROOT}{text}")) else { return false };
            let moved = path.moved(before, after);
            match moved.as_str().strip_prefix(ROOT) {
                Some(moved) if moved != text => {
                    moved.clone_into(text);
                    true
                }
                Some(_) | None => false,
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn change(scenario: &mut ScenarioDefinition, index: usize, put: impl FnOnce(&mut MissionDefinition)) {
    if let Some(mission) = scenario.missions.get_mut(index) {
        put(mission);
    }
}

fn bytes(scenario: &ScenarioDefinition) -> usize {
    parts(scenario).into_iter().map(|part| canonical_size(&part.of(scenario))).sum()
}

impl Signature {
    fn of(scenario: &ScenarioDefinition, expectations: &[Expectation], result: &ScenarioResult) -> Self {
        let judged = evaluate(scenario, expectations, result);
        let mut found: Vec<String> = judged
            .iter()
            .filter_map(|expectation| Some(format!("{}: {}", expectation.id, expectation.failure?)))
            .collect();
        // The ways in which missions fail tell one failure from another, where something is expected of another mission.
        if !found.is_empty() {
            found.extend(result.mission_results.iter().filter_map(|mission| {
                let way = way(&mission.value)?;
                Some(format!("{}: {way}", mission.alias))
            }));
        }
        Self(found)
    }
}

/// In which way a mission failed: the step, the code, the place in the source where that is known, and the message, of which
/// numbers and what is quoted may differ.
fn way(result: &Value) -> Option<String> {
    let rejected = result.get("rejected");
    let failed = result.get("success") == Some(&Value::Bool(false));
    if rejected.is_none() && !failed {
        return None;
    }
    let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let message = if rejected.is_some() { text("/rejected/message") } else { text("/error_message") };
    let details =
        ["code", "details/file", "details/line"].map(|place| result.pointer(&format!("/error_details/{place}")));
    Some(format!(
        "{} {} {} {details:?} {}",
        text("/rejected/code"),
        text("/failed_step_id"),
        text("/error_code"),
        shape(message)
    ))
}

/// A message without its numbers and without what stands in quotes.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut characters = message.chars();
    while let Some(character) = characters.next() {
        match character {
            '`' | '"' => {
                shape.push('_');
                if !characters.by_ref().any(|other| other == character) {
                    break;
                }
            }
            digit if digit.is_ascii_digit() => {
                if !shape.ends_with('#') {
                    shape.push('#');
                }
            }
            other => shape.push(other),
        }
    }
    shape
}

/// The scenario as a suite has it, with what is expected of it.
fn written(scenario: &ScenarioDefinition, expectations: &[Expectation]) -> Value {
    let mut members = Map::new();
    members.insert("scenario_name".to_owned(), json!(scenario.scenario_name));
    let has = |value: &Value| value.as_object().is_none_or(|members| !members.is_empty());
    if has(&scenario.initial_state) {
        members.insert("initial_state".to_owned(), (*scenario.initial_state).clone());
    }
    if scenario.state == StateFlow::Carry {
        members.insert("state".to_owned(), json!("carry"));
    }
    let missions: Vec<Value> = scenario.missions.iter().map(written_mission).collect();
    members.insert("missions".to_owned(), Value::Array(missions));
    if !expectations.is_empty() {
        let several = scenario.missions.len() > 1;
        let expect = expectations.iter().map(|expectation| written_expectation(expectation, several));
        members.insert("expect".to_owned(), expect.collect());
    }
    Value::Object(members)
}

fn written_mission(mission: &MissionDefinition) -> Value {
    let of = |value: &Value| value.as_object().is_none_or(|members| !members.is_empty()).then(|| value.clone());
    let optional: BTreeMap<&str, Option<Value>> = BTreeMap::from([
        ("as", (mission.alias != mission.name).then(|| json!(mission.alias))),
        ("params", of(&mission.params)),
        ("metadata", of(&mission.metadata)),
        ("answers", of(&Value::Object(mission.answers.clone()))),
        ("limits", of(&Value::Object(mission.limits.clone()))),
        ("expect_error", mission.expect_error.as_ref().map(|code| json!(code))),
    ]);
    let members = optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    std::iter::once(("name".to_owned(), json!(mission.name))).chain(members).collect::<Map<_, _>>().into()
}

fn written_expectation(expectation: &Expectation, several: bool) -> Value {
    let assertion = &expectation.assertion;
    let optional = [
        ("mission_name", several.then(|| json!(expectation.mission_name))),
        ("expected", assertion.expected().cloned()),
        ("not", assertion.is_negated().then_some(Value::Bool(true))),
        ("tolerance", assertion.tolerance().map(|tolerance| json!(tolerance))),
    ];
    let members = optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    let always =
        [("path".to_owned(), json!(expectation.path.as_str())), ("op".to_owned(), json!(assertion.op().to_string()))];
    always.into_iter().chain(members).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use sortie_harness::definition::{NoFixtures, test_run};
    use sortie_harness::runner::{MissionCall, MissionError};
    use sortie_json::{ContentHash, parse_str};

    use super::*;

    /// Leaves the state as it is, and counts how often it does.
    struct Untouched(AtomicUsize);

    impl MissionRunner for Untouched {
        fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let receipt = json!({"result_hash": ContentHash::of(call.initial_state)});
            Ok(json!({"success": true, "final_state": call.initial_state, "receipt": receipt}))
        }
    }

    /// Makes the one scenario of a suite small; gives it, and how often it was run.
    fn shrunk(state: &Value, path: &str, max_runs: usize) -> (Value, usize) {
        let suite = json!({"suite_name": "s", "scenarios": [{
            "scenario_name": "a", "initial_state": state, "missions": [{"name": "m"}],
            "expect": [{"path": path, "op": "eq", "expected": true}],
        }]});
        let document = parse_str(&suite.to_string()).unwrap();
        let run = test_run(document, None, &NoFixtures).result.unwrap_or_else(|errors| panic!("{errors:#?}"));
        let (test, runner) = (run.tests().next().unwrap(), Untouched(AtomicUsize::new(0)));
        let found = shrink_within(max_runs, &test, &runner, &AtomicBool::new(false)).unwrap().unwrap();
        let runs = runner.0.load(Ordering::Relaxed);
        assert_eq!(found.runs, runs);
        (found.scenario, runs)
    }

    fn tasks(count: usize) -> Value {
        let task = |n: usize| json!({"id": n, "title": format!("task {n}"), "done": n != 70});
        json!({"tasks": (0..count).map(task).collect::<Vec<_>>(), "log": ["a", "b"]})
    }

    #[test]
    fn an_expectation_goes_with_the_element_that_it_is_about() {
        for (path, at) in [
            ("final_state.tasks.70.done", "final_state.tasks.0.done"),
            ("/final_state/tasks/70/done", "/final_state/tasks/0/done"),
        ] {
            let (scenario, _) = shrunk(&tasks(100), path, MAX_RUNS);
            assert_eq!(scenario["initial_state"], json!({"tasks": [{"done": false}]}), "{scenario}");
            assert_eq!(scenario["expect"][0]["path"], json!(at));
        }
    }

    /// Fails where what a pointer in the params leads to is false.
    struct FollowsPointer;

    impl MissionRunner for FollowsPointer {
        fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
            let at = call.params.pointer("/look/0/at").and_then(Value::as_str).unwrap_or_default();
            let done = call.initial_state.pointer(at) != Some(&json!(false));
            let receipt = json!({"result_hash": ContentHash::of(call.initial_state)});
            Ok(json!({"success": done, "final_state": call.initial_state, "receipt": receipt}))
        }
    }

    #[test]
    fn a_pointer_in_the_params_goes_with_the_element_that_it_leads_to() {
        let params = json!({"look": [{"at": "/tasks/70/done", "as": "/tasks/3/no/such/place"}], "title": "/log"});
        let suite = json!({"suite_name": "s", "scenarios": [{
            "scenario_name": "a", "initial_state": tasks(100), "missions": [{"name": "m", "params": params}],
            "expect": [{"path": "success", "op": "eq", "expected": true}],
        }]});
        let document = parse_str(&suite.to_string()).unwrap();
        let run = test_run(document, None, &NoFixtures).result.unwrap_or_else(|errors| panic!("{errors:#?}"));
        let test = run.tests().next().unwrap();
        let found = shrink(&test, &FollowsPointer, &AtomicBool::new(false)).unwrap().unwrap();
        assert_eq!(found.scenario["initial_state"], json!({"tasks": [{"done": false}]}), "{}", found.scenario);
        assert_eq!(found.scenario["missions"][0]["params"], json!({"look": [{"at": "/tasks/0/done"}]}));
        assert!(found.runs < 200, "{}", found.runs);
    }

    #[test]
    fn a_scenario_is_run_as_often_as_it_may_be_and_not_once_more() {
        let (smallest, needed) = shrunk(&tasks(100), "final_state.tasks.70.done", MAX_RUNS);
        let (same, runs) = shrunk(&tasks(100), "final_state.tasks.70.done", needed);
        assert_eq!((&same, runs), (&smallest, needed));
        for fewer in [1, 2, needed / 2, needed - 1] {
            let (larger, runs) = shrunk(&tasks(100), "final_state.tasks.70.done", fewer);
            assert_eq!(runs, fewer);
            assert!(canonical_size(&larger) >= canonical_size(&smallest));
        }
    }

    #[test]
    fn messages_that_differ_in_their_data_have_one_shape() {
        assert_eq!(shape("task `a1` has 12 days, not \"x\""), shape("task `` has 3 days, not \"\""));
        assert_ne!(shape("task `a` has no days"), shape("task `a` has no title"));
        assert_eq!(shape("open `quote"), "open _");
    }
}
