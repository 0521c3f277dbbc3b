//! The operations: each reads what it needs from the state, calls a pure module, and says what changes.

use sortie_plugin_sdk::prelude::*;
use sortie_plugin_sdk::{Change, JsonText, Node};

use crate::archive::{self, ArchivePlan};
use crate::confirmation::{self, Basis, Confirmation};
use crate::decision::Decision;
use crate::details;
use crate::display;
use crate::error::{Error, ObjectShape, failure};
use crate::log::{self, Place};
use crate::priorities::{Measure, Ranking};
use crate::reading::Reader;
use crate::selection::Criteria;
use crate::steps::{ARCHIVE, ArchivePayload, DONE_TASKS, OPEN_TASKS, RankingPayload, SummaryPayload, TASKS};
use crate::summary::{Setting, Summary, summarise};
use crate::tasks::{NotAList, TaskList};
use crate::zone::{Now, Zone};

/// The step whose decision `log_summary` follows.
pub const CONFIRMATION: &str = "confirm_priorities";

/// Beyond so many shifts of elements, moving completed tasks one by one costs more than writing `/tasks` anew.
const MOST_SHIFTS: usize = 1 << 18;

/// Summarises at `/daily/summary` the days since the last plan, or else the day before today, and on a Monday those since
/// Friday: what was completed, what slipped, what there is to do. Leaves
/// the open tasks at `/daily_open` for the steps behind it and, where it is wanted, what is to be archived at
/// `/daily_done`.
#[operation(
    reads = [payload("/tasks"), "/archive", "/daily"],
    writes = ["/daily", "/daily_open", "/daily_done"],
    examples = [
        (json!({"tasks": "/tasks", "today": "2026-01-08", "archives": true}), example_state()),
        (json!({"tasks": "/tasks"}), json!({})),
    ],
)]
pub fn summarise_yesterday(payload: SummaryPayload, call: &Call) -> Result<Output> {
    let reader = Reader { udas: &payload.udas, ..Reader::default() };
    let list = tasks(call, &payload.tasks, reading_in(reader, payload.today.map(|today| today.now(payload.zone))))?;
    let now = list.now(payload.today, payload.zone);
    let list = list.at(now);
    let selected = payload.selection.among(&list, now).map_err(|error| failure(error.into()))?;
    let mut missing = list.missing_dependencies();
    let archive = match array(call, ARCHIVE)? {
        Some(archive) if payload.archives || !missing.is_empty() => Some(read(archive, ARCHIVE, Reader::stubs())?),
        Some(_) | None => None,
    };
    // What was archived is done.
    for archived in archive.iter().flat_map(|archive| &archive.tasks) {
        if missing.is_empty() {
            break;
        }
        missing.remove(&*archived.uuid);
    }
    let unknown = selected
        .unknown_attributes(&list)
        .into_iter()
        .map(|name| format!("no task has the attribute `{name}`, which the filter asks for"));
    let remarks: Vec<String> = unknown.chain(payload.remarks).collect();
    let setting = Setting {
        now,
        since: now.and_then(|now| log::planned_before(call.node("/daily/log"), now.day())),
        as_of_newest_change: payload.today.is_none() && now.is_some(),
        selected: &selected,
        missing_dependencies: missing.len(),
        remarks: &remarks,
    };
    let summary = JsonText::of(&summarise(&list, setting));
    let all_of_each = payload.details || selected.reads_elements();
    let mut output = with_daily(call)?.set("/daily/summary", &summary).set(OPEN_TASKS, list.open(all_of_each));
    if payload.archives {
        output = output.set(DONE_TASKS, archive::completed(&list, archive.as_ref()));
    }
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
    let text = JsonText::of(&priorities);
    let output = with_daily(call)?.set("/daily/priorities", &text).output(&text);
    let output = display::proposal(output, &priorities, &day.summary);
    Ok(if payload.details { details::of(output, &priorities.tasks, &day.list, day.zone()) } else { output })
}

