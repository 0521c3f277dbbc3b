//! What an expectation came to.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::definition::DefinitionPlace;
use crate::expectation::{Op, Reason};
use sortie_json::write_canonical;

/// What an expectation came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectationResult {
    /// The expectation's id.
    pub id: String,
    /// The scenario.
    pub scenario_name: String,
    /// The mission, by its alias.
    pub mission_name: String,
    /// What was expected to be how.
    pub subject: Subject,
    /// Why it does not hold; nothing when it does.
    pub failure: Option<FailureReason>,
    /// The actual value, [`bounded`](crate::expectation::bounded).
    pub actual: Option<Value>,
    /// The expected value, bounded likewise.
    pub expected: Option<Value>,
    /// More about the failure; for that of an operator, see [`Mismatch`](crate::expectation::Mismatch).
    pub facts: Map<String, Value>,
    /// Where the expectation, or the mission of an implicit one, stands.
    pub place: DefinitionPlace,
}

/// What was expected to be how. Closed: it was declared, or it goes without saying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// What a declared expectation says.
    Declared {
        /// The path, as it was written.
        path: String,
        /// The operator.
        op: Op,
        /// Whether it is negated.
        negated: bool,
    },
    /// What goes without saying.
    Implicit(ImplicitExpectation),
}

/// What goes without saying. A closed set with stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImplicitExpectation {
    /// `expect_error`: the call ends in the error that the mission states.
    ExpectedError,
    /// `not_rejected`: a mission that states no error is not rejected.
    NotRejected,
    /// `success`: a mission succeeds, unless an expectation holds that would not if it did.
    Success,
    /// `answers_taken`: each answer of a mission is to a human step that was reached.
    AnswersTaken,
}

impl ImplicitExpectation {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ExpectedError => "expect_error",
            Self::NotRejected => "not_rejected",
            Self::Success => "success",
            Self::AnswersTaken => "answers_taken",
        }
    }
}

/// Why an expectation does not hold. Printed, it is its stable code. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureReason {
    /// The assertion does not hold.
    Assertion(Reason),
    /// `scenario_missing`: there is no result of the scenario. Facts: `nearest`.
    ScenarioMissing,
    /// `mission_missing`: the scenario has no result of the mission. Facts: `missions`, `nearest`.
    MissionMissing,
    /// `mission_rejected`: the mission was rejected. Facts: `code`, `message`.
    MissionRejected,
    /// `mission_failed`: the mission did not succeed. Facts: `failed_step_id`, `error_code`, `error_message`.
    MissionFailed,
    /// `answer_not_taken`: there is an answer to a step that did not ask. Facts: `answer`, `asked`, `nearest`.
    AnswerNotTaken,
    /// `error_missing`: the mission succeeded and should not.
    ErrorMissing,
    /// `error_mismatch`: the mission ended in another error. Facts: `message`.
    ErrorMismatch,
}

impl FailureReason {
    /// Those that are about missions, not about values.
    pub const OF_MISSIONS: &[Self] = &[
        Self::ScenarioMissing,
        Self::MissionMissing,
        Self::MissionRejected,
        Self::MissionFailed,
        Self::AnswerNotTaken,
        Self::ErrorMissing,
        Self::ErrorMismatch,
    ];
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Assertion(reason) => return fmt::Display::fmt(reason, f),
            Self::ScenarioMissing => "scenario_missing",
            Self::MissionMissing => "mission_missing",
            Self::MissionRejected => "mission_rejected",
            Self::MissionFailed => "mission_failed",
            Self::AnswerNotTaken => "answer_not_taken",
            Self::ErrorMissing => "error_missing",
            Self::ErrorMismatch => "error_mismatch",
        })
    }
}

impl ExpectationResult {
    /// Whether the expectation holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failure.is_none()
    }

    /// The facts and the `reason`; an empty object when the expectation holds.
    #[must_use]
    pub fn details(&self) -> Value {
        let mut details = self.facts.clone();
        if let Some(reason) = self.failure {
            details.insert("reason".to_owned(), json!(reason.to_string()));
        }
        Value::Object(details)
    }

    /// What enters `expectations_hash`: `{passed, actual, expected, details}`.
    #[must_use]
    pub fn hashed_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("passed".to_owned(), json!(self.passed()));
        members.insert("details".to_owned(), self.details());
        for (key, side) in [("actual", &self.actual), ("expected", &self.expected)] {
            if let Some(value) = side {
                members.insert(key.to_owned(), value.clone());
            }
        }
        Value::Object(members)
    }

    /// Appends the canonical bytes of [`hashed_value`](Self::hashed_value), without making it.
    pub(super) fn write_hashed(&self, bytes: &mut Vec<u8>) {
        let side = |key: &[u8], value: &Option<Value>, bytes: &mut Vec<u8>| {
            if let Some(value) = value {
                bytes.extend_from_slice(key);
                write_canonical(value, bytes);
                bytes.push(b',');
            }
        };
        bytes.push(b'{');
        side(b"\"actual\":", &self.actual, bytes);
        bytes.extend_from_slice(b"\"details\":");
        write_canonical(&self.details(), bytes);
        bytes.push(b',');
        side(b"\"expected\":", &self.expected, bytes);
        bytes.extend_from_slice(format!("\"passed\":{}}}", self.passed()).as_bytes());
    }

    /// As JSON: what is hashed, with `id, scenario_name, mission_name` and either `path, op` (and `not: true`) or
    /// `implicit`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = self.hashed_value();
        if let Value::Object(members) = &mut value {
            let mut insert = |key: &str, member: Value| members.insert(key.to_owned(), member);
            insert("id", json!(self.id));
            insert("scenario_name", json!(self.scenario_name));
            insert("mission_name", json!(self.mission_name));
            match &self.subject {
                Subject::Declared { path, op, negated } => {
                    insert("path", json!(path));
                    insert("op", json!(op.name()));
                    if *negated {
                        insert("not", json!(true));
                    }
                }
                Subject::Implicit(implicit) => {
                    insert("implicit", json!(implicit.code()));
                }
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use sortie_json::canonical;

    use super::*;
    use crate::definition::DefinitionDocument;

    #[test]
    fn what_is_hashed_is_written_as_its_json_form_is() {
        let place = DefinitionPlace { document: DefinitionDocument::Suite, pointer: jsonptr::PointerBuf::root() };
        let result = ExpectationResult {
            id: "i".to_owned(),
            scenario_name: "s".to_owned(),
            mission_name: "m".to_owned(),
            subject: Subject::Implicit(ImplicitExpectation::Success),
            failure: None,
            actual: None,
            expected: None,
            facts: Map::new(),
            place,
        };
        let facts = Map::from_iter([("z".to_owned(), json!(1)), ("a".to_owned(), json!("\u{e000}"))]);
        let values = [None, Some(json!(null)), Some(json!({"b": 1.0, "a": "\n"}))];
        for (actual, expected) in values.iter().flat_map(|actual| values.iter().map(move |other| (actual, other))) {
            for failure in [None, Some(FailureReason::ErrorMissing)] {
                let (actual, expected, facts) = (actual.clone(), expected.clone(), facts.clone());
                let result = ExpectationResult { failure, actual, expected, facts, ..result.clone() };
                let mut bytes = Vec::new();
                result.write_hashed(&mut bytes);
                assert_eq!(bytes, canonical(&result.hashed_value()));
            }
        }
    }
}
