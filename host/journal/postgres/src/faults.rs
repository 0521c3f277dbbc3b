//! What PostgreSQL and the network report, as an error of ours: told apart by SQLSTATE and by what was sent, never by text.

use std::path::PathBuf;

use sortie_journal::JournalError;

use crate::client::ClientError;

/// An error on the way.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server or the connection failed.
    Client(ClientError),
    /// It is an error of ours already.
    Journal(JournalError),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl Failure {
    /// Whether the connection is of no use after it.
    pub(crate) fn is_cut(&self) -> bool {
        match self {
            Self::Journal(_) => false,
            Self::Client(ClientError::Server(error)) => error.is_fatal || is_leaving(&error.code),
            Self::Client(ClientError::Unsent(_) | ClientError::Lost(_) | ClientError::Unusable(_)) => true,
        }
    }

    /// Whether nothing was done, and another connection may do it.
    pub(crate) fn is_unsent(&self) -> bool {
        match self {
            Self::Client(ClientError::Unsent(_)) => true,
            // The server has become a standby: another one may be what it was.
            Self::Client(ClientError::Server(error)) => error.code == READ_ONLY,
            Self::Client(ClientError::Lost(_) | ClientError::Unusable(_)) | Self::Journal(_) => false,
        }
    }

    /// Whether a connection that could not be made may be made later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Journal(error) => error.is_passing(),
            Self::Client(ClientError::Server(error)) => is_leaving(&error.code) || error.code == "53300",
            Self::Client(ClientError::Unsent(_) | ClientError::Lost(_)) => true,
            Self::Client(ClientError::Unusable(_)) => false,
        }
    }

    /// The error of a connection that could not be made, or of work that changed nothing.
    pub(crate) fn undone(self, journal: &str) -> JournalError {
        match self {
            Self::Journal(error) => error,
            Self::Client(ClientError::Server(error)) => {
                of_code(&error.code, format!("{} (SQLSTATE {})", error.message, error.code), journal)
            }
            Self::Client(ClientError::Unsent(detail) | ClientError::Lost(detail)) => {
                JournalError::Unavailable { detail }
            }
            Self::Client(ClientError::Unusable(detail)) => JournalError::CannotOpen { path: journal.into(), detail },
        }
    }

    /// The error of a write: where the connection was lost, nobody knows whether it was done.
    pub(crate) fn of_write(self, journal: &str) -> JournalError {
        let may_be_done = self.is_cut() && !self.is_unsent();
        match self.undone(journal) {
            JournalError::Unavailable { detail } | JournalError::CannotOpen { detail, .. } if may_be_done => {
                JournalError::UnknownOutcome { detail }
            }
            other => other,
        }
    }
}

const READ_ONLY: &str = "25006";

/// Codes of a server that goes away, comes up, or has become a standby.
fn is_leaving(code: &str) -> bool {
    code.starts_with("08") || ["57P01", "57P02", "57P03", "25P03", READ_ONLY].contains(&code)
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
fn of_code(code: &str, detail: String, journal: &str) -> JournalError {
    let path = PathBuf::from(journal);
    match code {
        code if is_leaving(code) => JournalError::Unavailable { detail },
        // Too many connections; a statement that took too long.
        "53300" | "57014" => JournalError::Unavailable { detail },
        // Others were faster; a lock that took too long.
        "40001" | "40P01" | "55P03" => JournalError::Locked { path },
        "53100" => JournalError::DiskFull { path },
        "58030" => JournalError::Io { path, detail },
        "XX001" | "XX002" => JournalError::CorruptFile { path, detail },
        // A table or a column that is not there.
        "42P01" | "42703" => JournalError::NotAJournal { path, detail },
        // A database that is not there; a user or a password that is not right, or who may not do this.
        "3D000" | "28P01" | "28000" | "42501" => JournalError::CannotOpen { path, detail },
        _ => JournalError::Unexpected { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ServerError;

    #[test]
    fn each_code_has_its_error_whatever_the_text_says() {
        for (code, expected) in [
            ("57P01", "journal_unavailable"),
            ("57P03", "journal_unavailable"),
            ("08006", "journal_unavailable"),
            ("25006", "journal_unavailable"),
            ("53300", "journal_unavailable"),
            ("57014", "journal_unavailable"),
            ("40001", "journal_locked"),
            ("40P01", "journal_locked"),
            ("55P03", "journal_locked"),
            ("53100", "journal_full"),
            ("58030", "journal_io"),
            ("XX001", "journal_corrupt"),
            ("42501", "journal_cannot_open"),
            ("42P01", "not_a_journal"),
            ("28P01", "journal_cannot_open"),
            ("3D000", "journal_cannot_open"),
            ("22021", "journal_unexpected"),
        ] {
            let found = of_code(code, "deadlock detected".to_owned(), "postgres://db/runs");
            assert_eq!(found.code(), expected, "{code}");
        }
    }

    #[test]
    fn a_write_that_was_sent_and_cut_off_may_have_been_done() {
        let lost = || "connection reset".to_owned();
        let fatal = || ServerError { code: "57P01".to_owned(), message: String::new(), is_fatal: true };
        let standby = || ServerError { code: READ_ONLY.to_owned(), ..ServerError::default() };
        for (error, written, read) in [
            (ClientError::Unsent(lost()), "journal_unavailable", "journal_unavailable"),
            (ClientError::Lost(lost()), "journal_unknown_outcome", "journal_unavailable"),
            (ClientError::Unusable(String::new()), "journal_unknown_outcome", "journal_cannot_open"),
            (ClientError::Server(fatal()), "journal_unknown_outcome", "journal_unavailable"),
            (ClientError::Server(standby()), "journal_unavailable", "journal_unavailable"),
        ] {
            let said = format!("{error:?}");
            assert_eq!(Failure::from(error.clone()).of_write("j").code(), written, "{said}");
            assert_eq!(Failure::from(error).undone("j").code(), read, "{said}");
        }
    }
}
