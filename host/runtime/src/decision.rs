//! Which answers fit a human step.

use serde_json::Value;
use sortie_engine::{Decision, DecisionStatus, HumanStep, OnExpiry};
use sortie_json::{Faults, Json, MAX_QUOTED_BYTES, canonical_size, excerpt};

use crate::schema::{Misspelling, Schema};

/// The most that an answer may take in its canonical form, in bytes: 1 MiB, as much as params.
pub const MAX_ANSWER_BYTES: usize = 1 << 20;

/// How many of a step's choices are checked before anybody is asked: each is when it is chosen.
const MAX_CHECKED_CHOICES: usize = 100;

/// How many bytes a question may have in these members: lists show them for each run that waits.
const MAX_DESCRIPTION_BYTES: usize = 16 << 10;
const MAX_ASSIGNEES_BYTES: usize = 64 << 10;

/// How many of the choices a message repeats.
const MAX_TOLD_CHOICES: usize = 20;

/// A decision that does not fit its step. A closed set: whoever asks again has to say which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// It is none of the choices.
    #[error("the answer to `{step}` is {answer}, which is not one of the choices: {}", .choices.join(", "))]
    NotAChoice {
        /// The step's id.
        step: String,
        /// The answer, as JSON.
        answer: String,
        /// The choices, as JSON.
        choices: Vec<String>,
    },
    /// It is larger than an answer may be.
    #[error("the answer to `{step}` has {size} bytes, and {MAX_ANSWER_BYTES} is the limit")]
    TooLarge {
        /// The step's id.
        step: String,
        /// Its size in its canonical form, in bytes.
        size: usize,
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
    /// Nobody made it, and it has another value than comes of that.
    #[error("the decision of `{step}` is `{status}`, which nobody makes: its value is then {expected}")]
    NotNobodys {
        /// The step's id.
        step: String,
        /// What the decision is said to be.
        status: &'static str,
        /// What it can be then.
        expected: &'static str,
    },
    /// Nothing but a failure would follow from it.
    #[error("the answer to `{step}` cannot be followed: {reason}")]
    Refused {
        /// The step's id.
        step: String,
        /// Why.
        reason: String,
    },
    /// The step's default does not match its schema.
    #[error("the default of `{step}` does not match its schema: {}{message}", if .field.is_empty() { String::new() } else { format!("at `{field}`, ") })]
    DefaultMismatch {
        /// The step's id.
        step: String,
        /// The JSON Pointer of what does not match.
        field: String,
        /// Why.
        message: String,
    },
    /// One of the step's choices does not match its schema, so that choosing it could only be refused.
    #[error("the choice {choice} of `{step}` does not match its schema: {message}")]
    ChoiceMismatch {
        /// The step's id.
        step: String,
        /// The choice, as JSON.
        choice: String,
        /// Which of the choices it is, from 0.
        index: usize,
        /// Why.
        message: String,
    },
    /// A member of the step is larger than a question may have it.
    #[error("`{member}` of `{step}` has {size} bytes, and {limit} is the limit")]
    QuestionTooLarge {
        /// The step's id.
        step: String,
        /// The member of its payload.
        member: &'static str,
        /// The bytes of its texts, or of its values in their canonical form.
        size: usize,
        /// What it may be.
        limit: usize,
    },
    /// The step's schema lets no answer through.
    #[error("the schema of `{step}` is `false`, which no answer matches")]
    NoAnswerMatches {
        /// The step's id.
        step: String,
    },
    /// The step's schema has a keyword that there is not, so that it lets through what it was to refuse.
    #[error("the schema of `{step}` is not what was meant: {misspelling}")]
    MisspeltSchema {
        /// The step's id.
        step: String,
        /// The keyword, and where it is.
        misspelling: Misspelling,
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
            Self::NotAChoice { .. } | Self::SchemaMismatch { .. } | Self::NotNobodys { .. } => "schema_mismatch",
            Self::TooLarge { .. } => "answer_too_large",
            Self::Refused { .. } => "decision_refused",
            Self::DefaultMismatch { .. }
            | Self::ChoiceMismatch { .. }
            | Self::QuestionTooLarge { .. }
            | Self::NoAnswerMatches { .. }
            | Self::MisspeltSchema { .. }
            | Self::InvalidSchema { .. } => "invalid_human_step",
        }
    }
}

/// The answers that the step itself offers: its author knew what follows from each, a failure too.
pub(crate) fn offered(step: &HumanStep) -> Vec<Value> {
    if let Some(choices) = &step.choices {
        return choices.clone();
    }
    let Some(schema) = &step.schema else { return Vec::new() };
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.clone();
    }
    if let Some(value) = schema.get("const") {
        return vec![value.clone()];
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => vec![Value::Bool(true), Value::Bool(false)],
        Some(_) | None => Vec::new(),
    }
}

/// Whether the step itself offers this answer.
pub(crate) fn is_offered(step: &HumanStep, answer: &Value) -> bool {
    offered(step).contains(answer)
}

