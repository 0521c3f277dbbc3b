//! How runs stood that were read lately: who reads a run mostly writes to it next, and need not ask again for what they know.
//!
//! A head that is out of date does no harm: a write says which history it continues, and is refused where that is another.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use sortie_journal::{RunId, Version};

use crate::rows::RunRow;

/// How many are kept: of more runs than that nobody who reads them writes to all.
const KEPT: usize = 64;

/// The rows of runs, the last that was read behind the others.
#[derive(Debug, Default)]
pub(crate) struct RecentHeads {
    kept: Mutex<VecDeque<RunRow>>,
}

impl RecentHeads {
    /// Keeps the row of a run that was read. One that has ended nobody writes to.
    pub(crate) fn keep(&self, row: RunRow) {
        if row.head.summary.status.is_final() {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.head.summary.run != row.head.summary.run);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(row);
    }

    /// The row of a run at that version, if it is kept; it is not any more then, as a write makes another of it.
    pub(crate) fn take(&self, run: &RunId, version: Version) -> Option<RunRow> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().rposition(|row| row.head.summary.run == *run && row.head.summary.version == version)?;
        kept.remove(place)
    }
}
