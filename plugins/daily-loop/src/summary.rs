//! What happened yesterday and where things stand: `/daily/summary`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::moment::{Day, Moment};
use crate::task::{Problem, Status, Task};
use crate::tasks::TaskList;
use crate::words;

/// The summary of the day before today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The moment for which the summary holds; null when neither the params nor the data tell it.
    pub now: Option<Moment>,
    /// The day of that moment.
    pub today: Option<Day>,
    /// The day before.
    pub yesterday: Option<Day>,
    /// The whole in a line: `2 tasks completed yesterday, 1 slipped, 12 to do`.
    pub headline: String,
    /// Whether there is nothing to tell: nothing was completed yesterday, nothing slipped, nothing is to do.
    pub quiet: bool,
    /// What was completed yesterday.
    pub completed: Completed,
    /// What was due before today and is still to do, the longest overdue first.
    pub slipped: Vec<Slipped>,
    /// What was started yesterday and is still being worked on.
    pub started: Vec<TaskRef>,
    /// How many tasks were entered yesterday.
    pub entered: usize,
    /// How many tasks there are of each kind.
    pub counts: Counts,
    /// What could not be read, and is left as it is.
    pub unreadable: Vec<Problem>,
}

/// What was completed on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completed {
    /// How many tasks.
    pub count: usize,
    /// By project: the one with most tasks first, then by name; what has no project comes last.
    pub projects: Vec<CompletedProject>,
}

/// What was completed of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompletedProject {
    /// The project; null for tasks without one.
    pub project: Option<String>,
    /// How many tasks.
    pub count: usize,
    /// The tasks, in the order in which they were completed.
    pub tasks: Vec<TaskRef>,
}

/// A task in a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskRef {
    /// The task's identifier.
    pub uuid: String,
    /// What is, or was, to be done.
    pub description: String,
}

/// A task that should have been done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slipped {
    /// The task's identifier.
    pub uuid: String,
    /// What is to be done.
    pub description: String,
    /// The project; null for a task without one.
    pub project: Option<String>,
    /// When it was due.
    pub due: Moment,
    /// How many days before today that was; at least 1.
    pub days_late: i64,
}

/// How many tasks there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All elements of `/tasks`.
    pub total: usize,
    /// To do, and not waiting.
    pub pending: usize,
    /// To do later: `wait` is in the future.
    pub waiting: usize,
    /// Completed and not yet archived.
    pub completed: usize,
    /// Deleted.
    pub deleted: usize,
    /// Templates of repeating tasks.
    pub recurring: usize,
    /// To do and being worked on; counted in `pending` or `waiting` too.
    pub active: usize,
    /// Of no kind, because not even that could be read.
    pub unreadable: usize,
}

/// Summarises the day before that of `now`. Without `now`, nothing is said to have happened on any day.
pub fn summarise(list: &TaskList, now: Option<Moment>) -> Summary {
    let today = now.map(Moment::day);
    let yesterday = today.map(Day::before);
    let is_yesterday = |moment: Option<Moment>| moment.is_some() && moment.map(Moment::day) == yesterday;
    let to_do = || list.tasks.iter().filter(|task| task.status.is_to_do());

    let completed: Vec<_> =
        list.tasks.iter().filter(|task| task.status == Status::Completed && is_yesterday(task.end)).collect();
    let completed = Completed { count: completed.len(), projects: by_project(completed) };
    let slipped = today.map(|today| slipped(to_do(), today)).unwrap_or_default();
    let counts = counts(list, now);
    Summary {
        now,
        today,
        yesterday,
        headline: headline(completed.count, slipped.len(), counts),
        quiet: completed.count == 0 && slipped.is_empty() && counts.pending + counts.waiting == 0,
        completed,
        slipped,
        started: to_do().filter(|task| is_yesterday(task.start)).map(TaskRef::of).collect(),
        entered: list.tasks.iter().filter(|task| is_yesterday(task.entry)).count(),
        counts,
        unreadable: list.problems.clone(),
    }
}

