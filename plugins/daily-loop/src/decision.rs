//! What a person may answer to the proposal for the day, and the questions that are asked.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sortie_plugin_sdk::{HumanStep, Node};

use crate::task::short;
use crate::when::{self, NotADate};
use crate::words::ordinal;

/// What a person decided about the proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The proposal is the plan.
    Accepted,
    /// The proposal with these changes is the plan.
    Changed(Changes),
}

/// How the plan differs from the proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The tasks that come first, in this order.
    pub order: Vec<Name>,
    /// The tasks that are not for today. They stay in `/tasks` as they are.
    pub drop: Vec<Name>,
    /// The tasks that are new.
    pub add: Vec<NewTask>,
}

/// How a person names a task: by its id, by its uuid or the first characters of that, at least 8, or by its description
/// or how that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// A number: an id, or a uuid that begins with eight digits or more.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// A task that a person adds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewTask {
    /// What is to be done.
    pub description: String,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The priority: H, M, L or what the person has defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// When it must be done, as people type dates ([`when::FORMS`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Until when it is hidden, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// When work on it can begin, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<String>,
    /// The tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The tasks that must be done before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends: Vec<Name>,
}

/// Everything that is wrong with a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionError {
    /// What is wrong; not empty.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong with a decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It has not the form of [`CONFIRMATION_SCHEMA`].
    #[error("the decision has the wrong form: {0}")]
    Form(String),
    /// It neither accepts the proposal nor changes it.
    #[error("the decision neither accepts the proposal (`accept: true`) nor changes it (`order`, `drop`, `add`)")]
    Undecided,
    /// It both accepts the proposal and changes it.
    #[error("the decision both accepts the proposal and changes it; leave out `accept`")]
    AcceptsAndChanges,
    /// A name in `order`, `drop` or `depends` is no task to do.
    #[error("`{list}` names {name}, {why}")]
    Unknown {
        /// `order`, `drop` or `depends`.
        list: &'static str,
        /// The name.
        name: Name,
        /// What is known of it, as a clause: `which is no task`.
        why: String,
    },
    /// A name in `order` or `drop` occurs there before.
    #[error("`{list}` names the task {} twice", short(.uuid))]
    Repeated {
        /// `order` or `drop`.
        list: &'static str,
        /// The task.
        uuid: String,
    },
    /// A task is both in `order` and in `drop`.
    #[error("the task {} is both in `order` and in `drop`", short(.uuid))]
    OrderedAndDropped {
        /// The task.
        uuid: String,
    },
    /// A task that is added has no description.
    #[error("the {} task in `add` has no description", ordinal(.index + 1))]
    NoDescription {
        /// Its place in `add`, from 0.
        index: usize,
    },
    /// A date of a task that is added is none.
    #[error("the {} task in `add` has {text:?} for `{field}`, which is {why}", ordinal(.index + 1))]
    NoDate {
        /// Its place in `add`, from 0.
        index: usize,
        /// `due`, `wait` or `scheduled`.
        field: &'static str,
        /// What stands there.
        text: String,
        /// Why it is no date, as a clause without its subject.
        why: NotADate,
    },
}

impl fmt::Display for DecisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DecisionError {}

impl From<Fault> for DecisionError {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault] }
    }
}

impl Decision {
    /// Reads a decision of the form that [`CONFIRMATION_SCHEMA`] describes.
    pub fn read(decision: &Value) -> Result<Self, DecisionError> {
        let form = Form::deserialize(decision).map_err(|error| Fault::Form(error.to_string()))?;
        let changes = Changes {
            order: form.order.unwrap_or_default(),
            drop: form.drop.unwrap_or_default(),
            add: form.add.unwrap_or_default(),
        };
        let has_changes = changes != Changes::default();
        match (form.accept.unwrap_or_default(), has_changes) {
            (true, false) => Ok(Self::Accepted),
            (false, true) => Ok(Self::Changed(changes)),
            (true, true) => Err(Fault::AcceptsAndChanges.into()),
            (false, false) => Err(Fault::Undecided.into()),
        }
    }
}

/// Both forms of a decision in one, so that serde can say which member is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    accept: Option<bool>,
    order: Option<Vec<Name>>,
    drop: Option<Vec<Name>>,
    add: Option<Vec<NewTask>>,
}

/// A list of tasks in a schema, with what it is for.
macro_rules! names {
    ($description:literal) => {
        concat!(
            r#"{"type":"array","items":{"anyOf":[{"type":"string","minLength":1},{"type":"integer","minimum":1}]},"#,
            r#""uniqueItems":true,"minItems":1,"description":""#,
            $description,
            r#""}"#
        )
    };
}

