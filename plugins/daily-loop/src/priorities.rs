//! The tasks to do, the most urgent first: `/daily/priorities`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::coefficients::Coefficients;
use crate::day::Day;
use crate::facts::Facts;
use crate::identity::ShortNames;
use crate::inheritance;
use crate::moment::Moment;
use crate::selection::{Criteria, Readiness};
use crate::task::Task;
use crate::tasks::{Links, TaskList};
use crate::term::Term;
use crate::urgency::{Urgency, inherited, rounded, total, urgency};
use crate::words;
use crate::zone::Now;

/// By which urgency tasks are ranked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// By that which is computed here, at the moment that counts as now.
    #[default]
    Urgency,
    /// By that which the export has; by the computed one where it has none.
    Exported,
}

/// How long the few words may be that tell what makes a task urgent.
const WHY: usize = 44;

/// What a ranking is made by.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'m> {
    /// What counts as now.
    pub now: Option<Now>,
    /// The coefficients of the urgency.
    pub coefficients: &'m Coefficients,
    /// By which urgency is ranked.
    pub rank: Rank,
    /// Which tasks are wanted.
    pub selected: &'m Criteria,
}

/// A task with its rank and the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a task, and any may go with any")]
pub struct RankedTask {
    /// The place in the list, from 1.
    pub rank: usize,
    /// The task's identifier.
    pub uuid: String,
    /// By how much of it the task can be named, where its first characters are those of another task to do, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
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
    /// The tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it must be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
    /// The urgency, to four decimals.
    pub urgency: f64,
    /// What makes it urgent, in few words: `due 3 days ago, blocks 2 tasks`.
    pub why: String,
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
    /// Whether work on it is planned to begin later.
    pub later: bool,
}

/// How many tasks to do are not in question for the plan, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// Hidden until later.
    pub waiting: usize,
    /// Waiting for another task.
    pub blocked: usize,
    /// Scheduled for later.
    pub scheduled: usize,
    /// Outside of what the caller selects.
    pub outside: usize,
}

impl Hidden {
    /// How many there are that cannot be done now.
    pub fn not_ready(&self) -> usize {
        self.waiting + self.blocked + self.scheduled
    }
}

/// The proposal for the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Priorities {
    /// The day; absent when neither the params nor the data tell it.
    pub today: Option<Day>,
    /// How many tasks there are to do.
    pub total: usize,
    /// How many of them can be in the plan.
    pub ready: usize,
    /// How many of them cannot.
    pub hidden: Hidden,
    /// The most urgent of those that can.
    pub tasks: Vec<RankedTask>,
}

/// All tasks to do of a list, the most urgent first.
#[derive(Debug)]
pub struct Ranking<'l, 'a, 'm> {
    list: &'l TaskList<'a>,
    links: BTreeMap<&'l str, Links>,
    measure: Measure<'m>,
    names: ShortNames<'l>,
    /// The tasks to do, by falling urgency.
    pub entries: Vec<Entry>,
}

/// A task in a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Its index among the list's tasks.
    pub place: usize,
    /// The urgency that it is ranked by.
    pub urgency: f64,
    /// What it inherits, where it does.
    of_blocked: Option<f64>,
    /// Where it stands to the plan.
    pub readiness: Readiness,
}

