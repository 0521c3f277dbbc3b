//! Lists of runs: a filter as statements that its indexes serve.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params_from_iter};

use sortie_journal::{Filter, Order, RunSummary, Status};

use crate::faults::Failure;
use crate::rows::{self, RUN_COLUMNS};

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
pub(crate) fn list(tx: &Connection, filter: &Filter) -> Result<Vec<RunSummary>, Failure> {
    let limit = filter.limit.unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let classes = Class::of(&filter.statuses, filter.order);
    for class in &classes {
        let (sql, values) = statement(*class, filter);
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let most = found.len().saturating_add(limit);
        while found.len() < most {
            let Some(row) = rows.next()? else { break };
            let summary = rows::read(row)?.head.summary;
            if filter.admits(&summary) {
                found.push(summary);
            }
        }
    }
    if classes.len() > 1 {
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
fn statement(class: Class, filter: &Filter) -> (String, Vec<SqlValue>) {
    let column = match filter.order {
        Order::Oldest | Order::Newest => "created_at",
        Order::Changed => "updated_at",
        Order::Due => "due_at",
    };
    let (direction, behind) = if filter.order.descends() { (" DESC", "<") } else { ("", ">") };
    let mut conditions: Vec<String> = class.condition().map(str::to_owned).into_iter().collect();
    let mut values: Vec<SqlValue> = Vec::new();
    let mut narrow = |condition: &str, of: Vec<SqlValue>| {
        conditions.push(condition.to_owned());
        values.extend(of);
    };
    if let Some(mission) = &filter.mission {
        narrow("mission = ?", vec![mission.clone().into()]);
    }
    if let Some(person) = &filter.started_by {
        narrow("started_by = ?", vec![person.as_str().to_owned().into()]);
    }
    if let Some(time) = filter.asked_by {
        narrow("asked_at <= ?", vec![time.as_millis().into()]);
    }
    if let Some(time) = filter.due_by {
        narrow("due_at <= ?", vec![time.as_millis().into()]);
    }
    if let Some(prefix) = &filter.prefix {
        // No character of a run id comes after `~`.
        narrow("run >= ? AND run < ?", vec![prefix.clone().into(), format!("{prefix}~").into()]);
    }
    if let Some(cursor) = &filter.after {
        let place = vec![cursor.key().as_millis().into(), cursor.run().as_str().to_owned().into()];
        narrow(&format!("({column}, run) {behind} (?, ?)"), place);
    }
    let conditions = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    (format!("SELECT id, {RUN_COLUMNS} FROM runs{conditions} ORDER BY {column}{direction}, run{direction}"), values)
}

#[cfg(test)]
mod tests {
    use sortie_journal::Timestamp;

    use super::*;

    #[test]
    fn lists_are_read_by_their_index_without_sorting() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("version_1.sql")).unwrap();
        connection.execute_batch(include_str!("version_2.sql")).unwrap();
        let now = Timestamp::MIN;
        let cursor = "5~run".parse().unwrap();
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
        for (filter, expected) in cases {
            let classes = Class::of(&filter.statuses, filter.order);
            assert_eq!(classes.len(), 1, "{filter:?}");
            let (sql, values) = statement(classes[0], &filter);
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan = explain.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
            let plan: Vec<String> = plan.map(Result::unwrap).collect();
            assert_eq!(plan, [expected], "{sql}");
        }
    }

    #[test]
    fn each_class_has_the_statuses_that_its_condition_names() {
        for class in [Class::Waiting, Class::Drivable, Class::Ended] {
            for status in Status::ALL {
                let named = class.condition().unwrap().contains(&format!("'{status}'"));
                assert_eq!(named, class.statuses().contains(&status), "{class:?} {status}");
            }
        }
    }
}
