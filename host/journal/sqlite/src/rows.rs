//! The rows of runs and their events, and the statements that read and write them.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use sortie_journal::{
    Actor, Agreement, ChainHash, Head, JournalError, Lease, Owner, RunId, RunSummary, Setback, Status, StoredEvent,
    Timestamp, TokenHash, Version, WaitSummary,
};
use sortie_json::ContentHash;

use crate::faults::Failure;
use crate::kill_point;

/// A run's row: what is known of the run, and the key of its events.
pub(crate) struct RunRow {
    pub(crate) key: i64,
    pub(crate) head: Head,
}

/// What of a run's row changes, in the order in which it is bound.
macro_rules! changing_columns {
    () => {
        "status, version, chain, updated_at, \
         step, description, assignees, asked_at, deadline, token_hash, lease_owner, lease_until, \
         question_hash, setback, retry_at, agreement"
    };
}

/// All columns of a run's row that tell of the run.
macro_rules! run_columns {
    () => {
        concat!(changing_columns!(), ", run, mission, created_at, started_by")
    };
}

/// The same, for statements that are put together.
pub(crate) const RUN_COLUMNS: &str = run_columns!();

const FIND: &str = concat!("SELECT id, ", run_columns!(), " FROM runs WHERE run = ?1");
/// Says what the index `drivable_by_claim` says, and so uses it.
const CLAIMABLE: &str = concat!(
    "SELECT id, ",
    run_columns!(),
    " FROM runs WHERE status IN ('running', 'decided') AND claimable_at <= ?1 ORDER BY claimable_at, id LIMIT 1"
);
const INSERT: &str = concat!(
    "INSERT INTO runs (",
    run_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
);
/// Columns that do not change are not named: SQLite writes the indexes of those that are.
const UPDATE: &str = concat!(
    "UPDATE runs SET (",
    changing_columns!(),
    ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) WHERE id = ?17"
);
const SET_LEASE: &str = "UPDATE runs SET lease_owner = ?1, lease_until = ?2 WHERE id = ?3";
const SET_BACK: &str =
    "UPDATE runs SET lease_owner = NULL, lease_until = NULL, setback = ?1, retry_at = ?2 WHERE id = ?3";
const RETRY: &str = "UPDATE runs SET setback = NULL, retry_at = NULL WHERE id = ?1";
const INSERT_EVENT: &str =
    "INSERT INTO events (run_id, sequence, at, kind, body, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const EVENTS: &str = "SELECT sequence, at, kind, body, chain FROM events WHERE run_id = ?1 ORDER BY sequence";

/// The run's row, or that there is no such run.
pub(crate) fn get(tx: &Connection, run: &RunId) -> Result<RunRow, Failure> {
    find(tx, run)?.ok_or_else(|| JournalError::UnknownRun { run: run.clone() }.into())
}

/// The run's row, if there is such a run.
pub(crate) fn find(tx: &Connection, run: &RunId) -> Result<Option<RunRow>, Failure> {
    let mut statement = tx.prepare_cached(FIND)?;
    let found = statement.query_row([run.as_str()], |row| Ok(stored(row))).optional()?;
    let corrupt = |detail| JournalError::CorruptIndex { run: run.clone(), detail };
    Ok(found.transpose().map_err(corrupt)?)
}

/// The run of a row of many.
pub(crate) fn read(row: &Row<'_>) -> Result<RunRow, Failure> {
    stored(row).map_err(|detail| corrupt_row(row, detail))
}

/// Adds a run's row; gives its key.
pub(crate) fn insert(tx: &Connection, head: &Head) -> Result<i64, Failure> {
    let summary = &head.summary;
    let started_by = summary.started_by.as_ref().map(Actor::as_str);
    let rest: [&dyn ToSql; 4] = [&summary.run.as_str(), &summary.mission, &summary.created_at.as_millis(), &started_by];
    write_head(tx, INSERT, head, &rest)?;
    Ok(tx.last_insert_rowid())
}

/// Writes anew what changes of a run's row.
pub(crate) fn update(tx: &Connection, key: i64, head: &Head) -> Result<(), Failure> {
    write_head(tx, UPDATE, head, &[&key])
}

