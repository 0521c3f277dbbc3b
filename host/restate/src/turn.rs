//! The places of a run where somebody else than its handler can come first.

use serde::{Deserialize, Serialize};
use sortie_host::journal::{Event, RunRecord, Timestamp};
use sortie_journal::{Cancellation, DecisionRecord, Expiry, Finish};

/// How a turn ended: once, with what came first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settlement {
    /// The time to record.
    pub(crate) at: Timestamp,
    /// Whose it is: the invocation that settled the turn.
    pub(crate) by: String,
    pub(crate) what: TurnEnd,
}

/// What ends a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TurnEnd {
    /// One of several people agreed; the run still waits.
    Approved(DecisionRecord),
    Decided(DecisionRecord),
    Expired(Expiry),
    Cancelled(Cancellation),
    Finished(Finish),
}

impl TurnEnd {
    /// The event as a settlement, if it is one that ends a turn.
    pub(crate) fn of(event: Event) -> Option<Self> {
        match event {
            Event::Approved(decision) => Some(Self::Approved(decision)),
            Event::Decided(decision) => Some(Self::Decided(decision)),
            Event::Expired(expiry) => Some(Self::Expired(expiry)),
            Event::Cancelled(cancellation) => Some(Self::Cancelled(cancellation)),
            Event::Finished(finish) => Some(Self::Finished(finish)),
            Event::Started(_) | Event::Engine(_) | Event::Asked(_) | Event::Note(_) => None,
        }
    }

    pub(crate) fn into_event(self) -> Event {
        match self {
            Self::Approved(decision) => Event::Approved(decision),
            Self::Decided(decision) => Event::Decided(decision),
            Self::Expired(expiry) => Event::Expired(expiry),
            Self::Cancelled(cancellation) => Event::Cancelled(cancellation),
            Self::Finished(finish) => Event::Finished(finish),
        }
    }
}

/// The name of the promise of the turn that a run is at: there is one for each answer that counts and each expiry, and one
/// for the end. Nothing, where the run has ended.
pub(crate) fn name(record: &RunRecord) -> Option<String> {
    if record.summary.status.is_final() {
        return None;
    }
    let ends_a_turn = |event: &Event| matches!(event, Event::Approved(_) | Event::Decided(_) | Event::Expired(_));
    let turns = record.events.iter().filter(|recorded| ends_a_turn(&recorded.event)).count();
    Some(format!("turn.{turns}"))
}
