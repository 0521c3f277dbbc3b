//! What to do about errors of runs in a journal, in terms of the command, and their exit codes.

use sortie_host::journal::{CancelError, DecideError, JournalError, RunError};

use super::Exit;

/// What to do: the command that helps, where there is one.
pub(crate) fn help(error: &RunError) -> Option<String> {
    let help = match error {
        RunError::Decide(DecideError::UnknownWait { .. })
        | RunError::Journal(JournalError::UnknownRun { .. })
        | RunError::Cancel(CancelError::Journal(JournalError::UnknownRun { .. })) => {
            "`sortie inbox` lists what waits; `--journal FILE` names another journal"
        }
        RunError::Decide(DecideError::Expired { .. }) => {
            "`sortie resume` resumes the run as its step says for this case"
        }
        RunError::Decide(DecideError::Conflict { .. }) => {
            "nothing can be changed: a decision is made once; `sortie inbox show` tells of it"
        }
        RunError::Decide(DecideError::NotAssignee { .. }) => {
            "let one of the assignees answer, or say with `--actor` that you are one"
        }
        RunError::Decide(DecideError::WrongToken { .. }) => {
            "use the token that was printed when the question was asked"
        }
        RunError::Host(_)
        | RunError::Journal(_)
        | RunError::Decide(_)
        | RunError::Cancel(_)
        | RunError::ChangedPlugin { .. }
        | RunError::MissingPlugin { .. }
        | RunError::MemoryLimit { .. }
        | RunError::NotRebuilt { .. } => return error.help(),
    };
    Some(help.to_owned())
}

/// The exit code.
pub(crate) fn exit_of(error: &RunError) -> Exit {
    match error {
        RunError::Host(error) => super::exit_of(error),
        RunError::Journal(error)
        | RunError::Decide(DecideError::Journal(error))
        | RunError::Cancel(CancelError::Journal(error)) => of_journal(error),
        RunError::ChangedPlugin { .. } | RunError::MissingPlugin { .. } => Exit::PluginRejected,
        RunError::Decide(
            DecideError::Conflict { .. }
            | DecideError::UnknownWait { .. }
            | DecideError::Expired { .. }
            | DecideError::Cancelled { .. }
            | DecideError::NotAssignee { .. }
            | DecideError::SchemaMismatch { .. }
            | DecideError::WrongToken { .. },
        )
        | RunError::Cancel(CancelError::Ended { .. })
        | RunError::MemoryLimit { .. }
        | RunError::NotRebuilt { .. } => Exit::Rejected,
    }
}

/// A file that is no good is rejected input; what may be otherwise the next time is a host fault.
fn of_journal(error: &JournalError) -> Exit {
    match error {
        JournalError::UnknownRun { .. }
        | JournalError::RunExists { .. }
        | JournalError::Conflict { .. }
        | JournalError::CorruptEvent { .. }
        | JournalError::CorruptIndex { .. }
        | JournalError::CorruptFile { .. }
        | JournalError::Truncated { .. }
        | JournalError::NotAJournal { .. }
        | JournalError::NewerVersion { .. }
        | JournalError::ReadOnly { .. }
        | JournalError::CannotOpen { .. } => Exit::Rejected,
        JournalError::InvalidHistory { .. }
        | JournalError::Locked { .. }
        | JournalError::DiskFull { .. }
        | JournalError::Io { .. }
        | JournalError::Randomness { .. }
        | JournalError::Unexpected { .. } => Exit::HostFault,
    }
}
