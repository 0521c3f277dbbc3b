//! The rows of runs and their events: what is read from them, and what is written into them.

use serde_json::Value;
use sortie_journal::{
    Actor, ChainHash, Head, JournalError, Lease, Owner, RunSummary, Setback, Status, StoredEvent, Timestamp, Version,
    WaitSummary,
};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::client::{Value as Cell, explain};
use crate::faults::Failure;

/// The columns of a run's row that tell of the run, in the order in which they are read.
macro_rules! run_columns {
    () => {
        "runs.id, runs.run, runs.mission, runs.started_by, runs.status, runs.version, runs.chain, runs.created_at, \
         runs.updated_at, runs.wait, runs.lease_owner, runs.lease_until, runs.setback"
    };
}
pub(crate) use run_columns;

/// A run's row: what is known of the run, and the key of its events.
#[derive(Debug)]
pub(crate) struct RunRow {
    pub(crate) key: i64,
    pub(crate) head: Head,
}

/// The run of a row that has the columns of a run.
pub(crate) fn stored(row: &Row, journal: &str) -> Result<RunRow, Failure> {
    read(row).map_err(|detail| {
        let run = column::<String>(row, "run").ok().and_then(|run| run.parse().ok());
        Failure::Journal(match run {
            Some(run) => JournalError::CorruptIndex { run, detail },
            None => JournalError::CorruptFile { path: journal.into(), detail },
        })
    })
}

fn read(row: &Row) -> Result<RunRow, String> {
    let status: String = column(row, "status")?;
    let summary = RunSummary {
        run: column::<String>(row, "run")?.parse().map_err(|error: sortie_journal::InvalidRunId| error.to_string())?,
        mission: text(column(row, "mission")?)?,
        started_by: column::<Option<Vec<u8>>>(row, "started_by")?.map(text).transpose()?.map(Actor::new),
        status: Status::from_code(&status).ok_or_else(|| format!("the status `{status}` is not known"))?,
        version: Version::new(unsigned(column(row, "version")?)?),
        created_at: time(column(row, "created_at")?)?,
        updated_at: time(column(row, "updated_at")?)?,
        wait: optional_json(row, "wait")?.map(wait).transpose()?,
        lease: lease(row)?,
        setback: setback(row)?,
    };
    let chain = chain(column(row, "chain")?)?;
    Ok(RunRow { key: column(row, "id")?, head: Head { summary, chain } })
}

/// The lease in a row.
pub(crate) fn lease(row: &Row) -> Result<Option<Lease>, String> {
    let Some(owner) = column::<Option<Vec<u8>>>(row, "lease_owner")? else { return Ok(None) };
    let until = column::<Option<i64>>(row, "lease_until")?.ok_or("a lease has no end")?;
    Ok(Some(Lease { owner: Owner::new(text(owner)?), until: time(until)? }))
}

/// The setback in a row.
pub(crate) fn setback(row: &Row) -> Result<Option<Setback>, String> {
    let Some(value) = optional_json(row, "setback")? else { return Ok(None) };
    serde_json::from_value(value).map(Some).map_err(|error| format!("`setback`: {error}"))
}

/// The events in a row of arrays, in order, not yet checked.
pub(crate) fn events(row: &Row, head: &Head) -> Result<Vec<StoredEvent>, JournalError> {
    let run = &head.summary.run;
    let corrupt = |sequence: u64, detail: String| JournalError::CorruptEvent { run: run.clone(), sequence, detail };
    let of_row = |detail: String| corrupt(1, detail);
    let sequences = column::<Vec<i64>>(row, "sequences").map_err(of_row)?;
    let times = column::<Vec<i64>>(row, "times").map_err(of_row)?;
    let kinds = column::<Vec<String>>(row, "kinds").map_err(of_row)?;
    let bodies = column::<Vec<Vec<u8>>>(row, "bodies").map_err(of_row)?;
    let chains = column::<Vec<Vec<u8>>>(row, "chains").map_err(of_row)?;
    let rest = times.into_iter().zip(kinds).zip(bodies).zip(chains);
    (1..)
        .zip(sequences.into_iter().zip(rest))
        .map(|(place, (sequence, (((at, kind), body), hash)))| {
            let corrupt = |detail| corrupt(place, detail);
            Ok(StoredEvent {
                sequence: unsigned(sequence).map_err(corrupt)?,
                at: time(at).map_err(corrupt)?,
                kind,
                body,
                chain: chain(hash).map_err(corrupt)?,
            })
        })
        .collect()
}

