//! The tables: made, brought up to date, and found to be ours.
//!
//! Migrations only go forward, and only add what workers of the release before can leave alone: these go on beside newer ones.

use sortie_journal::JournalError;

use crate::client::Client;
use crate::faults::Failure;
use crate::pool::Pool;
use crate::rows::column;

/// How the tables come from each version to the next: the first entry makes version 1. Entries are only ever added.
const MIGRATIONS: [&str; 1] = [include_str!("version_1.sql")];

/// The version that the migrations lead to.
fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Makes the tables if there are none, and brings older ones up to date. Of many processes that come at once one does.
pub(crate) fn set_up(pool: &Pool) -> Result<(), JournalError> {
    pool.again(|client| {
        if version(client, pool)? != newest() {
            migrate(client, pool)?;
        }
        // A copy that was put into another server: its transactions begin at lower numbers.
        client.rows(RAISE_BASE, &[])?;
        Ok(())
    })
}

const RAISE_BASE: &str = "UPDATE journal SET base = last.position + 1
    FROM (SELECT coalesce(max(position), 0) AS position FROM changes) last
    WHERE last.position >= base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint RETURNING base";

/// The version of the tables; 0, if there are none.
fn version(client: &mut Client, pool: &Pool) -> Result<i64, Failure> {
    let corrupt = |detail| JournalError::NotAJournal { path: pool.shown.as_str().into(), detail };
    let schema = pool.address.schema.as_str();
    let found = client.row(
        "SELECT count(*) FILTER (WHERE relname = 'journal') AS journals, count(*) AS tables
             FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
             WHERE nspname = $1::text AND relkind IN ('r', 'p', 'v', 'm', 'f')",
        &[&schema],
    )?;
    let row = found.ok_or_else(|| corrupt("its tables cannot be listed".to_owned()))?;
    let (journals, tables): (i64, i64) =
        (column(&row, "journals").map_err(corrupt)?, column(&row, "tables").map_err(corrupt)?);
    if tables == 0 {
        return Ok(0);
    }
    if journals == 0 {
        let detail = format!("the schema `{schema}` has other tables");
        return Err(corrupt(detail).into());
    }
    // Not prepared: the table may be made anew. Named in full: to who may not use the schema it would not be there.
    let found = client.rows_of(&format!("SELECT version FROM \"{schema}\".journal"), &[])?.pop();
    let row = found.ok_or_else(|| corrupt("it has no version".to_owned()))?;
    let version: i64 = column(&row, "version").map_err(corrupt)?;
    if version > newest() {
        let (path, supported) = (pool.shown.as_str().into(), newest());
        return Err(JournalError::NewerVersion { path, found: version, supported }.into());
    }
    Ok(version)
}

fn migrate(client: &mut Client, pool: &Pool) -> Result<(), Failure> {
    // The lock is of the transaction, and its number stands for making tables.
    client.batch("BEGIN; SELECT pg_advisory_xact_lock(7238246001)")?;
    match bring_up_to_date(client, pool) {
        Ok(()) => Ok(client.batch("COMMIT")?),
        Err(failure) => {
            // What failed is what is to be told.
            let _ = client.batch("ROLLBACK");
            Err(failure)
        }
    }
}

fn bring_up_to_date(client: &mut Client, pool: &Pool) -> Result<(), Failure> {
    let schema = &pool.address.schema;
    let found = version(client, pool)?;
    let mut sql = String::new();
    if found == 0 {
        // Who may not make schemas may have been given one.
        sql.push_str(&format!(
            "DO $do$ BEGIN IF to_regnamespace('\"{schema}\"') IS NULL THEN CREATE SCHEMA \"{schema}\"; END IF; END $do$;\n"
        ));
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        sql.push_str(migration);
    }
    let set = if found == 0 { "INSERT INTO journal (version) VALUES" } else { "UPDATE journal SET version =" };
    sql.push_str(&format!("{set} ({})", newest()));
    Ok(client.batch(&sql)?)
}
