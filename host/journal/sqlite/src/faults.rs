//! What SQLite reports, as an error of ours: told apart by its result codes, never by text.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use rusqlite::ffi;

use sortie_journal::JournalError;

/// An error on the way, before it is known which file it is about.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// It is an error of ours already.
    Journal(JournalError),
    /// A row is damaged so badly that it names no run.
    CorruptRow(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl Failure {
    /// The error, of that file.
    pub(crate) fn at(self, path: &Path) -> JournalError {
        match self {
            Self::Sqlite(error) => of_sqlite(&error, path),
            Self::Journal(error) => error,
            Self::CorruptRow(detail) => JournalError::CorruptFile { path: path.to_owned(), detail },
        }
    }
}

fn of_sqlite(error: &rusqlite::Error, path: &Path) -> JournalError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => of_code(failure.extended_code, error, path),
        // `Error` is non-exhaustive. All others are about what the statements expect, not about the file.
        _ => JournalError::Unexpected { detail: error.to_string() },
    }
}

/// The primary result code is the low byte of an extended one. <https://sqlite.org/rescode.html>
fn of_code(extended: i32, error: &rusqlite::Error, path: &Path) -> JournalError {
    let path = path.to_owned();
    let detail = format!("{error} (SQLite result code {extended})");
    match (extended & 0xff, extended) {
        (ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL, _) => JournalError::Locked { path },
        (ffi::SQLITE_READONLY, _) => JournalError::ReadOnly { path },
        // The shared-memory file could not be made larger.
        (ffi::SQLITE_FULL, _) | (ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_SHMSIZE) => JournalError::DiskFull { path },
        (ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_SHORT_READ) => JournalError::Truncated { path, detail },
        (ffi::SQLITE_IOERR, _) => JournalError::Io { path, detail },
        (ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB, _) => match FileState::of(&path) {
            FileState::Truncated => JournalError::Truncated { path, detail },
            FileState::Foreign => JournalError::NotAJournal { path, detail },
            FileState::Whole | FileState::Unknown => JournalError::CorruptFile { path, detail },
        },
        // What is written is held to a size before: a cell that has more is not ours.
        (ffi::SQLITE_TOOBIG, _) => JournalError::CorruptFile { path, detail },
        // The file itself can be read: what could not be made is the log beside it.
        (ffi::SQLITE_CANTOPEN, _) if is_readable_file(&path) => JournalError::ReadOnly { path },
        (ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM | ffi::SQLITE_AUTH, _) => JournalError::CannotOpen { path, detail },
        _ => JournalError::Unexpected { detail },
    }
}

fn is_readable_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) && File::open(path).is_ok()
}

/// What a file that SQLite refused looks like from outside. <https://sqlite.org/fileformat2.html#the_database_header>
#[derive(Debug, PartialEq, Eq)]
enum FileState {
    /// It does not begin as an SQLite file does.
    Foreign,
    /// It begins as one, and is shorter than it says.
    Truncated,
    /// It begins as one, and has the length that it says.
    Whole,
    /// It cannot be read.
    Unknown,
}

impl FileState {
    fn of(path: &Path) -> Self {
        const HEADER: usize = 100;
        const MAGIC: &[u8] = b"SQLite format 3\0";
        let Ok(length) = fs::metadata(path).map(|metadata| metadata.len()) else { return Self::Unknown };
        let mut header = Vec::with_capacity(HEADER);
        let read = File::open(path).and_then(|file| file.take(100).read_to_end(&mut header));
        if read.is_err() {
            return Self::Unknown;
        }
        let begins_well = header.iter().zip(MAGIC).all(|(found, expected)| found == expected);
        match header.first_chunk::<HEADER>() {
            _ if !begins_well => Self::Foreign,
            None => Self::Truncated,
            Some(header) if length < stated_length(header) => Self::Truncated,
            Some(_) => Self::Whole,
        }
    }
}

/// Page size (bytes 16 and 17, where 1 stands for 65536) times number of pages (bytes 28 to 31), big-endian.
fn stated_length(header: &[u8; 100]) -> u64 {
    let [.., high, low] = *header.first_chunk::<18>().unwrap_or(&[0; 18]);
    let page_size = match u16::from_be_bytes([high, low]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let [.., a, b, c, d] = *header.first_chunk::<32>().unwrap_or(&[0; 32]);
    page_size * u64::from(u32::from_be_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_result_code_has_its_error_whatever_the_text_says() {
        let check = |code: i32, expected: &str| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some("database is locked".to_owned()));
            assert_eq!(of_sqlite(&error, Path::new("/nowhere/journal")).code(), expected, "{code}");
        };
        check(ffi::SQLITE_BUSY, "journal_locked");
        check(ffi::SQLITE_BUSY_SNAPSHOT, "journal_locked");
        check(ffi::SQLITE_BUSY_RECOVERY, "journal_locked");
        check(ffi::SQLITE_READONLY, "journal_read_only");
        check(ffi::SQLITE_READONLY_DIRECTORY, "journal_read_only");
        check(ffi::SQLITE_READONLY_CANTINIT, "journal_read_only");
        check(ffi::SQLITE_FULL, "journal_full");
        check(ffi::SQLITE_IOERR_SHMSIZE, "journal_full");
        check(ffi::SQLITE_IOERR_WRITE, "journal_io");
        check(ffi::SQLITE_IOERR_FSYNC, "journal_io");
        check(ffi::SQLITE_IOERR_SHORT_READ, "journal_truncated");
        check(ffi::SQLITE_CORRUPT, "journal_corrupt");
        check(ffi::SQLITE_CANTOPEN, "journal_cannot_open");
        check(ffi::SQLITE_NOMEM, "journal_unexpected");
        check(ffi::SQLITE_CONSTRAINT_UNIQUE, "journal_unexpected");
    }
}