/// A date in a schema, with what it is for.
macro_rules! date {
    ($($description:expr),*) => {
        concat!(r#"{"type":"string","minLength":1,"description":""#, $($description,)* r#""}"#)
    };
}

/// The JSON Schema (2020-12) of the decision about the proposal: as text, since each mission has it and none changes it.
pub const CONFIRMATION_SCHEMA: &str = concat!(
    r#"{"oneOf":[{"title":"Accept the proposal as it is","type":"object","properties":{"accept":{"const":true}},"#,
    r#""required":["accept"],"additionalProperties":false},"#,
    r#"{"title":"Change the proposal","type":"object","properties":{"order":"#,
    names!("The tasks that come first, in this order: ids, the first 8 characters of uuids or more, or descriptions."),
    r#","drop":"#,
    names!("The tasks that are not for today; they stay pending."),
    r#","add":{"type":"array","minItems":1,"description":"New tasks.","items":{"type":"object","properties":{"#,
    r#""description":{"type":"string","pattern":"\\S"},"#,
    r#""project":{"type":"string","minLength":1},"priority":{"type":"string","minLength":1},"#,
    r#""tags":{"type":"array","items":{"type":"string","pattern":"^\\S+$"}},"due":"#,
    date!("When it must be done: ", when::forms!(), "."),
    r#","wait":"#,
    date!("Until when it is hidden, likewise."),
    r#","scheduled":"#,
    date!("When work on it can begin, likewise."),
    r#","depends":"#,
    names!("The tasks that must be done before, named likewise."),
    r#"},"required":["description"],"additionalProperties":false}}},"minProperties":1,"additionalProperties":false}]}"#,
);

/// The decision that is taken where nobody decides in time: the proposal is accepted.
pub fn confirmation_default() -> Value {
    json!({"accept": true})
}

/// The step in which a person confirms the priorities, shown what the step of this id displayed; where the mission has no
/// such step, what an earlier mission left in the state.
pub fn confirmation_question(show: Option<&str>) -> HumanStep {
    let question = HumanStep::new("Confirm the day's priorities, or reorder, drop or add tasks.");
    shown(question, show, "/daily/priorities").schema(Node::of(CONFIRMATION_SCHEMA)).default(confirmation_default())
}

fn shown(question: HumanStep, show: Option<&str>, context: &str) -> HumanStep {
    match show {
        Some(step) => question.show([step]),
        None => question.context(context),
    }
}

/// The step in which a person looks over the day, shown likewise. The answer is recorded with the decisions of the run,
/// and nothing acts on it.
pub fn review_question(show: Option<&str>) -> HumanStep {
    let schema = json!({
        "type": "object",
        "properties": {
            "accept": {"const": true},
            "note": {"type": "string", "description": "What to remember about this day."},
        },
        "required": ["accept"],
        "additionalProperties": false,
    });
    let question = HumanStep::new("Review the day: its summary and its plan.");
    shown(question, show, "/daily/plan").schema(schema).default(json!({"accept": true}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::SHORT;

    /// Reads a decision and shows it, or what is wrong with it.
    fn check(decision: &Value, expected: &str) {
        let shown = match Decision::read(decision) {
            Ok(Decision::Accepted) => "accepted".to_owned(),
            Ok(Decision::Changed(changes)) => {
                format!("order {:?} drop {:?} add {}", changes.order, changes.drop, changes.add.len())
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{decision}");
    }

    #[test]
    fn the_schema_is_json_and_speaks_of_what_holds() {
        let schema: Value = serde_json::from_str(CONFIRMATION_SCHEMA).unwrap();
        let changes = &schema["oneOf"][1]["properties"];
        let words = changes["order"]["description"].as_str().unwrap();
        assert!(words.contains(&format!("the first {SHORT} characters")), "{words}");
        let task = &changes["add"]["items"]["properties"];
        assert!(task["due"]["description"].as_str().unwrap().contains(when::FORMS));
        assert_eq!(
            (&task["tags"]["items"]["pattern"], &task["description"]["pattern"]),
            (&json!("^\\S+$"), &json!("\\S"))
        );
        // What a decision can have is what the schema tells.
        let all: NewTask = serde_json::from_value(json!({
            "description": "d", "project": "p", "priority": "H", "due": "now", "wait": "now", "scheduled": "now",
            "tags": ["t"], "depends": [1],
        }))
        .unwrap();
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&json!(all)), names(task));
    }

    #[test]
    fn a_decision_accepts_or_changes() {
        check(&confirmation_default(), "accepted");
        check(&json!({"order": ["a"], "drop": [7]}), r#"order [Text("a")] drop [Number(7)] add 0"#);
        check(&json!({"add": [{"description": "d", "priority": "H", "due": "2026-01-09"}]}), "order [] drop [] add 1");
    }

    #[test]
    fn a_decision_that_decides_nothing_is_refused() {
        for decision in [json!({}), json!({"accept": false}), json!({"order": []})] {
            check(&decision, &Fault::Undecided.to_string());
        }
        check(&json!({"accept": true, "drop": ["a"]}), &Fault::AcceptsAndChanges.to_string());
    }

    #[test]
    fn a_decision_of_the_wrong_form_says_where() {
        check(
            &json!({"orders": []}),
            "the decision has the wrong form: unknown field `orders`, expected one of `accept`, `order`, `drop`, `add`",
        );
        check(
            &json!({"add": [{"description": "d", "dew": "2026-01-09"}]}),
            "the decision has the wrong form: unknown field `dew`, expected one of `description`, `project`, `priority`, \
             `due`, `wait`, `scheduled`, `tags`, `depends`",
        );
    }
}
