//! All tasks of a list, and what only all of them together tell: which of them block which, and what day it is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Serialize, Serializer};
use sortie_plugin_sdk::Node;

use crate::identity;
use crate::moment::{Moment, SECONDS_PER_DAY};
use crate::reading::{Problem, Reader};
use crate::task::{Status, Task};
use crate::written::Written;
use crate::zone::{Now, Zone};

/// Dates that are so many seconds after those of most tasks are a slip of the pen, not today.
const FAR: i64 = 365 * SECONDS_PER_DAY;

/// Views of the tasks of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskList<'a> {
    /// How many elements there are, readable or not.
    pub total: usize,
    /// The tasks that could be read well enough to work with, in the order of the list; of several versions of one
    /// task the newest.
    pub tasks: Vec<Task<'a>>,
    /// The places of the older versions of a task, and of that which counts.
    pub older: Vec<(usize, usize)>,
    /// What could not be read, in the order of the list.
    pub problems: Vec<Problem>,
    /// How many tasks count as deleted since their `until` is past.
    pub expired: usize,
}

/// An open task, as it is left for a later step.
#[derive(Debug, Clone, Copy)]
pub enum OpenTask<'l, 'a> {
    /// What the loop works with.
    View(&'l Task<'a>),
    /// All that it has.
    Element(Node<'a>),
}

impl Serialize for OpenTask<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::View(task) => task.serialize(serializer),
            Self::Element(element) => element.serialize(serializer),
        }
    }
}

/// How many open tasks an open task blocks, and how many block it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Links {
    /// How many open tasks depend on it.
    pub blocks: usize,
    /// On how many open tasks it depends.
    pub blocked_by: usize,
}

/// A JSON value that is no list: its type, with its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAList(pub &'static str);

impl<'a> TaskList<'a> {
    /// A list without tasks.
    pub fn empty() -> Self {
        Self { total: 0, tasks: Vec::new(), older: Vec::new(), problems: Vec::new(), expired: 0 }
    }

    /// Reads all tasks of a JSON array as `task export` prints it; null is a list without tasks.
    ///
    /// Of two tasks with one identifier the one that was modified later counts, or else the first. The other is a
    /// problem, and has no view.
    pub fn read(text: &'a str, reader: Reader<'_>) -> Result<Self, NotAList> {
        Self::of(Node::of(text), reader)
    }

    /// Reads the same of a value.
    pub fn of(node: Node<'a>, reader: Reader<'_>) -> Result<Self, NotAList> {
        if !node.is_null() && !node.is_array() {
            return Err(NotAList(node.kind()));
        }
        let mut elements = node.elements();
        // Of so many bytes there are at most half as many elements; a task takes some hundred.
        let room = (elements.size_hint().1.unwrap_or_default() / 128).min(1 << 14);
        let mut list = Self { tasks: Vec::with_capacity(room), ..Self::empty() };
        while let Some(element) = elements.next() {
            let mut members = element.members();
            reader.view(element, &mut members, list.total, (&mut list.tasks, &mut list.problems));
            list.total += 1;
            elements.after(&members);
        }
        Ok(list.each_once())
    }

    fn each_once(mut self) -> Self {
        let mut places = FxHashMap::<&str, usize>::default();
        places.reserve(self.tasks.len());
        let mut lost = BTreeSet::new();
        for (place, task) in self.tasks.iter().enumerate().filter(|(_, task)| task.named) {
            let Some(first) = places.insert(&task.uuid, place) else { continue };
            let Some(earlier) = self.tasks.get(first) else { continue };
            let (kept, winner, older, loser) = if task.modified > earlier.modified {
                (place, task, first, earlier)
            } else {
                (first, earlier, place, task)
            };
            places.insert(&task.uuid, kept);
            self.older.push((loser.position, winner.position));
            self.problems.push(Problem {
                index: loser.position,
                uuid: Some(loser.uuid.clone().into_owned()),
                field: Some("uuid".to_owned()),
                reason: format!("is also the uuid of the task at {}, which counts as the newer one", winner.position),
            });
            lost.insert(older);
        }
        if !lost.is_empty() {
            let mut place = 0;
            self.tasks.retain(|_| {
                place += 1;
                !lost.contains(&(place - 1))
            });
            // A task can have lost to one that lost itself, later.
            let mut counts = FxHashMap::<usize, usize>::default();
            for (loser, winner) in self.older.iter_mut().rev() {
                *winner = counts.get(winner).copied().unwrap_or(*winner);
                counts.insert(*loser, *winner);
            }
            self.problems.sort_by_key(|problem| problem.index);
        }
        self.named()
    }

