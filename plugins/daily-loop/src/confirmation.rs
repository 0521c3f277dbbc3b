//! The plan for the day: the proposal, with what a person decided about it: `/daily/plan`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::added::{self, Addition};
use crate::day::Day;
use crate::decision::{Changes, Decision, DecisionError, Fault, Name};
use crate::priorities::{Entry, Hidden, Measure, Priorities, RankedTask, Ranking};
use crate::reading::Reader;
use crate::selection::Readiness;
use crate::task::{SHORT, Status, Task, short};
use crate::tasks::TaskList;
use crate::words::cut;
use crate::zone::Now;

/// From what the plan is made.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'b, 'a> {
    /// The tasks.
    pub list: &'b TaskList<'a>,
    /// How they are ranked.
    pub measure: Measure<'b>,
    /// How many tasks the proposal has at most.
    pub limit: usize,
}

/// The plan for the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayPlan {
    /// The day; null when neither the params nor the data tell it.
    pub date: Option<Day>,
    /// Whether a person decided it. If not, the plan is the proposal.
    pub confirmed: bool,
    /// How many tasks there are to do, in the plan or not.
    pub total: usize,
    /// How many of them can be in a plan.
    pub ready: usize,
    /// How many of them cannot.
    pub hidden: Hidden,
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
pub struct Confirmation {
    /// The plan.
    pub plan: DayPlan,
    /// The new tasks, to be put at the end of `/tasks`.
    pub added: Vec<Value>,
}

impl DayPlan {
    fn of(priorities: Priorities, confirmed: bool) -> Self {
        let Priorities { today, total, ready, hidden, tasks } = priorities;
        let (ordered, dropped, added) = (Vec::new(), Vec::new(), Vec::new());
        Self { date: today, confirmed, total, ready, hidden, tasks, ordered, dropped, added }
    }
}

/// The plan where nobody decided: the proposal as it is.
pub fn unconfirmed(basis: &Basis<'_, '_>) -> DayPlan {
    DayPlan::of(Ranking::of(basis.list, basis.measure).propose(basis.limit), false)
}

/// The plan after a decision.
///
/// The tasks named in `order` come first, in that order; the others follow as they are ranked, new tasks among them
/// by their own urgency. Tasks named in `drop` are not in the plan, and stay in `/tasks` as they are. The plan has
/// no more tasks than the limit, except that what the person ordered or added for today is always in it. Any task to do
/// can be named, also one that the proposal did not show.
///
/// # Errors
/// All names that are unknown, ambiguous, repeated or contradictory, and all new tasks that cannot be added.
pub fn apply(basis: &Basis<'_, '_>, decision: &Decision) -> Result<Confirmation, DecisionError> {
    match decision {
        Decision::Accepted => {
            Ok(Confirmation { plan: DayPlan { confirmed: true, ..unconfirmed(basis) }, added: Vec::new() })
        }
        Decision::Changed(changes) => change(basis, changes),
    }
}