/// Makes the day's plan at `/daily/plan` from the decision of `confirm_priorities`, keeps an entry for the day in
/// `/daily/log`, and appends what was added to `/tasks`; that is also at `/daily/changes`, for `task import`. Without a
/// decision, the proposal is the plan, and says that nobody confirmed it.
///
/// The output is `{"plan", "entry"}`.
#[operation(
    reads = [payload("/tasks"), "/daily", "/daily_done/total"],
    writes = ["/tasks", "/daily", "/daily_open", "/daily_done"],
    examples = [
        (json!({"tasks": "/tasks", "today": "2026-01-08"}), example_state()),
        (json!({"tasks": "/tasks"}), json!({})),
    ],
)]
pub fn log_summary(payload: RankingPayload, call: &Call) -> Result<Output> {
    let day = Day::of(&payload, call)?;
    let basis = Basis { list: &day.list, measure: day.measure(&payload), limit: payload.length() };
    let Confirmation { plan, added } = match call.decision(CONFIRMATION) {
        Some(decision) => Decision::read(decision)
            .and_then(|decision| confirmation::apply(&basis, &decision))
            .map_err(|error| failure(error.into()))?,
        None => Confirmation { plan: confirmation::unconfirmed(&basis), added: Vec::new() },
    };
    let entry = log::entry(&day.summary, &plan);

    let texts = (JsonText::of(&plan), JsonText::of(&entry));
    let mut output = with_daily(call)?.set("/daily/plan", &texts.0);
    output = match array(call, "/daily/log")? {
        None => output.set("/daily/log", [&texts.1]),
        Some(entries) => match log::place(&entries.elements().collect::<Vec<_>>(), entry.date) {
            Place::End => output.append("/daily/log", &texts.1),
            Place::Before(place) => output.set(format!("/daily/log/{place}"), &texts.1),
            Place::Instead(place) => {
                output.change(Change::Replace { path: format!("/daily/log/{place}"), value: texts.1.clone() })
            }
        },
    };
    output = output.set("/daily/changes", &added);
    if !added.is_empty() {
        if let Some(total) = call.node("/daily_done/total").and_then(Node::as_integer) {
            let value = JsonText::of(&total.saturating_add(i64::try_from(added.len()).unwrap_or(i64::MAX)));
            output = output.change(Change::Replace { path: "/daily_done/total".to_owned(), value });
        }
        output = if day.is_in_tasks {
            added.into_iter().fold(output, |output, task| output.append(TASKS, task))
        } else {
            output.set(TASKS, added)
        };
    }
    if payload.tasks == OPEN_TASKS && call.node(OPEN_TASKS).is_some() {
        output = output.remove(OPEN_TASKS);
    }
    let asked = call.decisions().contains_key(CONFIRMATION);
    let mut output = display::plan(output, &plan, &day.summary, asked);
    if payload.details && asked {
        output = details::of(output, &plan.tasks, &day.list, day.zone());
    }
    let (plan, entry) = &texts;
    Ok(output.output(DayOutput { entry, plan }))
}

/// Moves the completed tasks from `/tasks` to the end of `/archive`, in their order and unaltered, each once. What has
/// no uuid, no status or no end stays. What an earlier step found at `/daily_done` is done without reading any task.
///
/// The output is `{"archived": uuids, "kept": how many stay}`.
#[operation(
    reads = [payload("/tasks"), payload("/archive")],
    writes = ["/tasks", "/archive", "/daily_done"],
    examples = [
        (json!({"tasks": "/tasks", "archive": "/archive"}), example_state()),
        (json!({"tasks": "/daily_done"}), json!({})),
    ],
)]
pub fn archive_completed(payload: ArchivePayload, call: &Call) -> Result<Output> {
    let (archiving, mut output) = if payload.tasks == DONE_TASKS {
        let found = call.node(DONE_TASKS);
        let output = if found.is_some() { Output::new().remove(DONE_TASKS) } else { Output::new() };
        (found.map(ArchivePlan::of).unwrap_or_default(), output)
    } else {
        if payload.tasks != TASKS || payload.archive.as_deref() != Some(ARCHIVE) {
            return Err(failure(Error::OtherPlaces));
        }
        let list = tasks(call, TASKS, Reader::stubs())?;
        let archive = array(call, ARCHIVE)?.map(|archive| read(archive, ARCHIVE, Reader::stubs())).transpose()?;
        (archive::completed(&list, archive.as_ref()), Output::new())
    };
    let leaving = archiving.leaving();
    let archived = archiving.archived.unwrap_or_default();
    let kept = archived + archiving.appended.len();
    output = display::archive(output, kept).output(ArchiveOutput {
        archived: archiving.uuids.split(',').filter(|uuid| !uuid.is_empty()).collect(),
        kept: archiving.total - leaving.len(),
    });
    if leaving.is_empty() {
        return Ok(output);
    }
    if archiving.archived.is_none() {
        output = output.set(ARCHIVE, json!([]));
    }
    let after = leaving.iter().map(|position| archiving.total - position).fold(0, usize::saturating_add);
    let own = archiving.appended.len().saturating_mul(archiving.appended.len());
    if after.saturating_add(own) <= MOST_SHIFTS {
        return Ok(move_each(output, &archiving, &leaving, archived));
    }
    Ok(copy_each(output, &archiving, &leaving))
}

