//! One task, as a typed view of what `task export` prints.
//!
//! A view borrows from the text that it is read from, and knows the members that the loop works with: what else a task
//! has is passed over, and neither lost nor altered, since a view is never written back.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use sortie_plugin_sdk::Node;

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
    const ALL: [Self; 5] = [Self::Pending, Self::Waiting, Self::Completed, Self::Deleted, Self::Recurring];

    /// The status of this name, in whatever case it is written.
    pub fn parse(name: &str) -> Option<Self> {
        let exact = match name {
            "pending" => Self::Pending,
            "completed" => Self::Completed,
            "deleted" => Self::Deleted,
            "waiting" => Self::Waiting,
            "recurring" => Self::Recurring,
            _ => return Self::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(name)),
        };
        Some(exact)
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
    /// Until when it is of any use; Taskwarrior deletes it after that.
    pub until: Option<Moment>,
    /// The tags, each once, in the order in which they are written.
    pub tags: Vec<Cow<'a, str>>,
    /// How many annotations there are.
    pub annotations: usize,
    /// When the newest annotation was made.
    pub annotated: Option<Moment>,
    /// The identifiers of the tasks that must be done before, each once, in lower case.
    pub depends: Vec<Cow<'a, str>>,
    /// The identifier of the template, of an instance of a repeating task; in lower case.
    pub parent: Option<Cow<'a, str>>,
    /// The urgency that the export has.
    pub urgency: Option<f64>,
    /// The element that it is a view of.
    pub element: Node<'a>,
    /// The user-defined attributes that were asked for, as texts.
    pub udas: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Default for Task<'_> {
    fn default() -> Self {
        Self {
            position: 0,
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
            until: None,
            tags: Vec::new(),
            annotations: 0,
            annotated: None,
            depends: Vec::new(),
            parent: None,
            urgency: None,
            element: Node::of("null"),
            udas: Vec::new(),
        }
    }
}

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

    /// Whether the task is one to do whose `until` is past: Taskwarrior deletes it when it is run next.
    pub fn has_expired(&self, now: Moment) -> bool {
        self.status.is_to_do() && self.until.is_some_and(|until| until < now)
    }
}

/// Whether a member of this name is one that Taskwarrior defines and the loop works with.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        "annotations"
            | "depends"
            | "description"
            | "due"
            | "end"
            | "entry"
            | "id"
            | "modified"
            | "parent"
            | "priority"
            | "project"
            | "scheduled"
            | "start"
            | "status"
            | "tags"
            | "until"
            | "urgency"
            | "uuid"
            | "wait"
    )
}

/// Whether a member of this name is one that the user has defined, and not Taskwarrior.
pub(crate) fn is_own(name: &str) -> bool {
    !is_known(name) && !matches!(name, "imask" | "last" | "mask" | "recur" | "rtype" | "template")
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
            ("until", self.until),
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
        if let Some(parent) = &self.parent {
            map.serialize_entry("parent", parent)?;
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
            if !is_known(name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reading::Reader;
    use crate::tasks::TaskList;

    #[test]
    fn a_task_waits_up_to_the_moment_and_not_at_it() {
        let text = r#"[{"uuid": "u", "description": "d", "wait": "20260108T000000Z"}]"#;
        let task = TaskList::read(text, Reader::default()).unwrap().tasks.remove(0);
        assert!(task.is_waiting(Moment::parse("2026-01-07T23:59:59Z").ok()));
        assert!(!task.is_waiting(Moment::parse("2026-01-08").ok()));
        assert!(!task.is_waiting(None));
    }

    #[test]
    fn a_view_that_was_written_is_read_as_it_was() {
        let udas = ["estimate".to_owned(), "size".to_owned()];
        let reader = Reader { udas: &udas, ..Reader::default() };
        let text = json!([{
            "uuid": "u", "description": "a \"quote\"", "id": 4, "status": "pending", "entry": "20260101T000000Z",
            "due": "20260110T000000Z", "tags": ["a", "b"], "depends": ["x"], "parent": "t", "urgency": 9.5, "size": "big", "other": 1,
            "priority": "H", "project": "p.q", "estimate": 3, "wait": "20260110T000000Z", "scheduled": "20260110T000000Z",
            "annotations": [{"entry": "20260102T000000Z", "description": "n"}, {"entry": "20260101T000000Z"}],
            "start": "20260110T000000Z", "modified": "20260110T000000Z", "until": "20260110T000000Z",
        }])
        .to_string();
        let task = TaskList::read(&text, reader).unwrap().tasks.remove(0);
        assert_eq!(task.udas, [("estimate".into(), "3".into()), ("size".into(), "big".into())]);
        let written = serde_json::to_string(&[&task]).unwrap();
        let again = TaskList::read(&written, reader).unwrap().tasks.remove(0);
        assert_eq!(Task { element: task.element, ..again }, task);
    }
}
