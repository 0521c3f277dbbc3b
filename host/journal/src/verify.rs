//! Checking all of a journal, whatever store it is.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Filter, Journal, JournalError, Position, RunId, Version};

/// How many changes, or runs, are read at a time.
const AT_ONCE: usize = 1000;

/// Reads all there is, and checks every event against its chain hash, what the store tells of each run against its events, and the
/// feed, in which each change of a run continues the one before it. Gives the number of runs. The name is the one by which
/// errors call the journal.
///
/// ```
/// use std::path::Path;
///
/// use sortie_journal::{MemoryJournal, verify};
///
/// assert_eq!(verify(&MemoryJournal::new(), Path::new("memory"))?, 0);
/// # Ok::<(), sortie_journal::JournalError>(())
/// ```
pub fn verify(journal: &dyn Journal, name: &Path) -> Result<usize, JournalError> {
    let told = verify_changes(journal, name)?;
    let mut count = 0;
    for_each(journal, |run| {
        let summary = journal.read(&run)?.summary;
        count += 1;
        // Others may have written since.
        let is_behind = told.get(&run).is_some_and(|version| *version > summary.version);
        if is_behind { Err(misfit(name, &run)) } else { Ok(()) }
    })?;
    Ok(count)
}

/// Does something with every run, oldest first; with one that is made meanwhile, or is pruned, perhaps.
pub(crate) fn for_each(
    journal: &dyn Journal,
    mut of: impl FnMut(RunId) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let mut filter = Filter { limit: Some(AT_ONCE), ..Filter::default() };
    loop {
        let some = journal.list(&filter)?;
        let Some(last) = some.last() else { return Ok(()) };
        filter.after = Some(filter.order.cursor(last));
        for summary in some {
            match of(summary.run) {
                // It was pruned in between.
                Err(JournalError::UnknownRun { .. }) => {}
                other => other?,
            }
        }
    }
}

/// Reads the feed; gives where it leads for each run.
fn verify_changes(journal: &dyn Journal, name: &Path) -> Result<BTreeMap<RunId, Version>, JournalError> {
    let mut told: BTreeMap<RunId, Version> = BTreeMap::new();
    let mut after = Position::START;
    loop {
        let changes = journal.changes(after, AT_ONCE)?;
        let Some(last) = changes.last() else { return Ok(told) };
        after = last.position;
        for change in changes {
            let continues = told.get(&change.run).is_none_or(|version| *version == change.from);
            if !(continues && change.from < change.to) {
                return Err(misfit(name, &change.run));
            }
            told.insert(change.run, change.to);
        }
    }
}

fn misfit(name: &Path, run: &RunId) -> JournalError {
    let detail = format!("what it tells of the changes of run `{run}` does not fit");
    JournalError::CorruptFile { path: name.to_owned(), detail }
}