fn change(basis: &Basis<'_, '_>, changes: &Changes) -> Result<Confirmation, DecisionError> {
    let Basis { list, measure, limit } = *basis;
    let Resolution { ordered, dropped, new } = resolve(list, changes, measure.now)?;

    let taken = list.tasks.iter().map(|task| task.uuid.clone().into_owned()).collect();
    let elements = added::elements(&new, measure.now.map(|now| now.moment), taken);
    let text = Value::Array(elements.clone()).to_string();
    let with_new = with(list, &text);
    let added: Vec<_> =
        with_new.tasks.iter().skip(list.tasks.len()).map(|task| task.uuid.clone().into_owned()).collect();

    let ranking = Ranking::of(&with_new, measure);
    let mut room = limit.saturating_sub(ordered.len() + added.len());
    let (mut first, mut rest) = (Vec::<(usize, Entry)>::new(), Vec::new());
    for entry in &ranking.entries {
        let Some(task) = ranking.task(entry) else { continue };
        if let Some(place) = ordered.iter().position(|uuid| *uuid == task.uuid) {
            first.push((place, *entry));
        } else if added.iter().any(|uuid| *uuid == task.uuid) {
            // What the person adds for a later day is not for today.
            if !matches!(entry.readiness, Readiness::Waiting | Readiness::Later) {
                rest.push(*entry);
            }
        } else if room > 0 && entry.readiness == Readiness::Ready && !dropped.iter().any(|uuid| *uuid == task.uuid) {
            room -= 1;
            rest.push(*entry);
        }
    }
    first.sort_by_key(|(place, _)| *place);
    let planned = first.into_iter().map(|(_, entry)| entry).chain(rest);
    let tasks = planned.enumerate().filter_map(|(index, entry)| ranking.shown(&entry, index + 1)).collect();
    let plan = DayPlan {
        date: measure.now.map(Now::day),
        confirmed: true,
        total: ranking.entries.len(),
        ready: ranking.ready(),
        hidden: ranking.hidden(),
        tasks,
        ordered,
        dropped,
        added,
    };
    Ok(Confirmation { plan, added: elements })
}

/// The list with new tasks at its end.
fn with<'a>(list: &TaskList<'a>, new: &'a str) -> TaskList<'a> {
    // What we wrote ourselves can be read.
    let new = TaskList::read(new, Reader::default()).unwrap_or_else(|_| TaskList::empty());
    let mut with_new = list.clone();
    with_new.tasks.extend(new.tasks.into_iter().map(|task| Task { position: list.total + task.position, ..task }));
    with_new.total += new.total;
    with_new
}

/// What the words of a decision mean.
struct Resolution<'c> {
    ordered: Vec<String>,
    dropped: Vec<String>,
    new: Vec<Addition<'c>>,
}

/// What the changes mean, or all that is wrong with them.
fn resolve<'c>(list: &TaskList, changes: &'c Changes, now: Option<Now>) -> Result<Resolution<'c>, DecisionError> {
    let mut faults = Vec::new();
    let ordered = resolve_names(list, "order", &changes.order, &mut faults);
    let dropped = resolve_names(list, "drop", &changes.drop, &mut faults);
    let both = ordered.iter().filter(|uuid| dropped.contains(uuid));
    faults.extend(both.map(|uuid| Fault::OrderedAndDropped { uuid: uuid.clone() }));
    let mut new = Vec::with_capacity(changes.add.len());
    for (index, task) in changes.add.iter().enumerate() {
        let depends = resolve_names(list, "depends", &task.depends, &mut faults);
        new.push(Addition::of(index, task, now, depends, &mut faults));
    }
    if faults.is_empty() { Ok(Resolution { ordered, dropped, new }) } else { Err(DecisionError { faults }) }
}

fn resolve_names(list: &TaskList, in_list: &'static str, names: &[Name], faults: &mut Vec<Fault>) -> Vec<String> {
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
fn find<'l>(list: &'l TaskList, name: &Name) -> Result<&'l str, String> {
    let text = match name {
        Name::Number(number) => number.to_string(),
        Name::Text(text) => text.trim().to_lowercase(),
    };
    let id = text.parse::<i64>().ok().filter(|id| *id > 0);
    let has_id = |task: &&Task| task.status.is_to_do() && id.is_some() && task.id == id;
    match *list.tasks.iter().filter(has_id).collect::<Vec<_>>() {
        [] => {}
        [task] => return Ok(&task.uuid),
        ref several => return Err(format!("which is the id of {} tasks: write a uuid", several.len())),
    }
    let begins = |uuid: &str| text.chars().count() >= SHORT && uuid.starts_with(&text);
    let named: Vec<_> = match list.tasks.iter().find(|task| task.uuid == text) {
        Some(task) => vec![task],
        None => list.tasks.iter().filter(|task| begins(&task.uuid)).collect(),
    };
    let to_do: Vec<_> = named.iter().filter(|task| task.status.is_to_do()).collect();
    match (to_do.as_slice(), named.as_slice()) {
        ([task], _) => Ok(&task.uuid),
        ([], [task, ..]) if task.status == Status::Deleted && task.until.is_some() => {
            Err("whose task is deleted, or past its `until`".to_owned())
        }
        ([], [task, ..]) => Err(format!("whose task is {}", task.status.name())),
        ([], []) => match name {
            Name::Number(_) => Err(no_id(list, id)),
            Name::Text(_) if id.is_some() => Err(no_id(list, id)),
            Name::Text(text) => of_description(list, text),
        },
        (several, _) => Err(format!("with which the uuids of {} tasks begin: write more of it", several.len())),
    }
}

