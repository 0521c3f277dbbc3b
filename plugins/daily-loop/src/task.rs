//! One task, as a typed view of what `task export` prints.
//!
//! A view borrows from the text that it is read from, and knows the members that the loop works with: what else a task
//! has is passed over, and neither lost nor altered, since a view is never written back.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::member::Member;
use crate::moment::{Moment, Written, Zone};

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
    const ALL: [Self; 5] = [Self::Pending, Self::Waiting, Self::Completed, Self::Deleted, Self::Recurring];

    /// The status of this name, in whatever case it is written.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(name))
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
#[derive(Debug, Clone, PartialEq)]
pub struct Task<'a> {
    /// The place in the list, from 0.
    pub position: usize,
    /// The identifier, in lower case; of a task without one, one that is made of what it says.
    pub uuid: Cow<'a, str>,
    /// Whether the identifier is the task's own.
    pub named: bool,
    /// Taskwarrior's short number of a task that is not done.
    pub id: Option<i64>,
    /// What is to be done.
    pub description: Cow<'a, str>,
    /// The status.
    pub status: Status,
    /// The project, whose parts are separated by dots.
    pub project: Option<Cow<'a, str>>,
    /// The priority: `H`, `M`, `L` or what the user has defined.
    pub priority: Option<Cow<'a, str>>,
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
    pub tags: Vec<Cow<'a, str>>,
    /// How many annotations there are.
    pub annotations: usize,
    /// When the newest annotation was made.
    pub annotated: Option<Moment>,
    /// The identifiers of the tasks that must be done before, each once, in lower case.
    pub depends: Vec<Cow<'a, str>>,
    /// The urgency that the export has.
    pub urgency: Option<f64>,
    /// The user-defined attributes that were asked for, as texts.
    pub udas: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Something in a list of tasks that could not be read. What it stands in is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The place of the task in the list, from 0.
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

/// How tasks are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading<'r> {
    /// The zone of times that are written without one.
    pub zone: Zone,
    /// The user-defined attributes to keep.
    pub udas: &'r [String],
    /// Whether only what tells what to archive is read: identifier, status, end, and when it was modified.
    pub stub: bool,
}

impl Reading<'_> {
    /// Reads only what tells what to archive.
    pub fn stubs() -> Self {
        Self { stub: true, ..Self::default() }
    }

    /// The priority is an attribute of its own; any other name can be a user's.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.udas.iter().any(|uda| uda == name)
    }
}

/// The members of one task while they are read.
pub(crate) struct Draft<'a, 'p> {
    pub(crate) task: Task<'a>,
    reading: Reading<'p>,
    status: Result<Status, ()>,
    problems: Vec<(&'static str, String)>,
}

impl<'a, 'p> Draft<'a, 'p> {
    pub(crate) fn new(position: usize, reading: Reading<'p>) -> Self {
        let task = Task {
            position,
            uuid: Cow::Borrowed(""),
            named: false,
            id: None,
            description: Cow::Borrowed(""),
            status: Status::Pending,
            project: None,
            priority: None,
            entry: None,
            modified: None,
            start: None,
            end: None,
            due: None,
            scheduled: None,
            wait: None,
            tags: Vec::new(),
            annotations: 0,
            annotated: None,
            depends: Vec::new(),
            urgency: None,
            udas: Vec::new(),
        };
        Self { task, reading, status: Ok(Status::Pending), problems: Vec::new() }
    }

    /// Whether the loop works with the members of this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        if self.reading.stub { STUB.contains(&name) } else { NAMES.contains(&name) || self.reading.wants(name) }
    }

    /// Takes a member; one that is null is absent.
    pub(crate) fn take(&mut self, name: Cow<'a, str>, member: Member<'a>) {
        if matches!(member, Member::Null) {
            return;
        }
        if self.reading.wants(&name)
            && let Some(text) = member.as_text()
            && !text.is_empty()
        {
            self.task.udas.push((name.clone(), text));
        }
        match &*name {
            "uuid" => {
                if let Some(uuid) = self.text("uuid", member) {
                    self.task.uuid = lower(uuid);
                    self.task.named = true;
                }
            }
            "id" => self.task.id = member.as_integer().filter(|id| *id > 0),
            "description" => self.task.description = self.text("description", member).unwrap_or_default(),
            "status" => self.status(member),
            "project" => self.task.project = self.text("project", member),
            "priority" => self.task.priority = self.text("priority", member),
            "entry" => self.task.entry = self.moment("entry", member),
            "modified" => self.task.modified = self.moment("modified", member),
            "start" => self.task.start = self.moment("start", member),
            "end" => self.task.end = self.moment("end", member),
            "due" => self.task.due = self.moment("due", member),
            "scheduled" => self.task.scheduled = self.moment("scheduled", member),
            "wait" => self.task.wait = self.moment("wait", member),
            "tags" => self.task.tags = once_each(self.texts("tags", member)),
            "depends" => {
                let depends = self.texts("depends", member).into_iter().map(lower).collect();
                self.task.depends = once_each(depends);
            }
            "annotations" => self.annotations(member),
            "urgency" => self.task.urgency = member.as_number(),
            _ => {}
        }
    }

