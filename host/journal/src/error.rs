//! What can go wrong with a journal.

use std::path::{Path, PathBuf};

use sortie_json::{Code, Exit};

use crate::{HistoryFault, RunId, Version};

/// Why a journal did not do what it was asked to, a closed set. Each has a stable [code](Self::code).
///
/// After an error of a write nothing of it was kept, with one exception that no store can rule out: when the device or
/// the network fails while a commit is made durable, it may be found to have happened after all. That is
/// [`UnknownOutcome`](Self::UnknownOutcome); to ask again is always right, as every write is a compare-and-set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// There is no such run.
    #[error("the journal has no run `{run}`")]
    UnknownRun {
        /// The name that was asked for.
        run: RunId,
    },
    /// The name is taken.
    #[error("the journal already has a run `{run}`")]
    RunExists {
        /// The name.
        run: RunId,
    },
    /// Somebody else added events since the caller read the run.
    #[error("run `{run}` was changed by another process: it is at version {current}, not {expected}")]
    Conflict {
        /// The run.
        run: RunId,
        /// The version that the caller knew.
        expected: Version,
        /// The version that it has.
        current: Version,
    },
    /// The events cannot follow one another: a mistake of the caller.
    #[error("the events cannot be added to run `{run}`: {fault}")]
    InvalidHistory {
        /// The run.
        run: RunId,
        /// What is wrong.
        fault: HistoryFault,
    },
    /// An event is not what was written.
    #[error("event {sequence} of run `{run}` is damaged: {detail}")]
    CorruptEvent {
        /// The run.
        run: RunId,
        /// The first event that does not fit, from 1.
        sequence: u64,
        /// How it does not fit.
        detail: String,
    },
    /// What the index tells of a run is not what its events tell.
    #[error("the index of run `{run}` does not match its events: {detail}")]
    CorruptIndex {
        /// The run.
        run: RunId,
        /// How it does not.
        detail: String,
    },
    /// The file is damaged in its structure.
    #[error("the journal {path} is damaged: {detail}", path = path.display())]
    CorruptFile {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file is shorter than it was.
    #[error("the journal {path} is truncated: {detail}", path = path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file is something else than a journal.
    #[error("{path} is not a journal: {detail}", path = path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What it is.
        detail: String,
    },
    /// A newer release wrote the journal.
    #[error("the journal {path} has version {found}, but this release supports versions up to {supported}", path = path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that is known.
        supported: i64,
    },
    /// Another process holds the journal for longer than the caller would wait.
    #[error("the journal {path} is locked by another process", path = path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The journal cannot be written.
    #[error("the journal {path} is read-only, or its directory is", path = path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No room is left: on the disk, or below the limit that was set.
    #[error("the disk is full: the journal {path} cannot grow", path = path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened or made.
    #[error("the journal {path} cannot be opened: {detail}", path = path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A file is in the way.
    #[error("the file {path} exists already", path = path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// The device failed.
    #[error("the journal {path} cannot be read or written: {detail}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the store says.
        detail: String,
    },
    /// The store could not be reached.
    #[error("the journal is not available: {detail}")]
    Unavailable {
        /// What the store says.
        detail: String,
    },
    /// The store failed while it made a write durable, and it cannot be told from here whether it did.
    /// [`settle`](crate::settle) finds out.
    #[error("it is not known whether the journal kept what was written: {detail}")]
    UnknownOutcome {
        /// What the store says.
        detail: String,
    },
    /// A list cannot be read on from there.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {detail}")]
    Randomness {
        /// Why.
        detail: String,
    },
    /// The engine that drives the runs did not do it, or does not do such things at all.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What should not happen did: out of memory, or a mistake in this crate.
    #[error("the journal failed unexpectedly: {detail}")]
    Unexpected {
        /// What the store says.
        detail: String,
    },
}

/// Why an engine did not do what it was asked, or what it does not do at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// What it is, and what to do.
    pub code: Code,
    /// The sentence.
    pub message: String,
}

/// Text from which no list can be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCursor {
    /// It is no cursor.
    #[error("`{0}` is not a cursor: pass the cursor of the previous list unchanged")]
    Malformed(String),
    /// It is one of a list in another order.
    #[error("`{cursor}` is the cursor of a list in the order `{of}`, not `{order}`")]
    AnotherOrder {
        /// The cursor.
        cursor: String,
        /// Its order.
        of: &'static str,
        /// The order of the list that was to be read on.
        order: &'static str,
    },
}

