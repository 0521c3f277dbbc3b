//! Runs from one journal in another, and as a document in between: with their whole history, whose chain hashes stay.

use std::io::{BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_json as json;

use crate::verify::for_each;
use crate::{ChainHash, Event, Head, Journal, JournalError, RunId, RunRecord, StoredEvent, Timestamp};

/// What a document of runs begins with.
const FORMAT: &str = "sortie_journal@2";

/// What came of copying runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Transfer {
    /// How many runs were copied.
    pub copied: usize,
    /// How many were there already, just the same.
    pub present: usize,
}

/// Why a document of runs was not written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// A journal failed, or holds another run under the name of one that was to be copied.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The document cannot be written or read.
    #[error("the runs cannot be written or read: {0}")]
    Io(#[from] std::io::Error),
    /// The document is something else than runs of a journal.
    #[error("line {line} is not a run from a journal: {detail}")]
    NotRuns {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// An event is not what was written.
    #[error("line {line}: the run `{run}` was changed after the export: {detail}")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// The run.
        run: RunId,
        /// How it is not.
        detail: String,
    },
}

/// Copies all runs from one journal to another, each checked. A run that is there already has to be the same, or to have gone on
/// since: who was interrupted begins again.
///
/// # Errors
///
/// It is an error if a journal fails, or if a run differs from one that is there.
pub fn copy(from: &dyn Journal, to: &dyn Journal) -> Result<Transfer, JournalError> {
    let mut transfer = Transfer::default();
    for_each(from, |run| {
        let record = from.read(&run)?;
        add(&record, to, &mut transfer)
    })?;
    Ok(transfer)
}

/// Writes all runs as lines of JSON.
///
/// ```
/// use sortie_journal::{Clock, Event, Journal, MemoryJournal, NewRun, Start, SystemClock, transfer};
///
/// let (from, to) = (MemoryJournal::new(), MemoryJournal::new());
/// let start = Start { mission: "release".to_owned(), by: None, body: serde_json::json!({}) };
/// let run = "release-7".parse()?;
/// from.create(&NewRun { run, at: SystemClock.now(), events: vec![Event::Started(start)], lease: None })?;
///
/// let mut document = Vec::new();
/// assert_eq!(transfer::export(&from, &mut document)?.copied, 1);
/// assert_eq!(transfer::import(&mut document.as_slice(), &to)?.copied, 1);
/// // Each run keeps its name and its history, so that it can be copied again.
/// assert_eq!(transfer::copy(&from, &to)?.present, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// It is an error if the journal cannot be read, or the runs cannot be written.
pub fn export(from: &dyn Journal, to: &mut dyn Write) -> Result<Transfer, TransferError> {
    let mut transfer = Transfer::default();
    let mut failed = Ok(());
    writeln!(to, "{{\"format\":\"{FORMAT}\"}}")?;
    for_each(from, |run| {
        if failed.is_ok() {
            let record = from.read(&run)?;
            failed = Document::of(&record).and_then(|document| document.write(to));
            transfer.copied += 1;
        }
        Ok(())
    })?;
    failed?;
    to.flush()?;
    Ok(transfer)
}

/// Reads what [`export`] wrote into a journal, each event checked against its chain hash.
///
/// # Errors
///
/// It is an error if a line is not a run, if an event was changed, or if the journal fails.
pub fn import(from: &mut dyn BufRead, to: &dyn Journal) -> Result<Transfer, TransferError> {
    import_lines_of(MAX_LINE, from, to)
}

fn import_lines_of(most: usize, from: &mut dyn BufRead, to: &dyn Journal) -> Result<Transfer, TransferError> {
    let limits = json::ParseLimits { bytes: most, ..LIMITS };
    let (mut transfer, mut from) = (Transfer::default(), from);
    for line in 1.. {
        let mut text = String::new();
        let most = if line == 1 { MAX_HEADER } else { most };
        let more = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        if (&mut from).take(more).read_line(&mut text)? == 0 && line > 1 {
            break;
        }
        let not_runs = |detail: String| TransferError::NotRuns { line, detail };
        if text.len() > most {
            return Err(not_runs(format!("it has more than {most} bytes")));
        }
        if line == 1 {
            let header: Header = serde_json::from_str(&text).map_err(|error| not_runs(error.to_string()))?;
            if header.format != FORMAT {
                return Err(not_runs(format!("its format is `{}`, and this release knows `{FORMAT}`", header.format)));
            }
            continue;
        }
        let value = json::parse(text.as_bytes(), limits);
        let value =
            value.map_err(|faults| not_runs(faults.first().map(|fault| fault.kind.to_string()).unwrap_or_default()))?;
        let document: Document = serde_json::from_value(value).map_err(|error| not_runs(error.to_string()))?;
        let damaged = |detail: String| TransferError::Damaged { line, run: document.run.clone(), detail };
        let record = document.record().map_err(|error| damaged(error.to_string()))?;
        add(&record, to, &mut transfer)?;
    }
    Ok(transfer)
}

