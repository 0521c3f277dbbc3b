//! The rows of changes and of bookmarks.
//!
//! A position is the number of the transaction that wrote the change, and `base`. A transaction has its number before it
//! writes, and a change is told once all transactions of lower numbers have ended: nothing is ever added before what was told.

use std::thread::sleep;
use std::time::Duration;

use sortie_journal::{Bookmark, FeedEntry, JournalError, Lease, Owner, Position, Status, Timestamp, Version};
use tokio_postgres::Row;

use crate::client::Client;
use crate::faults::Failure;
use crate::moment::{now_without_flush, until};
use crate::rows::{column, lease, signed, time, unsigned};

/// Changes that are told: none can come before them any more.
macro_rules! told {
    () => {
        "position < (SELECT base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM journal)"
    };
}

const CHANGES: &str = concat!(
    "SELECT position, run, from_version, to_version, changes.status AS status, at
     FROM changes JOIN runs ON runs.id = run_id WHERE position > $1 AND ",
    told!(),
    " ORDER BY position LIMIT $2"
);
const POSITION: &str = concat!("SELECT coalesce(max(position), 0) AS position FROM changes WHERE ", told!());
/// Whether there are changes that are not told yet.
const UNTOLD: &str = concat!("SELECT 1 FROM changes WHERE NOT ", told!(), " LIMIT 1");
const HOLD: &str = concat!(
    "WITH ",
    now_without_flush!(),
    " INSERT INTO bookmarks (purpose, lease_owner, lease_until) VALUES ($2, $3, ",
    until!("$4"),
    ") ON CONFLICT (purpose) DO UPDATE SET lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
       WHERE bookmarks.lease_owner = excluded.lease_owner OR bookmarks.lease_until <= (SELECT now FROM t)
     RETURNING position"
);
const BOOKMARK: &str = "SELECT lease_owner, lease_until FROM bookmarks WHERE purpose = $1";
const MOVE: &str = "UPDATE bookmarks SET position = $1 WHERE purpose = $2 AND lease_owner = $3 RETURNING 1";
/// Some at a time, so that others have their turn in between.
const PRUNE: &str = "WITH gone AS (
    DELETE FROM runs WHERE id IN (
      SELECT id FROM runs WHERE status IN ('done', 'failed', 'cancelled') AND updated_at < $1
        AND id IS DISTINCT FROM (SELECT run_id FROM changes ORDER BY position DESC LIMIT 1)
      LIMIT 500 FOR UPDATE SKIP LOCKED)
    RETURNING id),
  events_of_them AS (DELETE FROM events USING gone WHERE events.run_id = gone.id),
  changes_of_them AS (DELETE FROM changes USING gone WHERE changes.run_id = gone.id)
  SELECT count(*) AS pruned FROM gone";

/// How often, and how long, the end of transactions that are under way is awaited before nothing is told.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(5);

/// The changes after a position.
pub(crate) fn changes(
    client: &mut Client,
    after: Position,
    limit: usize,
    journal: &str,
) -> Result<Vec<FeedEntry>, Failure> {
    let (after, limit) = (signed(after.get())?, i64::try_from(limit).unwrap_or(i64::MAX));
    let mut looks = 0;
    loop {
        let found = client.rows(CHANGES, &[&after, &limit])?;
        if found.is_empty() && is_held_up(client, looks)? {
            looks += 1;
            continue;
        }
        return found.iter().map(|row| change(row).map_err(|detail| corrupt(detail, journal))).collect();
    }
}

/// The position of the last change.
pub(crate) fn position(client: &mut Client, journal: &str) -> Result<Position, Failure> {
    let mut looks = 0;
    while is_held_up(client, looks)? {
        looks += 1;
    }
    let Some(row) = client.row(POSITION, &[])? else { return Ok(Position::START) };
    let position = column(&row, "position").and_then(unsigned).map_err(|detail| corrupt(detail, journal))?;
    Ok(Position::new(position))
}

/// Whether changes are there that are not told yet, and it is worth another look: a transaction takes no time.
fn is_held_up(client: &mut Client, looks: u32) -> Result<bool, Failure> {
    if looks >= LOOKS || client.row(UNTOLD, &[])?.is_none() {
        return Ok(false);
    }
    sleep(PAUSE);
    Ok(true)
}

/// Gives a bookmark to who asks for it, unless another has it.
pub(crate) fn hold(
    client: &mut Client,
    now: Option<i64>,
    purpose: &str,
    owner: &Owner,
    ttl: i64,
    journal: &str,
) -> Result<Bookmark, Failure> {
    let (purpose, owned_by) = (purpose.as_bytes(), owner.as_str().as_bytes());
    loop {
        if let Some(row) = client.row(HOLD, &[&now, &purpose, &owned_by, &ttl])? {
            let position: Option<i64> = column(&row, "position").map_err(|detail| corrupt(detail, journal))?;
            let position = position.map(unsigned).transpose().map_err(|detail| corrupt(detail, journal))?;
            return Ok(Bookmark::Granted(position.map(Position::new)));
        }
        let held: Option<Lease> = match client.row(BOOKMARK, &[&purpose])? {
            Some(row) => lease(&row).map_err(|detail| corrupt(detail, journal))?,
            None => None,
        };
        if let Some(held) = held {
            return Ok(Bookmark::Held(held));
        }
    }
}

/// Moves a bookmark, if it is still that owner's.
pub(crate) fn move_to(client: &mut Client, purpose: &str, owner: &Owner, to: Position) -> Result<bool, Failure> {
    let (purpose, owner) = (purpose.as_bytes(), owner.as_str().as_bytes());
    Ok(client.row(MOVE, &[&signed(to.get())?, &purpose, &owner])?.is_some())
}

/// Removes some of the runs that ended before that time; gives how many.
pub(crate) fn prune(client: &mut Client, ended_before: Timestamp, journal: &str) -> Result<usize, Failure> {
    let Some(row) = client.row(PRUNE, &[&ended_before.as_millis()])? else { return Ok(0) };
    let pruned: i64 = column(&row, "pruned").map_err(|detail| corrupt(detail, journal))?;
    Ok(usize::try_from(pruned).unwrap_or_default())
}

fn change(row: &Row) -> Result<FeedEntry, String> {
    let status: String = column(row, "status")?;
    Ok(FeedEntry {
        position: Position::new(unsigned(column(row, "position")?)?),
        run: column::<String>(row, "run")?.parse().map_err(|error: sortie_journal::InvalidRunId| error.to_string())?,
        from: Version::new(unsigned(column(row, "from_version")?)?),
        to: Version::new(unsigned(column(row, "to_version")?)?),
        status: Status::from_code(&status).ok_or_else(|| format!("the status `{status}` is not known"))?,
        at: time(column(row, "at")?)?,
    })
}

fn corrupt(detail: String, journal: &str) -> Failure {
    let detail = format!("what it tells of changes is damaged: {detail}");
    JournalError::CorruptFile { path: journal.into(), detail }.into()
}
