//! One task, as a typed view of what `task export` prints. A view is read from a [`Value`] and never written back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::moment::Moment;

/// A task's status, the closed set of Taskwarrior 2.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// To be done. Also what Taskwarrior takes a task to be that has no status.
    Pending,
    /// To be done later. Written by Taskwarrior up to 2.5; since 2.6 such a task is pending, with `wait` in the future.
    Waiting,
    /// Done.
    Completed,
    /// Given up.
    Deleted,
    /// The template of which a repeating task's instances are made. Not itself to be done.
    Recurring,
}

impl Status {
    /// The status of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Waiting, Self::Completed, Self::Deleted, Self::Recurring]
            .into_iter()
            .find(|status| status.name() == name)
    }

    /// The name in an export.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Deleted => "deleted",
            Self::Recurring => "recurring",
        }
    }

    /// Whether a task of this status can block others and be blocked: all but what is completed or deleted.
    pub fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Waiting | Self::Recurring => true,
            Self::Completed | Self::Deleted => false,
        }
    }

    /// Whether a task of this status is one to do, now or later.
    pub fn is_to_do(self) -> bool {
        match self {
            Self::Pending | Self::Waiting => true,
            Self::Recurring | Self::Completed | Self::Deleted => false,
        }
    }
}

/// A view of one task. A field that is absent, empty or unreadable is empty here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task<'a> {
    /// The place in `/tasks`, from 0.
    pub position: usize,
    /// The identifier, as it is written.
    pub uuid: &'a str,
    /// Taskwarrior's short number of a task that is not done.
    pub id: Option<i64>,
    /// What is to be done.
    pub description: &'a str,
    /// The status.
    pub status: Status,
    /// The project, whose parts are separated by dots.
    pub project: Option<&'a str>,
    /// The priority: `H`, `M`, `L` or what the user has defined.
    pub priority: Option<&'a str>,
    /// When the task was entered.
    pub entry: Option<Moment>,
    /// When the task was last modified.
    pub modified: Option<Moment>,
    /// When work on it began; absent when it is not being worked on.
    pub start: Option<Moment>,
    /// When it was completed or deleted.
    pub end: Option<Moment>,
    /// When it must be done.
    pub due: Option<Moment>,
    /// When work on it can begin.
    pub scheduled: Option<Moment>,
    /// Until when it is hidden.
    pub wait: Option<Moment>,
    /// The tags, each once, in the order in which they are written.
    pub tags: Vec<&'a str>,
    /// How many annotations there are.
    pub annotations: usize,
    /// When the newest annotation was made.
    pub annotated: Option<Moment>,
    /// The identifiers of the tasks that must be done before, each once.
    pub depends: Vec<&'a str>,
    /// Whether every field could be read.
    pub sound: bool,
}

/// Something in `/tasks` that could not be read. What it stands in is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The place of the task in `/tasks`, from 0.
    pub index: usize,
    /// The task's identifier, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The field; absent when the whole task is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, as a fragment of a sentence whose subject is the field.
    pub reason: String,
}

impl<'a> Task<'a> {
    /// Reads the task at `position`, and adds to `problems` what cannot be read. There is no view of what is not an
    /// object, has no identifier, or has a status that Taskwarrior does not have: of such a thing it is unknown what
    /// to do with it.
    pub fn read(position: usize, value: &'a Value, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Object(members) = value else {
            let reason = format!("is {}, not an object", json_type(value));
            problems.push(Problem { index: position, uuid: None, field: None, reason });
            return None;
        };
        let mut fields = Fields { members, position, problems, sound: true };
        let uuid = fields.required_text("uuid");
        let status = fields.status();
        let description = fields.required_text("description").unwrap_or_default();
        let (annotations, annotated) = fields.annotations();
        let mut task = Self {
            position,
            uuid: uuid.unwrap_or_default(),
            id: members.get("id").and_then(Value::as_i64).filter(|id| *id > 0),
            description,
            status: status.unwrap_or(Status::Pending),
            project: fields.text("project"),
            priority: fields.text("priority"),
            entry: fields.moment("entry"),
            modified: fields.moment("modified"),
            start: fields.moment("start"),
            end: fields.moment("end"),
            due: fields.moment("due"),
            scheduled: fields.moment("scheduled"),
            wait: fields.moment("wait"),
            tags: fields.texts("tags"),
            annotations,
            annotated,
            depends: fields.texts("depends"),
            sound: true,
        };
        task.sound = fields.sound;
        (uuid.is_some() && status.is_some()).then_some(task)
    }

    /// Whether the task is hidden until after `now`. As in Taskwarrior 2.6 it is the date that counts, not the
    /// status.
    pub fn is_waiting(&self, now: Option<Moment>) -> bool {
        self.status.is_to_do() && matches!((self.wait, now), (Some(wait), Some(now)) if wait > now)
    }
}