    /// The task, unless its status is unknown: then it is unknown what to do with it. A task without a name has none
    /// yet here.
    pub(crate) fn finish(mut self, problems: &mut Vec<Problem>) -> Option<Task<'a>> {
        if self.reading.stub {
            self.task.status = self.status.ok()?;
            return Some(self.task);
        }
        if self.task.description.trim().is_empty() && !self.problems.iter().any(|(field, _)| *field == "description") {
            self.problems.push(("description", "is missing".to_owned()));
        }
        if self.status == Ok(Status::Completed)
            && self.task.end.is_none()
            && !self.problems.iter().any(|(field, _)| *field == "end")
        {
            self.problems.push(("end", "is missing, so it is not archived".to_owned()));
        }
        if !self.task.named && !self.problems.iter().any(|(field, _)| *field == "uuid") {
            self.problems.push(("uuid", "is missing".to_owned()));
        }
        let uuid = self.task.named.then(|| self.task.uuid.clone().into_owned());
        let index = self.task.position;
        problems.extend(self.problems.into_iter().map(|(field, reason)| Problem {
            index,
            uuid: uuid.clone(),
            field: Some(field.to_owned()),
            reason,
        }));
        self.task.status = self.status.ok()?;
        Some(self.task)
    }

    fn report(&mut self, field: &'static str, reason: String) {
        self.problems.push((field, reason));
    }

    /// A text that may be absent. Taskwarrior stores no empty fields, so an empty text is an absent one. A number is
    /// the text that it is written as: a document written by hand has `description: 1984`.
    fn text(&mut self, field: &'static str, member: Member<'a>) -> Option<Cow<'a, str>> {
        match member.as_text() {
            Some(text) if text.is_empty() => None,
            Some(text) => Some(text),
            None => {
                self.report(field, format!("is {}, not a string", member.kind()));
                None
            }
        }
    }

    fn status(&mut self, member: Member<'a>) {
        let Some(name) = member.as_text() else {
            self.report("status", format!("is {}, not a string", member.kind()));
            self.status = Err(());
            return;
        };
        self.status = Status::parse(&name).ok_or(());
        if self.status.is_err() {
            self.report("status", format!("is {name:?}, which is no status of Taskwarrior's"));
        }
    }

    fn moment(&mut self, field: &'static str, member: Member<'a>) -> Option<Moment> {
        let (written, shown) = match &member {
            Member::Text(text) if text.is_empty() => return None,
            Member::Text(text) => (Written::parse(text), format!("{text:?}")),
            // Seconds, or a date that a document written by hand has without quotes: 20261120.
            Member::Integer(number) => (Written::parse(&number.to_string()), number.to_string()),
            Member::Null | Member::Boolean | Member::Number(_) | Member::List(_) | Member::Object(_) => {
                self.report(field, format!("is {}, not a string", member.kind()));
                return None;
            }
        };
        match written {
            Ok(written) => Some(written.moment(self.reading.zone)),
            Err(error) => {
                self.report(field, format!("is {shown}: {error}"));
                None
            }
        }
    }

    /// An array of texts or, as Taskwarrior up to 2.5 writes `depends`, one text with commas.
    fn texts(&mut self, field: &'static str, member: Member<'a>) -> Vec<Cow<'a, str>> {
        match member {
            Member::Text(list) => {
                list.split(',').filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned())).collect()
            }
            Member::List(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    match item.as_text() {
                        Some(text) => texts.push(text),
                        None => self.report(field, format!("has {} at {index}, not a string", item.kind())),
                    }
                }
                texts
            }
            other => {
                self.report(field, format!("is {}, not an array", other.kind()));
                Vec::new()
            }
        }
    }

    /// How many annotations there are, and when the newest was made.
    fn annotations(&mut self, member: Member<'a>) {
        let Member::List(items) = member else {
            self.report("annotations", format!("is {}, not an array", member.kind()));
            return;
        };
        self.task.annotations = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let entry = match item {
                Member::Object(Some(entry)) => entry.as_text().and_then(|text| Written::parse(&text).ok()),
                _ => None,
            };
            match entry {
                Some(entry) => {
                    let entry = entry.moment(self.reading.zone);
                    self.task.annotated = self.task.annotated.max(Some(entry));
                }
                None => self.report("annotations", format!("has at {index} what is no annotation with a date")),
            }
        }
    }
}

