//! All tasks of a state, and what only all of them together tell: which of them block which, and what day it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::Error;
use crate::moment::Moment;
use crate::task::{Problem, Task, json_type};

/// The elements of `/tasks`. A state without it has no tasks.
pub fn elements(tasks: Option<&Value>) -> Result<&[Value], Error> {
    match tasks {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(elements)) => Ok(elements),
        Some(other) => Err(Error::TasksNotAnArray { found: json_type(other) }),
    }
}

/// Views of the tasks of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskList<'a> {
    /// How many elements there are, readable or not.
    pub total: usize,
    /// The tasks that could be read well enough to work with, in the order of the state.
    pub tasks: Vec<Task<'a>>,
    /// What could not be read, in the order of the state.
    pub problems: Vec<Problem>,
}

/// How many open tasks an open task blocks, and how many block it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Links {
    /// How many open tasks depend on it.
    pub blocks: usize,
    /// On how many open tasks it depends.
    pub blocked_by: usize,
}

impl<'a> TaskList<'a> {
    /// Reads all tasks. Of two tasks with one identifier the second is a problem, and has no view.
    pub fn read(values: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut list = Self { total: 0, tasks: Vec::new(), problems: Vec::new() };
        let mut positions = BTreeMap::new();
        for (position, value) in values.into_iter().enumerate() {
            list.total += 1;
            let Some(task) = Task::read(position, value, &mut list.problems) else { continue };
            if let Some(first) = positions.get(task.uuid) {
                list.problems.push(Problem {
                    index: position,
                    uuid: Some(task.uuid.to_owned()),
                    field: Some("uuid".to_owned()),
                    reason: format!("is also the uuid of the task at {first}"),
                });
            } else {
                positions.insert(task.uuid, position);
                list.tasks.push(task);
            }
        }
        list
    }

    /// The moment that counts as now: `today` if it is given, else the newest in the data. None when neither tells.
    pub fn now(&self, today: Option<Moment>) -> Option<Moment> {
        today.or_else(|| self.newest())
    }

    /// The newest moment at which anything happened: a task was entered, modified, started, ended or annotated.
    /// Dates that speak of the future (due, scheduled, wait) count only where nothing else has a date.
    pub fn newest(&self) -> Option<Moment> {
        let happened = |task: &Task| [task.entry, task.modified, task.start, task.end, task.annotated];
        let planned = |task: &Task| [task.due, task.scheduled, task.wait, None, None];
        self.newest_of(happened).or_else(|| self.newest_of(planned))
    }

    fn newest_of(&self, dates: impl Fn(&Task) -> [Option<Moment>; 5]) -> Option<Moment> {
        self.tasks.iter().flat_map(dates).flatten().max()
    }

    /// For each open task that blocks or is blocked, by its identifier, how it is linked. A dependency on a task that
    /// is completed, deleted or not there blocks nothing; a dependency on the template of a repeating task does, as
    /// in Taskwarrior.
    pub fn links(&self) -> BTreeMap<&'a str, Links> {
        let open = || self.tasks.iter().filter(|task| task.status.is_open());
        let known: BTreeSet<&str> = open().map(|task| task.uuid).collect();
        let mut links = BTreeMap::<&str, Links>::new();
        for task in open() {
            for dependency in task.depends.iter().filter(|dependency| known.contains(*dependency)) {
                links.entry(dependency).or_default().blocks += 1;
                links.entry(task.uuid).or_default().blocked_by += 1;
            }
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Reads tasks written as `uuid status depends` and shows the links as `uuid blocks/blocked_by`.
    fn check(tasks: &str, expected: &str) {
        let values: Vec<Value> = tasks
            .lines()
            .map(|line| {
                let words: Vec<_> = line.split_whitespace().collect();
                let depends = words.get(2).copied().unwrap_or_default();
                json!({"uuid": words[0], "description": "d", "status": words[1], "depends": depends})
            })
            .collect();
        let links = TaskList::read(&values).links();
        let shown: Vec<_> =
            links.iter().map(|(uuid, links)| format!("{uuid} {}/{}", links.blocks, links.blocked_by)).collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn an_open_dependency_blocks() {
        check("a pending\nb pending a", "a 1/0, b 0/1");
        check("a waiting\nb pending a\nc waiting a,b", "a 2/0, b 1/1, c 0/2");
        check("a recurring\nb pending a", "a 1/0, b 0/1");
        check("a pending a", "a 1/1");
    }

    #[test]
    fn a_closed_or_unknown_dependency_does_not_block() {
        check("a completed\nb pending a", "");
        check("a deleted\nb pending a", "");
        check("a pending\nb completed a", "");
        check("b pending x", "");
    }

    fn newest(tasks: &Value) -> Option<String> {
        TaskList::read(tasks.as_array().unwrap()).newest().map(|moment| moment.to_string())
    }

    #[test]
    fn the_newest_date_is_when_something_last_happened() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "entry": "20260101T000000Z", "due": "20270101T000000Z"},
            {"uuid": "b", "description": "d", "annotations": [{"entry": "20260102T000000Z", "description": "n"}]},
        ]);
        assert_eq!(newest(&tasks).as_deref(), Some("2026-01-02T00:00:00Z"));
    }

    #[test]
    fn where_nothing_happened_the_newest_date_is_the_newest_plan() {
        let tasks = json!([{"uuid": "a", "description": "d", "due": "20270101T000000Z"}]);
        assert_eq!(newest(&tasks).as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(newest(&json!([])), None);
    }

    #[test]
    fn the_second_task_of_an_identifier_is_a_problem() {
        let tasks = json!([{"uuid": "a", "description": "d"}, {"uuid": "a", "description": "e"}]);
        let list = TaskList::read(tasks.as_array().unwrap());
        assert_eq!((list.total, list.tasks.len()), (2, 1));
        assert_eq!(list.problems[0].reason, "is also the uuid of the task at 0");
    }

    #[test]
    fn a_state_without_tasks_has_none() {
        assert_eq!(elements(None), Ok(&[][..]));
        assert_eq!(elements(Some(&Value::Null)), Ok(&[][..]));
        assert_eq!(elements(Some(&json!({}))), Err(Error::TasksNotAnArray { found: "an object" }));
    }
}
