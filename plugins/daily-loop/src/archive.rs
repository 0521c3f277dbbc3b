//! Moving what is completed from `/tasks` to `/archive`.

use serde_json::Value;

use crate::task::Status;
use crate::tasks::TaskList;

/// The elements of `/tasks`, in two parts that keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split<'a> {
    /// What stays.
    pub kept: Vec<&'a Value>,
    /// What is completed, to be put at the end of `/archive`.
    pub archived: Vec<&'a Value>,
}

/// The positions in `/tasks`, from 0 and rising, of what is to be archived: the tasks that are completed and of
/// which every field could be read. What could not be read stays where a person can see it, and what is deleted is
/// Taskwarrior's to remove.
pub fn completed(list: &TaskList) -> Vec<usize> {
    let done = |task: &&crate::task::Task| task.status == Status::Completed && task.sound;
    list.tasks.iter().filter(done).map(|task| task.position).collect()
}

/// Splits the elements of `/tasks`; each is in one of the parts, unaltered.
pub fn split(tasks: &[Value]) -> Split<'_> {
    let mut completed = completed(&TaskList::read(tasks)).into_iter().peekable();
    let mut split = Split { kept: Vec::new(), archived: Vec::new() };
    for (position, task) in tasks.iter().enumerate() {
        if completed.next_if_eq(&position).is_some() {
            split.archived.push(task);
        } else {
            split.kept.push(task);
        }
    }
    split
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Splits `tasks` and compares the archived positions; no element is lost or altered.
    fn check(tasks: &Value, expected: &[usize]) {
        let tasks = tasks.as_array().unwrap();
        let split = split(tasks);
        let archived: Vec<_> = expected.iter().map(|position| &tasks[*position]).collect();
        let kept: Vec<_> = tasks
            .iter()
            .enumerate()
            .filter(|(position, _)| !expected.contains(position))
            .map(|(_, task)| task)
            .collect();
        assert_eq!(split, Split { kept, archived });
    }

    #[test]
    fn only_completed_tasks_are_archived() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "completed", "end": "20260107T000000Z", "odd": [1, {"x": null}]},
            {"uuid": "b", "description": "d", "status": "pending"},
            {"uuid": "c", "description": "d", "status": "deleted"},
            {"uuid": "d", "description": "d", "status": "waiting"},
            {"uuid": "e", "description": "d", "status": "recurring"},
            {"uuid": "f", "description": "d", "status": "completed"},
        ]);
        check(&tasks, &[0, 5]);
    }

    #[test]
    fn what_could_not_be_read_stays() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "completed", "end": "yesterday"},
            {"uuid": "b", "description": "d", "status": "Completed"},
            "completed",
            {"uuid": "a", "description": "d", "status": "completed"},
        ]);
        check(&tasks, &[]);
    }

    #[test]
    fn no_tasks_are_split_into_none() {
        check(&json!([]), &[]);
    }
}