/// Why a number names no task to do.
fn no_id(list: &TaskList, id: Option<i64>) -> String {
    if list.tasks.iter().any(|task| task.id == id && task.status == Status::Recurring) {
        return "which is the template of a repeating task: name the task that it made".to_owned();
    }
    if list.tasks.iter().all(|task| task.id.is_none()) {
        return "and no task has an id here: name tasks by their uuids or descriptions".to_owned();
    }
    "which is no task to do".to_owned()
}

/// The one task to do whose description is a text, or begins with it: as it is shown, cut at its end, too.
fn of_description<'l>(list: &'l TaskList, text: &str) -> Result<&'l str, String> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let wanted = plain(text.trim().trim_end_matches('…'));
    let to_do: Vec<(&Task, String)> =
        list.tasks.iter().filter(|task| task.status.is_to_do()).map(|task| (task, plain(&task.description))).collect();
    let found = |fits: &dyn Fn(&str) -> bool| -> Vec<&'l Task> {
        if wanted.is_empty() {
            return Vec::new();
        }
        to_do.iter().filter(|(_, description)| fits(description)).map(|(task, _)| *task).collect()
    };
    let mut named = found(&|description| description == wanted);
    if named.is_empty() {
        named = found(&|description| description.starts_with(&wanted));
    }
    match named.as_slice() {
        [task] => Ok(&task.uuid),
        [] => {
            let near = found(&|description| description.contains(&wanted));
            if near.is_empty() && text.chars().count() < SHORT {
                Err(format!("which is no id and begins no description; of a uuid, {SHORT} characters are needed"))
            } else if near.is_empty() {
                Err("which is no task to do".to_owned())
            } else {
                Err(format!("with which no description begins; it is in {}", told(&near)))
            }
        }
        several => Err(format!("which names several tasks, {}: write an id or a uuid", told(several))),
    }
}