/// Runs a statement whose parameters are the columns that change, and the rest.
fn write_head(tx: &Connection, sql: &str, head: &Head, rest: &[&dyn ToSql]) -> Result<(), Failure> {
    let Head { summary, chain } = head;
    let wait = summary.wait.as_ref();
    let assignees = wait.map(|wait| json_text(&wait.assignees)).transpose()?;
    let lease = summary.lease.as_ref();
    let setback = summary.setback.as_ref().map(json_text).transpose()?;
    let agreement = wait.and_then(|wait| wait.agreement.as_ref()).map(json_text).transpose()?;
    let changing = params![
        summary.status.code(),
        integer(summary.version.get())?,
        chain.as_bytes(),
        summary.updated_at.as_millis(),
        wait.map(|wait| &wait.step),
        wait.map(|wait| &wait.description),
        assignees,
        wait.map(|wait| wait.asked_at.as_millis()),
        wait.and_then(|wait| wait.deadline).map(Timestamp::as_millis),
        wait.map(|wait| wait.token_hash.as_bytes()),
        lease.map(|lease| lease.owner.as_str()),
        lease.map(|lease| lease.until.as_millis()),
        wait.and_then(|wait| wait.question_hash.as_ref()).map(ContentHash::to_string),
        setback,
        summary.setback.as_ref().and_then(|setback| setback.retry_at).map(Timestamp::as_millis),
        agreement,
    ];
    let values = params_from_iter(changing.iter().chain(rest));
    tx.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Sets or clears a run's lease.
pub(crate) fn set_lease(tx: &Connection, key: i64, lease: Option<&Lease>) -> Result<(), Failure> {
    let owner = lease.map(|lease| lease.owner.as_str());
    let until = lease.map(|lease| lease.until.as_millis());
    tx.prepare_cached(SET_LEASE)?.execute(params![owner, until, key])?;
    Ok(())
}

/// The run that could have been driven for the longest time.
pub(crate) fn claimable(tx: &Connection, now: Timestamp) -> Result<Option<RunRow>, Failure> {
    let mut statement = tx.prepare_cached(CLAIMABLE)?;
    let mut rows = statement.query([now.as_millis()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(read(row)?))
}

/// Clears a run's lease, and says why it was not driven.
pub(crate) fn set_back(tx: &Connection, key: i64, setback: &Setback) -> Result<(), Failure> {
    let retry_at = setback.retry_at.map(Timestamp::as_millis);
    tx.prepare_cached(SET_BACK)?.execute(params![json_text(setback)?, retry_at, key])?;
    Ok(())
}

/// Clears a run's setback.
pub(crate) fn retry(tx: &Connection, key: i64) -> Result<(), Failure> {
    tx.prepare_cached(RETRY)?.execute([key])?;
    Ok(())
}

/// Adds events.
pub(crate) fn insert_events(tx: &Connection, key: i64, events: &[StoredEvent]) -> Result<(), Failure> {
    let mut statement = tx.prepare_cached(INSERT_EVENT)?;
    for event in events {
        let sequence = integer(event.sequence)?;
        let at = event.at.as_millis();
        statement.execute(params![key, sequence, at, event.kind, event.body, event.chain.as_bytes()])?;
        kill_point::reach();
    }
    Ok(())
}

/// A run's events, in order, not yet checked.
pub(crate) fn events(tx: &Connection, stored: &RunRow) -> Result<Vec<StoredEvent>, Failure> {
    let mut statement = tx.prepare_cached(EVENTS)?;
    let mut rows = statement.query([stored.key])?;
    let mut events = Vec::new();
    for sequence in 1.. {
        let Some(row) = rows.next()? else { break };
        let run = &stored.head.summary.run;
        let event = sealed(row).map_err(|detail| JournalError::CorruptEvent { run: run.clone(), sequence, detail })?;
        events.push(event);
    }
    Ok(events)
}

fn sealed(row: &Row<'_>) -> Result<StoredEvent, String> {
    Ok(StoredEvent {
        sequence: column::<i64>(row, "sequence")?.try_into().map_err(|_| "its sequence number is negative")?,
        at: time(row, "at")?,
        kind: column(row, "kind")?,
        body: column(row, "body")?,
        chain: ChainHash::from_bytes(column(row, "chain")?),
    })
}

/// How many bytes a cell of what is known of a run may have: lists read many of them. None that is written has more
/// ([`sortie_journal::MAX_ASKED_BYTES`]).
const MAX_CELL_BYTES: usize = 2 * sortie_journal::MAX_ASKED_BYTES;

/// Checks a row before anything of it is copied.
fn check_size(row: &Row<'_>) -> Result<(), String> {
    for index in 0..row.as_ref().column_count() {
        let size = match row.get_ref(index).map_err(|error| error.to_string())? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
        };
        if size > MAX_CELL_BYTES {
            let name = row.as_ref().column_name(index).unwrap_or("?");
            return Err(format!("`{name}` has {size} bytes, and {MAX_CELL_BYTES} is the limit"));
        }
    }
    Ok(())
}

fn stored(row: &Row<'_>) -> Result<RunRow, String> {
    check_size(row)?;
    let status: String = column(row, "status")?;
    let version: i64 = column(row, "version")?;
    let summary = RunSummary {
        run: column::<String>(row, "run")?.parse().map_err(|error: sortie_journal::InvalidRunId| error.to_string())?,
        mission: column(row, "mission")?,
        started_by: column::<Option<String>>(row, "started_by")?.map(Actor::new),
        status: Status::from_code(&status).ok_or_else(|| format!("the status `{status}` is not known"))?,
        version: Version::new(version.try_into().map_err(|_| "the version is negative")?),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        wait: wait(row)?,
        lease: lease(row)?,
        setback: setback(row)?,
    };
    let chain = ChainHash::from_bytes(column(row, "chain")?);
    Ok(RunRow { key: column(row, "id")?, head: Head { summary, chain } })
}

fn wait(row: &Row<'_>) -> Result<Option<WaitSummary>, String> {
    let Some(step) = column(row, "step")? else { return Ok(None) };
    let assignees: String = column(row, "assignees")?;
    Ok(Some(WaitSummary {
        step,
        description: column(row, "description")?,
        assignees: serde_json::from_str(&assignees).map_err(|error| format!("`assignees`: {error}"))?,
        asked_at: time(row, "asked_at")?,
        deadline: optional_time(row, "deadline")?,
        token_hash: TokenHash::from_bytes(column(row, "token_hash")?),
        question_hash: question_hash(row)?,
        agreement: agreement(row)?,
    }))
}

fn question_hash(row: &Row<'_>) -> Result<Option<ContentHash>, String> {
    let Some(digits) = column::<Option<String>>(row, "question_hash")? else { return Ok(None) };
    digits.parse().map(Some).map_err(|_| "`question_hash` is no hash".to_owned())
}

fn agreement(row: &Row<'_>) -> Result<Option<Agreement>, String> {
    let Some(text) = column::<Option<String>>(row, "agreement")? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| format!("`agreement`: {error}"))
}