impl<'l, 'a, 'm> Ranking<'l, 'a, 'm> {
    /// Ranks the tasks to do by falling urgency. Tasks of one urgency are in the order of their due date, then of their
    /// entry, and then of their identifier; what has no date comes last. Templates of repeating tasks are not ranked,
    /// their instances are.
    pub fn of(list: &'l TaskList<'a>, measure: Measure<'m>) -> Self {
        let links = list.links();
        let links_of = |task: &Task| links.get(&*task.uuid).copied().unwrap_or_default();
        let own = |task: &Task| total(task, links_of(task), measure.now, measure.coefficients);
        let mut entries: Vec<_> = list
            .tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| task.status.is_to_do())
            .map(|(place, task)| {
                let facts = Facts { task, links: links_of(task), now: measure.now };
                let readiness = measure.selected.readiness(facts);
                Entry { place, urgency: own(task), of_blocked: None, readiness }
            })
            .collect();
        if measure.coefficients.inherit {
            let own: Vec<f64> = entries.iter().map(|entry| entry.urgency).collect();
            let blocked = blocked_by_each(list, &entries);
            for (entry, heritage) in entries.iter_mut().zip(inheritance::of(&own, &blocked)) {
                entry.of_blocked = heritage.of_blocked;
                entry.urgency = heritage.urgency;
            }
        }
        if measure.rank == Rank::Exported {
            for entry in &mut entries {
                let exported = list.tasks.get(entry.place).and_then(|task| task.urgency);
                entry.urgency = exported.map_or(entry.urgency, rounded);
            }
        }
        entries.sort_by(|a, b| {
            let tie = || match (list.tasks.get(a.place), list.tasks.get(b.place)) {
                (Some(a), Some(b)) => tie(a, b),
                _ => Ordering::Equal,
            };
            b.urgency.total_cmp(&a.urgency).then_with(tie)
        });
        let to_do = entries.iter().filter_map(|entry| list.tasks.get(entry.place)).map(|task| &*task.uuid);
        let names = ShortNames::of(to_do.collect());
        Self { list, links, measure, names, entries }
    }

    /// The task of an entry.
    pub fn task(&self, entry: &Entry) -> Option<&'l Task<'a>> {
        self.list.tasks.get(entry.place)
    }

    /// A task with all there is to say of its urgency, at a rank.
    pub fn shown(&self, entry: &Entry, rank: usize) -> Option<RankedTask> {
        let task = self.task(entry)?;
        let links = self.links.get(&*task.uuid).copied().unwrap_or_default();
        let Measure { now, coefficients, .. } = self.measure;
        let moment = now.map(|now| now.moment);
        let mut why = urgency(task, links, now, coefficients);
        if let Some(of_blocked) = entry.of_blocked {
            why = inherited(why, of_blocked);
        }
        let exported = self.measure.rank == Rank::Exported && task.urgency.is_some();
        let Urgency { terms, .. } = why;
        Some(RankedTask {
            rank,
            uuid: task.uuid.clone().into_owned(),
            short: self.names.get(&task.uuid).map(str::to_owned),
            id: task.id,
            description: task.description.clone().into_owned(),
            project: task.project.clone().map(Cow::into_owned),
            priority: task.priority.clone().map(Cow::into_owned),
            tags: task.tags.iter().map(|tag| tag.clone().into_owned()).collect(),
            due: task.due,
            urgency: entry.urgency,
            why: if exported { "as exported".to_owned() } else { words::short_reason(&terms, WHY) },
            reason: if exported { "as exported".to_owned() } else { words::reason(&terms) },
            terms: if exported { Vec::new() } else { terms },
            started: task.start.is_some(),
            waiting: task.is_waiting(moment),
            blocked: links.blocked_by > 0,
            later: task.is_scheduled_later(moment),
        })
    }

    /// How many cannot be in the plan, and why.
    pub fn hidden(&self) -> Hidden {
        let mut hidden = Hidden::default();
        for entry in &self.entries {
            match entry.readiness {
                Readiness::Ready => {}
                Readiness::Waiting => hidden.waiting += 1,
                Readiness::Blocked => hidden.blocked += 1,
                Readiness::Later => hidden.scheduled += 1,
                Readiness::Outside => hidden.outside += 1,
            }
        }
        hidden
    }

    /// How many can be in the plan.
    pub fn ready(&self) -> usize {
        self.entries.iter().filter(|entry| entry.readiness == Readiness::Ready).count()
    }

    /// The first `limit` of those that can be in the plan, as the proposal for the day.
    pub fn propose(&self, limit: usize) -> Priorities {
        let ready = self.entries.iter().filter(|entry| entry.readiness == Readiness::Ready).take(limit);
        Priorities {
            today: self.measure.now.map(Now::day),
            total: self.entries.len(),
            ready: self.ready(),
            hidden: self.hidden(),
            tasks: ready.enumerate().filter_map(|(index, entry)| self.shown(entry, index + 1)).collect(),
        }
    }
}

/// For each entry the indices of the entries that depend on it.
fn blocked_by_each(list: &TaskList, entries: &[Entry]) -> Vec<Vec<usize>> {
    let task = |entry: &Entry| list.tasks.get(entry.place);
    let index: FxHashMap<&str, usize> =
        entries.iter().enumerate().filter_map(|(index, entry)| Some((&*task(entry)?.uuid, index))).collect();
    let mut blocked = vec![Vec::new(); entries.len()];
    for (dependent, entry) in entries.iter().enumerate() {
        for dependency in task(entry).into_iter().flat_map(|task| &task.depends) {
            if let Some(dependents) = index.get(&**dependency).and_then(|on| blocked.get_mut(*on)) {
                dependents.push(dependent);
            }
        }
    }
    blocked
}

