//! The time by the database's clock, for what is no statement: what is recorded, and when a wait ends.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sortie_journal::{Clock, JournalError, Timestamp};

use crate::client::Client;
use crate::faults::Failure;
use crate::rows::{column, time};

const TIME: &str = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

/// How soon an answer has to come to be taken for the time.
const PROMPT: Duration = Duration::from_millis(500);

/// The database's clock as far as it is known here: what it said last, and what has passed since then. So many machines agree
/// on a deadline whose own clocks do not. Telling the time asks nobody.
#[derive(Debug)]
pub(crate) struct DatabaseClock {
    said: Mutex<(Timestamp, Instant)>,
}

impl DatabaseClock {
    /// Asks for the time for the first time.
    pub(crate) fn ask(client: &mut Client, journal: &str) -> Result<Self, Failure> {
        let corrupt = |detail| JournalError::CorruptFile { path: journal.into(), detail };
        let row = client.row(TIME, &[])?.ok_or_else(|| corrupt("it does not tell the time".to_owned()))?;
        let now = column(&row, "now").and_then(time).map_err(corrupt)?;
        Ok(Self { said: Mutex::new((now, Instant::now())) })
    }

    /// Takes note of an answer to who asked then. One that took long tells what the time was a while ago.
    pub(crate) fn set(&self, now: Timestamp, asked: Instant) {
        if asked.elapsed() > PROMPT {
            return;
        }
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = (now, Instant::now());
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let (time, since) = *self.said.lock().unwrap_or_else(PoisonError::into_inner);
        time.plus(since.elapsed())
    }
}
