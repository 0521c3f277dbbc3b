//! What an expectation came to.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::definition::DefinitionPlace;
use crate::expectation::{Op, Reason};

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
