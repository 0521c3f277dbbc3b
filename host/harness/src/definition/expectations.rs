//! Reading one expectation.

use serde_json::Value;

use super::document::Node;
use super::error::{DefinitionError, DefinitionErrorCode as Code, Problems};
use super::format::EXPECTATION;
use super::model::ExpectationDefinition;
use super::shape::did_you_mean;
use crate::expectation::{Assertion, InvalidAssertion, JsonType, Op, ValuePath};

/// What ids that users give do not begin with: those of implicit expectations do.
pub(super) const RESERVED_PREFIX: &str = "implicit:";

/// Reads an expectation whose shape was checked; inside a scenario, with the scenario's name.
pub(super) fn read(node: Node<'_>, scenario: Option<&str>, problems: &mut Problems) -> Option<ExpectationDefinition> {
    let id = node.text("id");
    if id.is_some_and(|id| id.starts_with(RESERVED_PREFIX)) {
        let message = format!("ids do not begin with `{RESERVED_PREFIX}`");
        problems.error(|| {
            DefinitionError::new(Code::ReservedId, node.trail.key("id").place(), message)
                .help("that is for expectations that go without saying: choose another id".to_owned())
        });
    }
    let path = read_path(node, problems);
    let assertion = read_assertion(node, problems);
    Some(ExpectationDefinition {
        id: id.map(str::to_owned),
        scenario_name: scenario.or_else(|| node.text("scenario_name"))?.to_owned(),
        mission_name: node.text("mission_name").map(str::to_owned),
        path: path?,
        assertion: assertion?,
        place: node.trail.place(),
    })
}

fn read_path(node: Node<'_>, problems: &mut Problems) -> Option<ValuePath> {
    match ValuePath::parse(node.text("path")?) {
        Ok(path) => Some(path),
        Err(error) => {
            problems.error(|| {
                DefinitionError::new(Code::InvalidPath, node.trail.key("path").place(), error.to_string())
                    .expected("a dotted path (`final_state.tasks.0.id`) or a JSON Pointer (`/final_state/tasks/0/id`)")
            });
            None
        }
    }
}

fn read_assertion(node: Node<'_>, problems: &mut Problems) -> Option<Assertion> {
    let op: Op = node.text("op")?.parse().ok()?;
    let tolerance = match node.get("tolerance") {
        // A tolerance of another type was reported; what is said of the rest would be wrong without it.
        Some(value) => Some(value.as_f64()?),
        None => None,
    };
    // Null is a value to compare with.
    let expected = node.members.get("expected").cloned();
    match Assertion::new(op, expected, tolerance) {
        Ok(assertion) if node.get("not").and_then(Value::as_bool) == Some(true) => Some(assertion.negated()),
        Ok(assertion) => Some(assertion),
        // Where the name of what is missing is misspelt, that is the mistake, and was told.
        Err(invalid) if is_misspelt(&invalid, node) => None,
        Err(invalid) => {
            problems.error(|| explain(&invalid, node));
            None
        }
    }
}

fn is_misspelt(invalid: &InvalidAssertion, node: Node<'_>) -> bool {
    let missing = match invalid {
        InvalidAssertion::ExpectedMissing { .. } => "expected",
        InvalidAssertion::ToleranceMissing => "tolerance",
        InvalidAssertion::ExpectedInvalid { .. }
        | InvalidAssertion::InvalidRegex { .. }
        | InvalidAssertion::UnknownType { .. }
        | InvalidAssertion::ToleranceInvalid
        | InvalidAssertion::ToleranceStray { .. } => return false,
    };
    EXPECTATION.field(missing).is_some_and(|field| EXPECTATION.misspelt(field, node.members).is_some())
}

fn explain(invalid: &InvalidAssertion, node: Node<'_>) -> DefinitionError {
    let at = |code, field| DefinitionError::new(code, node.trail.key(field).place(), invalid.to_string());
    let missing = || DefinitionError::new(Code::MissingField, node.trail.place(), invalid.to_string());
    match invalid {
        InvalidAssertion::ExpectedMissing { wants, .. } => missing().expected(format!("`expected`: {wants}")),
        InvalidAssertion::ExpectedInvalid { wants, .. } => at(Code::InvalidExpected, "expected").expected(*wants),
        InvalidAssertion::InvalidRegex { .. } => at(Code::InvalidRegex, "expected")
            .expected("a regular expression")
            .help("a backslash takes the meaning of a character away, as in `\\(`".to_owned()),
        InvalidAssertion::UnknownType { name } => at(Code::InvalidExpected, "expected")
            .expected(format!("one of {}", JsonType::NAMES.join(", ")))
            .help(did_you_mean(name, JsonType::NAMES)),
        InvalidAssertion::ToleranceMissing => missing().expected("`tolerance`: a number of zero or more"),
        InvalidAssertion::ToleranceInvalid => {
            at(Code::InvalidExpected, "tolerance").expected("a number of zero or more")
        }
        InvalidAssertion::ToleranceStray { .. } => {
            at(Code::InvalidExpected, "tolerance").at_key().help("use `close_to`, or take the tolerance out".to_owned())
        }
    }
}
