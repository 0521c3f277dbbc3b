//! Lists of runs: a filter as a statement that the indexes serve.

use sortie_journal::{Filter, JournalError, Order, RunSummary, Status, Timestamp};
use tokio_postgres::types::{ToSql, Type};

use crate::client::{Client, Value};
use crate::faults::Failure;
use crate::rows::{column, run_columns, stored};

/// A value of a filter, with its type: the statements are put together, and so not prepared.
type Parameter = (Box<dyn ToSql + Sync>, Type);

/// Statuses whose runs have indexes of their own, with the words that these are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    All,
    Waiting,
    Drivable,
    Ended,
}

impl Class {
    /// The classes that together have all runs of these statuses. The whole table has an index by creation alone.
    fn of(statuses: &[Status], order: Order) -> Vec<Self> {
        let of_all = Status::ALL.iter().all(|status| statuses.contains(status));
        if (statuses.is_empty() || of_all) && matches!(order, Order::Oldest | Order::Newest) {
            return vec![Self::All];
        }
        let wanted =
            |class: &Self| statuses.is_empty() || statuses.iter().any(|status| class.statuses().contains(status));
        [Self::Waiting, Self::Drivable, Self::Ended].into_iter().filter(wanted).collect()
    }

    fn statuses(self) -> &'static [Status] {
        match self {
            Self::All => &Status::ALL,
            Self::Waiting => &[Status::Waiting],
            Self::Drivable => &[Status::Running, Status::Decided],
            Self::Ended => &[Status::Done, Status::Failed, Status::Cancelled],
        }
    }

    fn condition(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Waiting => Some("status = 'waiting'"),
            Self::Drivable => Some("status IN ('running', 'decided')"),
            Self::Ended => Some("status IN ('done', 'failed', 'cancelled')"),
        }
    }
}

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
    let column = match filter.order {
        Order::Oldest | Order::Newest => "created_at",
        Order::Changed => "updated_at",
        Order::Due => "due_at",
    };
    let (direction, behind) = if filter.order.descends() { (" DESC", "<") } else { ("", ">") };
    let (conditions, values) = conditions(filter, column, behind);
    // A number in the text lets the planner know how few rows are wanted.
    let limit = filter.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    let parts = Class::of(&filter.statuses, filter.order).into_iter().map(|class| {
        let all: Vec<&str> = class.condition().into_iter().chain(conditions.iter().map(String::as_str)).collect();
        let all = if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) };
        format!("(SELECT {} FROM runs{all} ORDER BY {column}{direction}, run{direction}{limit})", run_columns!())
    });
    (parts.collect::<Vec<_>>().join(" UNION ALL "), values)
}

/// What a run has to be beside its class.
fn conditions(filter: &Filter, column: &str, behind: &str) -> (Vec<String>, Vec<Parameter>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Parameter> = Vec::new();
    // `?` stands for the next parameter.
    let mut narrow = |condition: &str, of: Vec<Parameter>| {
        let mut pieces = condition.split('?');
        let mut numbered = pieces.next().unwrap_or_default().to_owned();
        for (value, piece) in of.into_iter().zip(pieces) {
            values.push(value);
            numbered.push_str(&format!("${}{piece}", values.len()));
        }
        conditions.push(numbered);
    };
    let bytes = |text: &str| -> Parameter { (Box::new(text.as_bytes().to_vec()), Type::BYTEA) };
    let text = |text: String| -> Parameter { (Box::new(text), Type::TEXT) };
    let millis = |time: Timestamp| -> Parameter { (Box::new(time.as_millis()), Type::INT8) };
    if !filter.statuses.is_empty() {
        let statuses: Vec<&'static str> = filter.statuses.iter().map(|status| status.code()).collect();
        narrow("status = ANY(?)", vec![(Box::new(statuses), Type::TEXT_ARRAY)]);
    }
    if let Some(mission) = &filter.mission {
        narrow("mission = ?", vec![bytes(mission)]);
    }
    if let Some(person) = &filter.started_by {
        narrow("started_by = ?", vec![bytes(person.as_str())]);
    }
    if let Some(person) = &filter.assignee {
        narrow("(assignees = '{}' OR ? = ANY(assignees))", vec![bytes(person.as_str())]);
    }
    if let Some(time) = filter.asked_by {
        narrow("asked_at <= ?", vec![millis(time)]);
    }
    if let Some(time) = filter.due_by {
        narrow("deadline IS NOT NULL AND due_at <= ?", vec![millis(time)]);
    }
    match filter.set_aside {
        Some(true) => narrow("setback IS NOT NULL AND retry_at IS NULL", Vec::new()),
        Some(false) => narrow("(setback IS NULL OR retry_at IS NOT NULL)", Vec::new()),
        None => {}
    }
    if let Some(prefix) = &filter.prefix {
        // No character of a run id comes after `~`. Another character than theirs names no run.
        let prefix: String = prefix.chars().filter(|character| *character != '\0').collect();
        narrow("run >= ? AND run < ?", vec![text(prefix.clone()), text(format!("{prefix}~"))]);
    }
    if let Some(cursor) = &filter.after {
        let place = vec![millis(cursor.key()), text(cursor.run().as_str().to_owned())];
        narrow(&format!("({column}, run) {behind} (?, ?)"), place);
    }
    (conditions, values)
}
