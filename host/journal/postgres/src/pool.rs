//! Connections: made when they are needed, kept for the next one, and thrown away when they fail.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sortie_journal::JournalError;

use crate::address::Address;
use crate::client::Client;
use crate::faults::Failure;
use crate::network::Network;
use crate::options::PostgresOptions;

/// The pause before a server is tried again that could not be reached; each one in a row doubles it.
const FIRST_RETRY: Duration = Duration::from_millis(20);

/// The longest such pause.
const LONGEST_RETRY: Duration = Duration::from_millis(500);

/// The connections of a journal.
pub(crate) struct Pool {
    pub(crate) address: Address,
    pub(crate) options: PostgresOptions,
    /// What errors name.
    pub(crate) shown: String,
    network: Network,
    kept: Mutex<Connections>,
    returned: Condvar,
}

#[derive(Default)]
struct Connections {
    idle: Vec<Client>,
    /// How many are in use.
    lent: usize,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The right to a connection.
struct Permit<'p>(&'p Pool);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.kept().lent -= 1;
        self.0.returned.notify_one();
    }
}

impl Pool {
    pub(crate) fn new(address: Address, options: PostgresOptions) -> Result<Self, JournalError> {
        let shown = address.to_string();
        let network = Network::start().map_err(|error| JournalError::Unexpected { detail: error.to_string() })?;
        Ok(Self { address, options, shown, network, kept: Mutex::default(), returned: Condvar::new() })
    }

    /// Reads, or writes what can be written twice: where the connection is lost it is done again on another one, until
    /// patience ends.
    pub(crate) fn again<T>(&self, attempt: impl Fn(&mut Client) -> Result<T, Failure>) -> Result<T, JournalError> {
        self.attempt(&attempt, Failure::is_cut, Failure::undone)
    }

    /// Writes what must not be written twice: where the connection is lost before the answer is there, the outcome is not
    /// known.
    pub(crate) fn once<T>(&self, attempt: impl Fn(&mut Client) -> Result<T, Failure>) -> Result<T, JournalError> {
        self.attempt(&attempt, Failure::is_unsent, Failure::of_write)
    }

    fn attempt<T>(
        &self,
        attempt: &impl Fn(&mut Client) -> Result<T, Failure>,
        can_be_repeated: fn(&Failure) -> bool,
        error: fn(Failure, &str) -> JournalError,
    ) -> Result<T, JournalError> {
        let end = Instant::now() + self.options.patience;
        let _permit = self.permit(end)?;
        loop {
            let kept =
                std::iter::from_fn(|| self.kept().idle.pop()).find_map(|client| client.is_usable().then_some(client));
            let mut client = match kept {
                Some(client) => client,
                None => self.connect_until(end)?,
            };
            let done = attempt(&mut client);
            match done {
                Err(failure) if failure.is_cut() && can_be_repeated(&failure) && Instant::now() < end => {}
                Err(failure) => {
                    if !failure.is_cut() {
                        self.keep(client);
                    }
                    return Err(error(failure, &self.shown));
                }
                Ok(done) => {
                    self.keep(client);
                    return Ok(done);
                }
            }
        }
    }

    fn keep(&self, client: Client) {
        self.kept().idle.push(client);
    }

    fn permit(&self, end: Instant) -> Result<Permit<'_>, JournalError> {
        let mut kept = self.kept();
        while kept.lent >= self.options.connections.max(1) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(JournalError::Unavailable { detail: "all connections are in use".to_owned() });
            }
            kept = self.returned.wait_timeout(kept, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        kept.lent += 1;
        Ok(Permit(self))
    }

    /// A new connection; where the server cannot be reached it is tried again until then.
    fn connect_until(&self, end: Instant) -> Result<Client, JournalError> {
        let mut pause = FIRST_RETRY;
        loop {
            let failure = match self.connect() {
                Ok(client) => return Ok(client),
                Err(failure) => failure,
            };
            if !failure.is_passing() || Instant::now() + pause >= end {
                return Err(failure.undone(&self.shown));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_RETRY);
        }
    }

    /// A new connection that is set up, and not one of the pool's.
    pub(crate) fn connect(&self) -> Result<Client, Failure> {
        let client = Client::connect(&self.network, &self.address, self.options.answer_within)?;
        client.batch(&self.settings())?;
        Ok(client)
    }

    /// What each connection is set to. The server ends what was begun by whom it cannot reach any more.
    fn settings(&self) -> String {
        let schema = &self.address.schema;
        let millis = self.options.answer_within.as_millis();
        format!(
            "SET search_path TO \"{schema}\"; SET statement_timeout TO {millis}; SET lock_timeout TO {millis};
             SET idle_in_transaction_session_timeout TO {millis}; SET client_min_messages TO warning;
             SET tcp_keepalives_idle TO 10; SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3;
             SET default_transaction_isolation TO 'read committed'; SET synchronous_commit TO on"
        )
    }

    fn kept(&self) -> MutexGuard<'_, Connections> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_connections_as_may_be_and_not_one_more() {
        let address = "postgres://ann@127.0.0.1:1/postgres".parse().unwrap();
        let pool = Pool::new(address, PostgresOptions::default()).unwrap();
        let now = Instant::now();
        let mut held: Vec<Permit<'_>> = (0..8).map(|_| pool.permit(now).unwrap()).collect();
        let refused = pool.permit(now).map(drop).unwrap_err();
        assert_eq!((refused.code(), refused.is_passing()), ("journal_unavailable", true), "{refused}");
        held.pop();
        assert!(pool.permit(now).is_ok());
    }
}