fn tie(a: &Task, b: &Task) -> Ordering {
    // `false` sorts before `true`, so what has no date comes last.
    let key = |task: &Task| (task.due.is_none(), task.due, task.entry.is_none(), task.entry);
    key(a).cmp(&key(b)).then_with(|| a.uuid.cmp(&b.uuid))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reading::Reader;
    use crate::selection::Selection;
    use crate::written::Written;

    fn priorities(tasks: &Value, coefficients: Value, rank: Rank, selection: Value, limit: usize) -> Priorities {
        let text = tasks.to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let now = Some(Written::parse("2026-01-08").unwrap().now(None));
        let selection: Selection = serde_json::from_value(selection).unwrap();
        let coefficients = serde_json::from_value(coefficients).unwrap();
        let selected = &selection.at(now).unwrap();
        Ranking::of(&list, Measure { now, coefficients: &coefficients, rank, selected }).propose(limit)
    }

    fn shown(priorities: &Priorities) -> String {
        let shown: Vec<_> = priorities.tasks.iter().map(|task| format!("{}:{}", task.rank, task.uuid)).collect();
        shown.join(" ")
    }

    /// Ranks all `tasks`, at 2026-01-08, and shows the identifiers in order.
    fn check(tasks: &Value, expected: &str) {
        let all = priorities(tasks, json!({}), Rank::Urgency, json!({"include": "all"}), 100);
        assert_eq!(shown(&all), expected);
    }

    /// A task of each kind that is not ready, and two that are.
    fn kinds() -> Value {
        json!([
            {"uuid": "waits", "description": "d", "wait": "20270101T000000Z", "priority": "H", "project": "p"},
            {"uuid": "ready", "description": "d", "tags": ["t"]},
            {"uuid": "blocked", "description": "d", "depends": ["ready"], "priority": "H"},
            {"uuid": "later", "description": "d", "scheduled": "20260109T000000Z", "priority": "H"},
            {"uuid": "also", "description": "d", "project": "p.q"},
            {"uuid": "done", "description": "d", "status": "completed", "end": "20260107T000000Z"},
        ])
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
    fn the_plan_is_of_what_can_be_done_now() {
        let ready = priorities(&kinds(), json!({}), Rank::Urgency, json!({}), 100);
        assert_eq!(shown(&ready), "1:ready 2:also");
        assert_eq!((ready.total, ready.ready), (5, 2));
        assert_eq!(ready.hidden, Hidden { waiting: 1, blocked: 1, scheduled: 1, outside: 0 });
    }

    #[test]
    fn a_selection_narrows_the_plan() {
        let select = |selection: Value| shown(&priorities(&kinds(), json!({}), Rank::Urgency, selection, 100));
        assert_eq!(select(json!({"project": "p"})), "1:also");
        assert_eq!(select(json!({"project": "p", "include": "all"})), "1:waits 2:also");
        assert_eq!(select(json!({"tags": "t"})), "1:ready");
        assert_eq!(select(json!({"tags": ["-t"]})), "1:also");
        assert_eq!(select(json!({"status": "waiting"})), "1:waits");
        assert_eq!(select(json!({"filter": "priority:H and +BLOCKED"})), "1:blocked");
        assert_eq!(select(json!({"filter": "priority:H"})), "");
    }

    #[test]
    fn tasks_can_be_ranked_by_the_urgency_of_the_export() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "urgency": 1.5, "priority": "H"},
            {"uuid": "b", "description": "d", "urgency": 9},
        ]);
        let ranked = priorities(&tasks, json!({}), Rank::Exported, json!({}), 100);
        assert_eq!(shown(&ranked), "1:b 2:a");
        assert_eq!((ranked.tasks[0].urgency, ranked.tasks[0].reason.as_str()), (9.0, "as exported"));
    }

    #[test]
    fn what_blocks_can_inherit_the_urgency_of_what_it_blocks() {
        let tasks = json!([
            {"uuid": "a", "description": "d", "depends": ["b"], "tags": ["next"]},
            {"uuid": "b", "description": "d", "depends": ["c"]},
            {"uuid": "c", "description": "d"},
            {"uuid": "d", "description": "d", "depends": ["d", "c"]},
        ]);
        let inherit = json!({"inherit": true});
        let ranked = priorities(&tasks, inherit, Rank::Urgency, json!({"include": "all"}), 100);
        assert_eq!(shown(&ranked), "1:c 2:b 3:a 4:d");
        let urgencies: Vec<f64> = ranked.tasks.iter().map(|task| task.urgency).collect();
        assert_eq!(urgencies, [12.82, 12.81, 12.8, 5.0]);
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
        let entry = "20260108T000000Z";
        let tasks = json!([
            {"uuid": "d", "description": "d", "priority": "M", "due": "20250101T000000Z", "entry": entry},
            {"uuid": "c", "description": "d", "priority": "M", "due": "20250101T000000Z", "entry": "20260107T220000Z"},
            {"uuid": "b", "description": "d", "priority": "M", "due": "20241231T000000Z", "entry": entry},
            {"uuid": "z", "description": "d", "entry": entry},
            {"uuid": "y", "description": "d", "entry": entry},
            {"uuid": "x", "description": "d", "entry": "20260107T230000Z"},
        ]);
        check(&tasks, "1:b 2:c 3:d 4:x 5:y 6:z");
    }

    #[test]
    fn a_task_with_an_unreadable_date_is_ranked_without_it() {
        let tasks = json!([{"uuid": "a", "description": "d", "due": "soon"}]);
        check(&tasks, "1:a");
    }

    #[test]
    fn a_proposal_has_at_most_as_many_tasks_as_the_limit() {
        let tasks = json!([{"uuid": "a", "description": "d"}, {"uuid": "b", "description": "d"}]);
        for (limit, expected) in [(1, 1), (2, 2), (3, 2)] {
            let proposal = priorities(&tasks, json!({}), Rank::Urgency, json!({}), limit);
            assert_eq!((proposal.total, proposal.tasks.len()), (2, expected));
        }
    }
}
