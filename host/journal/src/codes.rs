//! The codes of this crate's errors.

use sortie_json::codes::SCHEMA_MISMATCH;
use sortie_json::{Code, UserError};

use crate::wait::{AnswerMismatch, CancelError, DecideError};
use crate::{InvalidToken, JournalError, TransferError};

sortie_json::codes! {
    [sortie_json::codes::CANCELLED, sortie_json::codes::SCHEMA_MISMATCH]
    UNKNOWN_RUN = "unknown_run", Rejected,
        "The journal has no run with this name.",
        "`sortie inbox --all` lists all runs in the journal; `--journal FILE` names another journal";
    RUN_EXISTS = "run_exists", Rejected, "The journal already has a run with this id.", "give the run another id";
    VERSION_CONFLICT = "version_conflict", Rejected,
        "Somebody else wrote to the run in the meantime.", "look at the run again, and decide again";
    INVALID_HISTORY = "invalid_history", HostFault,
        "Sortie tried to write events that cannot follow those of the run. This is a bug in Sortie.",
        "please report it";
    CORRUPT_EVENT = "corrupt_event", Rejected,
        "An event of a run is damaged.", "restore the journal from a backup";
    CORRUPT_INDEX = "corrupt_index", Rejected,
        "The journal's index does not match the run's events.", "restore the journal from a backup";
    JOURNAL_CORRUPT = "journal_corrupt", Rejected,
        "The journal's file is damaged.", "restore the journal from a backup";
    JOURNAL_TRUNCATED = "journal_truncated", Rejected,
        "The journal's file ends too early.", "restore the journal from a backup";
    NOT_A_JOURNAL = "not_a_journal", Rejected,
        "The file is not a journal.", "name another file with `--journal`";
    JOURNAL_NEWER_VERSION = "journal_newer_version", Rejected,
        "A newer release of Sortie wrote the journal.", "use that release, or name another journal";
    JOURNAL_LOCKED = "journal_locked", HostFault,
        "Another process kept the journal locked for too long.", "try again; end the process that holds it";
    JOURNAL_READ_ONLY = "journal_read_only", Rejected,
        "The journal is read-only.", "change its permissions, or name another with `--journal`";
    JOURNAL_FULL = "journal_full", HostFault, "The disk is full.", "free some space, and try again";
    JOURNAL_CANNOT_OPEN = "journal_cannot_open", Rejected,
        "The journal's file cannot be opened or created.", "check the folder, or name another file with `--journal`";
    JOURNAL_FILE_EXISTS = "journal_file_exists", Rejected,
        "The file to copy to exists already.", "name a file that does not exist yet";
    JOURNAL_IO = "journal_io", HostFault,
        "The operating system failed to read or write the journal.", "check the disk, and try again";
    JOURNAL_UNAVAILABLE = "journal_unavailable", HostFault,
        "The journal's store cannot be reached.", "try again; check that the store runs";
    JOURNAL_UNKNOWN_OUTCOME = "journal_unknown_outcome", HostFault,
        "The journal's store failed during a write, which may or may not be durable.",
        "look at the run: it has either all of the write or none of it";
    DRIVEN_BY_ENGINE = "driven_by_engine", Rejected,
        "An engine drives these runs and writes their events, so nothing else can.",
        "use the engine's own tools, such as Restate's";
    ENGINE_WITHOUT_FEED = "engine_without_feed", Rejected,
        "The engine that drives the runs keeps no feed of events to follow.",
        "list the runs sorted by their last change, or keep them in a journal";
    RUN_UNDER_WAY = "run_under_way", HostFault,
        "The run was started, but has neither asked nor ended yet.",
        "look at the run later: it continues by itself, or says what it needs";
    EXPORT_IO = "export_io", Rejected,
        "The file of exported runs cannot be read or written.", "check the file and its folder";
    NOT_AN_EXPORT = "not_an_export", Rejected,
        "A file to import does not contain a journal's runs.",
        "write the file with `sortie journal export`";
    EXPORT_DAMAGED = "export_damaged", Rejected,
        "An event of a run in a file to import was changed after the export.",
        "export the journal again; this run was not imported";
    INVALID_CURSOR = "invalid_cursor", Rejected,
        "A list cannot be read on from the cursor that was passed.",
        "pass a cursor with the sort order of the list that it comes from";
    NO_RANDOMNESS = "no_randomness", HostFault,
        "The operating system gave no random numbers for a run's id or a token.", "try again";
    JOURNAL_UNEXPECTED = "journal_unexpected", HostFault,
        "The journal's store answered with something unexpected.", "please report it";
    CONFLICT = "conflict", Rejected,
        "The question already has a different answer.",
        "a decision is final; `sortie inbox show` prints it";
    UNKNOWN_WAIT = "unknown_wait", Rejected,
        "The journal has no run with this name, or the run never asked at this step.",
        "`sortie inbox` lists waiting runs, and `sortie inbox show RUN` a run's steps; `--journal FILE` names another journal";
    OTHER_QUESTION = "other_question", Rejected,
        "The answer is for a question other than the one that is waiting.",
        "look at the current question, and decide again";
    WAIT_EXPIRED = "expired", Rejected,
        "The deadline has passed.", "`sortie resume` continues the run as its step says under `on_expiry`";
    NOT_ASSIGNEE = "not_assignee", Rejected,
        "The question is for other people.", "ask one of the assignees to answer, or say with `--actor` that you are one of them";
    IS_STARTER = "is_starter", Rejected,
        "The person who started the run may not answer this question.", "ask somebody else to answer";
    WRONG_TOKEN = "wrong_token", Rejected,
        "The token does not belong to this question.", "use the token that was printed when the question was asked";
    ALREADY_ENDED = "already_ended", Rejected, "The run has ended.", "`sortie inbox show` says how";
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
