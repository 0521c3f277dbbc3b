//! The operations: each reads what it needs from the state, calls a pure module, and says what changes.

use serde_json::value::RawValue;
use sortie_plugin_sdk::Change;
use sortie_plugin_sdk::prelude::*;

use crate::archive::{self, Archiving};
use crate::confirmation::{self, Basis, Confirmed};
use crate::decision::Decision;
use crate::display;
use crate::error::{Error, failure};
use crate::log;
use crate::moment::Now;
use crate::priorities::{Measure, Ranking};
use crate::selection::Selected;
use crate::steps::{ArchivePayload, OPEN_TASKS, RankingPayload, SummaryPayload, TASKS};
use crate::summary::{Setting, Summary, summarise};
use crate::task::Reading;
use crate::tasks::{NotAList, TaskList};

/// The step whose decision `log_summary` follows.
pub const CONFIRMATION: &str = "confirm_priorities";

/// Where what is completed goes.
const ARCHIVE: &str = "/archive";

/// Beyond so many shifts of elements, moving completed tasks one by one costs more than writing `/tasks` anew.
const MOST_SHIFTS: usize = 1 << 18;

/// Summarises the day before today at `/daily/summary`: what was completed, what slipped, what there is to do. Leaves
/// the open tasks at `/daily_open` for the steps behind it.
#[operation(
    reads = [payload("/tasks"), "/archive", "/daily"],
    writes = ["/daily", "/daily_open"],
    examples = [
        (json!({"tasks": "/tasks", "today": "2026-01-08"}), example_state()),
        (json!({"tasks": "/tasks"}), json!({})),
    ],
)]
pub fn summarise_yesterday(payload: SummaryPayload, call: &Call) -> Result<Output> {
    let reading = Reading { udas: &payload.udas, ..Reading::default() };
    let list = tasks(call, &payload.tasks, reading_in(reading, payload.today.map(|today| today.now(payload.zone))))?;
    let now = list.now(payload.today, payload.zone);
    let selected = payload.selection.at(now).map_err(|error| failure(error.into()))?;
    let mut missing = list.missing_dependencies();
    if !missing.is_empty() {
        // What was archived is done.
        let archived = tasks(call, ARCHIVE, Reading::stubs())?;
        let known: std::collections::BTreeSet<&str> = archived.tasks.iter().map(|task| &*task.uuid).collect();
        missing.retain(|uuid| !known.contains(uuid.as_str()));
    }
    let setting = Setting {
        now,
        as_of_newest_change: payload.today.is_none() && now.is_some(),
        selected: &selected,
        missing_dependencies: missing.len(),
    };
    let summary = summarise(&list, setting);
    let output = with_daily(call)?.set("/daily/summary", &summary).set(OPEN_TASKS, list.open());
    Ok(output.output(summary))
}

/// Ranks the tasks to do by Taskwarrior's urgency and proposes the first of those that can be done now at
/// `/daily/priorities`.
#[operation(
    reads = [payload("/tasks"), "/daily"],
    writes = ["/daily"],
    examples = [
        (json!({"tasks": "/tasks", "today": "2026-01-08", "limit": 3}), example_state()),
        (json!({"tasks": "/tasks"}), json!({})),
    ],
)]
pub fn generate_priorities(payload: RankingPayload, call: &Call) -> Result<Output> {
    let day = Day::of(&payload, call)?;
    let priorities = Ranking::of(&day.list, day.measure(&payload)).propose(payload.length());
    let output = with_daily(call)?.set("/daily/priorities", &priorities).output(&priorities);
    Ok(display::proposal(output, &json!(priorities), &json!(day.summary)))
}

