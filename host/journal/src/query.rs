//! A filter as stores ask for it that keep runs in tables: what is the same in every dialect of SQL.

use crate::{Filter, Order, Status, Timestamp};

/// Runs that have indexes of their own, by their statuses: closed, as the indexes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunClass {
    /// All runs, whose index is by creation alone.
    All,
    /// Those that wait.
    Waiting,
    /// Those that can be driven.
    Drivable,
    /// Those that have ended.
    Ended,
}

/// A list of runs: for each class a part of it, in order, from a table with a column for each thing that is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct RunQuery<'f> {
    /// Which parts.
    pub classes: Vec<RunClass>,
    /// What else a run has to be.
    pub conditions: Vec<Condition<'f>>,
    /// By which column the parts are in order, and then by `run`.
    column: &'static str,
    /// What follows the columns of the order: nothing, or ` DESC`.
    direction: &'static str,
}

/// What a run has to be, in SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition<'f> {
    /// The words: each `?` stands for one of the values, in their order.
    pub text: String,
    /// The values.
    pub values: Vec<QueryValue<'f>>,
}

/// A value of a condition: closed, as a store has to know how it keeps each.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryValue<'f> {
    /// A text of missions or people, in which any character may be.
    Text(&'f str),
    /// A part of a run's name.
    Name(String),
    /// A time.
    Time(Timestamp),
}

impl RunClass {
    /// The classes that together have all runs of these statuses.
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

    /// The words that its indexes are made with, by which they are found.
    fn condition(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Waiting => Some("status = 'waiting'"),
            Self::Drivable => Some("status IN ('running', 'decided')"),
            Self::Ended => Some("status IN ('done', 'failed', 'cancelled')"),
        }
    }
}

/// Whether only runs are wanted that an index tells apart from those that can be claimed at any time, which may be many.
fn is_by_claim(filter: &Filter) -> bool {
    filter.leased && filter.set_aside == Some(false)
}

impl<'f> RunQuery<'f> {
    /// The query of a filter, whose assignee is not in it: who may answer, each store keeps in its own way.
    pub fn of(filter: &'f Filter) -> Self {
        let column = match filter.order {
            // Not by its index: there are few, and another leads to them.
            Order::Oldest | Order::Newest if is_by_claim(filter) => "+created_at",
            Order::Oldest | Order::Newest => "created_at",
            Order::Changed => "updated_at",
            Order::Due => "due_at",
        };
        let classes = RunClass::of(&filter.statuses, filter.order);
        let mut conditions: Vec<Condition<'f>> = Vec::new();
        let mut narrow = |text: &str, values: Vec<QueryValue<'f>>| {
            conditions.push(Condition { text: text.to_owned(), values });
        };
        let is_wanted = |status: &Status| filter.statuses.is_empty() || filter.statuses.contains(status);
        if !classes.iter().all(|class| class.statuses().iter().all(is_wanted)) {
            // Statuses are words of ours.
            let codes: Vec<String> = filter.statuses.iter().map(|status| format!("'{}'", status.code())).collect();
            narrow(&format!("status IN ({})", codes.join(", ")), Vec::new());
        }
        if let Some(mission) = &filter.mission {
            narrow("mission = ?", vec![QueryValue::Text(mission)]);
        }
        if let Some(person) = &filter.started_by {
            narrow("started_by = ?", vec![QueryValue::Text(person.as_str())]);
        }
        if let Some(time) = filter.asked_by {
            narrow("asked_at <= ?", vec![QueryValue::Time(time)]);
        }
        if let Some(time) = filter.due_by {
            narrow("deadline IS NOT NULL AND due_at <= ?", vec![QueryValue::Time(time)]);
        }
        match filter.set_aside {
            Some(true) => narrow("setback IS NOT NULL AND retry_at IS NULL", Vec::new()),
            Some(false) => narrow("(setback IS NULL OR retry_at IS NOT NULL)", Vec::new()),
            None => {}
        }
        if filter.leased {
            narrow("lease_owner IS NOT NULL", Vec::new());
        }
        if is_by_claim(filter) {
            narrow("claimable_at > ?", vec![QueryValue::Time(Timestamp::MIN)]);
        }
        if let Some(prefix) = &filter.prefix {
            // No character of a run id comes after `~`. Another character than theirs names no run.
            let prefix: String = prefix.chars().filter(|character| *character != '\0').collect();
            let end = QueryValue::Name(format!("{prefix}~"));
            narrow("run >= ? AND run < ?", vec![QueryValue::Name(prefix), end]);
        }
        let (direction, behind) = if filter.order.descends() { (" DESC", "<") } else { ("", ">") };
        if let Some(cursor) = &filter.after {
            let place = vec![QueryValue::Time(cursor.key()), QueryValue::Name(cursor.run().as_str().to_owned())];
            narrow(&format!("({column}, run) {behind} (?, ?)"), place);
        }
        Self { classes, conditions, column, direction }
    }

    /// What has to hold for a part of the list, as a clause; nothing, where all runs are in it. `spelled` gives the words of each
    /// condition in the dialect of the store.
    pub fn clause(&self, class: RunClass, spelled: &[String]) -> String {
        let all: Vec<&str> = class.condition().into_iter().chain(spelled.iter().map(String::as_str)).collect();
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }

    /// The order of a part, as a clause.
    pub fn order(&self) -> String {
        let Self { column, direction, .. } = self;
        format!(" ORDER BY {column}{direction}, run{direction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_the_statuses_that_its_condition_names() {
        for class in [RunClass::Waiting, RunClass::Drivable, RunClass::Ended] {
            for status in Status::ALL {
                let named = class.condition().is_some_and(|condition| condition.contains(&format!("'{status}'")));
                assert_eq!(named, class.statuses().contains(&status), "{class:?} {status}");
            }
        }
    }

    #[test]
    fn statuses_are_named_where_a_class_has_others_too() {
        let text = |statuses: &[Status]| {
            let filter = Filter { statuses: statuses.to_vec(), ..Filter::default() };
            RunQuery::of(&filter).conditions.into_iter().map(|condition| condition.text).collect::<Vec<_>>()
        };
        for whole in [&[][..], &[Status::Waiting], &[Status::Running, Status::Decided], &Status::ALL] {
            assert_eq!(text(whole), [""; 0], "{whole:?}");
        }
        assert_eq!(text(&[Status::Decided]), ["status IN ('decided')"]);
        assert_eq!(text(&[Status::Waiting, Status::Done]), ["status IN ('waiting', 'done')"]);
    }
}
