//! Who answers human steps, and which answers fit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use sortie_engine::{Decision, HumanStep, Run};

use crate::error::HostError;
use crate::schema::Schema;

/// What a person is asked: the step, and the part of the state that it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The step.
    pub step: HumanStep,
    /// What the step's `context` points at, where there is anything.
    pub context: Option<Value>,
}

impl Question {
    /// The question that a run waits at.
    pub(crate) fn of(step: HumanStep, run: &Run) -> Self {
        let pointer = step.context.as_ref();
        let context = pointer.and_then(|pointer| pointer.resolve(run.state()).ok().cloned());
        Self { step, context }
    }
}

/// A host program's own way to get a decision.
pub type Ask = Arc<dyn Fn(&Question) -> Result<Decision, HostError> + Send + Sync>;

/// Who answers human steps.
#[derive(Clone, Default)]
pub enum HumanPolicy {
    /// Nobody: a human step ends the run with [`HostError::Waiting`].
    #[default]
    Wait,
    /// Nobody: a human step is recorded as marked, and passed.
    Mark,
    /// Answers by step id, as a script has them; a step without one ends the run with [`HostError::Waiting`].
    Answers(BTreeMap<String, Value>),
    /// Answers by step id; a step without one is marked.
    AnswersOrMark(BTreeMap<String, Value>),
    /// Whatever this says, which has to fit the step.
    Ask(Ask),
}

impl std::fmt::Debug for HumanPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wait => "Wait",
            Self::Mark => "Mark",
            Self::Answers(_) => "Answers",
            Self::AnswersOrMark(_) => "AnswersOrMark",
            Self::Ask(_) => "Ask",
        })
    }
}

impl HumanPolicy {
    /// The decision for a step.
    pub(crate) fn decide(&self, question: &Question) -> Result<Decision, HostError> {
        let waiting =
            || HostError::Waiting { step: question.step.id.clone(), description: question.step.description.clone() };
        let answer = |answers: &BTreeMap<String, Value>| answers.get(&question.step.id).cloned();
        match self {
            Self::Wait => Err(waiting()),
            Self::Mark => Ok(Decision::marked()),
            Self::Answers(answers) => answer(answers).map(Decision::answered).ok_or_else(waiting),
            Self::AnswersOrMark(answers) => Ok(answer(answers).map_or_else(Decision::marked, Decision::answered)),
            Self::Ask(ask) => ask(question),
        }
    }
}

/// A decision that does not fit its step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// It is none of the choices.
    #[error("the answer to `{step}` is {answer}, which is none of the choices: {}", .choices.join(", "))]
    NotAChoice {
        /// The step's id.
        step: String,
        /// The answer, as JSON.
        answer: String,
        /// The choices, as JSON.
        choices: Vec<String>,
    },
    /// It does not match the schema.
    #[error("the answer to `{step}` does not match its schema: {}{message}", if .field.is_empty() { String::new() } else { format!("at `{field}`, ") })]
    SchemaMismatch {
        /// The step's id.
        step: String,
        /// The JSON Pointer of what does not match.
        field: String,
        /// Why.
        message: String,
    },
    /// The step's schema is none.
    #[error("the schema of `{step}` is not a JSON Schema: {message}")]
    InvalidSchema {
        /// The step's id.
        step: String,
        /// Why.
        message: String,
    },
}

impl DecisionError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAChoice { .. } | Self::SchemaMismatch { .. } => "schema_mismatch",
            Self::InvalidSchema { .. } => "invalid_human_step",
        }
    }
}

/// Checks an answer against the step's choices and schema.
pub fn check_decision(step: &HumanStep, answer: &Value) -> Result<(), DecisionError> {
    if let Some(choices) = &step.choices
        && !choices.contains(answer)
    {
        return Err(DecisionError::NotAChoice {
            step: step.id.clone(),
            answer: answer.to_string(),
            choices: choices.iter().map(Value::to_string).collect(),
        });
    }
    let Some(schema) = &step.schema else { return Ok(()) };
    let schema =
        Schema::compile(schema).map_err(|message| DecisionError::InvalidSchema { step: step.id.clone(), message })?;
    match schema.mismatches(answer).into_iter().next() {
        None => Ok(()),
        Some(mismatch) => Err(DecisionError::SchemaMismatch {
            step: step.id.clone(),
            field: mismatch.pointer,
            message: mismatch.message,
        }),
    }
}
