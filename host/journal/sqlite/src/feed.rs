//! The rows of changes and of bookmarks.

use rusqlite::{Connection, OptionalExtension, Row, params};

use sortie_journal::{Bookmark, FeedEntry, Lease, Owner, Position, RunSummary, Status, Timestamp, Version};

use crate::faults::Failure;
use crate::kill_point;

const TELL: &str = "INSERT INTO changes (run_id, from_version, to_version, status, at) VALUES (?1, ?2, ?3, ?4, ?5)";
const CHANGES: &str = "SELECT position, run, from_version, to_version, changes.status, at
    FROM changes JOIN runs ON runs.id = run_id WHERE position > ?1 ORDER BY position LIMIT ?2";
const POSITION: &str = "SELECT ifnull(max(position), 0) FROM changes";
const BOOKMARK: &str = "SELECT position, lease_owner, lease_until FROM bookmarks WHERE purpose = ?1";
const HOLD: &str = "INSERT INTO bookmarks (purpose, lease_owner, lease_until) VALUES (?1, ?2, ?3)
    ON CONFLICT (purpose) DO UPDATE SET lease_owner = excluded.lease_owner, lease_until = excluded.lease_until";
const MOVE: &str = "UPDATE bookmarks SET position = ?1 WHERE purpose = ?2 AND lease_owner = ?3";
const PRUNABLE: &str = "SELECT id FROM runs WHERE status IN ('done', 'failed', 'cancelled') AND updated_at < ?1
    AND id IS NOT (SELECT run_id FROM changes ORDER BY position DESC LIMIT 1) LIMIT ?2";

/// Tells of a write to a run.
pub(crate) fn tell(tx: &Connection, key: i64, from: Version, summary: &RunSummary) -> Result<(), Failure> {
    let RunSummary { status, version, updated_at, .. } = summary;
    let values = params![key, signed(from.get()), signed(version.get()), status.code(), updated_at.as_millis()];
    tx.prepare_cached(TELL)?.execute(values)?;
    kill_point::reach();
    Ok(())
}

/// The changes after a position.
pub(crate) fn changes(tx: &Connection, after: Position, limit: usize) -> Result<Vec<FeedEntry>, Failure> {
    let mut statement = tx.prepare_cached(CHANGES)?;
    let mut rows = statement.query([signed(after.get()), i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let change = change(row).map_err(|detail| Failure::CorruptRow(format!("a change is damaged: {detail}")))?;
        found.push(change);
    }
    Ok(found)
}

fn change(row: &Row<'_>) -> Result<FeedEntry, String> {
    let number = |index: usize| -> Result<u64, String> {
        let number: i64 = row.get(index).map_err(|error| error.to_string())?;
        u64::try_from(number).map_err(|_| "a number is negative".to_owned())
    };
    let text = |index: usize| -> Result<String, String> { row.get(index).map_err(|error| error.to_string()) };
    let status = text(4)?;
    let at: i64 = row.get(5).map_err(|error| error.to_string())?;
    Ok(FeedEntry {
        position: Position::new(number(0)?),
        run: text(1)?.parse().map_err(|error: sortie_journal::InvalidRunId| error.to_string())?,
        from: Version::new(number(2)?),
        to: Version::new(number(3)?),
        status: Status::from_code(&status).ok_or_else(|| format!("the status `{status}` is not known"))?,
        at: Timestamp::from_millis(at).map_err(|error| error.to_string())?,
    })
}

/// The position of the last change.
pub(crate) fn position(tx: &Connection) -> Result<Position, Failure> {
    let position: i64 = tx.prepare_cached(POSITION)?.query_row([], |row| row.get(0))?;
    Ok(Position::new(u64::try_from(position).unwrap_or_default()))
}

/// Gives a bookmark to who asks for it, unless another has it.
pub(crate) fn hold(tx: &Connection, purpose: &str, lease: &Lease, now: Timestamp) -> Result<Bookmark, Failure> {
    let columns =
        |row: &Row<'_>| -> rusqlite::Result<(Option<i64>, String, i64)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
    let found = tx.prepare_cached(BOOKMARK)?.query_row([purpose], columns).optional()?;
    let mut position = None;
    if let Some((at, owner, until)) = found {
        let held = Lease { owner: Owner::new(owner), until: Timestamp::from_millis(until).unwrap_or(Timestamp::MIN) };
        if held.owner != lease.owner && now < held.until {
            return Ok(Bookmark::Held(held));
        }
        position = at.and_then(|at| u64::try_from(at).ok()).map(Position::new);
    }
    tx.prepare_cached(HOLD)?.execute(params![purpose, lease.owner.as_str(), lease.until.as_millis()])?;
    kill_point::reach();
    Ok(Bookmark::Granted(position))
}

/// Moves a bookmark, if it is still that owner's.
pub(crate) fn move_to(tx: &Connection, purpose: &str, owner: &Owner, to: Position) -> Result<bool, Failure> {
    let moved = tx.prepare_cached(MOVE)?.execute(params![signed(to.get()), purpose, owner.as_str()])?;
    kill_point::reach();
    Ok(moved > 0)
}

/// Removes some of the runs that ended before that time; gives how many.
pub(crate) fn prune(tx: &Connection, ended_before: Timestamp, most: usize) -> Result<usize, Failure> {
    let keys: Vec<i64> = {
        let mut statement = tx.prepare_cached(PRUNABLE)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map([ended_before.as_millis(), most], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    // Events are removed after their run, by which the file knows that they may be.
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    for key in &keys {
        for sql in [
            "DELETE FROM runs WHERE id = ?1",
            "DELETE FROM events WHERE run_id = ?1",
            "DELETE FROM changes WHERE run_id = ?1",
        ] {
            tx.prepare_cached(sql)?.execute([key])?;
            kill_point::reach();
        }
    }
    Ok(keys.len())
}

/// SQLite's integers are signed. No journal has so many events.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
