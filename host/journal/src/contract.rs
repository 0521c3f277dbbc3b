//! What every [`Journal`] must do, as cases that any implementation can be put through.
//!
//! ```
//! use sortie_journal::{MemoryJournal, contract};
//! contract::check(|| Box::new(MemoryJournal::new())).unwrap();
//! ```

mod fixture;
mod leases;
mod lists;
mod races;
mod store;

use crate::Journal;

/// A case that an implementation does not pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{case}: {detail}")]
pub struct Breach {
    /// The sentence that does not hold.
    pub case: &'static str,
    /// How it does not.
    pub detail: String,
}

/// The result of a case: an error says how it failed.
type Outcome = Result<(), String>;

/// A case: what must hold, and a function that tries it on an empty journal.
type Case = (&'static str, fn(&dyn Journal) -> Outcome);

const GROUPS: [&[Case]; 4] = [store::CASES, lists::CASES, leases::CASES, races::CASES];

/// Puts an implementation through all cases, each on a journal of its own, which must be empty. The error names
/// every case that it does not pass.
pub fn check(open: impl Fn() -> Box<dyn Journal>) -> Result<(), Vec<Breach>> {
    let breach_of = |(case, run): &Case| {
        let journal = open();
        run(journal.as_ref()).err().map(|detail| Breach { case, detail })
    };
    let breaches: Vec<_> = GROUPS.into_iter().flatten().filter_map(breach_of).collect();
    if breaches.is_empty() { Ok(()) } else { Err(breaches) }
}
