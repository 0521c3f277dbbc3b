//! From an element of an export to a view of a task, or to what is wrong with it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sortie_plugin_sdk::{Members, Node};

use crate::moment::Moment;
use crate::task::{Status, Task};
use crate::written::Written;
use crate::zone::Zone;

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
pub struct Reader<'r> {
    /// The zone of times that are written without one.
    pub zone: Zone,
    /// The user-defined attributes to keep.
    pub udas: &'r [String],
    /// Whether only what tells what to archive is read: identifier, status, end, and when it was modified.
    pub stub: bool,
}

impl Reader<'_> {
    /// Reads only what tells what to archive.
    pub fn stubs() -> Self {
        Self { stub: true, ..Self::default() }
    }

    /// Reads the element at a place of the list, with its members; what is wrong with it is told. It has no view unless it
    /// is an object whose status is known: else it is unknown what to do with it. A task without an identifier has none
    /// yet here.
    pub(crate) fn view<'a>(
        self,
        element: Node<'a>,
        members: &mut Members<'a>,
        position: usize,
        (tasks, problems): (&mut Vec<Task<'a>>, &mut Vec<Problem>),
    ) {
        if !element.is_object() {
            let reason = format!("is {}, not an object", element.kind());
            problems.push(Problem { index: position, uuid: None, field: None, reason });
            return;
        }
        // Filled where it stays: a view is large, and there are thousands.
        tasks.push(Task { position, element, ..Task::default() });
        let Some(task) = tasks.last_mut() else { return };
        let mut draft = Draft { task, reader: self, status: Some(Status::Pending), problems: Vec::new() };
        for (name, member) in members {
            if self.stub {
                draft.take_stub(&name, member);
            } else {
                draft.take(&name, member);
            }
            if !self.udas.is_empty() {
                draft.take_uda(name, member);
            }
        }
        if !draft.finish(problems) {
            tasks.pop();
        }
    }
}

/// The members of one task while they are read.
struct Draft<'t, 'a, 'p> {
    task: &'t mut Task<'a>,
    reader: Reader<'p>,
    /// None, where what stands there is no status.
    status: Option<Status>,
    problems: Vec<(&'static str, String)>,
}

impl<'a> Draft<'_, 'a, '_> {
    fn take_stub(&mut self, name: &str, member: Node<'a>) {
        if matches!(name, "uuid" | "status" | "end" | "modified") {
            self.take(name, member);
        }
    }

    /// Takes a member that the loop works with; one that is null is absent.
    fn take(&mut self, name: &str, member: Node<'a>) {
        if member.is_null() {
            return;
        }
        match name {
            "uuid" => {
                if let Some(uuid) = self.text("uuid", member) {
                    self.task.uuid = lower(uuid);
                    self.task.named = true;
                }
            }
            "id" => self.task.id = integer_of(member).filter(|id| *id > 0),
            "description" => self.task.description = self.text("description", member).unwrap_or_default(),
            "status" => self.take_status(member),
            "project" => self.task.project = self.text("project", member),
            "priority" => self.task.priority = self.text("priority", member),
            "entry" => self.task.entry = self.moment("entry", member),
            "modified" => self.task.modified = self.moment("modified", member),
            "start" => self.task.start = self.moment("start", member),
            "end" => self.task.end = self.moment("end", member),
            "due" => self.task.due = self.moment("due", member),
            "scheduled" => self.task.scheduled = self.moment("scheduled", member),
            "wait" => self.task.wait = self.moment("wait", member),
            "until" => self.task.until = self.moment("until", member),
            "tags" => self.task.tags = once_each(self.texts("tags", member)),
            "depends" => {
                let depends = self.texts("depends", member).into_iter().map(lower).collect();
                self.task.depends = once_each(depends);
            }
            "parent" => self.task.parent = self.text("parent", member).map(lower),
            "annotations" => self.take_annotations(member),
            "urgency" => self.task.urgency = number_of(member),
            _ => {}
        }
    }

