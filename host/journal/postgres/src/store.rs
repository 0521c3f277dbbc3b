//! The journal: each method a statement.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sortie_journal::{
    Bookmark, Claim, ClaimedRun, Clock, Event, FeedEntry, Filter, Head, Journal, JournalError, Lease, NewRun, Owner,
    PluginShelf, Position, RunId, RunRecord, RunSummary, Setback, Status, StoredEvent, Timestamp, Version,
};

use crate::address::Address;
use crate::client::{Client, Value};
use crate::clock::DatabaseClock;
use crate::faults::Failure;
use crate::moment::{now_without_flush, until};
use crate::options::PostgresOptions;
use crate::pool::Pool;
use crate::recent::RecentHeads;
use crate::rows::{self, EventColumns, HeadColumns, RunRow, column, json_bytes, run_columns, signed, stored};
use crate::wake::{Herald, Listeners};
use crate::{feed, lists, schema};

/// The tail of each statement that adds events to the run that `changed` gives: the events, and what is told of them.
macro_rules! events_and_change {
    ($sequences:literal, $times:literal, $kinds:literal, $bodies:literal, $chains:literal, $change:literal) => {
        concat!(
            "written AS (
              INSERT INTO events (run_id, sequence, at, kind, body, chain)
              SELECT changed.id, e.sequence, e.at, e.kind, e.body, e.chain FROM changed,
                unnest(",
            $sequences,
            "::bigint[], ",
            $times,
            "::bigint[], ",
            $kinds,
            "::text[], ",
            $bodies,
            "::bytea[], ",
            $chains,
            "::bytea[]) AS e (sequence, at, kind, body, chain)),
            told AS (
              INSERT INTO changes (position, run_id, from_version, to_version, status, at)
              SELECT journal.base + pg_current_xact_id()::text::bigint, changed.id, ",
            $change,
            " FROM changed, journal)"
        )
    };
}

const CREATE: &str = concat!(
    "WITH changed AS (
       INSERT INTO runs (run, mission, started_by, created_at, status, version, chain, updated_at, wait, assignees,
                         asked_at, deadline, lease_owner, lease_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       ON CONFLICT (run) DO NOTHING RETURNING id), ",
    events_and_change!("$15", "$16", "$17", "$18", "$19", "0, $6, $5, $8"),
    " SELECT id FROM changed"
);

const FIND: &str = concat!("SELECT ", run_columns!(), " FROM runs WHERE run = $1");

/// The events of the run of that row, as arrays. They are sorted once: an order in each aggregate would sort them for each.
macro_rules! events_of {
    ($run:literal) => {
        concat!(
            "LATERAL (
               SELECT coalesce(array_agg(sequence), '{}') AS sequences, coalesce(array_agg(at), '{}') AS times,
                      coalesce(array_agg(kind), '{}') AS kinds, coalesce(array_agg(body), '{}') AS bodies,
                      coalesce(array_agg(chain), '{}') AS chains
               FROM (SELECT * FROM events WHERE run_id = ",
            $run,
            ".id ORDER BY sequence) AS sorted) AS e"
        )
    };
}

const READ: &str = concat!("SELECT ", run_columns!(), ", e.* FROM runs, ", events_of!("runs"), " WHERE run = $1");

const APPEND: &str = concat!(
    "WITH changed AS (
       UPDATE runs SET status = $3, version = $4, chain = $5, updated_at = $6, wait = $7, assignees = $8, asked_at = $9,
         deadline = $10,
         lease_owner = CASE WHEN $11 THEN NULL ELSE lease_owner END,
         lease_until = CASE WHEN $11 THEN NULL ELSE lease_until END,
         setback = CASE WHEN $12 THEN NULL ELSE setback END,
         retry_at = CASE WHEN $12 THEN NULL ELSE retry_at END
       WHERE id = $1 AND version = $2 AND chain = $18 RETURNING id, lease_owner, lease_until, setback), ",
    events_and_change!("$13", "$14", "$15", "$16", "$17", "$2, $4, $3, $6"),
    " SELECT lease_owner, lease_until, setback FROM changed"
);

const CLAIM: &str = concat!(
    "WITH ",
    now_without_flush!(),
    " UPDATE runs SET lease_owner = $3, lease_until = ",
    until!("$4"),
    " WHERE run = $2 AND status IN ('running', 'decided')
        AND (lease_owner IS NULL OR lease_owner = $3 OR lease_until <= (SELECT now FROM t))
      RETURNING ",
    run_columns!()
);

const FIND_AT: &str = concat!(
    "SELECT coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS now, ",
    run_columns!(),
    " FROM runs WHERE run = $2"
);

/// Says what the index `drivable_by_claim` says, and so uses it. A run that was changed between the moment as of which the statement
/// reads and the claim is claimed as it is then, with the events of before.
const CLAIM_NEXT: &str = concat!(
    "WITH ",
    now_without_flush!(),
    ", next AS (
       SELECT id FROM runs WHERE status IN ('running', 'decided') AND claimable_at <= (SELECT now FROM t)
       ORDER BY claimable_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),
     claimed AS (UPDATE runs SET lease_owner = $2, claim = $4, lease_until = ",
    until!("$3"),
    " FROM next WHERE runs.id = next.id RETURNING ",
    run_columns!(),
    ") SELECT claimed.*, e.* FROM claimed, ",
    events_of!("claimed")
);

/// The run that a claim got whose answer was lost: its lease runs.
const CLAIMED: &str = concat!(
    "SELECT ",
    run_columns!(),
    ", e.* FROM runs, ",
    events_of!("runs"),
    " WHERE status IN ('running', 'decided') AND lease_owner = $2 AND claim = $3
        AND claimable_at > (SELECT coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint))"
);

const RELEASE: &str = "WITH ended AS (
    UPDATE runs SET lease_owner = NULL, lease_until = NULL WHERE run = $1 AND lease_owner = $2)
  SELECT id FROM runs WHERE run = $1";