/// The first few tasks as a person can name them: `"Call mum" (2)`.
fn told(tasks: &[&Task]) -> String {
    const FEW: usize = 3;
    let name = |task: &&Task| {
        let id = task.id.map_or_else(|| short(&task.uuid).to_owned(), |id| id.to_string());
        format!("{:?} ({id})", cut(&task.description, 44))
    };
    let mut told: Vec<String> = tasks.iter().take(FEW).map(name).collect();
    let more = tasks.len().saturating_sub(FEW);
    if more > 0 {
        told.push(format!("{more} more"));
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::coefficients::Coefficients;
    use crate::priorities::Rank;
    use crate::selection::Selection;
    use crate::written::Written;

    /// Three tasks to do, `aaaaaaaa-1` the most urgent, and one of each other status.
    fn tasks() -> Value {
        let task = |uuid: &str, fields: Value| {
            let mut task = json!({"uuid": uuid, "description": "d", "entry": "20260108T000000Z"});
            task.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            task
        };
        json!([
            task("cccccccc-1", json!({"description": "c", "priority": "L"})),
            task("aaaaaaaa-1", json!({"id": 7, "description": "a", "priority": "H"})),
            task("bbbbbbbb-1", json!({"description": "b", "priority": "M"})),
            task("bbbbbbbb-2", json!({"status": "completed", "end": "20260108T000000Z"})),
            task("dddddddd-1", json!({"status": "deleted"})),
            task("cccccccc-2", json!({"description": "later", "wait": "20270101T000000Z"})),
        ])
    }

    fn on<T>(selection: &Value, limit: usize, use_basis: impl FnOnce(&Basis<'_, '_>) -> T) -> T {
        let text = tasks().to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let now = Some(Written::parse("2026-01-08").unwrap().now(None));
        let selection: Selection = serde_json::from_value(selection.clone()).unwrap();
        let (coefficients, selected) = (&Coefficients::default(), &selection.at(now).unwrap());
        let measure = Measure { now, coefficients, rank: Rank::Urgency, selected };
        use_basis(&Basis { list: &list, measure, limit })
    }

    fn decide(limit: usize, decision: &Value) -> Result<Confirmation, DecisionError> {
        on(&json!({"include": "all"}), limit, |basis| apply(basis, &Decision::read(decision)?))
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
        check(10, &json!({"order": ["BBBBBBBB-1"]}), "b a c later");
        check(10, &json!({"drop": [7]}), "b c later");
        check(10, &json!({"drop": ["7"]}), "b c later");
        let short =
            "`order` names \"bbbbbbb\", which is no id and begins no description; of a uuid, 8 characters are needed";
        check(10, &json!({"order": ["bbbbbbb"]}), short);
        check(10, &json!({"drop": [8]}), "`drop` names 8, which is no task to do");
        check(
            10,
            &json!({"drop": ["cccccccc"]}),
            "`drop` names \"cccccccc\", with which the uuids of 2 tasks begin: write more of it",
        );
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
            "`order` names \"eeeeeeee-1\", which is no task to do; `order` names \"bbbbbbbb-2\", whose task is completed; \
             `order` names the task aaaaaaaa twice; `drop` names \"dddddddd-1\", whose task is deleted; \
             the task aaaaaaaa is both in `order` and in `drop`; the 2nd task in `add` has no description",
        );
    }

    #[test]
    fn where_nobody_decided_the_plan_is_the_proposal_and_says_so() {
        let plan = on(&json!({}), 2, unconfirmed);
        assert!(!plan.confirmed);
        assert_eq!((plan.total, plan.ready, plan.hidden.waiting, plan.tasks.len()), (4, 3, 1, 2));
    }

    #[test]
    fn what_is_ordered_is_in_the_plan_though_it_is_not_ready() {
        let decision = Decision::read(&json!({"order": ["cccccccc-2"]})).unwrap();
        let plan = on(&json!({}), 10, |basis| apply(basis, &decision)).unwrap().plan;
        let shown: Vec<_> = plan.tasks.iter().map(|task| task.description.as_str()).collect();
        assert_eq!(shown, ["later", "a", "b", "c"]);
    }

    #[test]
    fn an_added_task_can_depend_on_others_and_wait() {
        let add = json!({"add": [{"description": "new", "depends": [7], "due": "tomorrow", "tags": ["phone"]}]});
        let confirmed = decide(10, &add).unwrap();
        assert_eq!(confirmed.added[0]["depends"], json!(["aaaaaaaa-1"]));
        assert_eq!(
            (&confirmed.added[0]["due"], &confirmed.added[0]["tags"]),
            (&json!("20260109T000000Z"), &json!(["phone"]))
        );
        assert!(confirmed.plan.tasks.iter().any(|task| task.description == "new" && task.blocked));
        let wrong = json!({"add": [{"description": "new", "depends": [9], "due": "tomorow"}]});
        let error = decide(10, &wrong).unwrap_err().to_string();
        assert_eq!(
            error,
            "`depends` names 9, which is no task to do; the 1st task in `add` has \"tomorow\" for `due`, which is not a date; \
             did you mean `tomorrow`?"
        );
    }
}
