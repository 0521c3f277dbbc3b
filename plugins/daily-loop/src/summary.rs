//! What happened yesterday and where things stand: `/daily/summary`.

mod reading;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::facts::Facts;
use crate::moment::Moment;
use crate::params::is_default;
use crate::reading::Problem;
use crate::selection::Criteria;
use crate::task::{Status, Task, short};
use crate::tasks::TaskList;
use crate::words::{self, ordinal};
use crate::zone::{Now, Zone};

/// How many tasks of a kind are named; the others are counted.
const NAMED: usize = 10;

/// How many problems are told one by one.
const TOLD: usize = 20;

/// The summary of the day before today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The moment for which the summary holds; null when neither the params nor the data tell it.
    pub now: Option<Moment>,
    /// The zone in which days are counted.
    pub zone: Zone,
    /// Whether that moment is the newest change in the data, as no other was given.
    pub as_of_newest_change: bool,
    /// The day of that moment.
    pub today: Option<Day>,
    /// The day before.
    pub yesterday: Option<Day>,
    /// The first of the days that are looked back on, where yesterday is not the only one: the day of the last plan or, on a
    /// Monday without one, Friday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// The whole in a line: `2 tasks completed yesterday, 1 slipped, 12 to do`.
    pub headline: String,
    /// Whether there is nothing to tell: nothing was completed yesterday, nothing slipped, nothing is to do, and all
    /// could be read.
    pub quiet: bool,
    /// What was completed on the days that are looked back on: yesterday, or `since`.
    pub completed: Completions,
    /// What was due before today and is still to do, the longest overdue first: the first ten.
    pub slipped: Vec<LateTask>,
    /// How many tasks slipped.
    pub slipped_total: usize,
    /// What was started on these days and is still being worked on: the first ten.
    pub started: Vec<TaskRef>,
    /// How many tasks were entered on these days.
    pub entered: usize,
    /// How many tasks there are of each kind.
    pub counts: Counts,
    /// How many dependencies of tasks to do are on tasks that are not in the data: whether those are done is unknown.
    pub missing_dependencies: usize,
    /// How many tasks have something that could not be read.
    pub flawed: usize,
    /// What could not be read, and is left as it is: the first twenty.
    pub unreadable: Vec<Problem>,
    /// What there is to remark about the params, a sentence each: the first twenty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// What was completed on the days that are looked back on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completions {
    /// How many tasks.
    pub count: usize,
    /// By project: the one with most tasks first, then by name; what has no project comes last.
    pub projects: Vec<CompletedProject>,
}

/// What was completed of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedProject {
    /// The project; null for tasks without one.
    pub project: Option<String>,
    /// How many tasks.
    pub count: usize,
    /// The tasks, in the order in which they were completed: the first ten.
    pub tasks: Vec<TaskRef>,
}

/// A task in a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// The task's identifier.
    pub uuid: String,
    /// What is, or was, to be done.
    pub description: String,
}

/// A task that should have been done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateTask {
    /// The task's identifier.
    pub uuid: String,
    /// Taskwarrior's short number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
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
pub struct Counts {
    /// All elements of the list.
    pub total: usize,
    /// To do, and not waiting.
    pub pending: usize,
    /// To do later: `wait` is in the future.
    pub waiting: usize,
    /// Completed and not yet archived.
    pub completed: usize,
    /// Deleted, or to be deleted by Taskwarrior as `until` is past.
    pub deleted: usize,
    /// Those of them whose `until` is past.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expired: usize,
    /// Templates of repeating tasks.
    pub recurring: usize,
    /// To do and being worked on; counted in `pending` or `waiting` too.
    pub active: usize,
    /// Of no kind, because not even that could be read.
    pub unreadable: usize,
}

/// What a summary is made of, besides the tasks.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'s> {
    /// What counts as now. Without it, nothing is said to have happened on any day.
    pub now: Option<Now>,
    /// The last day before that for which there was a plan.
    pub since: Option<Day>,
    /// Whether it is the newest change in the data.
    pub as_of_newest_change: bool,
    /// Which tasks the caller wants to hear of.
    pub selected: &'s Criteria,
    /// How many dependencies are on tasks that are not in the data.
    pub missing_dependencies: usize,
    /// What there is to remark about the params.
    pub remarks: &'s [String],
}