const SET_BACK: &str = "WITH ended AS (
    UPDATE runs SET lease_owner = NULL, lease_until = NULL, setback = $3, retry_at = $4
    WHERE run = $1 AND lease_owner = $2)
  SELECT id FROM runs WHERE run = $1";

const RETRY: &str = "WITH ended AS (
    UPDATE runs SET setback = NULL, retry_at = NULL WHERE run = $1 AND setback IS NOT NULL)
  SELECT id FROM runs WHERE run = $1";

/// A journal in a database.
pub struct PostgresJournal {
    pool: Arc<Pool>,
    herald: Herald,
    listeners: Arc<Listeners>,
    recent: RecentHeads,
    time: Arc<DatabaseClock>,
    /// By which leases count, instead of the database's clock.
    clock: Option<Arc<dyn Clock>>,
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl PostgresJournal {
    /// Opens the journal at that address, and makes its tables if there are none. The database must exist.
    pub fn open(address: &Address) -> Result<Self, JournalError> {
        Self::open_with(address, PostgresOptions::default())
    }

    /// The same, with other options.
    pub fn open_with(address: &Address, options: PostgresOptions) -> Result<Self, JournalError> {
        let pool = Arc::new(Pool::new(address.clone(), options)?);
        schema::set_up(&pool)?;
        let time = Arc::new(pool.again(|client| DatabaseClock::ask(client, &pool.shown))?);
        let herald = Herald::new(Arc::clone(&pool));
        Ok(Self { pool, herald, listeners: Arc::default(), recent: RecentHeads::default(), time, clock: None })
    }

    /// The same, but leases count by that clock instead of the database's: for tests.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// The database's clock, for whoever records what happens and ends waits. It was asked when the journal was opened, and is asked
    /// again as long as this process announces its [`Presence`](crate::Presence); in between what passes here is added.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone().unwrap_or_else(|| Arc::clone(&self.time) as Arc<dyn Clock>)
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.pool.address
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    pub(crate) fn time(&self) -> &Arc<DatabaseClock> {
        &self.time
    }

    fn now(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock.now().as_millis())
    }

    /// A run that was read, if its events are what was written and agree with its row; who read it may write to it next.
    fn checked(&self, index: RunRow, events: Vec<StoredEvent>) -> Result<RunRecord, JournalError> {
        let record = RunRecord::checked(index.head.clone(), events)?;
        self.recent.keep(index);
        Ok(record)
    }

    /// Tells others of a run that they can drive.
    fn tell_of(&self, summary: &RunSummary) {
        if summary.status.is_drivable() && summary.lease.is_none() {
            self.herald.tell();
        }
    }

    /// Does something to a run, by a statement that gives a row if there is that run.
    fn of_run(&self, run: &RunId, sql: &'static str, values: &[Value<'_>]) -> Result<(), JournalError> {
        let found = self.pool.again(|client| Ok(client.row(sql, values)?))?;
        found.map(drop).ok_or_else(|| JournalError::UnknownRun { run: run.clone() })
    }

    /// Adds a run with its events.
    fn make(&self, head: Head, events: Vec<StoredEvent>) -> Result<RunSummary, JournalError> {
        let changing = HeadColumns::of(&head)?;
        let columns = EventColumns::of(events)?;
        let made = self.pool.once(|client| insert(client, &head.summary, &changing, &columns))?;
        if !made {
            return Err(JournalError::RunExists { run: head.summary.run });
        }
        self.tell_of(&head.summary);
        Ok(head.summary)
    }
}

