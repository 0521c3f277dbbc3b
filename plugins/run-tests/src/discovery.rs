//! Finding suites, and reading them.

use serde_json::Map;
use sortie_harness::definition::{
    DefinitionError, DefinitionPlace, NoFixtures, TestDefinition, TestRunDefinition, test_run,
};
use sortie_plugin_sdk::prelude::*;

use crate::glob::matches;

/// Which suites are meant: the params of the mission, and the payload of `discover_suites` and `execute_suites`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Selection {
    /// A pattern of names of suites: `*` stands for any characters, `?` for one.
    pub target: String,
    /// The suites, as they stand in suite files; without it, those in the state at `/suites`, a list of suites or a
    /// map from names to suites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suites: Option<Vec<Value>>,
}

impl Default for Selection {
    fn default() -> Self {
        Self { target: "*".to_owned(), suites: None }
    }
}

/// A suite that was found and can be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// The suite and what is expected of it.
    pub definition: TestRunDefinition,
    /// What is suspicious about it.
    pub warnings: Vec<Value>,
}

impl Suite {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.definition.suite_name()
    }
}

/// The suites that are meant, in their order in the list, or in that of their names in the map.
///
/// Fails with `no_suite` where there is none, and with `invalid_suite` where any cannot be run; the details have all
/// that is wrong with all of them.
pub fn discover(selection: &Selection, state: Option<&Value>) -> Result<Vec<Suite>> {
    let found = found(selection, state)?;
    let candidates: Vec<String> = found.iter().map(|(_, document)| name(document).to_owned()).collect();
    let meant = found.into_iter().filter(|(_, document)| matches(&selection.target, name(document)));
    let (mut suites, mut errors) = (Vec::<Suite>::new(), Vec::new());
    for (place, document) in meant {
        match read(&place, document) {
            Ok(suite) if suites.iter().any(|other| other.name() == suite.name()) => {
                let message = format!("there is a suite `{}` already", suite.name());
                errors.push(error(&place, suite.name(), "duplicate_suite", &message));
            }
            Ok(suite) => suites.push(suite),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if !errors.is_empty() {
        return Err(Failure::new("invalid_suite", told(&errors)).with_details(json!({"errors": errors})));
    }
    if suites.is_empty() {
        let message = match candidates.as_slice() {
            [] => "there is no suite: neither in the params, nor in the state at `/suites`".to_owned(),
            _ => format!("no suite's name matches `{}`", selection.target),
        };
        let details = json!({"target": selection.target, "suites": candidates});
        return Err(Failure::new("no_suite", message).with_details(details));
    }
    Ok(suites)
}

/// The documents, each with its place: a pointer into the params or into the state.
fn found(selection: &Selection, state: Option<&Value>) -> Result<Vec<(String, Value)>> {
    let listed = |suites: &[Value]| -> Vec<(String, Value)> {
        suites.iter().enumerate().map(|(index, suite)| (format!("/suites/{index}"), suite.clone())).collect()
    };
    match (&selection.suites, state) {
        (None, None | Some(Value::Null)) => Ok(Vec::new()),
        (Some(suites), _) | (None, Some(Value::Array(suites))) => Ok(listed(suites)),
        (None, Some(Value::Object(suites))) => Ok(suites.iter().map(|(key, suite)| named(key, suite)).collect()),
        (None, Some(Value::Bool(_) | Value::Number(_) | Value::String(_))) => {
            Err(Failure::new("unexpected_state", "`/suites` must be a list of suites, or a map from names to suites"))
        }
    }
}

/// A suite of a map: its key is its name, unless it has one.
fn named(key: &str, suite: &Value) -> (String, Value) {
    let mut suite = suite.clone();
    if let Value::Object(members) = &mut suite {
        members.entry("suite_name").or_insert_with(|| json!(key));
    }
    (format!("/suites/{}", key.replace('~', "~0").replace('/', "~1")), suite)
}

/// What the target is matched with. What has no name is matched by `*` alone, and then told to have none.
fn name(document: &Value) -> &str {
    document.get("suite_name").and_then(Value::as_str).unwrap_or_default()
}

fn read(place: &str, document: Value) -> core::result::Result<Suite, Vec<Value>> {
    let name = name(&document).to_owned();
    let decoded = test_run(document, None, &NoFixtures);
    let described = |errors: Vec<DefinitionError>| errors.iter().map(|error| describe(place, &name, error)).collect();
    let definition = decoded.result.map_err(described)?;
    let limited = limited(place, &definition);
    if limited.is_empty() { Ok(Suite { definition, warnings: described(decoded.warnings) }) } else { Err(limited) }
}

/// Missions with limits of their own: here they run on the caller's.
fn limited(place: &str, definition: &TestRunDefinition) -> Vec<Value> {
    if definition.limits().is_empty() {
        return Vec::new();
    }
    let mut limited = Vec::new();
    for TestDefinition { scenario, .. } in definition.tests() {
        for call in scenario.missions.iter().filter(|call| !call.limits.is_empty()) {
            let message = format!(
                "the mission `{}` of the scenario `{}` has limits of its own; what a mission runs has its caller's",
                call.alias, scenario.scenario_name
            );
            limited.push(error(&pointer(place, &call.place), definition.suite_name(), "limits_unsupported", &message));
        }
    }
    limited
}

fn error(pointer: &str, suite_name: &str, code: &str, message: &str) -> Value {
    json!({"suite_name": suite_name, "pointer": pointer, "code": code, "message": message})
}

/// As JSON: `{suite_name, pointer, code, message, expected?, help?, other?}`, where `pointer` and `other` lead into the
/// params or the state.
fn describe(place: &str, suite_name: &str, wrong: &DefinitionError) -> Value {
    let mut members = Map::new();
    let mut insert = |key: &str, value: &str| members.insert(key.to_owned(), json!(value));
    insert("suite_name", suite_name);
    insert("pointer", &pointer(place, &wrong.place));
    insert("code", wrong.code.code().as_str());
    insert("message", &wrong.message);
    if let Some(expected) = &wrong.expected {
        insert("expected", expected);
    }
    if let Some(help) = &wrong.help {
        insert("help", help);
    }
    if let Some(other) = &wrong.other {
        insert("other", &pointer(place, other));
    }
    Value::Object(members)
}

fn pointer(suite: &str, place: &DefinitionPlace) -> String {
    format!("{suite}{}", place.pointer)
}

/// All errors in a line.
fn told(errors: &[Value]) -> String {
    let text = |error: &Value, key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let lines: Vec<_> =
        errors.iter().map(|error| format!("{}: {}", text(error, "pointer"), text(error, "message"))).collect();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(name: &str) -> Value {
        json!({"suite_name": name, "scenarios": [{"scenario_name": "s", "missions": [{"name": "echo"}]}]})
    }

    /// The names of the suites that are found in the state, or the code and message of the failure.
    fn check(target: &str, state: Option<&Value>, expected: &str) {
        let selection = Selection { target: target.to_owned(), suites: None };
        let shown = match discover(&selection, state) {
            Ok(suites) => suites.iter().map(Suite::name).collect::<Vec<_>>().join(" "),
            Err(failure) => format!("{}: {}", failure.code, failure.message),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn suites_are_found_in_a_list_by_their_names() {
        let state = json!([suite("unit"), suite("slow-1"), suite("slow-2")]);
        check("*", Some(&state), "unit slow-1 slow-2");
        check("slow-?", Some(&state), "slow-1 slow-2");
        check("fast", Some(&state), "no_suite: no suite's name matches `fast`");
    }

    #[test]
    fn suites_are_found_in_a_map_whose_keys_are_names_where_there_are_none() {
        let mut nameless = suite("");
        nameless.as_object_mut().unwrap().remove("suite_name");
        check("*", Some(&json!({"a": nameless, "b": suite("other")})), "a other");
    }

    #[test]
    fn suites_in_the_params_hide_those_in_the_state() {
        let selection = Selection { suites: Some(vec![suite("params")]), ..Selection::default() };
        assert_eq!(discover(&selection, Some(&json!([suite("state")]))).unwrap()[0].name(), "params");
    }

    #[test]
    fn nothing_to_run_is_a_failure() {
        let message = "no_suite: there is no suite: neither in the params, nor in the state at `/suites`";
        for state in [None, Some(json!(null)), Some(json!([])), Some(json!({}))] {
            check("*", state.as_ref(), message);
        }
        let wrong = "unexpected_state: `/suites` must be a list of suites, or a map from names to suites";
        check("*", Some(&json!("x")), wrong);
    }

    #[test]
    fn all_that_is_wrong_with_all_suites_is_told() {
        let mut first = suite("a");
        first["scenarios"][0]["missions"][0]["params_from"] = json!("file.json");
        first["expectations"] = json!([{"scenario_name": "t", "path": "success", "op": "eq", "expected": true}]);
        let mut second = suite("b");
        second["scenarios"][0]["missions"][0]["limits"] = json!({"fuel_per_call": 1});
        let state = json!([first, second, suite("c"), suite("c"), 5]);
        let failure = discover(&Selection::default(), Some(&state)).unwrap_err();
        assert_eq!(failure.code, "invalid_suite");
        let details = failure.details.unwrap();
        let told: Vec<_> = details["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                "/suites/0/scenarios/0/missions/0/params_from fixture_unavailable",
                "/suites/0/expectations/0/scenario_name unknown_scenario",
                "/suites/1/scenarios/0/missions/0 limits_unsupported",
                "/suites/3 duplicate_suite",
                "/suites/4 wrong_type",
            ]
        );
    }

    #[test]
    fn what_is_suspicious_is_kept() {
        let mut odd = suite("a");
        odd["colour"] = json!("green");
        let suites = discover(&Selection::default(), Some(&json!([odd]))).unwrap();
        assert_eq!(suites[0].warnings[0]["code"], "unknown_field");
    }
}