/// Summarises the day before that of now, and those before it back to the last plan, or to the last working day.
pub fn summarise(list: &TaskList, setting: Setting<'_>) -> Summary {
    let Setting { now, since, as_of_newest_change, selected, missing_dependencies, remarks } = setting;
    let zone = now.map(|now| now.zone).unwrap_or_default();
    let today = now.map(Now::day);
    let yesterday = today.map(Day::before);
    let since = since.or_else(|| today.map(worked_before)).filter(|since| Some(*since) != yesterday);
    let first = since.or(yesterday);
    let is_looked_back_on = |moment: Option<Moment>| {
        let day = moment.map(|moment| zone.day(moment));
        day.is_some() && first <= day && day <= yesterday
    };
    let links = list.links();
    let is_wanted = |task: &&Task| {
        if selected.is_everything() {
            return true;
        }
        let links = links.get(&*task.uuid).copied().unwrap_or_default();
        selected.admits(Facts { task, links, now })
    };
    let moment = now.map(|now| now.moment);
    // A filter is asked last, and once of each task: it costs most, and most tasks are done.
    let to_do: Vec<&Task> = list.tasks.iter().filter(|task| task.status.is_to_do()).filter(is_wanted).collect();
    let of_yesterday = |date: fn(&Task) -> Option<Moment>| {
        list.tasks.iter().filter(move |task| is_looked_back_on(date(task))).filter(is_wanted)
    };

    let completed: Vec<_> = of_yesterday(|task| task.end.filter(|_| task.status == Status::Completed)).collect();
    let completed = Completions { count: completed.len(), projects: by_project(completed) };
    let awake = to_do.iter().copied().filter(|task| !task.is_waiting(moment));
    let mut slipped = now.map(|now| slipped(awake, now)).unwrap_or_default();
    let slipped_total = slipped.len();
    slipped.truncate(NAMED);
    let counts = counts(list, moment);
    let flawed = list.flawed();
    let to_do_total = to_do.len();
    Summary {
        now: moment,
        zone,
        as_of_newest_change,
        today,
        yesterday,
        since,
        headline: headline(completed.count, &looked_back(since), slipped_total, to_do_total, unread(flawed, counts)),
        quiet: completed.count == 0 && slipped_total == 0 && counts.pending + counts.waiting + flawed == 0,
        completed,
        slipped,
        slipped_total,
        started: to_do
            .iter()
            .filter(|task| is_looked_back_on(task.start))
            .take(NAMED)
            .map(|task| TaskRef::of(task))
            .collect(),
        entered: of_yesterday(|task| task.entry).count(),
        counts,
        missing_dependencies,
        flawed,
        unreadable: list.problems.iter().take(TOLD).cloned().collect(),
        remarks: remarks.iter().take(TOLD).cloned().collect(),
    }
}

impl TaskRef {
    fn of(task: &Task) -> Self {
        Self { uuid: task.uuid.clone().into_owned(), description: task.description.clone().into_owned() }
    }
}

impl Summary {
    /// What could not be read, in a sentence each: of which task, and why. The first few.
    pub fn problems(&self, most: usize) -> Vec<String> {
        let told = |problem: &Problem| {
            let task = match &problem.uuid {
                Some(uuid) => format!("task {}", short(uuid)),
                None => format!("the {} task", ordinal(problem.index + 1)),
            };
            match &problem.field {
                Some(field) => format!("{task}: `{field}` {}", problem.reason),
                None => format!("{task} {}", problem.reason),
            }
        };
        self.unreadable.iter().take(most).map(told).collect()
    }

    /// That something could not be read, if it is so: `2 of 14 tasks could not be read in full`.
    pub fn unread(&self) -> Option<String> {
        unread(self.flawed, self.counts)
    }

    /// When what is looked back on happened: `yesterday`, `since Friday 2026-01-02`.
    pub fn looked_back(&self) -> String {
        looked_back(self.since)
    }

    /// What counted as now.
    pub fn moment(&self) -> Option<Now> {
        self.now.map(|moment| Now { moment, zone: self.zone })
    }
}

fn unread(flawed: usize, counts: Counts) -> Option<String> {
    let in_part = flawed > counts.unreadable;
    let of = words::count(counts.total, "task");
    (flawed > 0).then(|| format!("{flawed} of {of} could not be read{}", if in_part { " in full" } else { "" }))
}

