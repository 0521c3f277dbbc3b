//! Writes whose outcome got lost: the run is read again, and tells.
//!
//! A store can fail after it made a commit durable and before it said so. Who then gave up would lose a run that is
//! there; who wrote again blindly would be told of a conflict with themselves.

use crate::{Event, Journal, JournalError, NewRun, RunId, RunRecord, RunSummary, Timestamp, Version};

/// How often a write is made again whose outcome is not known and that is found not to have happened.
const ATTEMPTS: usize = 3;

/// [`Journal::create`], to a known outcome where the store can be asked for it.
///
/// ```
/// use sortie_journal::{Clock, Event, Journal, MemoryJournal, NewRun, Start, SystemClock, settle};
///
/// let journal = MemoryJournal::new();
/// let start = Start { mission: "release".to_owned(), by: None, body: serde_json::json!({}) };
/// let new =
///     NewRun { run: "release-7".parse()?, at: SystemClock.now(), events: vec![Event::Started(start)], lease: None };
/// let run = settle::create(&journal, &new)?;
/// let note = Event::Note(serde_json::json!("by hand"));
/// let run = settle::append(&journal, &run.run, run.version, SystemClock.now(), &[note])?;
/// assert_eq!(journal.read(&run.run)?.events.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// It is an error as for [`Journal::create`].
pub fn create(journal: &dyn Journal, new: &NewRun) -> Result<RunSummary, JournalError> {
    settled(
        || journal.create(new),
        || match journal.read(&new.run) {
            Ok(record) if tells(&record, Version::default(), &new.events) => Ok(Some(record.summary)),
            // The name is somebody else's.
            Ok(_) => Err(JournalError::RunExists { run: new.run.clone() }),
            Err(JournalError::UnknownRun { .. }) => Ok(None),
            Err(error) => Err(error),
        },
    )
}

/// [`Journal::append`], to a known outcome where the store can be asked for it.
pub fn append(
    journal: &dyn Journal,
    run: &RunId,
    expected: Version,
    at: Timestamp,
    events: &[Event],
) -> Result<RunSummary, JournalError> {
    settled(
        || journal.append(run, expected, at, events),
        || {
            let record = journal.read(run)?;
            let current = record.version();
            match current {
                _ if current == expected => Ok(None),
                _ if tells(&record, expected, events) => Ok(Some(record.summary)),
                _ => Err(JournalError::Conflict { run: run.clone(), expected, current }),
            }
        },
    )
}

/// Writes until it is known whether that was kept; `found` reads what is there.
fn settled(
    write: impl Fn() -> Result<RunSummary, JournalError>,
    found: impl Fn() -> Result<Option<RunSummary>, JournalError>,
) -> Result<RunSummary, JournalError> {
    let mut attempts = ATTEMPTS;
    loop {
        let lost = match write() {
            // A device that fails tells no more.
            Err(error @ (JournalError::UnknownOutcome { .. } | JournalError::Io { .. })) => error,
            other => return other,
        };
        match found() {
            Ok(Some(summary)) => return Ok(summary),
            Ok(None) if attempts > 1 && matches!(lost, JournalError::UnknownOutcome { .. }) => attempts -= 1,
            // It still is not known, if the store cannot be asked.
            Ok(None) => return Err(lost),
            Err(error) if error.is_passing() => return Err(lost),
            Err(error) => return Err(error),
        }
    }
}

/// Whether these events stand behind a version of a run. Should another writer have written the same, an equal decision
/// for instance, it does not matter whose it was.
fn tells(record: &RunRecord, behind: Version, events: &[Event]) -> bool {
    let start = usize::try_from(behind.get()).unwrap_or(usize::MAX);
    let mut written = record.events.iter().skip(start).map(|recorded| &recorded.event);
    events.iter().all(|event| written.next() == Some(event))
}
