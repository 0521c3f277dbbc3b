//! How a journal is used.

use std::time::Duration;

/// How a journal is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How many connections to have at most. Default: 8.
    pub connections: usize,
    /// How long to look for a server that cannot be reached, or for a connection that is free, before giving up as
    /// [`Unavailable`](sortie_journal::JournalError::Unavailable): so long a restart or a failover may take that nobody notices. Default: 20 s.
    pub patience: Duration,
    /// How long to wait for the answer to a statement before the connection is taken for lost. Default: 20 s.
    pub answer_within: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        let (patience, answer_within) = (Duration::from_secs(20), Duration::from_secs(20));
        Self { connections: 8, patience, answer_within }
    }
}
