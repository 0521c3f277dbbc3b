//! Lists of runs: a filter as a statement that the indexes serve.

use sortie_journal::query::{Condition, QueryValue, RunQuery};
use sortie_journal::{Filter, JournalError, RunSummary, Status};
use tokio_postgres::types::{ToSql, Type};

use crate::client::{Client, Value};
use crate::faults::Failure;
use crate::rows::{column, run_columns, stored};

/// A value of a filter, with its type: the statements are put together, and so not prepared.
type Parameter = (Box<dyn ToSql + Sync>, Type);

/// The summaries that a filter lets through.
pub(crate) fn list(client: &Client, filter: &Filter, journal: &str) -> Result<Vec<RunSummary>, Failure> {
    let (sql, values) = statement(filter);
    let values: Vec<(Value<'_>, Type)> = values.iter().map(|(value, of)| (&**value as Value<'_>, of.clone())).collect();
    let rows = client.rows_of(&sql, &values)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let summary = stored(row, journal)?.head.summary;
        // The filter has the last word.
        if filter.admits(&summary) {
            found.push(summary);
        }
    }
    // The classes are each in order.
    found.sort_by(|one, other| filter.order.compare(one, other));
    found.truncate(filter.limit.unwrap_or(usize::MAX));
    Ok(found)
}

/// How many runs stand so.
pub(crate) fn count(client: &Client, status: Status, journal: &str) -> Result<usize, Failure> {
    // The status is a word of ours, written out so that its index is found.
    let sql = format!("SELECT count(*) AS runs FROM runs WHERE status = '{}'", status.code());
    let row = client.rows_of(&sql, &[])?.pop();
    let count = row.map_or(Ok(0), |row| column::<i64>(&row, "runs"));
    let corrupt = |detail| JournalError::CorruptFile { path: journal.into(), detail };
    Ok(usize::try_from(count.map_err(corrupt)?).unwrap_or_default())
}

/// A statement that gives all runs that a filter lets through, and no others: a part for each class, in its order.
fn statement(filter: &Filter) -> (String, Vec<Parameter>) {
    let mut query = RunQuery::of(filter);
    if let Some(person) = &filter.assignee {
        let text = "(assignees = '{}' OR ? = ANY(assignees))".to_owned();
        query.conditions.push(Condition { text, values: vec![QueryValue::Text(person.as_str())] });
    }
    let (spelled, values) = numbered(&query.conditions);
    // A number in the text lets the planner know how few rows are wanted.
    let limit = filter.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    let parts = query.classes.iter().map(|class| {
        let (clause, order) = (query.clause(*class, &spelled), query.order());
        format!("(SELECT {} FROM runs{clause}{order}{limit})", run_columns!())
    });
    (parts.collect::<Vec<_>>().join(" UNION ALL "), values)
}

/// The conditions with their parameters numbered, and these.
fn numbered(conditions: &[Condition<'_>]) -> (Vec<String>, Vec<Parameter>) {
    let mut values: Vec<Parameter> = Vec::new();
    let spelled = conditions.iter().map(|Condition { text, values: of }| {
        let mut pieces = text.split('?');
        let mut numbered = pieces.next().unwrap_or_default().to_owned();
        for (value, piece) in of.iter().zip(pieces) {
            values.push(parameter(value));
            numbered.push_str(&format!("${}{piece}", values.len()));
        }
        numbered
    });
    (spelled.collect(), values)
}

fn parameter(value: &QueryValue<'_>) -> Parameter {
    match value {
        QueryValue::Text(text) => (Box::new(text.as_bytes().to_vec()), Type::BYTEA),
        QueryValue::Name(name) => (Box::new(name.clone()), Type::TEXT),
        QueryValue::Time(time) => (Box::new(time.as_millis()), Type::INT8),
    }
}