impl TaskRef {
    fn of(task: &Task) -> Self {
        Self { uuid: task.uuid.to_owned(), description: task.description.to_owned() }
    }
}

fn by_project(mut tasks: Vec<&Task>) -> Vec<CompletedProject> {
    tasks.sort_by_key(|task| (task.end, task.uuid));
    let mut groups = BTreeMap::<Option<&str>, Vec<TaskRef>>::new();
    for task in tasks {
        groups.entry(task.project).or_default().push(TaskRef::of(task));
    }
    let mut projects: Vec<_> = groups
        .into_iter()
        .map(|(project, tasks)| CompletedProject { project: project.map(str::to_owned), count: tasks.len(), tasks })
        .collect();
    // Stable, so that projects of one count stay in the order of their names.
    projects.sort_by_key(|group| (group.project.is_none(), std::cmp::Reverse(group.count)));
    projects
}

fn slipped<'t, 'a: 't>(to_do: impl Iterator<Item = &'t Task<'a>>, today: Day) -> Vec<Slipped> {
    let mut slipped: Vec<_> = to_do
        .filter_map(|task| {
            let due = task.due.filter(|due| due.day() < today)?;
            Some(Slipped {
                uuid: task.uuid.to_owned(),
                description: task.description.to_owned(),
                project: task.project.map(str::to_owned),
                due,
                days_late: today.days_since(due.day()),
            })
        })
        .collect();
    slipped.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.uuid.cmp(&b.uuid)));
    slipped
}

fn counts(list: &TaskList, now: Option<Moment>) -> Counts {
    let mut counts = Counts { total: list.total, unreadable: list.total - list.tasks.len(), ..Counts::default() };
    for task in &list.tasks {
        let kind = match task.status {
            Status::Pending | Status::Waiting if task.is_waiting(now) => &mut counts.waiting,
            Status::Pending | Status::Waiting => &mut counts.pending,
            Status::Completed => &mut counts.completed,
            Status::Deleted => &mut counts.deleted,
            Status::Recurring => &mut counts.recurring,
        };
        *kind += 1;
        if task.status.is_to_do() && task.start.is_some() {
            counts.active += 1;
        }
    }
    counts
}