/// Inserts a run, unless there is one of its name.
fn insert(
    client: &mut Client,
    summary: &RunSummary,
    changing: &HeadColumns,
    columns: &EventColumns,
) -> Result<bool, Failure> {
    let (run, mission, created_at) = (summary.run.as_str(), summary.mission.as_bytes(), summary.created_at.as_millis());
    let started_by = summary.started_by.as_ref().map(|actor| actor.as_str().as_bytes());
    let lease = summary.lease.as_ref();
    let owner = lease.map(|lease| lease.owner.as_str().as_bytes());
    let until = lease.map(|lease| lease.until.as_millis());
    let mut values: Vec<Value<'_>> = vec![&run, &mission, &started_by, &created_at];
    values.extend(changing.values());
    values.extend([&owner as Value<'_>, &until]);
    values.extend(columns.values());
    Ok(client.row(CREATE, &values)?.is_some())
}

fn find(pool: &Pool, run: &RunId) -> Result<RunRow, JournalError> {
    pool.again(|client| {
        let found = client.row(FIND, &[&run.as_str()])?;
        let row = found.ok_or_else(|| JournalError::UnknownRun { run: run.clone() })?;
        stored(&row, &pool.shown)
    })
}

/// An append: what is to be written, and what the run is then but for lease and setback, which others may change meanwhile.
struct Addition {
    key: i64,
    from: i64,
    /// The chain hash of the last event that is known: of another history nothing is the next event.
    behind: Vec<u8>,
    changing: HeadColumns,
    columns: EventColumns,
    ends_lease: bool,
    ends_setback: bool,
    summary: RunSummary,
}

impl Addition {
    fn of(stored: RunRow, at: Timestamp, events: &[Event]) -> Result<Self, JournalError> {
        let RunRow { key, mut head } = stored;
        let from = signed(head.summary.version.get())?;
        let behind = head.chain.as_bytes().to_vec();
        // Whether they end is told by what becomes of any.
        head.summary.lease = Some(Lease { owner: Owner::new(""), until: at });
        head.summary.setback =
            Some(Setback { code: String::new(), reason: String::new(), attempts: 0, retry_at: None });
        let (head, sealed) = head.append(at, events)?;
        let (ends_lease, ends_setback) = (head.summary.lease.is_none(), head.summary.setback.is_none());
        let (changing, columns) = (HeadColumns::of(&head)?, EventColumns::of(sealed)?);
        Ok(Self { key, from, behind, changing, columns, ends_lease, ends_setback, summary: head.summary })
    }

    /// Writes it, if the run still has its version; gives the run as it is then.
    fn write(&self, client: &mut Client, journal: &str) -> Result<Option<RunSummary>, Failure> {
        let mut values: Vec<Value<'_>> = vec![&self.key, &self.from];
        values.extend(self.changing.values());
        values.extend([&self.ends_lease as Value<'_>, &self.ends_setback]);
        values.extend(self.columns.values());
        values.push(&self.behind);
        let changed = client.row(APPEND, &values)?;
        let Some(row) = changed else { return Ok(None) };
        let corrupt = |detail| JournalError::CorruptFile { path: journal.into(), detail };
        let mut summary = self.summary.clone();
        summary.lease = rows::lease(&row).map_err(corrupt)?;
        summary.setback = rows::setback(&row).map_err(corrupt)?;
        Ok(Some(summary))
    }
}

fn millis(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX).min(Timestamp::MAX.as_millis())
}

impl Journal for PostgresJournal {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::create(&new.run, new.at, &new.events, new.lease.clone())?;
        self.make(head, events)
    }

    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        let (head, events) = Head::replay(&record.summary.run, &record.events)?;
        self.make(head, events)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        let (index, events) = self.pool.again(|client| {
            let found = client.row(READ, &[&run.as_str()])?;
            let row = found.ok_or_else(|| JournalError::UnknownRun { run: run.clone() })?;
            let found = stored(&row, &self.pool.shown)?;
            let events = rows::events(&row, &found.head)?;
            Ok((found, events))
        })?;
        self.checked(index, events)
    }

    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        let conflict = |current| JournalError::Conflict { run: run.clone(), expected, current };
        let recent = if events.is_empty() { None } else { self.recent.take(run, expected) };
        let found = match recent {
            Some(recent) => recent,
            None => find(&self.pool, run)?,
        };
        let current = found.head.summary.version;
        if current != expected {
            return Err(conflict(current));
        }
        if events.is_empty() {
            return Ok(found.head.summary);
        }
        let addition = Addition::of(found, at, events)?;
        match self.pool.once(|client| addition.write(client, &self.pool.shown))? {
            Some(summary) => {
                self.tell_of(&summary);
                Ok(summary)
            }
            None => Err(conflict(find(&self.pool, run)?.head.summary.version)),
        }
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        filter.check()?;
        self.pool.again(|client| lists::list(client, filter, &self.pool.shown))
    }

    fn count(&self, status: Status) -> Result<usize, JournalError> {
        self.pool.again(|client| lists::count(client, status, &self.pool.shown))
    }

    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        let now = self.now();
        self.pool.again(|client| claim(client, &self.pool, now, run, owner, ttl))
    }

    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        Ok(self.take_next(owner, ttl)?.map(|claimed| claimed.summary))
    }

    fn take_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<ClaimedRun>, JournalError> {
        let (now, ttl, owned_by) = (self.now(), millis(ttl), owner.as_str().as_bytes());
        let mut number = [0_u8; 16];
        getrandom::fill(&mut number).map_err(|error| JournalError::Randomness { detail: error.to_string() })?;
        let number = number.as_slice();
        // An answer that got lost would leave a run with a lease that nobody knows of.
        let is_first = Cell::new(true);
        let claimed = self.pool.again(|client| {
            let lost = if is_first.replace(false) { None } else { client.row(CLAIMED, &[&now, &owned_by, &number])? };
            let row = match lost {
                Some(row) => Some(row),
                None => client.row(CLAIM_NEXT, &[&now, &owned_by, &ttl, &number])?,
            };
            let claimed = row.map(|row| {
                let found = stored(&row, &self.pool.shown)?;
                let events = rows::events(&row, &found.head);
                Ok::<_, Failure>((found, events))
            });
            claimed.transpose()
        })?;
        let Some((index, events)) = claimed else { return Ok(None) };
        let summary = index.head.summary.clone();
        // Damaged, or changed just before the claim: read anew, it is known which.
        let record = events.and_then(|events| self.checked(index, events)).or_else(|_| self.read(&summary.run));
        Ok(Some(ClaimedRun { summary, record }))
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        self.of_run(run, RELEASE, &[&run.as_str(), &owner.as_str().as_bytes()])?;
        self.herald.tell();
        Ok(())
    }

    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        let retry_at = setback.retry_at.map(Timestamp::as_millis);
        let told = json_bytes(setback)?;
        self.of_run(run, SET_BACK, &[&run.as_str(), &owner.as_str().as_bytes(), &told, &retry_at])
    }

    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.of_run(run, RETRY, &[&run.as_str()])?;
        self.herald.tell();
        Ok(())
    }

    fn plugins(&self) -> Option<&dyn PluginShelf> {
        Some(self)
    }

    fn on_drivable(&self, call: Arc<dyn Fn() + Send + Sync>) {
        self.listeners.add(&self.pool, call);
    }

    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.pool.again(|client| feed::changes(client, after, limit, &self.pool.shown))
    }

    fn position(&self) -> Result<Position, JournalError> {
        self.pool.again(|client| feed::position(client, &self.pool.shown))
    }

    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        let (now, ttl) = (self.now(), millis(ttl));
        self.pool.again(|client| feed::hold(client, now, purpose, owner, ttl, &self.pool.shown))
    }

    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        self.pool.again(|client| feed::move_to(client, purpose, owner, to))
    }

    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        let mut pruned = 0;
        loop {
            match self.pool.again(|client| feed::prune(client, ended_before, &self.pool.shown))? {
                0 => return Ok(pruned),
                count => pruned += count,
            }
        }
    }
}

/// Claims a run by its name, or says what keeps it from being claimed.
fn claim(
    client: &mut Client,
    pool: &Pool,
    now: Option<i64>,
    run: &RunId,
    owner: &Owner,
    ttl: Duration,
) -> Result<Claim, Failure> {
    let (name, owned_by, length) = (run.as_str(), owner.as_str().as_bytes(), millis(ttl));
    // Each time it begins again somebody else's lease ended in between, or their claim.
    loop {
        if let Some(row) = client.row(CLAIM, &[&now, &name, &owned_by, &length])? {
            return Ok(Claim::Granted(Box::new(stored(&row, &pool.shown)?.head.summary)));
        }
        let found = client.row(FIND_AT, &[&now, &name])?;
        let row = found.ok_or_else(|| JournalError::UnknownRun { run: run.clone() })?;
        let corrupt = |detail| JournalError::CorruptFile { path: pool.shown.as_str().into(), detail };
        let time = column(&row, "now").and_then(rows::time).map_err(corrupt)?;
        match Claim::judge(stored(&row, &pool.shown)?.head.summary, owner, time, ttl) {
            Claim::Granted(_) => {}
            other @ (Claim::Held(_) | Claim::Idle(_)) => return Ok(other),
        }
    }
}
