//! The operations: each reads what it needs from the state, calls a pure module, and says what changes.

use sortie_plugin_sdk::Change;
use sortie_plugin_sdk::prelude::*;

use crate::archive;
use crate::confirmation::{self, Basis, Confirmed};
use crate::decision::Decision;
use crate::error::{Error, failure};
use crate::log;
use crate::priorities::{propose, rank};
use crate::steps::{ArchivePayload, RankingPayload, SummaryPayload};
use crate::summary::summarise;
use crate::task::json_type;
use crate::tasks::{TaskList, elements};

/// The step whose decision `log_summary` follows.
pub const CONFIRMATION: &str = "confirm_priorities";

/// Beyond so many shifts of elements, moving completed tasks one by one costs more than writing `/tasks` anew.
const MOST_SHIFTS: usize = 1 << 20;

/// Summarises the day before today at `/daily/summary`: what was completed, what slipped, what there is to do.
#[operation(
    reads = ["/tasks", "/daily"],
    writes = ["/daily"],
    examples = [(json!({"today": "2026-01-08"}), example_state()), (json!({}), json!({}))],
)]
pub fn summarise_yesterday(payload: SummaryPayload, call: &Call) -> Result<Output> {
    let list = TaskList::read(tasks(call)?);
    let summary = summarise(&list, list.now(payload.today));
    Ok(with_daily(call)?.set("/daily/summary", &summary).output(summary))
}

/// Ranks the tasks to do by Taskwarrior's urgency and proposes the first of them at `/daily/priorities`.
#[operation(
    reads = ["/tasks", "/daily"],
    writes = ["/daily"],
    examples = [(json!({"today": "2026-01-08", "limit": 3}), example_state()), (json!({}), json!({}))],
)]
pub fn generate_priorities(payload: RankingPayload, call: &Call) -> Result<Output> {
    let list = TaskList::read(tasks(call)?);
    let now = list.now(payload.today);
    let priorities = propose(rank(&list, now, &payload.urgency), now, payload.length());
    Ok(with_daily(call)?.set("/daily/priorities", &priorities).output(priorities))
}

/// Makes the day's plan at `/daily/plan` from the decision of `confirm_priorities`, appends an entry to `/daily/log`,
/// and what was added to `/tasks`. Without a decision, the proposal is the plan, and says that nobody confirmed it.
///
/// The output is `{"plan", "entry"}`.
#[operation(
    reads = ["/tasks", "/daily"],
    writes = ["/tasks", "/daily"],
    examples = [(json!({"today": "2026-01-08"}), example_state()), (json!({}), json!({}))],
)]
pub fn log_summary(payload: RankingPayload, call: &Call) -> Result<Output> {
    let tasks = tasks(call)?;
    let list = TaskList::read(tasks);
    let now = list.now(payload.today);
    let basis = Basis { tasks, now, limit: payload.length(), coefficients: &payload.urgency };
    let Confirmed { plan, added } = match call.decision(CONFIRMATION) {
        Some(decision) => Decision::read(decision)
            .and_then(|decision| confirmation::apply(&basis, &decision))
            .map_err(|error| failure(error.into()))?,
        None => Confirmed { plan: confirmation::unconfirmed(&basis), added: Vec::new() },
    };
    let entry = log::entry(&summarise(&list, now), &plan);

    let mut output = with_daily(call)?.set("/daily/plan", &plan);
    output = with_array(output, call, "/daily/log")?.append("/daily/log", &entry);
    if !added.is_empty() {
        output = with_array(output, call, "/tasks")?;
    }
    output = added.into_iter().fold(output, |output, task| output.append("/tasks", task));
    Ok(output.output(json!({"plan": plan, "entry": entry})))
}

/// Moves the completed tasks from `/tasks` to the end of `/archive`, in their order and unaltered. What could not be
/// read stays.
///
/// The output is `{"archived": uuids, "kept": how many stay}`.
#[operation(
    reads = ["/tasks", "/archive"],
    writes = ["/tasks", "/archive"],
    examples = [(json!({}), example_state()), (json!({}), json!({}))],
)]
pub fn archive_completed(_payload: ArchivePayload, call: &Call) -> Result<Output> {
    let tasks = tasks(call)?;
    let positions = archive::completed(&TaskList::read(tasks));
    let archived = archived_before(call)?;
    let output = Output::new().output(json!({
        "archived": positions.iter().filter_map(|position| tasks.get(*position)?.get("uuid")).collect::<Vec<_>>(),
        "kept": tasks.len() - positions.len(),
    }));
    if positions.is_empty() {
        return Ok(output);
    }
    let output = with_array(output, call, "/archive")?;
    let shifts = positions.iter().map(|position| tasks.len() - position).fold(0, usize::saturating_add);
    Ok(if shifts <= MOST_SHIFTS { move_each(output, &positions, archived) } else { rewrite(output, tasks) })
}

/// From the highest position down, so that a move leaves the other positions as they are. Each is put in front of
/// those moved before it.
fn move_each(output: Output, positions: &[usize], archived: usize) -> Output {
    positions.iter().rev().fold(output, |output, position| {
        output.change(Change::Move { from: format!("/tasks/{position}"), path: format!("/archive/{archived}") })
    })
}

fn rewrite(output: Output, tasks: &[Value]) -> Output {
    let split = archive::split(tasks);
    split.archived.into_iter().fold(output.set("/tasks", split.kept), |output, task| output.append("/archive", task))
}

fn tasks(call: &Call) -> Result<&[Value]> {
    elements(call.get("/tasks")).map_err(failure)
}

/// Begins with making `/daily` where it is not there.
fn with_daily(call: &Call) -> Result<Output> {
    match call.get("/daily") {
        None | Some(Value::Null) => Ok(Output::new().set("/daily", json!({}))),
        Some(Value::Object(_)) => Ok(Output::new()),
        Some(other) => Err(not_ours("/daily", "an object", other)),
    }
}

/// Continues with making an array where there is none; its parent has to be there.
fn with_array(output: Output, call: &Call, pointer: &'static str) -> Result<Output> {
    match call.get(pointer) {
        None | Some(Value::Null) => Ok(output.set(pointer, json!([]))),
        Some(Value::Array(_)) => Ok(output),
        Some(other) => Err(not_ours(pointer, "an array", other)),
    }
}

/// How many tasks were archived before.
fn archived_before(call: &Call) -> Result<usize> {
    match call.get("/archive") {
        None | Some(Value::Null) => Ok(0),
        Some(Value::Array(archived)) => Ok(archived.len()),
        Some(other) => Err(not_ours("/archive", "an array", other)),
    }
}

fn not_ours(pointer: &'static str, expected: &'static str, found: &Value) -> Failure {
    failure(Error::NotOurs { pointer, expected, found: json_type(found) })
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
