//! Lists of runs: a filter as statements that its indexes serve.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params_from_iter};

use sortie_journal::query::{QueryValue, RunClass, RunQuery};
use sortie_journal::{Filter, JournalError, RunSummary, Status};

use crate::faults::Failure;
use crate::rows::{self, RUN_COLUMNS};

/// The summaries that a filter lets through.
pub(crate) fn list(tx: &Connection, filter: &Filter) -> Result<Vec<RunSummary>, Failure> {
    let limit = filter.limit.unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let query = RunQuery::of(filter);
    for class in &query.classes {
        let (sql, values) = statement(*class, &query);
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let most = found.len().saturating_add(limit);
        let mut last: Option<RunSummary> = None;
        while found.len() < most {
            let Some(row) = rows.next()? else { break };
            let summary = rows::read(row)?.head.summary;
            // The pages of an index may lead to each other, so that what it lists never ends.
            if last.is_some_and(|last| filter.order.compare(&last, &summary).is_ge()) {
                let detail = "the list that it stands in has no order".to_owned();
                return Err(JournalError::CorruptIndex { run: summary.run, detail }.into());
            }
            last = Some(summary.clone());
            if filter.admits(&summary) {
                found.push(summary);
            }
        }
    }
    if query.classes.len() > 1 {
        found.sort_by(|one, other| filter.order.compare(one, other));
        found.truncate(limit);
    }
    Ok(found)
}

/// How many runs stand so.
pub(crate) fn count(tx: &Connection, status: Status) -> Result<usize, Failure> {
    // The status is a word of ours, written out so that its index is found.
    let sql = format!("SELECT count(*) FROM runs WHERE status = '{}'", status.code());
    let count: i64 = tx.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// A statement that gives all runs of a class that a filter can let through, and few others, in its order.
fn statement(class: RunClass, query: &RunQuery<'_>) -> (String, Vec<SqlValue>) {
    let spelled: Vec<String> = query.conditions.iter().map(|condition| condition.text.clone()).collect();
    let values = query.conditions.iter().flat_map(|condition| &condition.values).map(|value| match value {
        QueryValue::Text(text) => SqlValue::from((*text).to_owned()),
        QueryValue::Name(name) => SqlValue::from(name.clone()),
        QueryValue::Time(time) => SqlValue::from(time.as_millis()),
    });
    let sql = format!("SELECT id, {RUN_COLUMNS} FROM runs{}{}", query.clause(class, &spelled), query.order());
    (sql, values.collect())
}

#[cfg(test)]
mod tests {
    use sortie_journal::{Order, Timestamp};

    use super::*;

    #[test]
    fn lists_are_read_by_their_index_without_sorting() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("version_1.sql")).unwrap();
        connection.execute_batch(include_str!("version_2.sql")).unwrap();
        connection.execute_batch(include_str!("version_3.sql")).unwrap();
        let now = Timestamp::MIN;
        let cursor = "oldest~5~run".parse().unwrap();
        let cases = [
            (Filter::default(), "SCAN runs USING INDEX runs_by_creation"),
            (Filter { order: Order::Newest, ..Filter::default() }, "SCAN runs USING INDEX runs_by_creation"),
            (Filter::waiting(), "SCAN runs USING INDEX waiting_by_creation"),
            (Filter { order: Order::Due, ..Filter::waiting() }, "SCAN runs USING INDEX waiting_by_deadline"),
            (Filter::expired(now), "SEARCH runs USING INDEX waiting_by_deadline (due_at<?)"),
            (Filter::drivable(), "SCAN runs USING INDEX drivable_by_creation"),
            (Filter::ended(), "SCAN runs USING INDEX ended_by_change"),
            (
                Filter { after: Some(cursor), ..Filter::waiting() },
                "SEARCH runs USING INDEX waiting_by_creation ((created_at,run)>(?,?))",
            ),
        ];
        let plan = |filter: &Filter| -> Vec<String> {
            let query = RunQuery::of(filter);
            assert_eq!(query.classes.len(), 1, "{filter:?}");
            let (sql, values) = statement(query.classes[0], &query);
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan = explain.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
            plan.map(Result::unwrap).collect()
        };
        for (filter, expected) in cases {
            assert_eq!(plan(&filter), [expected], "{filter:?}");
        }
        // The few that are claimed are sorted, and the many that could be are not looked at.
        let by_claim = "SEARCH runs USING INDEX drivable_by_claim (claimable_at>?)";
        assert_eq!(plan(&Filter::claimed()), [by_claim, "USE TEMP B-TREE FOR ORDER BY"]);
    }
}