/// The members that a stub has.
const STUB: [&str; 4] = ["end", "modified", "status", "uuid"];

/// The members that the loop works with.
const NAMES: [&str; 17] = [
    "annotations",
    "depends",
    "description",
    "due",
    "end",
    "entry",
    "id",
    "modified",
    "priority",
    "project",
    "scheduled",
    "start",
    "status",
    "tags",
    "urgency",
    "uuid",
    "wait",
];

impl Task<'_> {
    /// Whether the task is hidden until after `now`. As in Taskwarrior 2.6 it is the date that counts, not the
    /// status.
    pub fn is_waiting(&self, now: Option<Moment>) -> bool {
        self.status.is_to_do() && matches!((self.wait, now), (Some(wait), Some(now)) if wait > now)
    }

    /// Whether work on the task is planned to begin after `now`.
    pub fn is_scheduled_later(&self, now: Option<Moment>) -> bool {
        matches!((self.scheduled, now), (Some(scheduled), Some(now)) if scheduled >= now)
    }

    /// The beginning of the identifier, by which a person can name the task.
    pub fn short(&self) -> &str {
        short(&self.uuid)
    }
}

/// How many characters of a uuid name its task, at the least.
pub(crate) const SHORT: usize = 8;

/// The first characters of a uuid.
pub(crate) fn short(uuid: &str) -> &str {
    uuid.get(..SHORT).unwrap_or(uuid)
}