/// From the highest position down, so that a change leaves the lower positions as they are. Each is put in front of
/// those moved before it. There is a change for each task of thousands, so none is asked whether it is declared: all are
/// of `/tasks` and the archive.
fn move_each(mut output: Output, archiving: &ArchivePlan, leaving: &[usize], archived: usize) -> Output {
    let mut appended = archiving.appended.iter().rev().peekable();
    let mut replacing = archiving.replacing.iter().rev().peekable();
    for position in leaving.iter().rev().copied() {
        let from = place(TASKS, position);
        if appended.next_if_eq(&&position).is_some() {
            output.changes.push(Change::Move { from, path: format!("{ARCHIVE}/{archived}") });
        } else if let Some((_, place)) = replacing.next_if(|(replaced, _)| *replaced == position) {
            let path = format!("{ARCHIVE}/{place}");
            output.changes.extend([Change::Remove { path: path.clone() }, Change::Move { from, path }]);
        } else {
            output.changes.push(Change::Remove { path: from });
        }
    }
    output
}

/// Copies to the archive what leaves, and what stays to a list that then takes the place of `/tasks`: the work grows with
/// the tasks, and not with their square.
fn copy_each(mut output: Output, archiving: &ArchivePlan, leaving: &[usize]) -> Output {
    let (end_of_archive, end_of_kept) = (&*format!("{ARCHIVE}/-"), &*format!("{DONE_TASKS}/-"));
    for position in &archiving.appended {
        let from = place(TASKS, *position);
        output.changes.push(Change::Copy { from, path: end_of_archive.to_owned() });
    }
    for (position, place) in &archiving.replacing {
        let (from, path) = (format!("{TASKS}/{position}"), format!("{ARCHIVE}/{place}"));
        // Put before the older version, which is then the next one.
        let older = Change::Remove { path: format!("{ARCHIVE}/{}", place + 1) };
        output.changes.extend([Change::Copy { from, path }, older]);
    }
    output = output.set(DONE_TASKS, json!([]));
    let mut leaving = leaving.iter().peekable();
    for position in 0..archiving.total {
        if leaving.next_if(|leaving| **leaving == position).is_none() {
            let from = place(TASKS, position);
            output.changes.push(Change::Copy { from, path: end_of_kept.to_owned() });
        }
    }
    output.change(Change::Move { from: DONE_TASKS.to_owned(), path: TASKS.to_owned() })
}

/// The pointer to an element of an array. It is made for each task of thousands: by hand that is a tenth of the work.
fn place(array: &str, index: usize) -> String {
    let mut digits = [b'0'; 20];
    let (mut at, mut rest) = (digits.len(), index);
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        at -= 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let digits = digits.get(at..).and_then(|digits| str::from_utf8(digits).ok()).unwrap_or_default();
    let mut pointer = String::with_capacity(array.len() + 1 + digits.len());
    pointer.push_str(array);
    pointer.push('/');
    pointer.push_str(digits);
    pointer
}

/// The output of `archive_completed`.
#[derive(Serialize)]
struct ArchiveOutput<'o> {
    archived: Vec<&'o str>,
    kept: usize,
}

/// The output of `log_summary`.
#[derive(Serialize)]
struct DayOutput<'o> {
    entry: &'o JsonText,
    plan: &'o JsonText,
}

