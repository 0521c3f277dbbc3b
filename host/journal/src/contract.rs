//! What every [`Journal`] must do, as cases that any implementation can be put through.
//!
//! ```
//! use sortie_journal::{MemoryJournal, contract};
//! contract::check(|clock| Box::new(MemoryJournal::with_clock(clock))).unwrap();
//! ```

mod feed;
mod fixture;
mod leases;
mod lists;
mod next;
mod prune;
mod races;
mod store;

use std::sync::Arc;

use fixture::{Hand, Stage};

use crate::{Clock, Journal};

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
type Case = (&'static str, fn(&Stage<'_>) -> Outcome);

const GROUPS: [&[Case]; 7] =
    [store::CASES, lists::CASES, leases::CASES, next::CASES, feed::CASES, prune::CASES, races::CASES];

/// Puts an implementation through all cases, each on a journal of its own, which must be empty. The error names
/// every case that it does not pass. Leases have to count by the clock that `open` gets.
pub fn check(open: impl Fn(Arc<dyn Clock>) -> Box<dyn Journal>) -> Result<(), Vec<Breach>> {
    let breach_of = |(case, run): &Case| {
        let clock = Arc::new(Hand::default());
        let journal = open(Arc::clone(&clock) as Arc<dyn Clock>);
        run(&Stage { journal: journal.as_ref(), clock: &clock }).err().map(|detail| Breach { case, detail })
    };
    let breaches: Vec<_> = GROUPS.into_iter().flatten().filter_map(breach_of).collect();
    if breaches.is_empty() { Ok(()) } else { Err(breaches) }
}
