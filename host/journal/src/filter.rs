//! Which runs to list, in which order, and from where on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Actor, InvalidCursor, RunId, RunSummary, Status, Timestamp, WaitSummary};

/// Which runs to list. The default lets all through, oldest first; every field that is set narrows.
///
/// ```
/// use sortie_journal::{Filter, Order};
///
/// // The ten waits whose deadlines come first, of those that ann may answer.
/// let filter = Filter { assignee: Some("ann".into()), order: Order::Due, limit: Some(10), ..Filter::waiting() };
/// # let _ = filter;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only runs of these statuses; none named: of all.
    pub statuses: Vec<Status>,
    /// Only runs of this mission.
    pub mission: Option<String>,
    /// Only runs whose last wait this person may answer: they are named, or nobody is.
    pub assignee: Option<Actor>,
    /// Only runs that this person started.
    pub started_by: Option<Actor>,
    /// Only runs whose last wait was asked at that time or before.
    pub asked_by: Option<Timestamp>,
    /// Only runs whose last wait has a deadline at that time or before.
    pub due_by: Option<Timestamp>,
    /// Only runs that have been set aside, or only others.
    pub set_aside: Option<bool>,
    /// Only runs that somebody has claimed, whether the lease has run out or not.
    pub leased: bool,
    /// Only runs whose names begin so.
    pub prefix: Option<String>,
    /// In which order.
    pub order: Order,
    /// Only what comes after this place in that order.
    pub after: Option<Cursor>,
    /// No more than that many.
    pub limit: Option<usize>,
}

/// In which order runs are listed. Those that are equal in it come by name. Closed: a store has an index for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Those that were made first come first.
    #[default]
    Oldest,
    /// Those that were made last come first.
    Newest,
    /// Those that something happened to last come first.
    Changed,
    /// Those whose deadline comes first come first; those without one come last.
    Due,
}

/// A place in a list: behind a run. It is text that is handed back to read on in the same order: in another one it is no
/// place, and a list that went on there would leave runs out, or name them twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    order: Order,
    pub(crate) key: Timestamp,
    pub(crate) run: RunId,
}

impl Order {
    const ALL: [Self; 4] = [Self::Oldest, Self::Newest, Self::Changed, Self::Due];

    /// The place behind a run.
    pub fn cursor(self, summary: &RunSummary) -> Cursor {
        Cursor { order: self, key: self.key(summary), run: summary.run.clone() }
    }

    /// Its name, as users write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
            Self::Changed => "changed",
            Self::Due => "due",
        }
    }

    fn key(self, summary: &RunSummary) -> Timestamp {
        match self {
            Self::Oldest | Self::Newest => summary.created_at,
            Self::Changed => summary.updated_at,
            Self::Due => summary.wait.as_ref().and_then(|wait| wait.deadline).unwrap_or(Timestamp::MAX),
        }
    }

    /// Whether it goes from the greatest to the least.
    pub fn descends(self) -> bool {
        match self {
            Self::Oldest | Self::Due => false,
            Self::Newest | Self::Changed => true,
        }
    }

    /// Which of two runs comes first.
    pub fn compare(self, one: &RunSummary, other: &RunSummary) -> std::cmp::Ordering {
        let ordering = (self.key(one), &one.run).cmp(&(self.key(other), &other.run));
        if self.descends() { ordering.reverse() } else { ordering }
    }

    /// Whether a run comes behind a place.
    fn is_behind(self, summary: &RunSummary, cursor: &Cursor) -> bool {
        let ordering = (self.key(summary), &summary.run).cmp(&(cursor.key, &cursor.run));
        if self.descends() { ordering.is_lt() } else { ordering.is_gt() }
    }
}

impl Cursor {
    /// The time of the run behind which it is, by which its order goes.
    pub fn key(&self) -> Timestamp {
        self.key
    }

