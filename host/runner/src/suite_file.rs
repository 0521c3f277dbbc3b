//! Adding a scenario to a suite's file, and leaving all else in it as it is.

use std::path::Path;

use jsonptr::PointerBuf;
use serde_json::{Value, json};
use sortie_json::{Code, Document, Format, ParseLimits, Part, Report, UserError, canonical};

use crate::codes;
use crate::files::{self, DocumentError, FileError};

/// Why a scenario was not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteFileError {
    /// The file cannot be read, is no document, or cannot be written.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The file is no suite, or is written in a way in which nothing can be put into it.
    #[error("a scenario cannot be added to `{path}`: {detail}")]
    NotAddable {
        /// The file.
        path: String,
        /// Why not.
        detail: &'static str,
    },
    /// The suite has a scenario of this name.
    #[error("the suite in `{path}` already has a scenario `{name}`")]
    Duplicate {
        /// The file.
        path: String,
        /// The scenario's name.
        name: String,
    },
}

impl UserError for SuiteFileError {
    fn code(&self) -> Code {
        match self {
            Self::Document(DocumentError::File(error)) => error.code(),
            Self::Document(DocumentError::Report(_)) => codes::INPUT_REJECTED,
            Self::NotAddable { .. } => codes::SUITE_NOT_ADDABLE,
            Self::Duplicate { .. } => codes::SCENARIO_EXISTS,
        }
    }
}

impl From<FileError> for SuiteFileError {
    fn from(error: FileError) -> Self {
        DocumentError::from(error).into()
    }
}

impl From<Report> for SuiteFileError {
    fn from(report: Report) -> Self {
        DocumentError::Report(Box::new(report)).into()
    }
}

/// Adds a scenario, as JSON, to a suite in YAML or JSON; makes the suite if there is none.
///
/// ```
/// use serde_json::json;
/// use sortie_runner::suite_file::{SuiteFileError, add_scenario};
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("greetings.suite.yaml");
/// let scenario = json!({"scenario_name": "hello", "missions": [{"name": "echo", "params": {"word": "hi"}}]});
/// add_scenario(&file, &scenario)?;
/// assert!(matches!(add_scenario(&file, &scenario), Err(SuiteFileError::Duplicate { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The file is no suite, has a scenario of that name, or is written in a way that leaves no room. It is as it was then.
pub fn add_scenario(path: &Path, scenario: &Value) -> Result<(), SuiteFileError> {
    let name = path.display().to_string();
    let not_addable = |detail| SuiteFileError::NotAddable { path: name.clone(), detail };
    let write = |text: &str| files::write(path, text.as_bytes());
    if !path.exists() {
        return Ok(write(
            &new_suite(path, scenario).ok_or_else(|| not_addable("only YAML and JSON can be added to"))?,
        )?);
    }
    let bytes = files::bytes(&name)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let document = Document::parse(&name, bytes, ParseLimits::default())?;
    let scenarios = document.value().get("scenarios").and_then(Value::as_array);
    let scenarios = scenarios.ok_or_else(|| not_addable("it has no list of scenarios"))?;
    let named = |other: &Value| other.get("scenario_name") == scenario.get("scenario_name");
    if scenarios.iter().any(named) {
        let scenario = scenario.get("scenario_name").and_then(Value::as_str).unwrap_or_default().to_owned();
        return Err(SuiteFileError::Duplicate { path: name.clone(), name: scenario });
    }
    let mut expected = document.value().clone();
    if let Some(scenarios) = expected.get_mut("scenarios").and_then(Value::as_array_mut) {
        scenarios.push(scenario.clone());
    }
    let new = match document.source().format() {
        Format::Json => serde_json::to_string_pretty(&expected).map(|text| text + "\n").ok(),
        Format::Yaml => with_item(&document, &text, scenarios.len(), scenario),
        Format::Toml => return Err(not_addable("only YAML and JSON can be added to")),
    };
    let new = new.ok_or_else(|| not_addable("its scenarios are not written one below the other"))?;
    // What was written has to be what was meant, whatever the file looks like.
    let read = Document::parse(&name, new.clone().into_bytes(), ParseLimits::default());
    match read {
        Ok(read) if *read.value() == expected => Ok(write(&new)?),
        Ok(_) | Err(_) => Err(not_addable("its scenarios are not written one below the other")),
    }
}

/// A suite of one scenario, named by its file.
fn new_suite(path: &Path, scenario: &Value) -> Option<String> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let suite_name = stem.strip_suffix(".suite").unwrap_or(&stem);
    match path.extension()?.to_str()? {
        "yaml" | "yml" => Some(format!("suite_name: {}\nscenarios:\n{}", json!(suite_name), item(scenario, "  "))),
        "json" => {
            let suite = json!({"suite_name": suite_name, "scenarios": [scenario]});
            serde_json::to_string_pretty(&suite).map(|text| text + "\n").ok()
        }
        _ => None,
    }
}

