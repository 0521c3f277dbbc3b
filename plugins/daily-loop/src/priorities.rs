//! The tasks to do, the most urgent first: `/daily/priorities`.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::coefficients::Coefficients;
use crate::moment::{Day, Moment};
use crate::task::Task;
use crate::tasks::TaskList;
use crate::urgency::{Term, urgency};
use crate::words;

/// A task with its rank and the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankedTask {
    /// The place in the list, from 1.
    pub rank: usize,
    /// The task's identifier.
    pub uuid: String,
    /// Taskwarrior's short number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// What is to be done.
    pub description: String,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// When it must be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
    /// The urgency, to four decimals.
    pub urgency: f64,
    /// Why it has this urgency, in words: `due 3 days ago (+10.2), blocks 2 tasks (+8.0), project home (+1.0)`.
    pub reason: String,
    /// Why it has this urgency, as numbers.
    pub terms: Vec<Term>,
    /// Whether it is being worked on.
    pub started: bool,
    /// Whether it is hidden until later.
    pub waiting: bool,
    /// Whether another task must be done before.
    pub blocked: bool,
}

/// The proposal for the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Priorities {
    /// The day; absent when neither the params nor the data tell it.
    pub today: Option<Day>,
    /// How many tasks there are to do.
    pub total: usize,
    /// The most urgent of them.
    pub tasks: Vec<RankedTask>,
}

/// Ranks the tasks to do by falling urgency at the moment `now`. Tasks of one urgency are in the order of their due
/// date, then of their entry, and then of their identifier; what has no date comes last. Templates of repeating
/// tasks are not ranked, their instances are.
pub fn rank(list: &TaskList, now: Option<Moment>, coefficients: &Coefficients) -> Vec<RankedTask> {
    let links = list.links();
    let mut ranked: Vec<_> = list
        .tasks
        .iter()
        .filter(|task| task.status.is_to_do())
        .map(|task| {
            let links = links.get(task.uuid).copied().unwrap_or_default();
            let urgency = urgency(task, links, now, coefficients);
            let ranked = RankedTask {
                rank: 0,
                uuid: task.uuid.to_owned(),
                id: task.id,
                description: task.description.to_owned(),
                project: task.project.map(str::to_owned),
                priority: task.priority.map(str::to_owned),
                due: task.due,
                urgency: urgency.total,
                reason: words::reason(&urgency.terms),
                terms: urgency.terms,
                started: task.start.is_some(),
                waiting: task.is_waiting(now),
                blocked: links.blocked_by > 0,
            };
            (task, ranked)
        })
        .collect();
    ranked.sort_by(|(task_a, a), (task_b, b)| b.urgency.total_cmp(&a.urgency).then_with(|| tie(task_a, task_b)));
    numbered(ranked.into_iter().map(|(_, ranked)| ranked))
}

/// The first `limit` of the ranked tasks, as the proposal for the day of `now`.
pub fn propose(mut ranked: Vec<RankedTask>, now: Option<Moment>, limit: usize) -> Priorities {
    let total = ranked.len();
    ranked.truncate(limit);
    Priorities { today: now.map(Moment::day), total, tasks: ranked }
}

/// The tasks in this order, with ranks from 1.
pub(crate) fn numbered(tasks: impl IntoIterator<Item = RankedTask>) -> Vec<RankedTask> {
    tasks.into_iter().enumerate().map(|(index, task)| RankedTask { rank: index + 1, ..task }).collect()
}

fn tie(a: &Task, b: &Task) -> Ordering {
    // `false` sorts before `true`, so what has no date comes last.
    let key = |task: &Task| (task.due.is_none(), task.due, task.entry.is_none(), task.entry);
    key(a).cmp(&key(b)).then_with(|| a.uuid.cmp(b.uuid))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Ranks `tasks`, at 2026-01-08, and shows the identifiers in order.
    fn check(tasks: &Value, expected: &str) {
        let list = TaskList::read(tasks.as_array().unwrap());
        let ranked = rank(&list, Moment::parse("2026-01-08").ok(), &Coefficients::default());
        let shown: Vec<_> = ranked.iter().map(|task| format!("{}:{}", task.rank, task.uuid)).collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn the_most_urgent_task_is_first() {
        let tasks = json!([
            {"uuid": "low", "description": "d", "priority": "L"},
            {"uuid": "high", "description": "d", "priority": "H"},
            {"uuid": "later", "description": "d", "wait": "20270101T000000Z"},
        ]);
        check(&tasks, "1:high 2:low 3:later");
    }

    #[test]
    fn only_what_is_to_do_is_ranked() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "status": "pending"},
            {"uuid": "b", "description": "d", "status": "waiting"},
            {"uuid": "c", "description": "d", "status": "completed"},
            {"uuid": "d", "description": "d", "status": "deleted"},
            {"uuid": "e", "description": "d", "status": "recurring"},
            {"uuid": "f", "description": "d", "status": "odd"},
        ]);
        check(&tasks, "1:a 2:b");
    }

    #[test]
    fn ties_are_broken_by_due_then_entry_then_identifier() {
        let tasks = json!([
            {"uuid": "e", "description": "d", "priority": "M", "due": "20250101T000000Z"},
            {"uuid": "d", "description": "d", "priority": "M", "due": "20250101T000000Z", "entry": "20260108T000000Z"},
            {"uuid": "c", "description": "d", "priority": "M", "due": "20250101T000000Z", "entry": "20260107T220000Z"},
            {"uuid": "b", "description": "d", "priority": "M", "due": "20241231T000000Z"},
            {"uuid": "z", "description": "d"},
            {"uuid": "y", "description": "d"},
            {"uuid": "x", "description": "d", "entry": "20260108T000000Z"},
        ]);
        check(&tasks, "1:b 2:c 3:d 4:e 5:x 6:y 7:z");
    }

    #[test]
    fn a_task_with_an_unreadable_date_is_ranked_without_it() {
        let tasks = json!([{"uuid": "a", "description": "d", "due": "soon"}]);
        check(&tasks, "1:a");
    }

    #[test]
    fn a_proposal_has_at_most_as_many_tasks_as_the_limit() {
        let tasks = json!([{"uuid": "a", "description": "d"}, {"uuid": "b", "description": "d"}]);
        let list = TaskList::read(tasks.as_array().unwrap());
        for (limit, expected) in [(1, 1), (2, 2), (3, 2)] {
            let proposal = propose(rank(&list, None, &Coefficients::default()), None, limit);
            assert_eq!((proposal.total, proposal.tasks.len()), (2, expected));
        }
    }
}