/// What the steps behind the summary work with.
struct Day<'c> {
    list: TaskList<'c>,
    summary: Summary,
    now: Option<Now>,
    selected: Criteria,
    /// Whether there is an array of tasks to append to.
    is_in_tasks: bool,
}

impl<'c> Day<'c> {
    fn of(payload: &RankingPayload, call: &'c Call) -> Result<Self> {
        // Where all tasks are read, no summary was made of them; and another's value at this place is none of ours.
        let follows = payload.tasks == OPEN_TASKS;
        let known = follows.then(|| call.node("/daily/summary").and_then(Summary::of)).flatten();
        let given = payload.today.map(|today| today.now(payload.zone));
        let udas = payload.urgency.attributes();
        let list = tasks(call, &payload.tasks, reading_in(Reader { udas: &udas, ..Reader::default() }, given))?;
        let of_summary = known.as_ref().and_then(Summary::moment);
        let now = given.or(of_summary).or_else(|| list.now(None, payload.zone));
        let list = list.at(now);
        let selected = payload.selection.among(&list, now).map_err(|error| failure(error.into()))?;
        let summary = known.filter(|summary| summary.moment() == now);
        let summary = summary.unwrap_or_else(|| {
            let setting = Setting {
                now,
                since: now.and_then(|now| log::planned_before(call.node("/daily/log"), now.day())),
                as_of_newest_change: payload.today.is_none() && now.is_some(),
                selected: &selected,
                missing_dependencies: list.missing_dependencies().len(),
                remarks: &[],
            };
            summarise(&list, setting)
        });
        let is_in_tasks = if payload.tasks == TASKS {
            call.node(TASKS).is_some_and(|tasks| !tasks.is_null())
        } else {
            summary.counts.total > 0
        };
        Ok(Self { list, summary, now, selected, is_in_tasks })
    }

    fn zone(&self) -> Zone {
        self.now.map(|now| now.zone).unwrap_or_default()
    }

    fn measure<'m>(&'m self, payload: &'m RankingPayload) -> Measure<'m> {
        Measure { now: self.now, coefficients: &payload.urgency, rank: payload.rank, selected: &self.selected }
    }
}

/// The same reading for times that are of the zone of now.
fn reading_in(reader: Reader<'_>, now: Option<Now>) -> Reader<'_> {
    Reader { zone: now.map(|now| now.zone).unwrap_or_default(), ..reader }
}

/// The tasks of an array; nothing is a list without tasks.
fn tasks<'c>(call: &'c Call, pointer: &str, reader: Reader<'_>) -> Result<TaskList<'c>> {
    call.node(pointer).map_or_else(|| Ok(TaskList::empty()), |node| read(node, pointer, reader))
}

fn read<'c>(node: Node<'c>, pointer: &str, reader: Reader<'_>) -> Result<TaskList<'c>> {
    TaskList::of(node, reader).map_err(|NotAList(found)| {
        let shape = ObjectShape::of(node);
        failure(Error::TasksNotAnArray { pointer: pointer.to_owned(), found, shape })
    })
}

/// Begins with making `/daily` where it is not there.
fn with_daily(call: &Call) -> Result<Output> {
    match call.node("/daily").map(Node::kind) {
        None | Some("null") => Ok(Output::new().set("/daily", json!({}))),
        Some("an object") => Ok(Output::new()),
        Some(found) => Err(failure(Error::NotOurs { pointer: "/daily", expected: "an object", found })),
    }
}

/// An array that this mission keeps; nothing, where there is none yet.
fn array<'c>(call: &'c Call, pointer: &'static str) -> Result<Option<Node<'c>>> {
    match call.node(pointer).map(|node| (node, node.kind())) {
        None | Some((_, "null")) => Ok(None),
        Some((node, "an array")) => Ok(Some(node)),
        Some((_, found)) => Err(failure(Error::NotOurs { pointer, expected: "an array", found })),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_pointer() {
        for index in [0, 7, 10, 99, 100, 12_345, usize::MAX] {
            assert_eq!(place(TASKS, index), format!("{TASKS}/{index}"));
        }
    }
}