fn by_project(mut tasks: Vec<&Task>) -> Vec<CompletedProject> {
    tasks.sort_by(|a, b| (a.end, &a.uuid).cmp(&(b.end, &b.uuid)));
    let mut groups = BTreeMap::<Option<&str>, Vec<TaskRef>>::new();
    for task in tasks {
        groups.entry(task.project.as_deref()).or_default().push(TaskRef::of(task));
    }
    let mut projects: Vec<_> = groups
        .into_iter()
        .map(|(project, mut tasks)| {
            let count = tasks.len();
            tasks.truncate(NAMED);
            CompletedProject { project: project.map(str::to_owned), count, tasks }
        })
        .collect();
    // Stable, so that projects of one count stay in the order of their names.
    projects.sort_by_key(|group| (group.project.is_none(), std::cmp::Reverse(group.count)));
    projects
}

fn slipped<'t, 'a: 't>(to_do: impl Iterator<Item = &'t Task<'a>>, now: Now) -> Vec<LateTask> {
    let mut slipped: Vec<_> = to_do
        .filter_map(|task| {
            let due = task.due.filter(|due| now.days_until(*due) < 0)?;
            Some(LateTask {
                uuid: task.uuid.clone().into_owned(),
                id: task.id,
                description: task.description.clone().into_owned(),
                project: task.project.as_deref().map(str::to_owned),
                due,
                days_late: -now.days_until(due),
            })
        })
        .collect();
    slipped.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.uuid.cmp(&b.uuid)));
    slipped
}