/// What of a run's row changes with its events, as values of a statement.
pub(crate) struct HeadColumns {
    status: &'static str,
    version: i64,
    chain: Vec<u8>,
    updated_at: i64,
    wait: Option<Vec<u8>>,
    assignees: Option<Vec<Vec<u8>>>,
    asked_at: Option<i64>,
    deadline: Option<i64>,
}

impl HeadColumns {
    pub(crate) fn of(head: &Head) -> Result<Self, JournalError> {
        let Head { summary, chain } = head;
        let wait = summary.wait.as_ref();
        // Compared as people are: names that look alike are alike.
        let assignees = |wait: &WaitSummary| {
            wait.assignees.iter().map(|name| Actor::new(name).as_str().as_bytes().to_vec()).collect::<Vec<_>>()
        };
        Ok(Self {
            status: summary.status.code(),
            version: signed(summary.version.get())?,
            chain: chain.as_bytes().to_vec(),
            updated_at: summary.updated_at.as_millis(),
            wait: wait.map(json_bytes).transpose()?,
            assignees: wait.map(assignees),
            asked_at: wait.map(|wait| wait.asked_at.as_millis()),
            deadline: wait.and_then(|wait| wait.deadline).map(Timestamp::as_millis),
        })
    }
}

impl HeadColumns {
    /// In the order of the fields.
    pub(crate) fn values(&self) -> [Cell<'_>; 8] {
        [
            &self.status,
            &self.version,
            &self.chain,
            &self.updated_at,
            &self.wait,
            &self.assignees,
            &self.asked_at,
            &self.deadline,
        ]
    }
}

/// Events as values of a statement: an array for each column.
#[derive(Default)]
pub(crate) struct EventColumns {
    sequences: Vec<i64>,
    times: Vec<i64>,
    kinds: Vec<String>,
    bodies: Vec<Vec<u8>>,
    chains: Vec<Vec<u8>>,
}

impl EventColumns {
    pub(crate) fn of(events: Vec<StoredEvent>) -> Result<Self, JournalError> {
        let mut columns = Self::default();
        for event in events {
            columns.sequences.push(signed(event.sequence)?);
            columns.times.push(event.at.as_millis());
            columns.kinds.push(event.kind);
            columns.bodies.push(event.body);
            columns.chains.push(event.chain.as_bytes().to_vec());
        }
        Ok(columns)
    }
}

impl EventColumns {
    /// In the order of the fields.
    pub(crate) fn values(&self) -> [Cell<'_>; 5] {
        [&self.sequences, &self.times, &self.kinds, &self.bodies, &self.chains]
    }
}

/// PostgreSQL's integers are signed.
pub(crate) fn signed(number: u64) -> Result<i64, JournalError> {
    i64::try_from(number)
        .map_err(|_| JournalError::Unexpected { detail: format!("{number} is no number of a journal") })
}

pub(crate) fn unsigned(number: i64) -> Result<u64, String> {
    u64::try_from(number).map_err(|_| format!("the number {number} is negative"))
}

pub(crate) fn json_bytes<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, JournalError> {
    serde_json::to_vec(value).map_err(|error| JournalError::Unexpected { detail: error.to_string() })
}

pub(crate) fn time(millis: i64) -> Result<Timestamp, String> {
    Timestamp::from_millis(millis).map_err(|error| error.to_string())
}

pub(crate) fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// The value of a column; an error says what is wrong with it.
pub(crate) fn column<'r, T: FromSql<'r>>(row: &'r Row, name: &str) -> Result<T, String> {
    row.try_get(name).map_err(|error| format!("`{name}`: {}", explain(&error)))
}

fn chain(bytes: Vec<u8>) -> Result<ChainHash, String> {
    let length = bytes.len();
    let bytes = bytes.try_into().map_err(|_| format!("a chain hash has {length} bytes"))?;
    Ok(ChainHash::from_bytes(bytes))
}

fn optional_json(row: &Row, name: &'static str) -> Result<Option<Value>, String> {
    let Some(bytes) = column::<Option<Vec<u8>>>(row, name)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("`{name}`: {error}"))
}

fn wait(value: Value) -> Result<WaitSummary, String> {
    serde_json::from_value(value).map_err(|error| format!("`wait`: {error}"))
}