    /// Gives an identifier to each task without one.
    fn named(mut self) -> Self {
        if self.tasks.iter().all(|task| task.named) {
            return self;
        }
        let mut taken: BTreeSet<String> =
            self.tasks.iter().filter(|task| task.named).map(|task| task.uuid.clone().into_owned()).collect();
        for task in self.tasks.iter_mut().filter(|task| !task.named) {
            let uuid = identity::of_unnamed(task, &taken);
            taken.insert(uuid.clone());
            task.uuid = Cow::Owned(uuid);
        }
        self
    }

    /// How many tasks have something that could not be read.
    pub fn flawed(&self) -> usize {
        self.problems.iter().map(|problem| problem.index).collect::<BTreeSet<_>>().len()
    }

    /// What counts as now: `today` if it is given, else the newest moment in the data, in the zone. None when neither
    /// tells.
    pub fn now(&self, today: Option<Written>, zone: Option<Zone>) -> Option<Now> {
        let newest = || Some(Now { moment: self.newest()?, zone: zone.unwrap_or_default() });
        today.map(|today| today.now(zone)).or_else(newest)
    }

    /// Takes the tasks whose `until` is past for deleted, as Taskwarrior does when it is run next: they are not to do, and
    /// block nothing.
    #[must_use]
    pub fn at(mut self, now: Option<Now>) -> Self {
        let Some(now) = now else { return self };
        for task in self.tasks.iter_mut().filter(|task| task.has_expired(now.moment)) {
            task.status = Status::Deleted;
            self.expired += 1;
        }
        self
    }

    /// The newest moment at which anything happened: a task was entered, modified, started, ended or annotated.
    /// Dates that speak of the future (due, scheduled, wait) count only where nothing else has a date. Dates that
    /// are more than a year after those of most tasks are passed over.
    pub fn newest(&self) -> Option<Moment> {
        let happened = |task: &Task| [task.entry, task.modified, task.start, task.end, task.annotated];
        let planned = |task: &Task| [task.due, task.scheduled, task.wait, None, None];
        self.newest_of(happened).or_else(|| self.newest_of(planned))
    }

    fn newest_of(&self, dates: impl Fn(&Task) -> [Option<Moment>; 5]) -> Option<Moment> {
        // Of each task the newest, so that a slip that stands in two fields of a task is one.
        let mut dates: Vec<Moment> = self.tasks.iter().filter_map(|task| dates(task).into_iter().max()?).collect();
        dates.sort_unstable();
        loop {
            let newest = *dates.last()?;
            let is_far = |pair: &[Moment]| matches!(pair, [a, b] if b.seconds_since(*a) > FAR);
            let Some(before) = dates.windows(2).rposition(is_far).map(|place| place + 1) else { return Some(newest) };
            // Where most tasks are of the later time, it is the earlier that is odd: all were imported at once, say.
            if dates.len() - before > before {
                return Some(newest);
            }
            dates.truncate(before);
        }
    }

    /// For each open task that blocks or is blocked, by its identifier, how it is linked. A dependency on a task that
    /// is completed, deleted or not there blocks nothing; a dependency on the template of a repeating task does, as
    /// in Taskwarrior.
    pub fn links(&self) -> BTreeMap<&str, Links> {
        let open = || self.tasks.iter().filter(|task| task.status.is_open());
        let mut links = BTreeMap::<&str, Links>::new();
        if open().all(|task| task.depends.is_empty()) {
            return links;
        }
        let known: FxHashSet<&str> = open().map(|task| &*task.uuid).collect();
        for task in open() {
            for dependency in task.depends.iter().filter_map(|dependency| known.get(&**dependency)) {
                links.entry(dependency).or_default().blocks += 1;
                links.entry(&task.uuid).or_default().blocked_by += 1;
            }
        }
        links
    }

    /// The dependencies of tasks to do on what is nowhere in the list.
    pub fn missing_dependencies(&self) -> BTreeSet<&str> {
        let to_do = self.tasks.iter().filter(|task| task.status.is_to_do());
        let mut missing: BTreeSet<&str> = to_do.flat_map(|task| &task.depends).map(|uuid| &**uuid).collect();
        if !missing.is_empty() {
            for task in &self.tasks {
                missing.remove(&*task.uuid);
            }
        }
        missing
    }

    /// The tasks that are not completed or deleted: what a later step needs, or with all that they have.
    pub fn open(&self, all_of_each: bool) -> Vec<OpenTask<'_, 'a>> {
        let open = self.tasks.iter().filter(|task| task.status.is_open());
        open.map(|task| if all_of_each { OpenTask::Element(task.element) } else { OpenTask::View(task) }).collect()
    }