    /// Takes a member that is a user-defined attribute, if it is wanted. The priority can be one too.
    fn take_uda(&mut self, name: Cow<'a, str>, member: Node<'a>) {
        if self.reader.udas.iter().any(|uda| *uda == name)
            && let Some(text) = text_of(member)
            && !text.is_empty()
        {
            self.task.udas.push((name, text));
        }
    }

    /// Whether it is a task.
    fn finish(mut self, problems: &mut Vec<Problem>) -> bool {
        if !self.reader.stub {
            let is_told = |draft: &Self, name: &str| draft.problems.iter().any(|(field, _)| *field == name);
            if self.task.description.trim().is_empty() && !is_told(&self, "description") {
                self.report("description", "is missing".to_owned());
            }
            if self.status == Some(Status::Completed) && self.task.end.is_none() && !is_told(&self, "end") {
                self.report("end", "is missing, so it is not archived".to_owned());
            }
            if !self.task.named && !is_told(&self, "uuid") {
                self.report("uuid", "is missing".to_owned());
            }
            for (field, reason) in self.problems {
                let uuid = self.task.named.then(|| self.task.uuid.clone().into_owned());
                problems.push(Problem { index: self.task.position, uuid, field: Some(field.to_owned()), reason });
            }
        }
        self.task.status = self.status.unwrap_or(Status::Deleted);
        self.status.is_some()
    }

    fn report(&mut self, field: &'static str, reason: String) {
        self.problems.push((field, reason));
    }

    /// A text that may be absent. Taskwarrior stores no empty fields, so an empty text is an absent one. A number is
    /// the text that it is written as: a document written by hand has `description: 1984`.
    fn text(&mut self, field: &'static str, member: Node<'a>) -> Option<Cow<'a, str>> {
        match text_of(member) {
            Some(text) if text.is_empty() => None,
            Some(text) => Some(text),
            None => {
                self.report(field, format!("is {}, not a string", member.kind()));
                None
            }
        }
    }

    fn take_status(&mut self, member: Node<'a>) {
        let Some(name) = text_of(member) else {
            self.report("status", format!("is {}, not a string", member.kind()));
            self.status = None;
            return;
        };
        // An empty field is an absent one.
        if name.trim().is_empty() {
            return;
        }
        self.status = Status::parse(name.trim());
        if self.status.is_none() {
            self.report("status", format!("is {name:?}, which is no status of Taskwarrior's"));
        }
    }

    fn moment(&mut self, field: &'static str, member: Node<'a>) -> Option<Moment> {
        let written = match member.as_str() {
            Some(text) if text.trim().is_empty() => return None,
            Some(text) => Written::parse(text.trim()),
            // Seconds, or a date that a document written by hand has without quotes: 20261120.
            None if member.as_integer().is_some() => Written::parse(member.text()),
            None => {
                self.report(field, format!("is {}, not a string", member.kind()));
                return None;
            }
        };
        match written {
            Ok(written) => Some(written.moment(self.reader.zone)),
            Err(error) => {
                let shown = member.as_str().map_or_else(|| member.text().to_owned(), |text| format!("{text:?}"));
                self.report(field, format!("is {shown}: {error}"));
                None
            }
        }
    }

    /// An array of texts or, as Taskwarrior up to 2.5 writes `depends`, one text with commas.
    fn texts(&mut self, field: &'static str, member: Node<'a>) -> Vec<Cow<'a, str>> {
        match member.as_str() {
            Some(Cow::Borrowed(list)) => listed(list).map(Cow::Borrowed).collect(),
            Some(Cow::Owned(list)) => listed(&list).map(|text| Cow::Owned(text.to_owned())).collect(),
            None if member.is_array() => {
                let mut texts = Vec::new();
                for (index, item) in member.elements().enumerate() {
                    match text_of(item) {
                        Some(text) => texts.push(text),
                        None => self.report(field, format!("has {} at {index}, not a string", item.kind())),
                    }
                }
                texts
            }
            None => {
                self.report(field, format!("is {}, not an array", member.kind()));
                Vec::new()
            }
        }
    }

    /// How many annotations there are, and when the newest was made.
    fn take_annotations(&mut self, member: Node<'a>) {
        if !member.is_array() {
            self.report("annotations", format!("is {}, not an array", member.kind()));
            return;
        }
        for (index, item) in member.elements().enumerate() {
            self.task.annotations += 1;
            let entry = item.get("entry").and_then(text_of).and_then(|text| Written::parse(&text).ok());
            match entry {
                Some(entry) => {
                    let entry = entry.moment(self.reader.zone);
                    self.task.annotated = self.task.annotated.max(Some(entry));
                }
                None => self.report("annotations", format!("has at {index} what is no annotation with a date")),
            }
        }
    }
}