/// Checks what a step asks for: that its schema is one, and lets its choices and its default through.
pub(crate) fn check_question(step: &HumanStep) -> Result<(), DecisionError> {
    check_size(step)?;
    let schema = schema_of(step)?;
    check_default(step, schema.as_ref())?;
    let Some(schema) = &schema else { return Ok(()) };
    let id = || step.id.clone();
    if step.schema == Some(Value::Bool(false)) {
        return Err(DecisionError::NoAnswerMatches { step: id() });
    }
    if let Some(misspelling) = schema.misspelt() {
        return Err(DecisionError::MisspeltSchema { step: id(), misspelling: misspelling.clone() });
    }
    for (index, choice) in step.choices.iter().flatten().enumerate().take(MAX_CHECKED_CHOICES) {
        match check_answer(step, Some(schema), choice) {
            Ok(()) => {}
            Err(DecisionError::SchemaMismatch { step, message, .. }) => {
                return Err(DecisionError::ChoiceMismatch { step, choice: quoted(choice), index, message });
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Checks that people are shown no more than they can be: each run that waits is in lists, with what it asks and whom.
fn check_size(step: &HumanStep) -> Result<(), DecisionError> {
    let choices = step.choices.iter().flatten().map(canonical_size).fold(0, usize::saturating_add);
    let assignees = step.assignees.iter().map(String::len).fold(0, usize::saturating_add);
    let sizes = [
        ("description", step.description.len(), MAX_DESCRIPTION_BYTES),
        ("assignees", assignees, MAX_ASSIGNEES_BYTES),
        ("choices", choices, MAX_ANSWER_BYTES),
    ];
    match sizes.into_iter().find(|(_, size, limit)| size > limit) {
        None => Ok(()),
        Some((member, size, limit)) => {
            Err(DecisionError::QuestionTooLarge { step: step.id.clone(), member, size, limit })
        }
    }
}

/// The schema of a step, compiled, if it has one.
fn schema_of(step: &HumanStep) -> Result<Option<Schema>, DecisionError> {
    let invalid = |message| DecisionError::InvalidSchema { step: step.id.clone(), message };
    step.schema.as_ref().map(Schema::kept).transpose().map_err(invalid)
}

/// Checks the default of a step, if it has one.
fn check_default(step: &HumanStep, schema: Option<&Schema>) -> Result<(), DecisionError> {
    let Some(default) = &step.default else { return Ok(()) };
    check_answer(step, schema, default).map_err(|error| match error {
        DecisionError::SchemaMismatch { step, field, message } => {
            DecisionError::DefaultMismatch { step, field, message }
        }
        DecisionError::TooLarge { step, size } => {
            let message = format!("it has {size} bytes, and {MAX_ANSWER_BYTES} is the limit of an answer");
            DecisionError::DefaultMismatch { step, field: String::new(), message }
        }
        other => other,
    })
}

/// A value as messages repeat it.
fn quoted(value: &Value) -> String {
    excerpt(&value.to_string(), MAX_QUOTED_BYTES).into_owned()
}

/// Checks an answer against the step's choices and schema.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{HumanStep, check_decision};
///
/// let step = HumanStep::from_payload("approve", &json!({"description": "Ship it?", "choices": ["yes", "no"]}))?;
/// assert!(check_decision(&step, &json!("yes")).is_ok());
/// let error = check_decision(&step, &json!("maybe")).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"the answer to `approve` is "maybe", which is not one of the choices: "yes", "no""#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// It is an error if the answer is not I-JSON, is too large, is not one of the choices, or does not match the schema.
pub fn check_decision(step: &HumanStep, answer: &Value) -> Result<(), DecisionError> {
    fits(step, &i_json(&step.id, answer)?)
}

/// The same, of an answer that is I-JSON.
pub(crate) fn fits(step: &HumanStep, answer: &Value) -> Result<(), DecisionError> {
    check_answer(step, schema_of(step)?.as_ref(), answer)
}

/// An answer with its numbers normalised; the error says what is not I-JSON.
pub(crate) fn i_json(step: &str, answer: &Value) -> Result<Value, DecisionError> {
    of_i_json(step, Json::copy_of(answer))
}

/// What was checked, or why it is no answer to a step.
pub(crate) fn of_i_json(step: &str, checked: Result<Json, Faults>) -> Result<Value, DecisionError> {
    checked.map(Json::into_value).map_err(|faults| {
        let (field, message) = faults.first().map(|fault| (fault.pointer.to_string(), fault.to_string())).unzip();
        let (field, message) = (field.unwrap_or_default(), message.unwrap_or_default());
        DecisionError::SchemaMismatch { step: step.to_owned(), field, message }
    })
}

/// Checks a decision that nobody made: a step that was passed has no answer, and one whose time was over has its default. Else
/// whoever makes a bundle could have anything decided in nobody's name, which asks for no signature.
pub(crate) fn check_nobodys(step: &HumanStep, decision: &Decision) -> Result<(), DecisionError> {
    let is_default = step.on_expiry == OnExpiry::Default && step.default.as_ref() == Some(&decision.value);
    let (status, is_right, expected) = match decision.status {
        DecisionStatus::Marked => ("marked", decision.value.is_null(), "null"),
        DecisionStatus::Defaulted => ("defaulted", is_default, "the step's default, where it asks for that on expiry"),
        DecisionStatus::Answered => return check_decision(step, &decision.value),
    };
    if is_right { Ok(()) } else { Err(DecisionError::NotNobodys { step: step.id.clone(), status, expected }) }
}

fn check_answer(step: &HumanStep, schema: Option<&Schema>, answer: &Value) -> Result<(), DecisionError> {
    let size = canonical_size(answer);
    if size > MAX_ANSWER_BYTES {
        return Err(DecisionError::TooLarge { step: step.id.clone(), size });
    }
    if let Some(choices) = &step.choices
        && !choices.contains(answer)
    {
        let more = choices.len().checked_sub(MAX_TOLD_CHOICES).filter(|more| *more > 0);
        let more = more.map(|more| format!("and {more} more"));
        return Err(DecisionError::NotAChoice {
            step: step.id.clone(),
            answer: quoted(answer),
            choices: choices.iter().take(MAX_TOLD_CHOICES).map(quoted).chain(more).collect(),
        });
    }
    let Some(schema) = schema else { return Ok(()) };
    match schema.mismatches(answer).into_iter().next() {
        None => Ok(()),
        Some(mismatch) => Err(DecisionError::SchemaMismatch {
            step: step.id.clone(),
            field: mismatch.pointer,
            message: mismatch.message,
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_is_asked_only_if_its_schema_lets_an_answer_and_each_choice_through() {
        for (payload, expected) in [
            (json!({"schema": false}), "the schema of `ask` is `false`, which no answer matches"),
            (
                json!({"schema": {"type": "object", "proprties": {"a": {"type": "string"}}}}),
                "the schema of `ask` is not what was meant: JSON Schema has no keyword `proprties`: did you mean `properties`?",
            ),
            (
                json!({"choices": [3, "y"], "schema": {"type": "integer"}}),
                r#"the choice "y" of `ask` does not match its schema: "y" is not of type "integer""#,
            ),
        ] {
            let error = check_question(&HumanStep::from_payload("ask", &payload).unwrap()).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), ("invalid_human_step", expected));
        }
        for payload in [
            json!({"schema": true}),
            json!({"schema": {"type": "integer", "x-unit": "days", "label": "Days"}, "choices": [1, 2]}),
        ] {
            assert_eq!(check_question(&HumanStep::from_payload("ask", &payload).unwrap()), Ok(()));
        }
    }

    #[test]
    fn a_question_has_as_many_bytes_as_it_may_have_and_not_one_more() {
        let code = |payload: Value| {
            check_question(&HumanStep::from_payload("ask", &payload).unwrap()).map_err(|error| error.to_string())
        };
        let refused = |member: &str, size: usize| {
            Err(format!("`{member}` of `ask` has {} bytes, and {size} is the limit", size + 1))
        };
        let description = |bytes: usize| code(json!({"description": "d".repeat(bytes)}));
        assert_eq!((description(16 << 10), description((16 << 10) + 1)), (Ok(()), refused("description", 16 << 10)));
        // A thousand names, the last of them as long as it takes.
        let assignees = |bytes: usize| {
            let mut names: Vec<String> = (0..999).map(|number| format!("{number:050}")).collect();
            names.push("n".repeat(bytes - 999 * 50));
            code(json!({"assignees": names}))
        };
        assert_eq!((assignees(64 << 10), assignees((64 << 10) + 1)), (Ok(()), refused("assignees", 64 << 10)));
        // Two of the bytes of each text are its quotation marks.
        let choices = |bytes: usize| code(json!({"choices": ["yes", "x".repeat(bytes - 7)]}));
        assert_eq!((choices(1 << 20), choices((1 << 20) + 1)), (Ok(()), refused("choices", 1 << 20)));
    }

    #[test]
    fn a_message_repeats_some_of_many_choices() {
        let step = |count: usize| {
            let payload = json!({"choices": (0..count).collect::<Vec<_>>()});
            HumanStep::from_payload("ask", &payload).unwrap()
        };
        let told = |count: usize| check_decision(&step(count), &json!("x".repeat(1000))).unwrap_err().to_string();
        assert!(told(20).ends_with(", 18, 19"), "{}", told(20));
        assert!(told(21).ends_with(", 19, and 1 more"), "{}", told(21));
        assert!(told(100_000).len() < 400);
    }

    #[test]
    fn an_answer_has_at_most_a_mebibyte() {
        let step = |payload| HumanStep::from_payload("ask", &payload).unwrap();
        // Two of the bytes are the quotation marks.
        let text = |bytes: usize| Value::from("x".repeat(bytes - 2));
        assert_eq!(check_decision(&step(json!({})), &text(MAX_ANSWER_BYTES)), Ok(()));
        let error = check_decision(&step(json!({})), &text(MAX_ANSWER_BYTES + 1)).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("answer_too_large", "the answer to `ask` has 1048577 bytes, and 1048576 is the limit")
        );
        let error = check_default(&step(json!({"default": text(MAX_ANSWER_BYTES + 1)})), None).unwrap_err();
        assert_eq!(error.code(), "invalid_human_step", "{error}");
    }
}
