//! Why a server does not start.

use std::io;
use std::net::SocketAddr;

use sortie_host::journal::JournalError;
use sortie_json::{Code, UserError};

use crate::codes;
use crate::identity::PasskeysError;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It cannot listen.
    #[error("the server cannot listen at {address}: {error}")]
    Address {
        /// Where it should.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// Others could reach it, and it knows nobody.
    #[error("the server can be reached by others at {0}, but has no users")]
    NoUsers(SocketAddr),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The passkeys cannot be read.
    #[error(transparent)]
    Passkeys(#[from] PasskeysError),
    /// The operating system gives no threads or timers.
    #[error("the server cannot run: {0}")]
    Runtime(io::Error),
}

impl UserError for ServerError {
    fn code(&self) -> Code {
        match self {
            Self::Address { .. } | Self::Runtime(_) => codes::SERVER_ADDRESS,
            Self::NoUsers(_) => codes::USERS_NEEDED,
            Self::Journal(error) => UserError::code(error),
            Self::Passkeys(error) => UserError::code(error),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Journal(error) => UserError::help(error),
            Self::Passkeys(error) => UserError::help(error),
            Self::Address { .. } | Self::NoUsers(_) | Self::Runtime(_) => Some(self.code_help()),
        }
    }
}

impl ServerError {
    fn code_help(&self) -> String {
        UserError::code(self).remedy().to_owned()
    }
}
