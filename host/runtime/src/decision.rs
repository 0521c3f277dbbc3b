//! Which answers fit a human step.

use serde_json::Value;
use sortie_engine::HumanStep;

use crate::schema::Schema;

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
    /// Nothing but a failure would follow from it.
    #[error("the answer to `{step}` cannot be followed: {reason}")]
    Refused {
        /// The step's id.
        step: String,
        /// Why.
        reason: String,
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
            Self::Refused { .. } => "decision_refused",
            Self::InvalidSchema { .. } => "invalid_human_step",
        }
    }
}

/// Whether the step itself offers this answer: then its author knew what follows from it, a failure too.
pub(crate) fn is_offered(step: &HumanStep, answer: &Value) -> bool {
    let of_schema = step.schema.as_ref().is_some_and(|schema| {
        let is_boolean = schema.get("type").and_then(Value::as_str) == Some("boolean");
        let values = schema.get("enum").and_then(Value::as_array);
        is_boolean || values.is_some_and(|values| values.contains(answer)) || schema.get("const") == Some(answer)
    });
    of_schema || step.choices.as_ref().is_some_and(|choices| choices.contains(answer))
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
        Schema::kept(schema).map_err(|message| DecisionError::InvalidSchema { step: step.id.clone(), message })?;
    match schema.mismatches(answer).into_iter().next() {
        None => Ok(()),
        Some(mismatch) => Err(DecisionError::SchemaMismatch {
            step: step.id.clone(),
            field: mismatch.pointer,
            message: mismatch.message,
        }),
    }
}