/// The text with a scenario behind the last one, written as those are.
fn with_item(document: &Document, text: &str, count: usize, scenario: &Value) -> Option<String> {
    let last = PointerBuf::from_tokens(["scenarios", &count.checked_sub(1)?.to_string()]);
    let span = document.locate(&last, Part::Value)?;
    let begins = text.get(..span.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let indent = text.get(begins..span.start)?.strip_suffix("- ")?;
    if !indent.chars().all(|character| character == ' ') {
        return None;
    }
    let end = text.get(..span.end)?.trim_end().len();
    let end = end + text.get(end..)?.find('\n').map_or(text.len() - end, |newline| newline + 1);
    let newline = if text.get(..end)?.ends_with('\n') { "" } else { "\n" };
    Some(format!("{}{newline}{}{}", text.get(..end)?, item(scenario, indent), text.get(end..)?))
}

/// A scenario as an element of a list: a line for each mission and each expectation, whose values are JSON.
fn item(scenario: &Value, indent: &str) -> String {
    let mut text = String::new();
    let mut start = "- ";
    for key in ["scenario_name", "initial_state", "state", "missions", "expect"] {
        let Some(value) = scenario.get(key) else { continue };
        text.push_str(&format!("{indent}{start}{key}:"));
        match value {
            Value::Array(elements) => {
                text.push('\n');
                for element in elements {
                    text.push_str(&format!("{indent}    - {}\n", flow(element)));
                }
            }
            value => text.push_str(&format!(" {}\n", flow(value))),
        }
        start = "  ";
    }
    text
}

/// JSON that is YAML too: in YAML, a space follows the colon after a key.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", scalar(&json!(name)), flow(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        value => scalar(value),
    }
}

fn scalar(value: &Value) -> String {
    String::from_utf8_lossy(&canonical(value)).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::fs;

    use super::*;

    fn added(name: &str, before: Option<&str>, scenario: &Value) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        if let Some(before) = before {
            fs::write(&file, before).unwrap();
        }
        let result = add_scenario(&file, scenario);
        let after = fs::read_to_string(&file).unwrap_or_default();
        if result.is_err() {
            assert_eq!(before.unwrap_or_default(), after, "the file is as it was");
        }
        result.map(|()| after).map_err(|error| error.code().to_string())
    }

    #[test]
    fn a_scenario_is_added_behind_the_others_and_all_else_stays() {
        let scenario = json!({"scenario_name": "new: one", "initial_state": {"a\u{1b}": ["\n", 1e30]}, "missions": [{"name": "echo"}]});
        let item = "- scenario_name: \"new: one\"\n    initial_state: {\"a\\u001b\": [\"\\n\", 1e+30]}\n    missions:\n      - {\"name\": \"echo\"}\n";
        let before = "# mine\nsuite_name: s\nscenarios:\n  - scenario_name: a # first\n    missions: [{name: echo}]\n\n# the end\ndescription: d\n";
        let expected = before.replace("echo}]\n", &format!("echo}}]\n  {item}"));
        assert_eq!(added("suite.yaml", Some(before), &scenario), Ok(expected));
        let flat = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: echo}]}";
        let expected = format!("{flat}\n{}", item.replace("\n    ", "\n  "));
        assert_eq!(added("suite.yaml", Some(flat), &scenario), Ok(expected));
        assert!(
            added("notes.suite.yaml", None, &scenario).unwrap().starts_with("suite_name: \"notes\"\nscenarios:\n  - ")
        );
        let json = added("suite.json", Some("{\"suite_name\": \"s\", \"scenarios\": []}"), &scenario).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["scenarios"][0], scenario);
    }

    #[test]
    fn what_leaves_no_room_is_left_as_it_is() {
        let scenario = json!({"scenario_name": "a", "missions": []});
        let not_addable = Err("suite_not_addable".to_owned());
        assert_eq!(
            added("suite.yaml", Some("suite_name: s\nscenarios: [{scenario_name: b, missions: []}]\n"), &scenario),
            not_addable
        );
        assert_eq!(added("suite.yaml", Some("suite_name: s\n"), &scenario), not_addable);
        assert_eq!(
            added("suite.toml", Some("suite_name = 's'\n[[scenarios]]\nscenario_name = 'b'\n"), &scenario),
            not_addable
        );
        let same = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: []}\n";
        assert_eq!(added("suite.yaml", Some(same), &scenario), Err("scenario_exists".to_owned()));
    }
}
