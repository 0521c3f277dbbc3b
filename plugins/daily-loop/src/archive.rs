//! Moving what is completed from `/tasks` to `/archive`, each task once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::task::{Status, Task};
use crate::tasks::TaskList;

/// What is to become of the elements of `/tasks`. All positions are from 0 and rise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archiving {
    /// What goes to the end of the archive.
    pub appended: Vec<usize>,
    /// What takes the place of an older version in the archive: its position in `/tasks`, and that in `/archive`.
    pub replacing: Vec<(usize, usize)>,
    /// What the archive has already: it only leaves `/tasks`.
    pub known: Vec<usize>,
    /// The identifiers of what goes to the archive or is in it already.
    pub uuids: Vec<String>,
}

impl Archiving {
    /// All that leaves `/tasks`, in its order.
    pub fn leaving(&self) -> BTreeSet<usize> {
        let replacing = self.replacing.iter().map(|(position, _)| position);
        self.appended.iter().chain(replacing).chain(&self.known).copied().collect()
    }
}

/// Finds what is to be archived: the tasks that are completed and have an identifier and an end, with their older
/// versions. Whatever else of them could not be read, they are done. What has no end stays where a person can see it,
/// and what is deleted is Taskwarrior's to remove.
pub fn completed(list: &TaskList, archive: &TaskList) -> Archiving {
    let is_done = |task: &&Task| task.status == Status::Completed && task.named && task.end.is_some();
    let archived: BTreeMap<&str, &Task> = archive.tasks.iter().map(|task| (&*task.uuid, task)).collect();
    let mut archiving = Archiving::default();
    let mut done = BTreeSet::new();
    for task in list.tasks.iter().filter(is_done) {
        match archived.get(&*task.uuid) {
            None => archiving.appended.push(task.position),
            Some(before) if task.modified > before.modified => {
                archiving.replacing.push((task.position, before.position));
            }
            Some(_) => archiving.known.push(task.position),
        }
        done.insert(task.position);
        archiving.uuids.push(Cow::clone(&task.uuid).into_owned());
    }
    let older = list.older.iter().filter(|(_, newer)| done.contains(newer)).map(|(older, _)| *older);
    archiving.appended.extend(older);
    archiving.appended.sort_unstable();
    archiving
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::task::Reading;

    fn archiving(tasks: &Value, archive: &Value) -> Archiving {
        let (tasks, archive) = (tasks.to_string(), archive.to_string());
        let read = |text| TaskList::read(text, Reading::stubs()).unwrap();
        completed(&read(&tasks), &read(&archive))
    }

    /// The positions of what leaves `tasks`.
    fn check(tasks: &Value, expected: &[usize]) {
        assert_eq!(archiving(tasks, &json!(null)).appended, expected);
    }

    #[test]
    fn only_completed_tasks_are_archived() {
        let end = "20260107T000000Z";
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "completed", "end": end, "odd": [1, {"x": null}]},
            {"uuid": "b", "description": "d", "status": "pending"},
            {"uuid": "c", "description": "d", "status": "deleted", "end": end},
            {"uuid": "d", "description": "d", "status": "waiting"},
            {"uuid": "e", "description": "d", "status": "recurring"},
            {"uuid": "f", "description": "d", "status": "Completed", "end": end},
        ]);
        check(&tasks, &[0, 5]);
    }

    #[test]
    fn an_odd_field_does_not_keep_a_task_from_the_archive() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "completed", "end": "20260107T000000Z", "priority": 2},
            {"uuid": "b", "description": "d", "status": "completed", "end": "20260107T000000Z", "annotations": "n"},
            {"uuid": "c", "description": "d", "status": "completed", "end": "20260107T000000Z", "wait": "for godot"},
            {"uuid": "d", "status": "completed", "end": 1_795_000_000},
        ]);
        check(&tasks, &[0, 1, 2, 3]);
    }

    #[test]
    fn what_has_no_identifier_or_no_end_stays() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "completed", "end": "some day"},
            {"uuid": "b", "description": "d", "status": "completed"},
            {"description": "d", "status": "completed", "end": "20260107T000000Z"},
            "completed",
        ]);
        check(&tasks, &[]);
    }

    #[test]
    fn an_older_version_goes_with_the_newer() {
        let tasks = json!([
            {"uuid": "a", "description": "old", "status": "pending", "modified": "20260101T000000Z"},
            {"uuid": "b", "description": "d"},
            {"uuid": "a", "description": "new", "status": "completed", "modified": "20260107T000000Z", "end": "20260107T000000Z"},
        ]);
        check(&tasks, &[0, 2]);
    }

    #[test]
    fn what_is_archived_already_is_not_archived_again() {
        let done = |modified: &str| json!({"uuid": "a", "status": "completed", "end": modified, "modified": modified});
        let (old, new) = (done("20260101T000000Z"), done("20260102T000000Z"));
        let again = archiving(&json!([{"uuid": "b"}, old]), &json!([{"uuid": "x"}, new]));
        assert_eq!(again, Archiving { known: vec![1], uuids: vec!["a".to_owned()], ..Archiving::default() });
        let newer = archiving(&json!([{"uuid": "b"}, new]), &json!([{"uuid": "x"}, old]));
        assert_eq!(newer, Archiving { replacing: vec![(1, 1)], uuids: vec!["a".to_owned()], ..Archiving::default() });
        assert_eq!(newer.leaving(), BTreeSet::from([1]));
    }
}
