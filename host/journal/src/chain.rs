//! The chain: each event carries a hash over itself and all before it.

use std::fmt;

use sortie_json::{ContentHash, hex};

use crate::{Event, EventKind, RunId, Timestamp};

/// A SHA-256 over an event and, through the hash before it, over all that came before in its run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// What stands before the first event: zeros.
    pub const START: Self = Self([0; 32]);

    /// A hash that was stored as bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of the event that stands behind this one. It covers this hash, the run, the sequence number, the
    /// time, the kind's code and the body's canonical bytes; variable parts are preceded by their length, so that
    /// nothing can be moved from one to the other.
    pub(crate) fn next(&self, run: &RunId, sequence: u64, at: Timestamp, kind: &str, body: &[u8]) -> Self {
        let mut input = Vec::with_capacity(256);
        input.extend_from_slice(b"sortie-journal-event@1\0");
        input.extend_from_slice(&self.0);
        for part in [run.as_str(), kind] {
            input.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            input.extend_from_slice(part.as_bytes());
        }
        input.extend_from_slice(&sequence.to_be_bytes());
        input.extend_from_slice(&at.as_millis().to_be_bytes());
        input.extend_from_slice(ContentHash::of_bytes(body).as_bytes());
        Self(*ContentHash::of_bytes(&input).as_bytes())
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An event as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the run, from 1.
    pub sequence: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The code of its kind: text, as what is read back may be damaged.
    pub kind: String,
    /// The canonical bytes of its body.
    pub body: Vec<u8>,
    /// The hash over it and all before it.
    pub chain: ChainHash,
}

/// An event that was read back and found to be what was written.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Its place in the run, from 1. The version of the run is the sequence number of its last event.
    pub sequence: u64,
    /// When it was recorded; never earlier than the event before it.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

impl StoredEvent {
    /// Seals an event; an error says why its body cannot be kept.
    pub(crate) fn new(
        before: ChainHash,
        run: &RunId,
        sequence: u64,
        at: Timestamp,
        event: &Event,
    ) -> Result<Self, String> {
        let body = event.to_bytes()?;
        let kind = event.kind().code().to_owned();
        let chain = before.next(run, sequence, at, &kind, &body);
        Ok(Self { sequence, at, kind, body, chain })
    }

    /// Checks that this is what was written behind `before` at that place; an error says how it differs.
    pub(crate) fn open(&self, before: ChainHash, run: &RunId, sequence: u64) -> Result<EventRecord, String> {
        if self.sequence != sequence {
            return Err(format!("event {} stands in its place", self.sequence));
        }
        if self.chain != before.next(run, sequence, self.at, &self.kind, &self.body) {
            return Err("its chain hash does not fit".to_owned());
        }
        let kind = EventKind::from_code(&self.kind).ok_or_else(|| format!("its kind `{}` is not known", self.kind))?;
        let event = Event::from_bytes(kind, &self.body)?;
        Ok(EventRecord { sequence, at: self.at, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sealed() -> (RunId, StoredEvent) {
        let run: RunId = "run".parse().unwrap();
        let at = Timestamp::from_millis(7).unwrap();
        let sealed = StoredEvent::new(ChainHash::START, &run, 1, at, &Event::Note(json!({"a": "b"}))).unwrap();
        (run, sealed)
    }

    #[test]
    fn what_was_sealed_opens() {
        let (run, sealed) = sealed();
        assert_eq!(sealed.open(ChainHash::START, &run, 1).unwrap().event, Event::Note(json!({"a": "b"})));
    }

    #[test]
    fn a_change_of_any_part_is_noticed() {
        let (run, original) = sealed();
        let refused = |change: &dyn Fn(&mut StoredEvent)| {
            let mut changed = original.clone();
            change(&mut changed);
            changed.open(ChainHash::START, &run, 1).is_err()
        };
        assert!(refused(&|event| event.sequence = 2));
        assert!(refused(&|event| event.at = Timestamp::from_millis(8).unwrap()));
        assert!(refused(&|event| event.kind = "engine".to_owned()));
        assert!(refused(&|event| event.chain = ChainHash::START));
        for byte in 0..original.body.len() {
            assert!(refused(&|event| event.body[byte] ^= 1), "byte {byte}");
        }
        assert!(original.open(original.chain, &run, 1).is_err());
        assert!(original.open(ChainHash::START, &"other".parse().unwrap(), 1).is_err());
    }
}
