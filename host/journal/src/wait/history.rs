//! The waits of a run, and what became of each: also what a receipt tells of decisions.

use serde_json::Value;
use sortie_json::ContentHash;

use crate::{Cancellation, DecisionRecord, Event, Expiry, RunRecord, Timestamp, Wait};

/// A wait and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitRecord<'r> {
    /// What was asked.
    pub wait: &'r Wait,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The last answer of each person, where several have to agree, in the order in which they were given.
    pub approvals: Vec<(&'r DecisionRecord, Timestamp)>,
    /// What became of it.
    pub resolution: Resolution<'r>,
}

impl<'r> WaitRecord<'r> {
    /// Who agrees to an answer so far.
    pub fn in_favour<'s>(&'s self, value: &'s Value) -> impl Iterator<Item = &'s (&'r DecisionRecord, Timestamp)> {
        let hash = ContentHash::of(value);
        self.approvals.iter().filter(move |(given, _)| ContentHash::of(&given.value) == hash)
    }
}

/// What became of a wait. Closed, as the events are that end a wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolution<'r> {
    /// It waits.
    Open,
    /// It was answered.
    Decided {
        /// How, and by whom.
        decision: &'r DecisionRecord,
        /// When.
        at: Timestamp,
    },
    /// Its deadline passed.
    Expired {
        /// What came of it.
        expiry: &'r Expiry,
        /// When that was recorded.
        at: Timestamp,
    },
    /// The run was ended while it waited.
    Cancelled {
        /// Why, and by whom.
        cancellation: &'r Cancellation,
        /// When.
        at: Timestamp,
    },
}

/// The waits of a run in the order in which they were asked. Only the last can be open.
pub fn waits(record: &RunRecord) -> Vec<WaitRecord<'_>> {
    let mut waits: Vec<WaitRecord<'_>> = Vec::new();
    for recorded in &record.events {
        let at = recorded.at;
        let resolution = match &recorded.event {
            Event::Asked(wait) => {
                waits.push(WaitRecord { wait, asked_at: at, approvals: Vec::new(), resolution: Resolution::Open });
                continue;
            }
            Event::Approved(given) => {
                if let Some(last) = waits.last_mut() {
                    last.approvals.retain(|(before, _)| before.actor != given.actor);
                    last.approvals.push((given, at));
                }
                continue;
            }
            Event::Decided(decision) => Resolution::Decided { decision, at },
            Event::Expired(expiry) => Resolution::Expired { expiry, at },
            Event::Cancelled(cancellation) => Resolution::Cancelled { cancellation, at },
            Event::Started(_) | Event::Engine(_) | Event::Note(_) | Event::Finished(_) => continue,
        };
        // A run may be cancelled when nothing waits.
        if let Some(last) = waits.last_mut().filter(|last| last.resolution == Resolution::Open) {
            last.resolution = resolution;
        }
    }
    waits
}