/// The members of a task, and where to report what is wrong with them.
struct Fields<'a, 'p> {
    members: &'a Map<String, Value>,
    position: usize,
    problems: &'p mut Vec<Problem>,
    sound: bool,
}

impl<'a> Fields<'a, '_> {
    fn report(&mut self, field: &str, reason: String) {
        self.sound = false;
        self.problems.push(Problem {
            index: self.position,
            uuid: self.members.get("uuid").and_then(Value::as_str).map(str::to_owned),
            field: Some(field.to_owned()),
            reason,
        });
    }

    /// A text that may be absent. Taskwarrior stores no empty fields, so an empty text is an absent one.
    fn text(&mut self, field: &str) -> Option<&'a str> {
        match self.members.get(field)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text),
            other => {
                self.report(field, format!("is {}, not a string", json_type(other)));
                None
            }
        }
    }

    fn required_text(&mut self, field: &str) -> Option<&'a str> {
        let text = self.text(field);
        match self.members.get(field) {
            None => self.report(field, "is missing".to_owned()),
            Some(Value::String(text)) if text.is_empty() => self.report(field, "is empty".to_owned()),
            Some(_) => {}
        }
        text
    }

    fn status(&mut self) -> Option<Status> {
        match self.members.get("status") {
            None => Some(Status::Pending),
            Some(Value::String(name)) => {
                let status = Status::parse(name);
                if status.is_none() {
                    self.report("status", format!("is {name:?}, which is no status of Taskwarrior's"));
                }
                status
            }
            Some(other) => {
                self.report("status", format!("is {}, not a string", json_type(other)));
                None
            }
        }
    }

    fn moment(&mut self, field: &str) -> Option<Moment> {
        let text = self.text(field)?;
        match Moment::parse(text) {
            Ok(moment) => Some(moment),
            Err(error) => {
                self.report(field, format!("is {text:?}: {error}"));
                None
            }
        }
    }

    /// An array of texts or, as Taskwarrior up to 2.5 writes `depends`, one text with commas.
    fn texts(&mut self, field: &str) -> Vec<&'a str> {
        let mut texts = Vec::new();
        match self.members.get(field) {
            None => {}
            Some(Value::String(list)) => texts.extend(list.split(',').filter(|text| !text.is_empty())),
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Value::String(text) => texts.push(text.as_str()),
                        other => self.report(field, format!("has {} at {index}, not a string", json_type(other))),
                    }
                }
            }
            Some(other) => self.report(field, format!("is {}, not an array", json_type(other))),
        }
        once_each(texts)
    }

    /// How many annotations there are, and when the newest was made.
    fn annotations(&mut self) -> (usize, Option<Moment>) {
        let items = match self.members.get("annotations") {
            None => return (0, None),
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.report("annotations", format!("is {}, not an array", json_type(other)));
                return (0, None);
            }
        };
        let mut newest = None;
        for (index, item) in items.iter().enumerate() {
            let entry = item.get("entry").and_then(Value::as_str).and_then(|text| Moment::parse(text).ok());
            if entry.is_none() {
                self.report("annotations", format!("has at {index} what is no annotation with a date"));
            }
            newest = newest.max(entry);
        }
        (items.len(), newest)
    }
}