/// The parts of a text with commas.
fn listed(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|text| !text.is_empty())
}

/// A string, or the text of a number.
fn text_of(node: Node<'_>) -> Option<Cow<'_, str>> {
    node.as_str().or_else(|| node.as_number().map(|_| Cow::Borrowed(node.text())))
}

/// A whole number, or a text that is one, as clients other than Taskwarrior write ids.
fn integer_of(node: Node<'_>) -> Option<i64> {
    node.as_integer().or_else(|| node.as_str()?.parse().ok())
}

/// A number, or a text that is one, likewise.
fn number_of(node: Node<'_>) -> Option<f64> {
    node.as_number().or_else(|| node.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
}

fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    // Eight bytes at a time: an upper-case letter is 010x_xxxx, and no digit, dash or lower-case letter is.
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let may_have = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        word & !(word << 1) & 0x4040_4040_4040_4040 != 0
    };
    let is_upper = |byte: &u8| byte.is_ascii_uppercase();
    if words.iter().any(|word| may_have(word) && word.iter().any(is_upper)) || rest.iter().any(is_upper) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        text
    }
}

fn once_each(texts: Vec<Cow<'_, str>>) -> Vec<Cow<'_, str>> {
    // Few are compared sooner than they are sorted.
    const FEW: usize = 8;
    let repeats = |(index, text)| texts.get(..index).is_some_and(|before: &[Cow<'_, str>]| before.contains(text));
    if texts.len() < 2 || texts.len() <= FEW && !texts.iter().enumerate().any(repeats) {
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
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let problems = list.problems.iter().filter(|problem| problem.index == 1);
        let shown: Vec<_> = problems
            .map(|problem| format!("{} {}", problem.field.as_deref().unwrap_or("task"), problem.reason))
            .collect();
        assert_eq!(shown, expected, "{fields}");
    }

    fn read(text: &str) -> Task<'_> {
        TaskList::read(text, Reader::default()).unwrap().tasks.remove(0)
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
        check(&json!({"project": "", "status": "", "due": " ", "depends": "", "tags": [], "annotations": []}), &[]);
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
                "due is \"1330\": neither a date such as 2026-01-07 nor a date-time such as 2026-01-07T14:30:00Z or \
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
        let list = TaskList::read("[[], 17, \"x\"]", Reader::default()).unwrap();
        let reasons: Vec<_> = list.problems.iter().map(|problem| problem.reason.as_str()).collect();
        assert_eq!(reasons, ["is an array, not an object", "is a number, not an object", "is a string, not an object"]);
        assert_eq!((list.total, list.tasks.len()), (3, 0));
    }

    #[test]
    fn a_task_without_an_identifier_gets_one_of_what_it_says() {
        let text = r#"[{"description": "call mum"}, {"description": "call mum"}, {"description": "buy milk"}]"#;
        let list = TaskList::read(text, Reader::default()).unwrap();
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
}