/// The greatest length of a run as a line: a gibibyte.
const MAX_LINE: usize = 1 << 30;

/// The greatest length of the first line, which says what the others are.
const MAX_HEADER: usize = 4 << 10;

/// Around what an event may have are its line, the array of these, and the run.
const LIMITS: json::ParseLimits = json::ParseLimits { bytes: MAX_LINE, depth: Event::MAX_DEPTH + 4 };

/// Copies a run, if it is not there.
fn add(record: &RunRecord, to: &dyn Journal, transfer: &mut Transfer) -> Result<(), JournalError> {
    let run = &record.summary.run;
    match to.restore(record) {
        Ok(_) => transfer.copied += 1,
        Err(error @ (JournalError::RunExists { .. } | JournalError::UnknownOutcome { .. })) => {
            let there = match to.read(run) {
                // It is not known to have been made, and was not.
                Err(JournalError::UnknownRun { .. }) => return Err(error),
                other => other?,
            };
            if !there.events.starts_with(&record.events) {
                return Err(JournalError::RunExists { run: run.clone() });
            }
            transfer.present += 1;
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

#[derive(Deserialize)]
struct Header {
    format: String,
}

/// A run as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    run: RunId,
    events: Vec<Line>,
}

/// An event of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Timestamp,
    kind: String,
    body: Value,
    /// The chain hash, in digits.
    chain: String,
}

impl TransferError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Journal(error) => error.code(),
            Self::Io(_) => "export_io",
            Self::NotRuns { .. } => "not_an_export",
            Self::Damaged { .. } => "export_damaged",
        }
    }
}

impl Document {
    fn of(record: &RunRecord) -> Result<Self, TransferError> {
        let run = record.summary.run.clone();
        let (_, sealed) = Head::replay(&run, &record.events)?;
        let lines = sealed.into_iter().map(|event| {
            let body = json::parse(&event.body, LIMITS);
            let body = body.map_err(|_| JournalError::Unexpected { detail: "an event is no JSON".to_owned() })?;
            Ok(Line { at: event.at, kind: event.kind, body, chain: event.chain.to_string() })
        });
        Ok(Self { events: lines.collect::<Result<_, JournalError>>()?, run })
    }

    fn write(&self, to: &mut dyn Write) -> Result<(), TransferError> {
        serde_json::to_writer(&mut *to, self).map_err(std::io::Error::from)?;
        Ok(to.write_all(b"\n")?)
    }

    /// The run, if each event is what was written.
    fn record(&self) -> Result<RunRecord, JournalError> {
        let sealed = (1..).zip(&self.events).map(|(sequence, line)| {
            let corrupt = || JournalError::CorruptEvent {
                run: self.run.clone(),
                sequence,
                detail: "its chain hash is no hash".to_owned(),
            };
            Ok(StoredEvent {
                sequence,
                at: line.at,
                kind: line.kind.clone(),
                body: json::canonical(&line.body),
                chain: line
                    .chain
                    .parse::<json::ContentHash>()
                    .map(|hash| ChainHash::from_bytes(*hash.as_bytes()))
                    .map_err(|_| corrupt())?,
            })
        });
        let sealed = sealed.collect::<Result<_, JournalError>>()?;
        let (head, events) = Head::rebuild(&self.run, sealed)?;
        Ok(RunRecord { summary: head.summary, chain: head.chain, events })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Clock as _, MemoryJournal, NewRun, Start, SystemClock};

    #[test]
    fn a_run_has_as_many_bytes_as_it_may_have_and_not_one_more() {
        let from = MemoryJournal::new();
        let start = Start { mission: "release".to_owned(), by: None, body: json!({"text": "x".repeat(1000)}) };
        let new = NewRun {
            run: "r1".parse().unwrap(),
            at: SystemClock.now(),
            events: vec![Event::Started(start)],
            lease: None,
        };
        from.create(&new).unwrap();
        let mut document = Vec::new();
        export(&from, &mut document).unwrap();
        let line = document.split_inclusive(|byte| *byte == b'\n').next_back().unwrap().len();
        let import = |most| import_lines_of(most, &mut document.as_slice(), &MemoryJournal::new());
        assert_eq!(import(line).unwrap().copied, 1);
        let error = import(line - 1).unwrap_err();
        assert_eq!(error.code(), "not_an_export");
        assert!(error.to_string().contains(&format!("it has more than {} bytes", line - 1)), "{error}");
    }
}
