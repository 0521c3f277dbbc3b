//! The codes of this crate's errors.

use sortie_json::codes::SCHEMA_MISMATCH;
use sortie_json::{Code, UserError};

use crate::wait::{AnswerMismatch, CancelError, DecideError};
use crate::{InvalidToken, JournalError, TransferError};

sortie_json::codes! {
    [sortie_json::codes::CANCELLED, sortie_json::codes::SCHEMA_MISMATCH]
    UNKNOWN_RUN = "unknown_run", Rejected,
        "The journal has no run of this name.",
        "`sortie inbox --all` lists all runs of the journal; `--journal FILE` names another journal";
    RUN_EXISTS = "run_exists", Rejected, "The journal has a run of this id already.", "give the run another id";
    VERSION_CONFLICT = "version_conflict", Rejected,
        "Somebody else wrote to the run in the meantime.", "look at the run again, and decide again";
    INVALID_HISTORY = "invalid_history", HostFault,
        "Events were to be written that cannot follow those of the run. This is a mistake in Sortie.",
        "please report it";
    CORRUPT_EVENT = "corrupt_event", Rejected,
        "An event of a run is damaged.", "restore the journal from a backup";
    CORRUPT_INDEX = "corrupt_index", Rejected,
        "What the journal says of a run does not fit the run's events.", "restore the journal from a backup";
    JOURNAL_CORRUPT = "journal_corrupt", Rejected,
        "The journal's file is damaged.", "restore the journal from a backup";
    JOURNAL_TRUNCATED = "journal_truncated", Rejected,
        "The journal's file ends too early.", "restore the journal from a backup";
    NOT_A_JOURNAL = "not_a_journal", Rejected,
        "The file is something else than a journal.", "name another file with `--journal`";
    JOURNAL_NEWER_VERSION = "journal_newer_version", Rejected,
        "A newer release of Sortie wrote the journal.", "use that release, or name another journal";
    JOURNAL_LOCKED = "journal_locked", HostFault,
        "Another process kept the journal locked for too long.", "try again; end the process that holds it";
    JOURNAL_READ_ONLY = "journal_read_only", Rejected,
        "The journal may not be written.", "change its permissions, or name another with `--journal`";
    JOURNAL_FULL = "journal_full", HostFault, "The disk has no room for the journal.", "make room, and try again";
    JOURNAL_CANNOT_OPEN = "journal_cannot_open", Rejected,
        "The journal's file cannot be opened or made.", "check the folder, or name another file with `--journal`";
    JOURNAL_FILE_EXISTS = "journal_file_exists", Rejected,
        "A copy was to be written over a file that exists.", "name a file that does not exist yet";
    JOURNAL_IO = "journal_io", HostFault,
        "The operating system failed to read or write the journal.", "check the disk, and try again";
    JOURNAL_UNAVAILABLE = "journal_unavailable", HostFault,
        "The journal's store cannot be reached.", "try again; check that the store runs";
    JOURNAL_UNKNOWN_OUTCOME = "journal_unknown_outcome", HostFault,
        "The journal's store failed while it made a write durable: whether it did is not known.",
        "look at the run: it has all of the write or nothing of it";
    DRIVEN_BY_ENGINE = "driven_by_engine", Rejected,
        "An engine drives the runs and writes their events, so nothing else can do that.",
        "ask the engine; on Restate, by its own means";
    ENGINE_WITHOUT_FEED = "engine_without_feed", Rejected,
        "The engine that drives the runs keeps no list of what happened, in its order, for others to follow.",
        "list the runs by what changed last, or keep them in a journal";
    RUN_UNDER_WAY = "run_under_way", HostFault,
        "The run was started, and has come neither to a question nor to its end for a while.",
        "look at the run: it goes on by itself, or says what it lacks";
    EXPORT_IO = "export_io", Rejected,
        "The file of exported runs cannot be read or written.", "check the file, and the folder that it is in";
    NOT_AN_EXPORT = "not_an_export", Rejected,
        "A file to import has something else than the runs of a journal.",
        "`sortie journal export` writes what `sortie journal import` reads";
    EXPORT_DAMAGED = "export_damaged", Rejected,
        "An event of a run in a file to import is not what was exported.",
        "export the journal again; nothing of this run was imported";
    NO_RANDOMNESS = "no_randomness", HostFault,
        "The operating system gives no random numbers for the id of a run or a token.", "try again";
    JOURNAL_UNEXPECTED = "journal_unexpected", HostFault,
        "The journal's store said something that is not foreseen.", "please report it";
    CONFLICT = "conflict", Rejected,
        "The question was answered otherwise before.",
        "nothing can be changed: a decision is made once; `sortie inbox show` tells of it";
    UNKNOWN_WAIT = "unknown_wait", Rejected,
        "The journal has no run of this name, or the run has never asked at this step.",
        "`sortie inbox` lists what waits, `sortie inbox show RUN` a run's steps; `--journal FILE` names another journal";
    OTHER_QUESTION = "other_question", Rejected,
        "The answer was given to another question than the one that waits.",
        "look at the question as it is now, and decide again";
    WAIT_EXPIRED = "expired", Rejected,
        "The time to answer is over.", "`sortie resume` resumes the run as its step says for this case";
    NOT_ASSIGNEE = "not_assignee", Rejected,
        "The question is for others.", "let one of the assignees answer, or say with `--actor` that you are one";
    IS_STARTER = "is_starter", Rejected,
        "The question is for others than the one who started the run.", "let somebody else answer";
    WRONG_TOKEN = "wrong_token", Rejected,
        "The token is not the one of this question.", "use the token that was printed when the question was asked";
    ALREADY_ENDED = "already_ended", Rejected, "The run has ended.", "`sortie inbox show` tells how";
}

impl UserError for JournalError {
    fn code(&self) -> Code {
        match self {
            Self::Engine(error) => error.code,
            _ => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        Some(self.help().to_owned())
    }
}

impl<R: UserError + 'static> UserError for DecideError<R> {
    fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Journal(error) => UserError::code(error),
            _ => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        Some(self.help())
    }
}

impl UserError for TransferError {
    fn code(&self) -> Code {
        match self {
            Self::Journal(error) => UserError::code(error),
            _ => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Journal(error) => UserError::help(error),
            _ => None,
        }
    }
}

impl UserError for AnswerMismatch {
    fn code(&self) -> Code {
        SCHEMA_MISMATCH
    }
}

impl UserError for CancelError {
    fn code(&self) -> Code {
        match self {
            Self::Journal(error) => UserError::code(error),
            Self::Ended { .. } => ALREADY_ENDED,
        }
    }
}

impl UserError for InvalidToken {
    fn code(&self) -> Code {
        WRONG_TOKEN
    }
}
