//! A copy of a journal that is in use.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use sortie_journal::JournalError;

use crate::faults::Failure;
use crate::{SqliteJournal, open};

/// How many pages are copied before others have their turn.
const PAGES_AT_ONCE: i32 = 256;

/// The pause when others write.
const PAUSE: Duration = Duration::from_millis(10);

impl SqliteJournal {
    /// Copies the journal as it is at one moment to a new file, by SQLite's own means: what is still in its write-ahead
    /// log is in the copy, and others may write meanwhile. The file must not exist yet.
    pub fn backup(&self, to: &Path) -> Result<(), JournalError> {
        let to = std::path::absolute(to)
            .map_err(|error| JournalError::CannotOpen { path: to.to_owned(), detail: error.to_string() })?;
        if to.exists() {
            return Err(JournalError::FileExists { path: to });
        }
        let part = beside(&to);
        let copied = self.copy(&part).and_then(|()| {
            std::fs::rename(&part, &to)
                .map_err(|error| JournalError::CannotOpen { path: to.clone(), detail: error.to_string() })
        });
        if copied.is_err() {
            // What failed is what is to be told.
            let _ = std::fs::remove_file(&part);
        }
        copied
    }

    fn copy(&self, part: &Path) -> Result<(), JournalError> {
        open::make_file(part)?;
        let at = |failure: Failure| failure.at(part);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut target = Connection::open_with_flags(part, flags).map_err(|error| at(error.into()))?;
        // A connection of its own, so that nobody waits for it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let source = Connection::open_with_flags(self.path(), flags)
            .and_then(|source| {
                source.busy_timeout(Duration::from_secs(10))?;
                // In one read transaction, so that it is one moment and never begins again.
                source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
                Ok(source)
            })
            .map_err(|error| Failure::from(error).at(self.path()))?;
        {
            let backup = Backup::new(&source, &mut target).map_err(|error| at(error.into()))?;
            while match backup.step(PAGES_AT_ONCE).map_err(|error| at(error.into()))? {
                StepResult::Done => false,
                StepResult::Busy | StepResult::Locked => {
                    std::thread::sleep(PAUSE);
                    true
                }
                // `StepResult` is non-exhaustive: there is more.
                _ => true,
            } {}
        }
        // The copy is one file, whole without a log beside it.
        target.pragma_update(None, "journal_mode", "DELETE").map_err(|error| at(error.into()))?;
        target.close().map_err(|(_, error)| at(error.into()))?;
        std::fs::File::open(part)
            .and_then(|file| file.sync_all())
            .map_err(|error| JournalError::Io { path: part.to_owned(), detail: error.to_string() })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".part-{}", std::process::id()));
    part.into()
}