    /// How many tasks have a status.
    pub fn count(&self, status: Status) -> usize {
        self.tasks.iter().filter(|task| task.status == status).count()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Reads tasks written as `uuid status depends` and shows the links as `uuid blocks/blocked_by`.
    fn check(tasks: &str, expected: &str) {
        let values: Value = tasks
            .lines()
            .map(|line| {
                let words: Vec<_> = line.split_whitespace().collect();
                let depends = words.get(2).copied().unwrap_or_default();
                json!({"uuid": words[0], "description": "d", "status": words[1], "depends": depends})
            })
            .collect();
        let text = values.to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let links = list.links();
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
        check("A pending\nb PENDING A", "a 1/0, b 0/1");
    }

    #[test]
    fn a_closed_or_unknown_dependency_does_not_block() {
        check("a completed\nb pending a", "");
        check("a deleted\nb pending a", "");
        check("a pending\nb completed a", "");
        check("b pending x", "");
    }

    #[test]
    fn a_dependency_on_what_is_not_there_is_told() {
        let text = json!([
            {"uuid": "a", "description": "d", "depends": ["x", "b", "c"]},
            {"uuid": "b", "description": "d", "status": "completed", "depends": ["y"]},
            {"uuid": "c", "description": "d", "depends": ["x"]},
        ])
        .to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        assert_eq!(list.missing_dependencies(), BTreeSet::from(["x"]));
    }

    fn newest(tasks: &Value) -> Option<String> {
        let text = tasks.to_string();
        TaskList::read(&text, Reader::default()).unwrap().newest().map(|moment| moment.to_string())
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
    fn a_date_years_after_all_others_is_passed_over() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "entry": "20260101T000000Z"},
            {"uuid": "b", "description": "d", "entry": "20990101T000000Z", "modified": "20990101T000000Z"},
        ]);
        assert_eq!(newest(&tasks).as_deref(), Some("2026-01-01T00:00:00Z"));
        let several = json!([
            {"uuid": "a", "description": "d", "entry": "20260101T000000Z"},
            {"uuid": "b", "description": "d", "entry": "20260102T000000Z"},
            {"uuid": "c", "description": "d", "entry": "20990101T000000Z"},
            {"uuid": "d", "description": "d", "entry": "20990202T000000Z", "modified": "21500202T000000Z"},
        ]);
        assert_eq!(newest(&several).as_deref(), Some("2026-01-02T00:00:00Z"));
        // All but one were imported in the same second.
        let imported = json!([
            {"uuid": "a", "description": "d", "entry": "20240101T000000Z"},
            {"uuid": "b", "description": "d", "entry": "20230102T000000Z", "modified": "20260108T080000Z"},
            {"uuid": "c", "description": "d", "modified": "20260108T080000Z"},
        ]);
        assert_eq!(newest(&imported).as_deref(), Some("2026-01-08T08:00:00Z"));
        let alone = json!([{"uuid": "b", "description": "d", "entry": "20990101T000000Z"}]);
        assert_eq!(newest(&alone).as_deref(), Some("2099-01-01T00:00:00Z"));
    }

    #[test]
    fn where_nothing_happened_the_newest_date_is_the_newest_plan() {
        let tasks = json!([{"uuid": "a", "description": "d", "due": "20270101T000000Z"}]);
        assert_eq!(newest(&tasks).as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(newest(&json!([])), None);
    }

    #[test]
    fn of_several_versions_of_a_task_the_newest_counts() {
        let version = |modified: &str| json!({"uuid": "a", "description": modified, "modified": modified});
        let text = json!([version("20260101T000000Z"), version("20260103T000000Z"), version("20260102T000000Z")]);
        let text = text.to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        assert_eq!((list.total, list.tasks.len()), (3, 1));
        assert_eq!(list.tasks[0].description, "20260103T000000Z");
        assert_eq!(list.older, [(0, 1), (2, 1)]);
        assert_eq!(list.problems[0].reason, "is also the uuid of the task at 1, which counts as the newer one");
        let text = json!([{"uuid": "a", "description": "d"}, {"uuid": "A", "description": "e"}]).to_string();
        assert_eq!(TaskList::read(&text, Reader::default()).unwrap().tasks[0].description, "d");
    }

    #[test]
    fn a_list_is_an_array_or_nothing() {
        assert_eq!(TaskList::read("null", Reader::default()), Ok(TaskList::empty()));
        assert_eq!(TaskList::read("{\"a\": [1]}", Reader::default()), Err(NotAList("an object")));
        assert_eq!(TaskList::read("\"x\"", Reader::default()), Err(NotAList("a string")));
    }
}
