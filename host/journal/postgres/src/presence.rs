//! This process as a driver: present as long as it is heard of.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sortie_journal::{Driver, JournalError, Owner, RunId};

use crate::PostgresJournal;
use crate::clock::DatabaseClock;
use crate::pool::Pool;
use crate::rows::{self, column};

const BEAT: &str = "INSERT INTO drivers (owner, seen_at)
  SELECT $1::bytea, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
    WHERE set_config('synchronous_commit', 'off', true) IS NOT NULL
  ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at RETURNING seen_at AS now";
const LEAVE: &str = "DELETE FROM drivers WHERE owner = $1 RETURNING 1";
const IS_THERE: &str = "SELECT 1 FROM drivers
  WHERE owner = $1 AND seen_at > floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - $2";
/// Those that nobody asks for any more. Who is not listed counts as gone as well.
const FORGET: &str = "DELETE FROM drivers
  WHERE seen_at < floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1 RETURNING 1";

/// How long a driver is listed that is not heard of any more.
const FORGET_AFTER: i64 = 24 * 60 * 60 * 1000;

/// How often a driver says that it is there, and after what silence others take it for gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// The time from one sign to the next. Default: two seconds.
    pub every: Duration,
    /// The silence after which others end its leases. Default: fifteen seconds.
    pub gone_after: Duration,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { every: Duration::from_secs(2), gone_after: Duration::from_secs(15) }
    }
}

/// A process that drives runs of a journal in a database, in which it says now and then that it is there. One that is only cut off
/// is taken for gone too: the version of each run keeps it from writing what another one has written.
pub struct Presence {
    pool: Arc<Pool>,
    owner: Owner,
    pulse: Pulse,
    thread: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Presence {
    /// Announces this process to the other drivers of a journal.
    pub fn announce(journal: &PostgresJournal) -> Result<Self, JournalError> {
        Self::announce_with(journal, Pulse::default())
    }

    /// The same, at another pace, which has to be that of all drivers.
    pub fn announce_with(journal: &PostgresJournal, pulse: Pulse) -> Result<Self, JournalError> {
        let owner = Owner::new(format!("driver-{}-{}", std::process::id(), RunId::random()?));
        let pool = Arc::clone(journal.pool());
        pool.again(|client| Ok(client.rows(FORGET, &[&FORGET_AFTER])?))?;
        let time = Arc::clone(journal.time());
        beat(&pool, &owner, &time)?;
        let (end, ended) = mpsc::sync_channel::<()>(1);
        let (beating, beaten) = (Arc::clone(&pool), owner.clone());
        let run = move || {
            while ended.recv_timeout(pulse.every) == Err(RecvTimeoutError::Timeout) {
                // Who cannot say that it is there may be taken for gone: its runs go to others.
                let _ = beat(&beating, &beaten, &time);
            }
        };
        let unexpected = |error: std::io::Error| JournalError::Unexpected { detail: error.to_string() };
        let thread = thread::Builder::new().name("sortie-presence".to_owned()).spawn(run).map_err(unexpected)?;
        Ok(Self { pool, owner, pulse, thread: Mutex::new(Some((end, thread))) })
    }
}

/// Says that it is there, and is told the time.
fn beat(pool: &Pool, owner: &Owner, time: &DatabaseClock) -> Result<(), JournalError> {
    let asked = Instant::now();
    let beaten = pool.again(|client| Ok(client.row(BEAT, &[&owner.as_str().as_bytes()])?))?;
    if let Some(now) = beaten.and_then(|row| column(&row, "now").and_then(rows::time).ok()) {
        time.set(now, asked);
    }
    Ok(())
}

impl Driver for Presence {
    fn owner(&self) -> &Owner {
        &self.owner
    }

    /// A driver of ours that is not listed has left, and one that is silent is gone.
    fn is_gone(&self, other: &Owner) -> bool {
        if *other == self.owner || !other.as_str().starts_with("driver-") {
            return false;
        }
        let silence = i64::try_from(self.pulse.gone_after.as_millis()).unwrap_or(i64::MAX);
        let found = self.pool.again(|client| Ok(client.row(IS_THERE, &[&other.as_str().as_bytes(), &silence])?));
        // Where nobody can be asked, nobody is gone.
        matches!(found, Ok(None))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let thread = self.thread.get_mut().map(Option::take).unwrap_or_default();
        if let Some((end, thread)) = thread {
            drop(end);
            // A panic of it concerns nobody.
            let _ = thread.join();
        }
        // Others find out otherwise.
        let _ = self.pool.again(|client| Ok(client.row(LEAVE, &[&self.owner.as_str().as_bytes()])?));
    }
}
