//! What changed in a journal, in the order in which it did, and how far readers of that have come.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Lease, RunId, Status, Timestamp, Version};

/// A place in the feed: behind a change. Positions only grow, and have gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// The beginning, before all changes.
    pub const START: Self = Self(0);

    /// A position that was kept as a number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The position as a number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One write to a run: the events that it added are those behind `from`, up to and with `to`.
///
/// ```
/// use sortie_journal::{Clock, Event, Journal, MemoryJournal, NewRun, Position, Start, SystemClock};
///
/// let journal = MemoryJournal::new();
/// let start = Start { mission: "release".to_owned(), by: None, body: serde_json::json!({}) };
/// let run = "release-7".parse()?;
/// journal.create(&NewRun { run, at: SystemClock.now(), events: vec![Event::Started(start)], lease: None })?;
///
/// let changes = journal.changes(Position::START, 100)?;
/// assert_eq!(changes[0].run.as_str(), "release-7");
/// // A bookmark keeps the number of what was read.
/// assert_eq!(journal.changes(Position::new(changes[0].position.get()), 100)?, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place. Who has read so far asks for what comes after it.
    pub position: Position,
    /// The run.
    pub run: RunId,
    /// The version that it had before.
    pub from: Version,
    /// The version that it has had since.
    pub to: Version,
    /// Where it stood then.
    pub status: Status,
    /// When it was recorded.
    pub at: Timestamp,
}

/// The answer to who would read the feed for a purpose that one reader at a time serves.
/// Closed: a store gives no other answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bookmark {
    /// The asker reads from here. Nobody has read before, if there is no position.
    Granted(Option<Position>),
    /// Somebody else does.
    Held(Lease),
}
