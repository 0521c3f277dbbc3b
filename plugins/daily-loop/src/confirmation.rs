//! The plan for the day: the proposal, with what a person decided about it: `/daily/plan`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::added;
use crate::coefficients::Coefficients;
use crate::decision::{Changes, Decision, DecisionError, Fault};
use crate::moment::{Day, Moment};
use crate::priorities::{RankedTask, numbered, rank};
use crate::tasks::TaskList;

/// How many characters of a uuid name its task, at the least.
const SHORTEST_NAME: usize = 8;

/// From what the plan is made.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The elements of `/tasks`.
    pub tasks: &'a [Value],
    /// The moment that counts as now ([`TaskList::now`]).
    pub now: Option<Moment>,
    /// How many tasks the proposal has at most.
    pub limit: usize,
    /// The coefficients of the urgency.
    pub coefficients: &'a Coefficients,
}

/// The plan for the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayPlan {
    /// The day; null when neither the params nor the data tell it.
    pub date: Option<Day>,
    /// Whether a person decided it. If not, the plan is the proposal.
    pub confirmed: bool,
    /// How many tasks there are to do, in the plan or not.
    pub total: usize,
    /// What is to be done today, in order.
    pub tasks: Vec<RankedTask>,
    /// The uuids of the tasks that the person put first.
    pub ordered: Vec<String>,
    /// The uuids of the tasks that the person took out.
    pub dropped: Vec<String>,
    /// The uuids of the tasks that the person added.
    pub added: Vec<String>,
}

/// What follows from a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirmed {
    /// The plan.
    pub plan: DayPlan,
    /// The new tasks, to be put at the end of `/tasks`.
    pub added: Vec<Value>,
}

/// The plan where nobody decided: the proposal as it is.
pub fn unconfirmed(basis: &Basis) -> DayPlan {
    let mut tasks = rank(&TaskList::read(basis.tasks), basis.now, basis.coefficients);
    let total = tasks.len();
    tasks.truncate(basis.limit);
    DayPlan {
        date: basis.now.map(Moment::day),
        confirmed: false,
        total,
        tasks,
        ordered: Vec::new(),
        dropped: Vec::new(),
        added: Vec::new(),
    }
}

/// The plan after a decision.
///
/// The tasks named in `order` come first, in that order; the others follow as they are ranked, new tasks among them
/// by their own urgency. Tasks named in `drop` are not in the plan, and stay in `/tasks` as they are. The plan has
/// no more tasks than the limit, except that what the person ordered or added is always in it. Any task to do can be
/// named, also one that the proposal did not show.
///
/// # Errors
/// All names that are unknown, ambiguous, repeated or contradictory, and all new tasks without a description.
pub fn apply(basis: &Basis, decision: &Decision) -> Result<Confirmed, DecisionError> {
    match decision {
        Decision::Accepted => {
            Ok(Confirmed { plan: DayPlan { confirmed: true, ..unconfirmed(basis) }, added: Vec::new() })
        }
        Decision::Changed(changes) => change(basis, changes),
    }
}

fn change(basis: &Basis, changes: &Changes) -> Result<Confirmed, DecisionError> {
    let list = TaskList::read(basis.tasks);
    let (ordered, dropped) = resolve(&list, changes)?;

    let taken = list.tasks.iter().map(|task| task.uuid.to_owned()).collect();
    let new = added::elements(&changes.add, basis.now, taken);
    let with_new = TaskList::read(basis.tasks.iter().chain(&new));
    let added: Vec<_> = with_new
        .tasks
        .iter()
        .filter(|task| task.position >= basis.tasks.len())
        .map(|task| task.uuid.to_owned())
        .collect();

    let ranked = rank(&with_new, basis.now, basis.coefficients);
    let total = ranked.len();
    let mut room = basis.limit.saturating_sub(ordered.len() + added.len());
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for task in ranked {
        if let Some(place) = ordered.iter().position(|uuid| *uuid == task.uuid) {
            first.push((place, task));
        } else if added.contains(&task.uuid) {
            rest.push(task);
        } else if room > 0 && !dropped.contains(&task.uuid) {
            room -= 1;
            rest.push(task);
        }
    }
    first.sort_by_key(|(place, _)| *place);
    let tasks = numbered(first.into_iter().map(|(_, task)| task).chain(rest));
    let date = basis.now.map(Moment::day);
    Ok(Confirmed { plan: DayPlan { date, confirmed: true, total, tasks, ordered, dropped, added }, added: new })
}

