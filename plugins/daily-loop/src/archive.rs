//! Moving what is completed from `/tasks` to `/archive`, each task once.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use sortie_plugin_sdk::Node;

use crate::task::{Status, Task};
use crate::tasks::TaskList;

/// What is to become of the elements of `/tasks`: found by one step, and done by that or by a later one. All positions
/// are from 0 and rise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ArchivePlan {
    /// How many elements `/tasks` has.
    pub total: usize,
    /// How many elements the archive has, if there is one.
    pub archived: Option<usize>,
    /// What goes to the end of the archive.
    pub appended: Vec<usize>,
    /// What takes the place of an older version in the archive: its position in `/tasks`, and that in `/archive`.
    pub replacing: Vec<(usize, usize)>,
    /// What the archive has already: it only leaves `/tasks`.
    pub known: Vec<usize>,
    /// The identifiers of what goes to the archive or is in it already, with commas between.
    pub uuids: String,
}

impl ArchivePlan {
    /// Reads what was written by an earlier step. Of another's value there is nothing to do.
    pub fn of(node: Node<'_>) -> Self {
        let number = |node: Node<'_>| usize::try_from(node.as_integer()?).ok();
        let numbers = |node: Node<'_>| node.elements().filter_map(number).collect();
        let pair = |pair: Node<'_>| {
            let mut both = pair.elements().filter_map(number);
            Some((both.next()?, both.next()?))
        };
        let mut plan = Self::default();
        for (name, value) in node.members() {
            match &*name {
                "total" => plan.total = number(value).unwrap_or_default(),
                "archived" => plan.archived = number(value),
                "appended" => plan.appended = numbers(value),
                "replacing" => plan.replacing = value.elements().filter_map(pair).collect(),
                "known" => plan.known = numbers(value),
                "uuids" => plan.uuids = value.as_str().map(Cow::into_owned).unwrap_or_default(),
                _ => {}
            }
        }
        plan
    }

    /// All that leaves `/tasks`, in its order.
    pub fn leaving(&self) -> Vec<usize> {
        let replacing = self.replacing.iter().map(|(position, _)| position);
        let mut leaving: Vec<usize> = self.appended.iter().chain(replacing).chain(&self.known).copied().collect();
        leaving.sort_unstable();
        leaving
    }
}

/// Finds what is to be archived: the tasks that are completed and have an identifier and an end, with their older
/// versions. Whatever else of them could not be read, they are done. What has no end stays where a person can see it,
/// and what is deleted is Taskwarrior's to remove.
pub fn completed(list: &TaskList, archive: Option<&TaskList>) -> ArchivePlan {
    let is_done = |task: &&Task| task.status == Status::Completed && task.named && task.end.is_some();
    let archived: FxHashMap<&str, &Task> =
        archive.into_iter().flat_map(|archive| &archive.tasks).map(|task| (&*task.uuid, task)).collect();
    let mut archiving =
        ArchivePlan { total: list.total, archived: archive.map(|archive| archive.total), ..ArchivePlan::default() };
    let mut done = FxHashSet::default();
    for task in list.tasks.iter().filter(is_done) {
        match archived.get(&*task.uuid) {
            None => archiving.appended.push(task.position),
            Some(before) if task.modified > before.modified => {
                archiving.replacing.push((task.position, before.position));
            }
            Some(_) => archiving.known.push(task.position),
        }
        done.insert(task.position);
        if !archiving.uuids.is_empty() {
            archiving.uuids.push(',');
        }
        archiving.uuids.push_str(&task.uuid);
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
    use crate::reading::Reader;

    fn archiving(tasks: &Value, archive: &Value) -> ArchivePlan {
        let (tasks, archive) = (tasks.to_string(), archive.to_string());
        let read = |text| TaskList::read(text, Reader::stubs()).unwrap();
        let found = completed(&read(&tasks), archive.ne("null").then(|| read(&archive)).as_ref());
        let text = json!(found).to_string();
        assert_eq!(ArchivePlan::of(Node::of(&text)), found, "it is read as it was written");
        found
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
        let (counts, uuids) = (ArchivePlan { total: 2, archived: Some(2), ..ArchivePlan::default() }, "a".to_owned());
        assert_eq!(again, ArchivePlan { known: vec![1], uuids: uuids.clone(), ..counts.clone() });
        let newer = archiving(&json!([{"uuid": "b"}, new]), &json!([{"uuid": "x"}, old]));
        assert_eq!(newer, ArchivePlan { replacing: vec![(1, 1)], uuids, ..counts });
        assert_eq!(newer.leaving(), [1]);
    }
}
