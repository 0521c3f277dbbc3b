//! The events of a run, as Restate keeps them in the workflow's state.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sortie_host::journal::{Event, Journal, JournalError, MemoryJournal, NewRun, RunId, RunRecord, Timestamp};
use sortie_journal::{ChainHash, Head, StoredEvent};
use sortie_json::{ContentHash, ParseLimits};

use crate::limits::{DEPTH, PART, ROOM};

/// The key of what says how many parts the others have.
pub(crate) const HEAD: &str = "head";
/// The key of the run's summary, for lists.
pub(crate) const SUMMARY: &str = "summary";
/// The key of the run's summary while it waits for a person: the inbox is all that have it.
pub(crate) const WAITING: &str = "waiting";

/// What is wrong with what is kept. The handler is tried again, as an operator may mend it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryError {
    #[error("Restate's record of the run cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// How many parts of a run's state there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parts {
    /// Of its first event.
    pub(crate) start: usize,
    /// Of the others.
    pub(crate) events: usize,
}

/// A run's events, each chained to the one before it.
#[derive(Debug, Clone)]
pub(crate) struct History {
    head: Head,
    sealed: Vec<StoredEvent>,
    record: RunRecord,
}

/// An event as it is kept: on a line of its own, behind those before it. So what is kept only grows, and who reads it while it
/// does has the beginning of it.
#[derive(Serialize, Deserialize)]
struct Line {
    at: Timestamp,
    kind: String,
    chain: ContentHash,
    body: Box<RawValue>,
}

impl History {
    /// A run that begins.
    pub(crate) fn begin(run: &RunId, at: Timestamp, start: Event) -> Result<Self, HistoryError> {
        let (_, sealed) = Head::create(run, at, &[start], None)?;
        Self::rebuild(run, sealed)
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, at: Timestamp, event: Event) -> Result<(), HistoryError> {
        let (head, sealed) = self.head.append(at, std::slice::from_ref(&event))?;
        for sealed in &sealed {
            let event = event.clone();
            self.record.events.push(sortie_journal::EventRecord { sequence: sealed.sequence, at: sealed.at, event });
        }
        self.record.summary = head.summary.clone();
        self.record.chain = head.chain;
        self.head = head;
        self.sealed.extend(sealed);
        Ok(())
    }

    /// The run and its events.
    pub(crate) fn record(&self) -> &RunRecord {
        &self.record
    }

    /// The run and its events.
    pub(crate) fn into_record(self) -> RunRecord {
        self.record
    }

    /// A journal that has this run and no other.
    pub(crate) fn journal(&self) -> Result<MemoryJournal, HistoryError> {
        let journal = MemoryJournal::new();
        let mut events = self.record.events.iter();
        let Some(first) = events.next() else { return Err(HistoryError::Unreadable("it has no events".to_owned())) };
        let run = &self.record.summary.run;
        let new = NewRun { run: run.clone(), at: first.at, events: vec![first.event.clone()], lease: None };
        let mut summary = journal.create(&new)?;
        for recorded in events {
            summary = journal.append(run, summary.version, recorded.at, std::slice::from_ref(&recorded.event))?;
        }
        Ok(journal)
    }

    /// What is kept of the first event.
    pub(crate) fn start(&self) -> Result<Vec<u8>, HistoryError> {
        lines(self.sealed.get(..1).unwrap_or_default())
    }

    /// What is kept of the other events.
    pub(crate) fn events(&self) -> Result<Vec<u8>, HistoryError> {
        lines(self.sealed.get(1..).unwrap_or_default())
    }

    /// The run of which this was kept.
    pub(crate) fn read(run: &RunId, start: &[u8], events: &[u8]) -> Result<Self, HistoryError> {
        let unreadable = |error: serde_json::Error| HistoryError::Unreadable(error.to_string());
        let mut sealed = Vec::new();
        for kept in [start, events] {
            for line in kept.split_inclusive(|byte| *byte == b'\n') {
                // What is written meanwhile is read in part: it is behind what was kept when the run was read.
                let Some(line) = line.strip_suffix(b"\n") else { continue };
                let line: Line = serde_json::from_slice(line).map_err(unreadable)?;
                let sequence = u64::try_from(sealed.len()).unwrap_or(u64::MAX).saturating_add(1);
                let body = line.body.get().as_bytes().to_vec();
                let chain = ChainHash::from_bytes(*line.chain.as_bytes());
                sealed.push(StoredEvent { sequence, at: line.at, kind: line.kind, body, chain });
            }
        }
        Self::rebuild(run, sealed)
    }

    fn rebuild(run: &RunId, sealed: Vec<StoredEvent>) -> Result<Self, HistoryError> {
        let (head, events) = Head::rebuild(run, sealed.clone())?;
        let record = RunRecord { summary: head.summary.clone(), chain: head.chain, events };
        Ok(Self { head, sealed, record })
    }
}