/// The uuids of `order` and of `drop`, or all that is wrong with the changes.
fn resolve(list: &TaskList, changes: &Changes) -> Result<(Vec<String>, Vec<String>), DecisionError> {
    let mut faults = Vec::new();
    let ordered = resolve_names(list, "order", &changes.order, &mut faults);
    let dropped = resolve_names(list, "drop", &changes.drop, &mut faults);
    let both = ordered.iter().filter(|uuid| dropped.contains(uuid));
    faults.extend(both.map(|uuid| Fault::OrderedAndDropped { uuid: uuid.clone() }));
    let blank = changes.add.iter().enumerate().filter(|(_, task)| task.description.trim().is_empty());
    faults.extend(blank.map(|(index, _)| Fault::NoDescription { index }));
    if faults.is_empty() { Ok((ordered, dropped)) } else { Err(DecisionError { faults }) }
}

fn resolve_names(list: &TaskList, in_list: &'static str, names: &[String], faults: &mut Vec<Fault>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut uuids = Vec::new();
    for name in names {
        match find(list, name) {
            Ok(uuid) if seen.insert(uuid) => uuids.push(uuid.to_owned()),
            Ok(uuid) => faults.push(Fault::Repeated { list: in_list, uuid: uuid.to_owned() }),
            Err(why) => faults.push(Fault::Unknown { list: in_list, name: name.clone(), why }),
        }
    }
    uuids
}