    /// The run behind which it is.
    pub fn run(&self) -> &RunId {
        &self.run
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}~{}", self.order.code(), self.key.as_millis(), self.run)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (order, place) = text.split_once('~')?;
            let order = Order::ALL.into_iter().find(|known| known.code() == order)?;
            let (key, run) = place.split_once('~')?;
            Some(Self { order, key: Timestamp::from_millis(key.parse().ok()?).ok()?, run: run.parse().ok()? })
        };
        read().ok_or_else(|| InvalidCursor::Malformed(text.to_owned()))
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Filter {
    /// Runs that wait for a person.
    pub fn waiting() -> Self {
        Self { statuses: vec![Status::Waiting], ..Self::default() }
    }

    /// Runs that wait, and whose deadline has passed by then; the first deadline first.
    pub fn expired(now: Timestamp) -> Self {
        Self { due_by: Some(now), order: Order::Due, ..Self::waiting() }
    }

    /// Runs that a driver could resume.
    pub fn drivable() -> Self {
        Self { statuses: vec![Status::Running, Status::Decided], ..Self::default() }
    }

    /// Runs that are the next to be resumed once the lease of who has claimed them ends: few, however many could be claimed.
    pub fn claimed() -> Self {
        Self { leased: true, set_aside: Some(false), ..Self::drivable() }
    }

    /// Runs that have ended, the last first.
    pub fn ended() -> Self {
        Self {
            statuses: vec![Status::Done, Status::Failed, Status::Cancelled],
            order: Order::Changed,
            ..Self::default()
        }
    }

    /// Runs that were set aside as they cannot be driven.
    pub fn set_aside() -> Self {
        Self { set_aside: Some(true), ..Self::drivable() }
    }

    /// Whether there is such a list. A store asks this before it reads.
    ///
    /// # Errors
    ///
    /// The place to read on from is one of another order.
    pub fn check(&self) -> Result<(), InvalidCursor> {
        match &self.after {
            Some(cursor) if cursor.order != self.order => {
                let (of, order) = (cursor.order.code(), self.order.code());
                Err(InvalidCursor::AnotherOrder { cursor: cursor.to_string(), of, order })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a run passes (the limit apart). This is the one definition; a store may find candidates faster.
    pub fn admits(&self, summary: &RunSummary) -> bool {
        let of_wait = |admits: &dyn Fn(&WaitSummary) -> bool| summary.wait.as_ref().is_some_and(admits);
        let by_status = self.statuses.is_empty() || self.statuses.contains(&summary.status);
        let by_mission = self.mission.as_ref().is_none_or(|mission| *mission == summary.mission);
        let by_assignee = self.assignee.as_ref().is_none_or(|person| of_wait(&|wait| wait.may_answer(person)));
        let by_starter = self.started_by.as_ref().is_none_or(|person| summary.started_by.as_ref() == Some(person));
        let by_age = self.asked_by.is_none_or(|time| of_wait(&|wait| wait.asked_at <= time));
        let by_deadline =
            self.due_by.is_none_or(|time| of_wait(&|wait| wait.deadline.is_some_and(|deadline| deadline <= time)));
        let by_setback = self
            .set_aside
            .is_none_or(|wanted| summary.setback.as_ref().is_some_and(|setback| setback.retry_at.is_none()) == wanted);
        let by_lease = !self.leased || summary.lease.is_some();
        let by_name = self.prefix.as_ref().is_none_or(|prefix| summary.run.as_str().starts_with(prefix.as_str()));
        let by_place = self.after.as_ref().is_none_or(|cursor| self.order.is_behind(summary, cursor));
        by_status
            && by_mission
            && by_assignee
            && by_starter
            && by_age
            && by_deadline
            && by_setback
            && by_lease
            && by_name
            && by_place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_from_its_text_and_other_text_is_refused() {
        for order in Order::ALL {
            let key = Timestamp::from_millis(-5).unwrap();
            let cursor = Cursor { order, key, run: "a.b_c-d".parse().unwrap() };
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
        let wrong =
            ["", "~", "~5~run", "5~run", "best~5~run", "due~x~run", "due~5~-run", "due~5", "due~99999999999999999~run"];
        for wrong in wrong {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_cursor_is_a_place_in_the_order_that_it_was_made_in() {
        let after: Cursor = "newest~5~run".parse().unwrap();
        let filter = |order| Filter { order, after: Some(after.clone()), ..Filter::default() };
        assert_eq!(filter(Order::Newest).check(), Ok(()));
        let error = filter(Order::Due).check().unwrap_err().to_string();
        assert_eq!(error, "`newest~5~run` is the cursor of a list in the order `newest`, not `due`");
    }
}