fn headline(completed: usize, slipped: usize, counts: Counts) -> String {
    let to_do = counts.pending + counts.waiting;
    if completed == 0 && slipped == 0 && to_do == 0 {
        return "a quiet day: nothing to do".to_owned();
    }
    format!("{} completed yesterday, {slipped} slipped, {to_do} to do", words::count(completed, "task"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn summary(tasks: &Value, today: Option<&str>) -> Summary {
        let list = TaskList::read(tasks.as_array().unwrap());
        summarise(&list, list.now(today.and_then(|text| Moment::parse(text).ok())))
    }

    /// With 2026-01-08 as today, the member at `pointer` of the summary of `tasks` is `expected`.
    fn check(tasks: &Value, pointer: &str, expected: &Value) {
        let value = serde_json::to_value(summary(tasks, Some("2026-01-08T10:00:00Z"))).unwrap();
        assert_eq!(value.pointer(pointer), Some(expected), "{tasks}");
    }

    #[test]
    fn yesterday_is_the_whole_utc_day_before_today() {
        for (end, count) in
            [("20260106T235959Z", 0), ("20260107T000000Z", 1), ("20260107T235959Z", 1), ("20260108T000000Z", 0)]
        {
            let tasks = json!([{"uuid": "a", "description": "d", "status": "completed", "end": end}]);
            check(&tasks, "/completed/count", &json!(count));
        }
    }

    #[test]
    fn what_was_completed_is_grouped_by_project() {
        let task = |uuid: &str, project: &str, end: &str| json!({"uuid": uuid, "description": uuid, "status": "completed", "project": project, "end": end});
        let tasks = json!([
            task("n1", "", "20260107T010000Z"),
            task("n2", "", "20260107T010000Z"),
            task("n3", "", "20260107T010000Z"),
            task("b1", "b", "20260107T010000Z"),
            task("a1", "a", "20260107T010000Z"),
            task("w2", "w", "20260107T020000Z"),
            task("w1", "w", "20260107T010000Z"),
        ]);
        let of = |uuid: &str| json!({"uuid": uuid, "description": uuid});
        let expected = json!([
            {"project": "w", "count": 2, "tasks": [of("w1"), of("w2")]},
            {"project": "a", "count": 1, "tasks": [of("a1")]},
            {"project": "b", "count": 1, "tasks": [of("b1")]},
            {"project": null, "count": 3, "tasks": [of("n1"), of("n2"), of("n3")]},
        ]);
        check(&tasks, "/completed/projects", &expected);
    }

    #[test]
    fn what_was_due_before_today_and_is_to_do_has_slipped() {
        let task = |due: &str, status: &str| json!([{"uuid": "a", "description": "d", "due": due, "status": status}]);
        let expected = json!([{
            "uuid": "a", "description": "d", "project": null, "due": "2026-01-07T23:59:59Z", "days_late": 1,
        }]);
        check(&task("20260107T235959Z", "pending"), "/slipped", &expected);
        check(&task("20260107T235959Z", "waiting"), "/slipped", &expected);
        check(&task("20260108T000000Z", "pending"), "/slipped", &json!([]));
        for status in ["completed", "deleted", "recurring"] {
            check(&task("20260101T000000Z", status), "/slipped", &json!([]));
        }
    }

    #[test]
    fn tasks_are_counted_by_kind() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "pending", "start": "20260107T000000Z"},
            {"uuid": "b", "description": "d", "status": "pending", "wait": "20260109T000000Z"},
            {"uuid": "c", "description": "d", "status": "waiting", "wait": "20260107T000000Z"},
            {"uuid": "d", "description": "d", "status": "completed"},
            {"uuid": "e", "description": "d", "status": "deleted"},
            {"uuid": "f", "description": "d", "status": "recurring"},
            {"uuid": "g", "description": "d", "status": "odd"},
            17,
        ]);
        let expected = json!({
            "total": 8, "pending": 2, "waiting": 1, "completed": 1, "deleted": 1, "recurring": 1, "active": 1,
            "unreadable": 2,
        });
        check(&tasks, "/counts", &expected);
        check(&tasks, "/started", &json!([{"uuid": "a", "description": "d"}]));
        check(&tasks, "/headline", &json!("0 tasks completed yesterday, 0 slipped, 3 to do"));
        check(
            &tasks,
            "/unreadable",
            &json!([
                {"index": 6, "uuid": "g", "field": "status", "reason": "is \"odd\", which is no status of Taskwarrior's"},
                {"index": 7, "reason": "is a number, not an object"},
            ]),
        );
    }

    #[test]
    fn no_tasks_make_a_quiet_day() {
        let quiet = summary(&json!([]), None);
        assert!(quiet.quiet);
        assert_eq!(quiet.today, None);
        assert_eq!(quiet.headline, "a quiet day: nothing to do");
        let dated = summary(&json!([]), Some("2026-01-08"));
        assert!(dated.quiet);
        assert_eq!(dated.yesterday.unwrap().to_string(), "2026-01-07");
    }

    #[test]
    fn today_is_by_default_the_day_of_the_newest_date() {
        let tasks = json!([{"uuid": "a", "description": "d", "status": "completed", "end": "20260107T120000Z"},
            {"uuid": "b", "description": "d", "entry": "20260108T090000Z"}]);
        let summary = summary(&tasks, None);
        assert_eq!(summary.now.unwrap().to_string(), "2026-01-08T09:00:00Z");
        assert_eq!(summary.completed.count, 1);
        assert_eq!(summary.headline, "1 task completed yesterday, 0 slipped, 1 to do");
    }

    #[test]
    fn a_summary_is_read_back_as_it_was_written() {
        let written = summary(&json!([{"uuid": "a", "description": "d", "due": "20260101"}]), Some("2026-01-08"));
        let value = serde_json::to_value(&written).unwrap();
        assert_eq!(serde_json::from_value::<Summary>(value).unwrap(), written);
    }
}