/// The uuid of the task to do that `name` names, or why it names none.
fn find<'a>(list: &TaskList<'a>, name: &str) -> Result<&'a str, String> {
    let exact = |uuid: &str| uuid == name;
    let begins = |uuid: &str| name.chars().count() >= SHORTEST_NAME && uuid.starts_with(name);
    let named: Vec<_> = match list.tasks.iter().find(|task| exact(task.uuid)) {
        Some(task) => vec![task],
        None => list.tasks.iter().filter(|task| begins(task.uuid)).collect(),
    };
    let to_do: Vec<_> = named.iter().filter(|task| task.status.is_to_do()).collect();
    match (to_do.as_slice(), named.as_slice()) {
        ([task], _) => Ok(task.uuid),
        ([], [task, ..]) => Err(format!("whose task is {}", task.status.name())),
        ([], []) => Err("which is no task".to_owned()),
        (several, _) => Err(format!("with which the uuids of {} tasks begin", several.len())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Three tasks to do, `aaaaaaaa-1` the most urgent, and one of each other status.
    fn tasks() -> Value {
        json!([
            {"uuid": "cccccccc-1", "description": "c", "priority": "L"},
            {"uuid": "aaaaaaaa-1", "description": "a", "priority": "H"},
            {"uuid": "bbbbbbbb-1", "description": "b", "priority": "M"},
            {"uuid": "bbbbbbbb-2", "description": "done", "status": "completed"},
            {"uuid": "dddddddd-1", "description": "gone", "status": "deleted"},
            {"uuid": "cccccccc-2", "description": "later", "wait": "20270101T000000Z"},
        ])
    }

    fn decide(limit: usize, decision: &Value) -> Result<Confirmed, DecisionError> {
        let tasks = tasks();
        let basis = Basis {
            tasks: tasks.as_array().unwrap(),
            now: Moment::parse("2026-01-08").ok(),
            limit,
            coefficients: &Coefficients::default(),
        };
        apply(&basis, &Decision::read(decision)?)
    }

    /// Decides about a proposal of at most `limit` tasks, and shows the descriptions of the plan's tasks, or what is
    /// wrong.
    fn check(limit: usize, decision: &Value, expected: &str) {
        let shown = match decide(limit, decision) {
            Ok(confirmed) => {
                assert!(confirmed.plan.confirmed);
                let tasks = confirmed.plan.tasks;
                assert!(tasks.iter().enumerate().all(|(index, task)| task.rank == index + 1));
                tasks.iter().map(|task| task.description.as_str()).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{decision}");
    }

    #[test]
    fn an_accepted_proposal_is_the_plan() {
        check(10, &json!({"accept": true}), "a b c later");
        check(2, &json!({"accept": true}), "a b");
    }

    #[test]
    fn what_is_ordered_comes_first_and_the_rest_keeps_its_rank() {
        check(10, &json!({"order": ["cccccccc-1"]}), "c a b later");
        check(10, &json!({"order": ["cccccccc-2", "bbbbbbbb-1"]}), "later b a c");
        check(2, &json!({"order": ["cccccccc-2"]}), "later a");
        check(1, &json!({"order": ["cccccccc-2", "cccccccc-1"]}), "later c");
    }

    #[test]
    fn what_is_dropped_is_not_in_the_plan_and_makes_room() {
        check(10, &json!({"drop": ["aaaaaaaa-1"]}), "b c later");
        check(2, &json!({"drop": ["aaaaaaaa-1"]}), "b c");
        check(10, &json!({"order": ["cccccccc-1"], "drop": ["aaaaaaaa-1"]}), "c b later");
    }

    #[test]
    fn what_is_added_is_ranked_by_its_urgency_and_never_cut_off() {
        let add = json!([{"description": "new", "priority": "M", "project": "p"}]);
        check(10, &json!({"add": add}), "a new b c later");
        check(1, &json!({"add": [{"description": "new"}]}), "new");
        check(2, &json!({"add": [{"description": "new"}]}), "a new");
        let confirmed = decide(10, &json!({"add": add})).unwrap();
        assert_eq!(confirmed.added[0]["uuid"], confirmed.plan.added[0].as_str());
        assert_eq!(confirmed.plan.total, 5);
    }

    #[test]
    fn a_name_may_be_the_beginning_of_a_uuid() {
        check(10, &json!({"order": ["bbbbbbbb"]}), "b a c later");
        check(10, &json!({"order": ["bbbbbbb"]}), "`order` names \"bbbbbbb\", which is no task");
        check(10, &json!({"drop": ["cccccccc"]}), "`drop` names \"cccccccc\", with which the uuids of 2 tasks begin");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        check(
            10,
            &json!({
                "order": ["eeeeeeee-1", "bbbbbbbb-2", "aaaaaaaa-1", "aaaaaaaa"],
                "drop": ["dddddddd-1", "aaaaaaaa-1"],
                "add": [{"description": "fine"}, {"description": " "}],
            }),
            "`order` names \"eeeeeeee-1\", which is no task; `order` names \"bbbbbbbb-2\", whose task is completed; \
             `order` names the task aaaaaaaa-1 twice; `drop` names \"dddddddd-1\", whose task is deleted; \
             the task aaaaaaaa-1 is both in `order` and in `drop`; `add` has at 1 a task without a description",
        );
    }

    #[test]
    fn where_nobody_decided_the_plan_is_the_proposal_and_says_so() {
        let tasks = tasks();
        let basis =
            Basis { tasks: tasks.as_array().unwrap(), now: None, limit: 2, coefficients: &Coefficients::default() };
        let plan = unconfirmed(&basis);
        assert!(!plan.confirmed);
        assert_eq!((plan.total, plan.tasks.len()), (4, 2));
    }
}