fn lease(row: &Row<'_>) -> Result<Option<Lease>, String> {
    let Some(owner) = column::<Option<String>>(row, "lease_owner")? else { return Ok(None) };
    Ok(Some(Lease { owner: Owner::new(owner), until: time(row, "lease_until")? }))
}

fn setback(row: &Row<'_>) -> Result<Option<Setback>, String> {
    let Some(text) = column::<Option<String>>(row, "setback")? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| format!("`setback`: {error}"))
}

fn column<T: rusqlite::types::FromSql>(row: &Row<'_>, name: &'static str) -> Result<T, String> {
    row.get(name).map_err(|error| format!("`{name}`: {error}"))
}

fn time(row: &Row<'_>, name: &'static str) -> Result<Timestamp, String> {
    Timestamp::from_millis(column(row, name)?).map_err(|error| format!("`{name}`: {error}"))
}

fn optional_time(row: &Row<'_>, name: &'static str) -> Result<Option<Timestamp>, String> {
    let millis: Option<i64> = column(row, name)?;
    millis.map(Timestamp::from_millis).transpose().map_err(|error| format!("`{name}`: {error}"))
}

/// The error of a damaged row: it names the run where the row still does.
fn corrupt_row(row: &Row<'_>, detail: String) -> Failure {
    match column::<String>(row, "run").ok().and_then(|run| run.parse().ok()) {
        Some(run) => JournalError::CorruptIndex { run, detail }.into(),
        None => Failure::CorruptRow(detail),
    }
}

/// SQLite's integers are signed.
fn integer(number: u64) -> Result<i64, JournalError> {
    i64::try_from(number).map_err(|_| JournalError::Unexpected { detail: format!("{number} events in one run") })
}

fn json_text<T: serde::Serialize>(value: &T) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| JournalError::Unexpected { detail: error.to_string() })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn the_next_run_to_drive_is_found_by_its_index_without_sorting() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("version_1.sql")).unwrap();
        connection.execute_batch(include_str!("version_2.sql")).unwrap();
        connection.execute_batch(include_str!("version_3.sql")).unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {CLAIMABLE}")).unwrap();
        let plan: Vec<String> = explain.query_map([0], |row| row.get("detail")).unwrap().map(Result::unwrap).collect();
        assert_eq!(plan, ["SEARCH runs USING INDEX drivable_by_claim (claimable_at<?)"]);
    }
}