impl JournalError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownRun { .. } => "unknown_run",
            Self::RunExists { .. } => "run_exists",
            Self::Conflict { .. } => "version_conflict",
            Self::InvalidHistory { .. } => "invalid_history",
            Self::CorruptEvent { .. } => "corrupt_event",
            Self::CorruptIndex { .. } => "corrupt_index",
            Self::CorruptFile { .. } => "journal_corrupt",
            Self::Truncated { .. } => "journal_truncated",
            Self::NotAJournal { .. } => "not_a_journal",
            Self::NewerVersion { .. } => "journal_newer_version",
            Self::Locked { .. } => "journal_locked",
            Self::ReadOnly { .. } => "journal_read_only",
            Self::DiskFull { .. } => "journal_full",
            Self::CannotOpen { .. } => "journal_cannot_open",
            Self::FileExists { .. } => "journal_file_exists",
            Self::Io { .. } => "journal_io",
            Self::Unavailable { .. } => "journal_unavailable",
            Self::UnknownOutcome { .. } => "journal_unknown_outcome",
            Self::Cursor(_) => "invalid_cursor",
            Self::Randomness { .. } => "no_randomness",
            Self::Engine(error) => error.code.as_str(),
            Self::Unexpected { .. } => "journal_unexpected",
        }
    }

    /// Whether the store could not do it now and may do it later, without anything being changed by whoever asks. All
    /// others stay as they are until somebody mends the request, the run or the file.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Engine(error) => error.code.exit() == Exit::HostFault,
            Self::Locked { .. }
            | Self::DiskFull { .. }
            | Self::Io { .. }
            | Self::Unavailable { .. }
            | Self::UnknownOutcome { .. }
            | Self::Randomness { .. } => true,
            Self::UnknownRun { .. }
            | Self::RunExists { .. }
            | Self::Conflict { .. }
            | Self::InvalidHistory { .. }
            | Self::CorruptEvent { .. }
            | Self::CorruptIndex { .. }
            | Self::CorruptFile { .. }
            | Self::Truncated { .. }
            | Self::NotAJournal { .. }
            | Self::NewerVersion { .. }
            | Self::ReadOnly { .. }
            | Self::CannotOpen { .. }
            | Self::FileExists { .. }
            | Self::Cursor(_)
            | Self::Unexpected { .. } => false,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::UnknownRun { .. } => "list the runs of this journal, or name another journal",
            Self::RunExists { .. } => "choose another run id",
            Self::Conflict { .. } => "read the run again: another process resumed it",
            Self::InvalidHistory { .. } | Self::Unexpected { .. } => "this is a bug: please report it",
            Self::CorruptEvent { .. } | Self::CorruptIndex { .. } => {
                "restore the journal from a copy; the other runs in it can still be used"
            }
            Self::CorruptFile { path, .. } if is_url(path) => "restore the database from a copy",
            Self::CorruptFile { .. } | Self::Truncated { .. } => {
                "restore the journal from a copy, together with its -wal file"
            }
            Self::NotAJournal { path, .. } if is_url(path) => {
                "name another schema with `?schema=NAME`; this one was left as it is"
            }
            Self::NotAJournal { .. } => "name another file; this one was left as it is",
            Self::NewerVersion { .. } => "use the release that wrote it, or a later one",
            Self::Locked { .. } => "wait for the other process, or end it, and try again",
            Self::ReadOnly { .. } => "make the file and its directory writable, or name another journal",
            Self::DiskFull { .. } => "make room and try again: nothing that was acknowledged is lost",
            Self::CannotOpen { path, .. } if is_url(path) => {
                "check the URL, and that this user may log in to the database and use the journal's schema"
            }
            Self::CannotOpen { .. } => "check that the directory exists and may be entered",
            Self::FileExists { .. } => "name a file that does not exist yet",
            Self::Cursor(_) => "pass a cursor with the sort order of the list that it comes from",
            Self::Io { .. } => "check the disk, and any limit on the size of files, and try again",
            Self::Engine(error) => error.code.remedy(),
            Self::Unavailable { .. } => "check that the journal's store runs and can be reached, and try again",
            Self::Randomness { .. } => "try again",
            Self::UnknownOutcome { .. } => "look at the run: it has either all of the write or none of it",
        }
    }
}

/// Whether a journal is named by a URL, and so is no file.
fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|name| name.contains("://"))
}
