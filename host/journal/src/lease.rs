//! Leases: of many processes that would drive a run, one does.
//!
//! A lease saves work, it does not guard truth: should two drivers ever believe that they hold one (a process was
//! suspended, the clock jumped), the compare-and-set on the version lets one of them append and tells the other.

use serde::{Deserialize, Serialize};

use crate::{Owner, Timestamp};

/// The right to drive a run, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it.
    pub owner: Owner,
    /// From when on it counts no more.
    pub until: Timestamp,
}

/// Why a run could not be driven, and when to try again. Like a lease it is no part of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setback {
    /// The stable code of what happened.
    pub code: String,
    /// What happened, in words.
    pub reason: String,
    /// How often in a row it was tried.
    pub attempts: u32,
    /// From when on it is to be tried again; without a time the run is *set aside* until somebody asks for it.
    pub retry_at: Option<Timestamp>,
}