/// Makes the day's plan at `/daily/plan` from the decision of `confirm_priorities`, keeps an entry for the day in
/// `/daily/log`, and appends what was added to `/tasks`; that is also at `/daily/changes`, for `task import`. Without a
/// decision, the proposal is the plan, and says that nobody confirmed it.
///
/// The output is `{"plan", "entry"}`.
#[operation(
    reads = [payload("/tasks"), "/daily"],
    writes = ["/tasks", "/daily", "/daily_open"],
    examples = [
        (json!({"tasks": "/tasks", "today": "2026-01-08"}), example_state()),
        (json!({"tasks": "/tasks"}), json!({})),
    ],
)]
pub fn log_summary(payload: RankingPayload, call: &Call) -> Result<Output> {
    let day = Day::of(&payload, call)?;
    let basis = Basis { list: &day.list, measure: day.measure(&payload), limit: payload.length() };
    let Confirmed { plan, added } = match call.decision(CONFIRMATION) {
        Some(decision) => Decision::read(decision)
            .and_then(|decision| confirmation::apply(&basis, &decision))
            .map_err(|error| failure(error.into()))?,
        None => Confirmed { plan: confirmation::unconfirmed(&basis), added: Vec::new() },
    };
    let entry = log::entry(&day.summary, &plan);

    let mut output = with_daily(call)?.set("/daily/plan", &plan);
    output = match array::<&RawValue>(call, "/daily/log")? {
        None => output.set("/daily/log", [&entry]),
        Some(entries) => match log::place(&entries, entry.date) {
            None => output.append("/daily/log", &entry),
            Some(place) => output.change(Change::Replace { path: format!("/daily/log/{place}"), value: json!(entry) }),
        },
    };
    output = output.set("/daily/changes", &added);
    if !added.is_empty() {
        output = if day.is_in_tasks {
            added.into_iter().fold(output, |output, task| output.append(TASKS, task))
        } else {
            output.set(TASKS, added)
        };
    }
    if payload.tasks == OPEN_TASKS && call.read::<&RawValue>(OPEN_TASKS)?.is_some() {
        output = output.remove(OPEN_TASKS);
    }
    let asked = call.decisions().contains_key(CONFIRMATION);
    let output = display::plan(output, &json!(plan), &json!(day.summary), asked);
    Ok(output.output(json!({"plan": plan, "entry": entry})))
}

/// Moves the completed tasks from `/tasks` to the end of `/archive`, in their order and unaltered, each once. What has
/// no uuid, no status or no end stays.
///
/// The output is `{"archived": uuids, "kept": how many stay}`.
#[operation(
    reads = ["/tasks", "/archive"],
    writes = ["/tasks", "/archive"],
    examples = [(json!({}), example_state()), (json!({}), json!({}))],
)]
pub fn archive_completed(_payload: ArchivePayload, call: &Call) -> Result<Output> {
    let list = tasks(call, TASKS, Reading::stubs())?;
    let archived = array::<&RawValue>(call, ARCHIVE)?;
    let archive = tasks(call, ARCHIVE, Reading::stubs())?;
    let archiving = archive::completed(&list, &archive);
    let leaving = archiving.leaving();
    let kept = archived.as_ref().map_or(0, Vec::len) + archiving.appended.len();
    let output = display::archive(Output::new(), kept).output(json!({
        "archived": archiving.uuids,
        "kept": list.total - leaving.len(),
    }));
    if leaving.is_empty() {
        return Ok(output);
    }
    let output = if archived.is_none() { output.set(ARCHIVE, json!([])) } else { output };
    let archived = archived.map_or(0, |archived| archived.len());
    let after = leaving.iter().map(|position| list.total - position).fold(0, usize::saturating_add);
    let own = archiving.appended.len().saturating_mul(archiving.appended.len());
    if after.saturating_add(own) <= MOST_SHIFTS {
        return Ok(move_each(output, &archiving, archived));
    }
    rewrite(output, &archiving, call)
}

/// From the highest position down, so that a change leaves the lower positions as they are. Each is put in front of
/// those moved before it.
fn move_each(mut output: Output, archiving: &Archiving, archived: usize) -> Output {
    let mut appended = archiving.appended.iter().rev().peekable();
    let mut replacing = archiving.replacing.iter().rev().peekable();
    for position in archiving.leaving().into_iter().rev() {
        let from = format!("{TASKS}/{position}");
        if appended.next_if_eq(&&position).is_some() {
            output = output.change(Change::Move { from, path: format!("{ARCHIVE}/{archived}") });
        } else if let Some((_, place)) = replacing.next_if(|(replaced, _)| *replaced == position) {
            let path = format!("{ARCHIVE}/{place}");
            output = output.remove(path.clone()).change(Change::Move { from, path });
        } else {
            output = output.remove(from);
        }
    }
    output
}

/// Copies to the archive and writes what stays anew: the work grows with the tasks, and not with their square.
fn rewrite(mut output: Output, archiving: &Archiving, call: &Call) -> Result<Output> {
    for position in &archiving.appended {
        let from = format!("{TASKS}/{position}");
        output = output.change(Change::Copy { from, path: format!("{ARCHIVE}/-") });
    }
    for (position, place) in &archiving.replacing {
        let (from, path) = (format!("{TASKS}/{position}"), format!("{ARCHIVE}/{place}"));
        // Put before the older version, which is then the next one.
        output = output.change(Change::Copy { from, path }).remove(format!("{ARCHIVE}/{}", place + 1));
    }
    let leaving = archiving.leaving();
    let all: Vec<&RawValue> = call.read(TASKS)?.unwrap_or_default();
    let kept: Vec<&RawValue> =
        all.into_iter().enumerate().filter(|(position, _)| !leaving.contains(position)).map(|(_, task)| task).collect();
    Ok(output.set(TASKS, kept))
}