/// In the export's own form, so that a later step reads it as it reads an export.
impl Serialize for Task<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let moments = [
            ("due", self.due),
            ("end", self.end),
            ("entry", self.entry),
            ("modified", self.modified),
            ("scheduled", self.scheduled),
            ("start", self.start),
            ("wait", self.wait),
        ];
        for (name, moment) in moments {
            if let Some(moment) = moment {
                map.serialize_entry(name, &moment.basic())?;
            }
        }
        if self.annotations > 0 {
            let entry = self.annotated.map(Moment::basic);
            let annotation = serde_json::json!({"entry": entry, "description": ""});
            map.serialize_entry("annotations", &vec![annotation; self.annotations])?;
        }
        if !self.depends.is_empty() {
            map.serialize_entry("depends", &self.depends)?;
        }
        map.serialize_entry("description", &self.description)?;
        if let Some(id) = self.id {
            map.serialize_entry("id", &id)?;
        }
        if let Some(priority) = &self.priority {
            map.serialize_entry("priority", priority)?;
        }
        if let Some(project) = &self.project {
            map.serialize_entry("project", project)?;
        }
        map.serialize_entry("status", self.status.name())?;
        if !self.tags.is_empty() {
            map.serialize_entry("tags", &self.tags)?;
        }
        if let Some(urgency) = self.urgency {
            map.serialize_entry("urgency", &urgency)?;
        }
        map.serialize_entry("uuid", &self.uuid)?;
        for (name, value) in &self.udas {
            if !NAMES.contains(&&**name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { text }
}

fn once_each(texts: Vec<Cow<'_, str>>) -> Vec<Cow<'_, str>> {
    if texts.len() < 2 {
        return texts;
    }
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tasks::TaskList;

    /// Reads a task with an identifier and a description, and lists its problems as `field reason`.
    fn check(fields: &Value, expected: &[&str]) {
        let mut value = json!({"uuid": "u", "description": "d"});
        value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let text = json!([null, value]).to_string();
        let list = TaskList::read(&text, Reading::default()).unwrap();
        let problems = list.problems.iter().filter(|problem| problem.index == 1);
        let shown: Vec<_> = problems
            .map(|problem| format!("{} {}", problem.field.as_deref().unwrap_or("task"), problem.reason))
            .collect();
        assert_eq!(shown, expected, "{fields}");
    }

    fn read(text: &str) -> Task<'_> {
        TaskList::read(text, Reading::default()).unwrap().tasks.remove(0)
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
    fn an_empty_or_null_field_is_an_absent_one() {
        check(&json!({"project": "", "due": "", "depends": "", "tags": [], "annotations": []}), &[]);
        check(&json!({"project": null, "due": null, "depends": null, "tags": null, "annotations": null}), &[]);
    }

    #[test]
    fn each_field_of_the_wrong_type_is_reported() {
        check(&json!({"uuid": []}), &["uuid is an array, not a string"]);
        check(&json!({"uuid": ""}), &["uuid is missing"]);
        check(&json!({"description": null}), &["description is missing"]);
        check(&json!({"status": true}), &["status is a boolean, not a string"]);
        check(&json!({"status": "done"}), &["status is \"done\", which is no status of Taskwarrior's"]);
        check(&json!({"project": {}}), &["project is an object, not a string"]);
        check(&json!({"tags": 5}), &["tags is a number, not an array"]);
        check(&json!({"tags": ["a", []]}), &["tags has an array at 1, not a string"]);
        check(&json!({"depends": [null]}), &["depends has null at 0, not a string"]);
        check(&json!({"annotations": "n"}), &["annotations is a string, not an array"]);
        check(&json!({"annotations": [{}]}), &["annotations has at 0 what is no annotation with a date"]);
        check(&json!({"due": 1.5}), &["due is a number, not a string"]);
        check(
            &json!({"wait": "20260230T000000Z", "end": "20269901T000000Z", "due": "1330"}),
            &[
                "due is \"1330\": not a date such as 2026-01-07, or date-time such as 2026-01-07T14:30:00Z or \
                 20260107T143000Z",
                "end is \"20269901T000000Z\": no such day or time",
                "wait is \"20260230T000000Z\": no such day or time",
            ],
        );
    }

    #[test]
    fn numbers_are_the_texts_that_they_are_written_as() {
        check(&json!({"description": 1984, "priority": 3, "tags": [2026, "home"], "due": 1_795_000_000}), &[]);
        let text = json!([{"uuid": "u", "description": 1984, "priority": 3, "tags": [2026]}]).to_string();
        let task = read(&text);
        assert_eq!((&*task.description, task.priority.as_deref(), &*task.tags[0]), ("1984", Some("3"), "2026"));
    }

    #[test]
    fn what_is_not_an_object_is_no_task() {
        let list = TaskList::read("[[], 17, \"x\"]", Reading::default()).unwrap();
        let reasons: Vec<_> = list.problems.iter().map(|problem| problem.reason.as_str()).collect();
        assert_eq!(reasons, ["is an array, not an object", "is a number, not an object", "is a string, not an object"]);
        assert_eq!((list.total, list.tasks.len()), (3, 0));
    }

    #[test]
    fn a_task_without_an_identifier_gets_one_of_what_it_says() {
        let text = r#"[{"description": "call mum"}, {"description": "call mum"}, {"description": "buy milk"}]"#;
        let list = TaskList::read(text, Reading::default()).unwrap();
        let uuids: BTreeSet<_> = list.tasks.iter().map(|task| task.uuid.clone()).collect();
        assert_eq!((list.tasks.len(), uuids.len(), list.problems.len()), (3, 3, 3));
        assert!(list.tasks.iter().all(|task| !task.named && task.uuid.len() == 36));
        assert_eq!(list.problems[0].reason, "is missing");
    }

    #[test]
    fn a_task_without_a_status_is_pending_and_the_case_of_a_status_does_not_matter() {
        assert_eq!(read(r#"[{"uuid": "u", "description": "d"}]"#).status, Status::Pending);
        assert_eq!(read(r#"[{"uuid": "u", "description": "d", "status": "COMPLETED"}]"#).status, Status::Completed);
    }

    #[test]
    fn dependencies_are_read_from_an_array_and_from_a_text_with_commas() {
        for depends in [json!(["a", "B", "a"]), json!("a,B,a")] {
            let text = json!([{"uuid": "u", "description": "d", "depends": depends}]).to_string();
            assert_eq!(read(&text).depends, ["a", "b"]);
        }
    }

    #[test]
    fn a_task_waits_up_to_the_moment_and_not_at_it() {
        let task = read(r#"[{"uuid": "u", "description": "d", "wait": "20260108T000000Z"}]"#);
        assert!(task.is_waiting(Moment::parse("2026-01-07T23:59:59Z").ok()));
        assert!(!task.is_waiting(Moment::parse("2026-01-08").ok()));
        assert!(!task.is_waiting(None));
    }

    #[test]
    fn a_view_that_was_written_is_read_as_it_was() {
        let udas = ["estimate".to_owned(), "size".to_owned()];
        let reading = Reading { udas: &udas, ..Reading::default() };
        let text = json!([{
            "uuid": "u", "description": "a \"quote\"", "id": 4, "status": "pending", "entry": "20260101T000000Z",
            "due": "20260110T000000Z", "tags": ["a", "b"], "depends": ["x"], "urgency": 9.5, "size": "big", "other": 1,
            "priority": "H", "project": "p.q", "estimate": 3, "wait": "20260110T000000Z", "scheduled": "20260110T000000Z",
            "annotations": [{"entry": "20260102T000000Z", "description": "n"}, {"entry": "20260101T000000Z"}],
            "start": "20260110T000000Z", "modified": "20260110T000000Z",
        }])
        .to_string();
        let task = TaskList::read(&text, reading).unwrap().tasks.remove(0);
        assert_eq!(task.udas, [("estimate".into(), "3".into()), ("size".into(), "big".into())]);
        let written = serde_json::to_string(&[&task]).unwrap();
        assert_eq!(TaskList::read(&written, reading).unwrap().tasks[0], task);
    }
}