/// The type of a JSON value, with its article.
pub(crate) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn once_each(texts: Vec<&str>) -> Vec<&str> {
    let mut seen = std::collections::BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(*text)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Reads a task with an identifier and a description, and lists its problems as `field reason`.
    fn check(fields: &Value, expected: &[&str]) {
        let mut value = json!({"uuid": "u", "description": "d"});
        value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut problems = Vec::new();
        let task = Task::read(3, &value, &mut problems);
        let shown: Vec<_> = problems
            .iter()
            .map(|problem| format!("{} {}", problem.field.as_deref().unwrap_or("task"), problem.reason))
            .collect();
        assert_eq!(shown, expected, "{fields}");
        assert!(problems.iter().all(|problem| problem.index == 3));
        if let Some(task) = task {
            assert_eq!(task.sound, expected.is_empty());
        }
    }

    #[test]
    fn a_task_as_taskwarrior_writes_it_has_no_problem() {
        check(
            &json!({
                "id": 4, "status": "pending", "entry": "20260101T000000Z", "modified": "20260101T000000Z",
                "due": "20260110T000000Z", "imask": 0, "mask": "-", "parent": "p", "recur": "weekly", "rtype": "periodic",
                "estimate": 3.5, "tags": ["a", "b"], "depends": ["x"], "urgency": 9.5,
                "annotations": [{"entry": "20260102T000000Z", "description": "n"}],
            }),
            &[],
        );
    }

    #[test]
    fn an_empty_field_is_an_absent_one() {
        check(&json!({"project": "", "due": "", "depends": "", "tags": [], "annotations": []}), &[]);
    }

    #[test]
    fn each_field_of_the_wrong_type_is_reported() {
        check(&json!({"uuid": 1}), &["uuid is a number, not a string"]);
        check(&json!({"uuid": ""}), &["uuid is empty"]);
        check(&json!({"description": null}), &["description is null, not a string"]);
        check(&json!({"status": true}), &["status is a boolean, not a string"]);
        check(&json!({"status": "done"}), &["status is \"done\", which is no status of Taskwarrior's"]);
        check(&json!({"project": {}}), &["project is an object, not a string"]);
        check(&json!({"tags": 5}), &["tags is a number, not an array"]);
        check(&json!({"tags": ["a", 5]}), &["tags has a number at 1, not a string"]);
        check(&json!({"depends": [null]}), &["depends has null at 0, not a string"]);
        check(&json!({"annotations": "n"}), &["annotations is a string, not an array"]);
        check(&json!({"annotations": [{}]}), &["annotations has at 0 what is no annotation with a date"]);
        check(&json!({"due": 20_260_101}), &["due is a number, not a string"]);
        check(
            &json!({"wait": "20260230T000000Z", "end": "20269901T000000Z"}),
            &["end is \"20269901T000000Z\": no such day or time", "wait is \"20260230T000000Z\": no such day or time"],
        );
    }

    #[test]
    fn what_is_not_an_object_is_no_task() {
        let mut problems = Vec::new();
        assert_eq!(Task::read(0, &json!([]), &mut problems), None);
        assert_eq!(problems[0].reason, "is an array, not an object");
    }

    #[test]
    fn a_missing_identifier_is_reported_and_there_is_no_view() {
        let mut problems = Vec::new();
        assert_eq!(Task::read(0, &json!({"description": "d"}), &mut problems), None);
        assert_eq!(problems[0].reason, "is missing");
    }

    #[test]
    fn a_task_without_a_status_is_pending() {
        let value = json!({"uuid": "u", "description": "d"});
        assert_eq!(Task::read(0, &value, &mut Vec::new()).unwrap().status, Status::Pending);
    }

    #[test]
    fn dependencies_are_read_from_an_array_and_from_a_text_with_commas() {
        for depends in [json!(["a", "b", "a"]), json!("a,b,a")] {
            let value = json!({"uuid": "u", "description": "d", "depends": depends});
            assert_eq!(Task::read(0, &value, &mut Vec::new()).unwrap().depends, ["a", "b"]);
        }
    }

    #[test]
    fn a_task_waits_up_to_the_moment_and_not_at_it() {
        let value = json!({"uuid": "u", "description": "d", "wait": "20260108T000000Z"});
        let task = Task::read(0, &value, &mut Vec::new()).unwrap();
        assert!(task.is_waiting(Moment::parse("2026-01-07T23:59:59Z").ok()));
        assert!(!task.is_waiting(Moment::parse("2026-01-08").ok()));
        assert!(!task.is_waiting(None));
    }
}