fn lines(sealed: &[StoredEvent]) -> Result<Vec<u8>, HistoryError> {
    let unreadable = |error: serde_json::Error| HistoryError::Unreadable(error.to_string());
    let mut bytes = Vec::new();
    for sealed in sealed {
        let body = String::from_utf8(sealed.body.clone());
        let body = body.map_err(|error| HistoryError::Unreadable(error.to_string()))?;
        let line = Line {
            at: sealed.at,
            kind: sealed.kind.clone(),
            chain: sealed.chain.to_string().parse().map_err(|_| HistoryError::Unreadable("a hash".to_owned()))?,
            body: RawValue::from_string(body).map_err(unreadable)?,
        };
        serde_json::to_writer(&mut bytes, &line).map_err(unreadable)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// The key of a part.
pub(crate) fn part(of: &str, index: usize) -> String {
    format!("{of}.{index}")
}

/// The parts that bytes are kept in; at least one.
pub(crate) fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    if bytes.is_empty() { vec![bytes] } else { bytes.chunks(PART).collect() }
}

/// One of our own values as what Restate records.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, HistoryError> {
    sortie_json::canonical_of(value).map_err(|error| HistoryError::Unreadable(error.to_string()))
}

/// One of our own values, as Restate recorded it. It may be nested deeper than a parser takes by itself.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, HistoryError> {
    read_within(bytes, ROOM)
}

fn read_within<T: DeserializeOwned>(bytes: &[u8], room: usize) -> Result<T, HistoryError> {
    let limits = ParseLimits { bytes: room, depth: DEPTH };
    let value: Value = sortie_json::parse(bytes, limits)
        .map_err(|faults| HistoryError::Unreadable(faults.first().map_or_else(String::new, ToString::to_string)))?;
    serde_json::from_value(value).map_err(|error| HistoryError::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;
    use sortie_journal::Start;

    use super::*;

    #[test]
    fn what_is_recorded_takes_no_more_room_than_it_may() {
        let value = json!(vec![json!({}); 100_000]);
        let (text, room) = (serde_json::to_vec(&value).unwrap(), sortie_json::room(&value));
        assert!(text.len() < room);
        assert!(read_within::<Value>(&text, room).is_ok());
        let error = read_within::<Value>(&text, room - 1).unwrap_err();
        assert!(matches!(error, HistoryError::Unreadable(_)), "{error:?}");
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_history_reads_back_and_makes_the_same_chain_in_a_journal() {
        let run: RunId = "r1".parse().unwrap();
        let nested = (0..sortie_json::MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
        let start = Start { mission: "m".to_owned(), by: None, body: json!({"deep": 1}) };
        let mut history = History::begin(&run, at(1), Event::Started(start)).unwrap();
        history.push(at(2), Event::Engine(nested)).unwrap();
        history.push(at(3), Event::Note(json!({"text": "\u{0} \"quoted\" ä"}))).unwrap();
        let back = History::read(&run, &history.start().unwrap(), &history.events().unwrap()).unwrap();
        assert_eq!(back.record(), history.record());
        let kept = back.journal().unwrap().read(&run).unwrap();
        assert_eq!(kept.chain, history.record().chain);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let run: RunId = "r1".parse().unwrap();
        let start = Start { mission: "mission".to_owned(), by: None, body: json!({}) };
        let history = History::begin(&run, at(1), Event::Started(start)).unwrap();
        let changed =
            String::from_utf8(history.start().unwrap()).unwrap().replace("mission\":\"mission", "mission\":\"other");
        assert!(History::read(&run, changed.as_bytes(), b"").is_err());
    }

    #[test]
    fn what_is_read_while_more_is_written_is_the_beginning_of_it() {
        let run: RunId = "r1".parse().unwrap();
        let start = Start { mission: "m".to_owned(), by: None, body: json!({}) };
        let mut history = History::begin(&run, at(1), Event::Started(start)).unwrap();
        history.push(at(2), Event::Note(json!("first"))).unwrap();
        let (first, events) = (history.events().unwrap().len(), 2);
        history.push(at(3), Event::Note(json!("second"))).unwrap();
        let (start, all) = (history.start().unwrap(), history.events().unwrap());
        for cut in first..all.len() {
            let read = History::read(&run, &start, &all[..cut]).unwrap();
            assert_eq!(read.record().events.len(), events, "{cut}");
        }
    }

    #[test]
    fn large_values_are_kept_in_parts() {
        assert_eq!(parts(&[]).len(), 1);
        assert_eq!(parts(&vec![0; PART]).len(), 1);
        assert_eq!(parts(&vec![0; PART + 1]).len(), 2);
    }
}