fn counts(list: &TaskList, now: Option<Moment>) -> Counts {
    let unreadable = list.total.saturating_sub(list.tasks.len() + list.older.len());
    let mut counts = Counts { total: list.total, expired: list.expired, unreadable, ..Counts::default() };
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

/// The working day before a day: for a Monday it is Friday.
fn worked_before(day: Day) -> Day {
    day.plus(if day.weekday() == 0 { -3 } else { -1 })
}

/// When what is looked back on happened: `yesterday`, `since Friday 2026-01-02`.
fn looked_back(since: Option<Day>) -> String {
    since.map_or_else(|| "yesterday".to_owned(), |since| format!("since {} {since}", words::weekday(since)))
}

fn headline(completed: usize, when: &str, slipped: usize, to_do: usize, unread: Option<String>) -> String {
    let told = match (completed + slipped + to_do, &unread) {
        (0, None) => "a quiet day: nothing to do".to_owned(),
        (0, Some(_)) => "nothing to do that could be read".to_owned(),
        _ => format!("{} completed {when}, {slipped} slipped, {to_do} to do", words::count(completed, "task")),
    };
    match unread {
        Some(unread) => format!("{told}; {unread}"),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reading::Reader;
    use crate::selection::Selection;
    use crate::written::Written;

    /// The summary of these tasks on that day.
    pub(super) fn summary(tasks: &Value, today: Option<&str>) -> Summary {
        let text = tasks.to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let now = list.now(today.map(|text| Written::parse(text).unwrap()), None);
        let selected = &Selection::default().at(now).unwrap();
        summarise(
            &list,
            Setting {
                now,
                since: None,
                as_of_newest_change: today.is_none(),
                selected,
                missing_dependencies: 0,
                remarks: &[],
            },
        )
    }

    /// With 2026-01-08 as today, the member at `pointer` of the summary of `tasks` is `expected`.
    fn check(tasks: &Value, pointer: &str, expected: &Value) {
        let value = serde_json::to_value(summary(tasks, Some("2026-01-08T10:00:00Z"))).unwrap();
        assert_eq!(value.pointer(pointer), Some(expected), "{tasks}");
    }

    #[test]
    fn yesterday_is_the_whole_day_before_today() {
        for (end, count) in
            [("20260106T235959Z", 0), ("20260107T000000Z", 1), ("20260107T235959Z", 1), ("20260108T000000Z", 0)]
        {
            let tasks = json!([{"uuid": "a", "description": "d", "status": "completed", "end": end}]);
            check(&tasks, "/completed/count", &json!(count));
        }
    }

    #[test]
    fn on_a_monday_friday_and_the_weekend_are_looked_back_on() {
        let ends = ["20260108T235959Z", "20260109T000000Z", "20260110T120000Z", "20260111T235959Z", "20260112T000000Z"];
        let done = |end| json!({"uuid": end, "description": end, "status": "completed", "end": end, "entry": end});
        let tasks = json!(ends.map(done));
        let told = |today: &str| {
            let summary = summary(&tasks, Some(today));
            let since = summary.since.map(|day| day.to_string()).unwrap_or_default();
            (summary.completed.count, summary.entered, summary.headline, since)
        };
        let monday = "3 tasks completed since Friday 2026-01-09, 0 slipped, 0 to do".to_owned();
        assert_eq!(told("2026-01-12"), (3, 3, monday, "2026-01-09".to_owned()));
        let sunday = "1 task completed yesterday, 0 slipped, 0 to do".to_owned();
        assert_eq!(told("2026-01-11"), (1, 1, sunday, String::new()));
    }

    #[test]
    fn without_a_plan_yesterday_it_is_looked_back_to_the_last_one() {
        let done = |end: &str| json!({"uuid": end, "description": end, "status": "completed", "end": end});
        let tasks = json!([done("20260101T120000Z"), done("20260102T120000Z"), done("20260107T120000Z")]).to_string();
        let list = TaskList::read(&tasks, Reader::default()).unwrap();
        let told = |today: &str, since: &str| {
            let now = Some(Written::parse(today).unwrap().now(None));
            let (selected, since) = (&Selection::default().at(now).unwrap(), Day::parse(since).ok());
            let (missing_dependencies, remarks) = (0, &[][..]);
            let setting = Setting { now, since, as_of_newest_change: false, selected, missing_dependencies, remarks };
            let summary = summarise(&list, setting);
            (summary.completed.count, summary.looked_back())
        };
        assert_eq!(told("2026-01-08", "2026-01-02"), (2, "since Friday 2026-01-02".to_owned()));
        assert_eq!(told("2026-01-08", "2026-01-07"), (1, "yesterday".to_owned()));
        // On a Monday too it is the last plan that counts.
        assert_eq!(told("2026-01-12", "2026-01-11"), (0, "yesterday".to_owned()));
        assert_eq!(told("2026-01-12", "2026-01-07"), (1, "since Wednesday 2026-01-07".to_owned()));
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
        let snoozed = json!([{"uuid": "a", "description": "d", "due": "20260101T000000Z", "wait": "20270101T000000Z"}]);
        check(&snoozed, "/slipped", &json!([]));
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
            {"uuid": "d", "description": "d", "status": "completed", "end": "20260101T000000Z"},
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
        check(
            &tasks,
            "/headline",
            &json!("0 tasks completed yesterday, 0 slipped, 3 to do; 2 of 8 tasks could not be read"),
        );
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
    fn the_day_is_that_of_the_persons_zone() {
        let tasks = json!([
            {"uuid": "a", "description": "due at midnight of the 26th in Tokyo", "due": "20261125T150000Z"},
            {"uuid": "b", "description": "done this morning", "status": "completed", "end": "20261125T215846Z"},
        ]);
        let in_utc = summary(&tasks, Some("2026-11-26"));
        assert_eq!((in_utc.slipped_total, in_utc.completed.count), (1, 1));
        for today in ["2026-11-26T07:00:00+09:00", "2026-11-26T00:00:00+09:00"] {
            let in_tokyo = summary(&tasks, Some(today));
            assert_eq!((in_tokyo.slipped_total, in_tokyo.completed.count), (0, 0), "{today}");
        }
    }

    #[test]
    fn what_slipped_is_named_up_to_a_bound_and_counted() {
        let task = |index: usize| json!({"uuid": format!("{index:08}"), "description": "d", "due": "20260101T000000Z"});
        let summary = summary(&(0..81).map(task).collect(), Some("2026-01-08"));
        assert_eq!((summary.slipped.len(), summary.slipped_total), (10, 81));
    }

    #[test]
    fn what_could_not_be_read_is_told() {
        let nameless = summary(&json!([{"description": "call mum"}, {"description": "buy milk"}]), Some("2026-01-08"));
        assert_eq!(nameless.unread().as_deref(), Some("2 of 2 tasks could not be read in full"));
        assert_eq!(nameless.problems(1), ["the 1st task: `uuid` is missing"]);
        assert!(!nameless.quiet);
        let nothing = summary(&json!([17]), Some("2026-01-08"));
        assert_eq!(nothing.headline, "nothing to do that could be read; 1 of 1 task could not be read");
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
