//! Golden results: those of an earlier run, kept to compare later ones with.
//!
//! Of a result, what `result_hash` covers is kept; fuel, digests and lineage may change without a difference in what a
//! mission does. A golden file is `{schema_version: "golden@2", suite_name, scenarios: {scenario_name: {alias:
//! result}}}`.

use std::collections::{BTreeMap, BTreeSet};

use jsonptr::PointerBuf;
use serde_json::{Map, Value, json};
use sortie_json::canonical;

use crate::expectation::differences;
use crate::runner::{MissionOutcome, MissionResult, ScenarioResult};

const SCHEMA_VERSION: &str = "golden@2";

/// What of a result is kept.
const KEPT: [&str; 10] = [
    "id",
    "success",
    "executed_steps",
    "final_state",
    "outputs",
    "decisions",
    "verdicts",
    "failed_step_id",
    "error_code",
    "error_message",
];

/// The golden results of a suite.
///
/// ```
/// use sortie_harness::golden::{Golden, compare};
///
/// let golden = Golden::new("days");
/// let read = Golden::from_value(&golden.to_value()).unwrap();
/// assert_eq!(read, golden);
/// assert!(compare(&read, &golden).listed.is_empty());
/// assert!(Golden::from_value(&serde_json::json!({"schema_version": "golden@1"})).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Golden {
    /// The suite.
    pub suite_name: String,
    /// What is kept of its missions, by scenario and alias.
    pub scenarios: BTreeMap<String, Map<String, Value>>,
}

/// A value that is no golden file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidGolden {
    /// Where it is not.
    pub pointer: PointerBuf,
    /// What is wrong there.
    pub message: String,
}

/// Where golden results differ: the first places of each mission, and how many there are besides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GoldenDifferences {
    /// The places that are listed.
    pub listed: Vec<GoldenDifference>,
    /// How many places are not listed.
    pub omitted: usize,
}

/// A place where a run differs from the golden results.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenDifference {
    /// The scenario.
    pub scenario_name: String,
    /// The mission, by its alias; nothing when the whole scenario is on one side only.
    pub mission_name: Option<String>,
    /// Where in the mission's result, as a JSON Pointer; the root when the mission is on one side only.
    pub path: PointerBuf,
    /// What was there. Nothing at the root: there was no such scenario or mission.
    pub old: Option<Value>,
    /// What is there. Nothing at the root: there is no such scenario or mission any more.
    pub new: Option<Value>,
}

impl Golden {
    /// Golden results of no scenarios yet.
    #[must_use]
    pub fn new(suite_name: &str) -> Self {
        Self { suite_name: suite_name.to_owned(), scenarios: BTreeMap::new() }
    }

    /// Keeps a scenario's results.
    pub fn insert(&mut self, result: &ScenarioResult) {
        self.scenarios.insert(result.scenario_name.clone(), kept(result));
    }

    /// Reads a golden file.
    ///
    /// # Errors
    ///
    /// It is an error if the value is not a golden file.
    pub fn from_value(value: &Value) -> Result<Self, InvalidGolden> {
        let invalid = |pointer: &[&str], message: &str| InvalidGolden {
            pointer: PointerBuf::from_tokens(pointer.iter().copied()),
            message: message.to_owned(),
        };
        let version = value.get("schema_version").and_then(Value::as_str);
        if version != Some(SCHEMA_VERSION) {
            let earlier = "this golden file was written by an earlier release, whose results had another shape: its \
                           `schema_version` is `golden@1`, not `golden@2`";
            let message = match version {
                Some("golden@1") => earlier,
                _ => "this is not a golden file: its `schema_version` is not `golden@2`",
            };
            return Err(invalid(&["schema_version"], message));
        }
        let suite_name = value.get("suite_name").and_then(Value::as_str);
        let suite_name =
            suite_name.ok_or_else(|| invalid(&["suite_name"], "the golden file does not name its suite"))?;
        let scenarios = value.get("scenarios").and_then(Value::as_object);
        let scenarios = scenarios.ok_or_else(|| invalid(&["scenarios"], "the golden file has no scenarios"))?;
        let mut golden = Self::new(suite_name);
        for (name, missions) in scenarios {
            let missions = missions.as_object().cloned();
            let missions =
                missions.ok_or_else(|| invalid(&["scenarios", name], "a scenario is an object of missions"))?;
            golden.scenarios.insert(name.clone(), missions);
        }
        Ok(golden)
    }

    /// As it is written to a file: a value a line, members in the order of their names, so that tools which compare lines
    /// show what changed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        write_indented(&mut text, &self.to_value(), 0);
        text.push('\n');
        text
    }

    /// As JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"schema_version": SCHEMA_VERSION, "suite_name": self.suite_name, "scenarios": self.scenarios})
    }

    /// Where a scenario's result differs from what is kept of it.
    #[must_use]
    pub fn compare_scenario(&self, result: &ScenarioResult) -> GoldenDifferences {
        let mut found = GoldenDifferences::default();
        let name = &result.scenario_name;
        compare_missions(name, self.scenarios.get(name), Some(&kept(result)), &mut found);
        found
    }

    /// The scenarios that are kept and that no suite has any more.
    pub fn stale<'g>(&'g self, scenario_names: &'g BTreeSet<&str>) -> impl Iterator<Item = GoldenDifference> {
        let gone = self.scenarios.iter().filter(|(name, _)| !scenario_names.contains(name.as_str()));
        gone.map(|(name, missions)| whole_scenario(name, Some(missions), None))
    }
}