/// What the steps behind the summary work with.
struct Day<'c> {
    list: TaskList<'c>,
    summary: Summary,
    now: Option<Now>,
    selected: Selected,
    /// Whether there is an array of tasks to append to.
    is_in_tasks: bool,
}

impl<'c> Day<'c> {
    fn of(payload: &RankingPayload, call: &'c Call) -> Result<Self> {
        // Another's value at this place is no summary of ours.
        let known: Option<Summary> = call.read("/daily/summary").unwrap_or_default();
        let given = payload.today.map(|today| today.now(payload.zone));
        let udas = payload.urgency.attributes();
        let list = tasks(call, &payload.tasks, reading_in(Reading { udas: &udas, ..Reading::default() }, given))?;
        let of_summary = known.as_ref().filter(|_| payload.tasks == OPEN_TASKS).and_then(Summary::moment);
        let now = given.or(of_summary).or_else(|| list.now(None, payload.zone));
        let selected = payload.selection.at(now).map_err(|error| failure(error.into()))?;
        let summary = known.filter(|summary| payload.tasks == OPEN_TASKS && summary.moment() == now);
        let summary = summary.unwrap_or_else(|| {
            let setting = Setting {
                now,
                as_of_newest_change: payload.today.is_none() && now.is_some(),
                selected: &selected,
                missing_dependencies: list.missing_dependencies().len(),
            };
            summarise(&list, setting)
        });
        let is_in_tasks = if payload.tasks == TASKS {
            call.read::<Option<&RawValue>>(TASKS)?.flatten().is_some()
        } else {
            summary.counts.total > 0
        };
        Ok(Self { list, summary, now, selected, is_in_tasks })
    }

    fn measure<'m>(&'m self, payload: &'m RankingPayload) -> Measure<'m> {
        Measure { now: self.now, coefficients: &payload.urgency, rank: payload.rank, selected: &self.selected }
    }
}

/// The same reading for times that are of the zone of now.
fn reading_in(reading: Reading<'_>, now: Option<Now>) -> Reading<'_> {
    Reading { zone: now.map(|now| now.zone).unwrap_or_default(), ..reading }
}

/// The tasks of an array; nothing is a list without tasks.
fn tasks<'c>(call: &'c Call, pointer: &str, reading: Reading<'_>) -> Result<TaskList<'c>> {
    let Some(text) = call.read::<&RawValue>(pointer)? else { return Ok(TaskList::empty()) };
    TaskList::read(text.get(), reading).map_err(|error| match error {
        NotAList::Other(found) if pointer == ARCHIVE => {
            failure(Error::NotOurs { pointer: ARCHIVE, expected: "an array", found })
        }
        NotAList::Other(found) => failure(Error::TasksNotAnArray { pointer: pointer.to_owned(), found }),
        NotAList::NotJson(message) => Failure::new("unexpected_state", message),
    })
}

/// Begins with making `/daily` where it is not there.
fn with_daily(call: &Call) -> Result<Output> {
    match call.read::<Kind>("/daily")? {
        None | Some(Kind("null")) => Ok(Output::new().set("/daily", json!({}))),
        Some(Kind("an object")) => Ok(Output::new()),
        Some(Kind(found)) => Err(failure(Error::NotOurs { pointer: "/daily", expected: "an object", found })),
    }
}

/// The elements of an array that this mission keeps; nothing, where there is none yet.
fn array<'c, T: Deserialize<'c>>(call: &'c Call, pointer: &'static str) -> Result<Option<Vec<T>>> {
    match call.read::<Kind>(pointer)? {
        None | Some(Kind("null")) => Ok(None),
        Some(Kind("an array")) => call.read(pointer),
        Some(Kind(found)) => Err(failure(Error::NotOurs { pointer, expected: "an array", found })),
    }
}

/// The type of a JSON value, with its article.
struct Kind(&'static str);

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self(match text.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }))
    }
}

/// A task of each kind that the loop does something about.
fn example_state() -> Value {
    json!({"tasks": [
        {
            "uuid": "0e8c64b2-6f0c-4a3e-9a4c-0d6f4f6c1a01", "description": "Send the invoice", "status": "completed",
            "entry": "20260105T090000Z", "end": "20260107T160000Z", "project": "office",
        },
        {
            "uuid": "0e8c64b2-6f0c-4a3e-9a4c-0d6f4f6c1a02", "description": "Renew the passport", "status": "pending",
            "entry": "20251201T090000Z", "due": "20260106T000000Z", "priority": "H",
        },
        {
            "uuid": "0e8c64b2-6f0c-4a3e-9a4c-0d6f4f6c1a03", "description": "Paint the fence", "status": "pending",
            "entry": "20260107T090000Z", "tags": ["garden"],
        },
    ]})
}
