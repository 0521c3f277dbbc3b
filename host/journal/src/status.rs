//! Where a run stands, and which event can follow.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::EventKind;

/// How many events a run has: what a compare-and-set compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// The version of a run with that many events.
    pub fn new(events: u64) -> Self {
        Self(events)
    }

    /// The number of events, which is the sequence number of the last.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Where a run stands. It follows from the events alone. A closed set with stable codes.
///
/// ```
/// use sortie_journal::Status;
///
/// assert_eq!(Status::from_code("waiting"), Some(Status::Waiting));
/// assert!(!Status::Waiting.is_drivable(), "somebody has to answer first");
/// assert!(Status::Cancelled.is_final());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is being driven, or its driver is gone and it can be resumed.
    Running,
    /// A person is asked.
    Waiting,
    /// The wait is answered or expired: to be resumed.
    Decided,
    /// It has a result that is a success.
    Done,
    /// It has a result that is no success.
    Failed,
    /// It was ended before it had a result.
    Cancelled,
}

impl Status {
    /// All statuses.
    pub const ALL: [Self; 6] = [Self::Running, Self::Waiting, Self::Decided, Self::Done, Self::Failed, Self::Cancelled];

    /// The stable code, as it is stored and printed.
    pub fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status that has this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether a driver has something to do.
    pub fn is_drivable(self) -> bool {
        match self {
            Self::Running | Self::Decided => true,
            Self::Waiting | Self::Done | Self::Failed | Self::Cancelled => false,
        }
    }

    /// Whether nothing but notes can come.
    pub fn is_final(self) -> bool {
        match self {
            Self::Running | Self::Waiting | Self::Decided => false,
            Self::Done | Self::Failed | Self::Cancelled => true,
        }
    }

    /// What the status is once that event has happened.
    pub(crate) fn after(self, kind: EventKind) -> Option<Self> {
        match (kind, self) {
            (EventKind::Note, status) => Some(status),
            (EventKind::Engine, Self::Running | Self::Decided) => Some(Self::Running),
            (EventKind::Asked, Self::Running | Self::Decided) | (EventKind::Approved, Self::Waiting) => {
                Some(Self::Waiting)
            }
            (EventKind::Decided | EventKind::Expired, Self::Waiting) => Some(Self::Decided),
            (EventKind::Cancelled, Self::Running | Self::Waiting | Self::Decided) => Some(Self::Cancelled),
            // Which of the two it is, its success tells.
            (EventKind::Finished, Self::Running | Self::Decided) => Some(Self::Done),
            (EventKind::Started, _)
            | (EventKind::Engine | EventKind::Asked | EventKind::Finished, Self::Waiting)
            | (EventKind::Approved | EventKind::Decided | EventKind::Expired, Self::Running | Self::Decided)
            | (
                EventKind::Engine
                | EventKind::Asked
                | EventKind::Approved
                | EventKind::Decided
                | EventKind::Expired
                | EventKind::Cancelled
                | EventKind::Finished,
                Self::Done | Self::Failed | Self::Cancelled,
            ) => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why an event cannot stand where it should: a mistake of the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryFault {
    /// A run must begin with `started`.
    #[error("a run begins with `started`")]
    NoStart,
    /// The event cannot follow.
    #[error("`{kind}` cannot follow while the run is {status}", kind = kind.code())]
    Misplaced {
        /// The event's kind.
        kind: EventKind,
        /// Where the run stands.
        status: Status,
    },
    /// The answer is for another step than the one that waits.
    #[error("the step that waits is `{asked}`, not `{answered}`")]
    OtherStep {
        /// The step that waits.
        asked: String,
        /// The step that was answered.
        answered: String,
    },
    /// The body cannot be kept.
    #[error("the body of `{kind}` is not I-JSON: {reason}", kind = kind.code())]
    Body {
        /// The event's kind.
        kind: EventKind,
        /// What is wrong with it.
        reason: String,
    },
}