/// The differences between golden results, in the order of the scenarios' names, entries that only one has included.
#[must_use]
pub fn compare(old: &Golden, new: &Golden) -> GoldenDifferences {
    let names: BTreeSet<&String> = old.scenarios.keys().chain(new.scenarios.keys()).collect();
    let mut found = GoldenDifferences::default();
    for name in names {
        compare_missions(name, old.scenarios.get(name), new.scenarios.get(name), &mut found);
    }
    found
}

/// What is kept of a scenario.
fn kept(result: &ScenarioResult) -> Map<String, Value> {
    result.mission_results.iter().map(|mission| (mission.alias.clone(), kept_of(mission))).collect()
}

fn kept_of(mission: &MissionResult) -> Value {
    let member = |value: &Value, key: &str| Some((key.to_owned(), value.get(key)?.clone()));
    match mission.outcome {
        MissionOutcome::Finished => KEPT.iter().filter_map(|key| member(&mission.value, key)).collect(),
        MissionOutcome::Rejected => {
            let rejected = mission.value.get("rejected").unwrap_or(&Value::Null);
            let kept: Map<String, Value> = ["code", "message"].iter().filter_map(|key| member(rejected, key)).collect();
            json!({"rejected": kept})
        }
    }
}

/// A scenario that only one side has.
fn whole_scenario(
    scenario_name: &str,
    old: Option<&Map<String, Value>>,
    new: Option<&Map<String, Value>>,
) -> GoldenDifference {
    let whole = |missions: &Map<String, Value>| Value::Object(missions.clone());
    GoldenDifference {
        scenario_name: scenario_name.to_owned(),
        mission_name: None,
        path: PointerBuf::root(),
        old: old.map(whole),
        new: new.map(whole),
    }
}

fn compare_missions(
    scenario_name: &str,
    old: Option<&Map<String, Value>>,
    new: Option<&Map<String, Value>>,
    found: &mut GoldenDifferences,
) {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, None) => return,
        (old, new) => return found.listed.push(whole_scenario(scenario_name, old, new)),
    };
    let at = |alias: &String, path, old, new| GoldenDifference {
        scenario_name: scenario_name.to_owned(),
        mission_name: Some(alias.clone()),
        path,
        old,
        new,
    };
    let aliases: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for alias in aliases {
        match (old.get(alias), new.get(alias)) {
            (Some(old), Some(new)) => {
                let differing = differences(old, new);
                found.omitted += differing.omitted;
                let listed = differing.listed.into_iter();
                found.listed.extend(listed.map(|each| at(alias, each.path, each.expected, each.actual)));
            }
            (old, new) => found.listed.push(at(alias, PointerBuf::root(), old.cloned(), new.cloned())),
        }
    }
}

/// Writes JSON with a value a line. Values that have no values in them are in canonical form.
fn write_indented(text: &mut String, value: &Value, depth: usize) {
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                line(text, depth + 1);
                write_indented(text, element, depth + 1);
            }
            line(text, depth);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            text.push('{');
            // A program may be built so that members are in the order in which they came.
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                line(text, depth + 1);
                text.push_str(&canonical_text(&Value::from(name.as_str())));
                text.push_str(": ");
                write_indented(text, member, depth + 1);
            }
            line(text, depth);
            text.push('}');
        }
        value => text.push_str(&canonical_text(value)),
    }
}

fn canonical_text(value: &Value) -> String {
    String::from_utf8_lossy(&canonical(value)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_golden_file_has_a_value_a_line_and_reads_back_the_same() {
        let kept = json!({"echo": {"b": [1e30, {}, []], "a": "x\n\u{1b}", "\u{e000}": {"c": [null]}}});
        let golden = Golden {
            suite_name: "s".to_owned(),
            scenarios: [("one".to_owned(), kept.as_object().cloned().unwrap_or_default())].into(),
        };
        let text = golden.to_text();
        let expected = "{\n  \"scenarios\": {\n    \"one\": {\n      \"echo\": {\n        \"a\": \"x\\n\\u001b\",\n        \
                        \"b\": [\n          1e+30,\n          {},\n          []\n        ],\n        \"\u{e000}\": {\n          \
                        \"c\": [\n            null\n          ]\n        }\n      }\n    }\n  },\n  \"schema_version\": \
                        \"golden@2\",\n  \"suite_name\": \"s\"\n}\n";
        assert_eq!(text, expected);
        let read: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(Golden::from_value(&read), Ok(golden));
    }
}
