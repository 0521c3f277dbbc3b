//! What a task is judged by, and Taskwarrior's virtual tags, which are about that.

use crate::day::Day;
use crate::task::Task;
use crate::tasks::Links;
use crate::zone::Now;

/// What a filter judges a task by.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f, 'a> {
    /// The task.
    pub task: &'f Task<'a>,
    /// How it is linked to others.
    pub links: Links,
    /// What counts as now.
    pub now: Option<Now>,
}

/// Taskwarrior's virtual tags, as far as they are about what a filter here can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Virtual {
    Ready,
    Waiting,
    Blocked,
    Unblocked,
    Blocking,
    Active,
    Scheduled,
    Due,
    Overdue,
    Yesterday,
    Today,
    Tomorrow,
    Week,
    Month,
    Quarter,
    Year,
    Until,
    Project,
    Priority,
    Tagged,
    Annotated,
    Pending,
    /// An instance of a repeating task.
    Child,
    /// What no task to do has.
    Never,
}

/// Those that ask for what is not known here: a tag of such a name is none of a person's own.
pub(crate) const UNKNOWN_VIRTUAL: [&str; 5] = ["LATEST", "NOTE", "ORPHAN", "QUICK", "UDA"];

/// How many days before it is due Taskwarrior calls a task due, by default.
const DUE_DAYS: i64 = 7;

impl Virtual {
    /// The virtual tag of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "READY" => Self::Ready,
            "WAITING" => Self::Waiting,
            "BLOCKED" => Self::Blocked,
            "UNBLOCKED" => Self::Unblocked,
            "BLOCKING" => Self::Blocking,
            "ACTIVE" => Self::Active,
            "SCHEDULED" => Self::Scheduled,
            "DUE" => Self::Due,
            "OVERDUE" => Self::Overdue,
            "YESTERDAY" => Self::Yesterday,
            "TODAY" | "DUETODAY" => Self::Today,
            "TOMORROW" => Self::Tomorrow,
            "WEEK" => Self::Week,
            "MONTH" => Self::Month,
            "QUARTER" => Self::Quarter,
            "YEAR" => Self::Year,
            "UNTIL" => Self::Until,
            "PROJECT" => Self::Project,
            "PRIORITY" => Self::Priority,
            "TAGGED" => Self::Tagged,
            "ANNOTATED" => Self::Annotated,
            "PENDING" => Self::Pending,
            "CHILD" | "INSTANCE" => Self::Child,
            "COMPLETED" | "DELETED" | "PARENT" | "TEMPLATE" => Self::Never,
            _ => return None,
        })
    }

    /// Whether a task has it.
    pub(crate) fn holds(self, facts: Facts<'_, '_>) -> bool {
        let Facts { task, links, now } = facts;
        let moment = now.map(|now| now.moment);
        let due_in = |days: std::ops::RangeInclusive<i64>| matches!((task.due, now), (Some(due), Some(now)) if days.contains(&now.days_until(due)));
        let same = |part: fn(Day) -> (i64, i64)| matches!((task.due, now), (Some(due), Some(now)) if part(now.zone.day(due)) == part(now.day()));
        match self {
            Self::Ready => is_ready(facts),
            Self::Waiting => task.is_waiting(moment),
            Self::Blocked => links.blocked_by > 0,
            Self::Unblocked => links.blocked_by == 0,
            Self::Blocking => links.blocks > 0,
            Self::Active => task.start.is_some(),
            Self::Scheduled => task.scheduled.is_some(),
            Self::Due => due_in(0..=DUE_DAYS - 1),
            Self::Overdue => matches!((task.due, moment), (Some(due), Some(now)) if due < now),
            Self::Yesterday => due_in(-1..=-1),
            Self::Today => due_in(0..=0),
            Self::Tomorrow => due_in(1..=1),
            Self::Week => same(|day| (day.number() - day.weekday(), 0)),
            Self::Month => same(|day| (day.civil().0, day.civil().1)),
            Self::Quarter => same(|day| (day.civil().0, (day.civil().1 - 1) / 3)),
            Self::Year => same(|day| (day.civil().0, 0)),
            Self::Until => task.until.is_some(),
            Self::Project => task.project.is_some(),
            Self::Priority => task.priority.is_some(),
            Self::Child => task.parent.is_some(),
            Self::Never => false,
            Self::Tagged => !task.tags.is_empty(),
            Self::Annotated => task.annotations > 0,
            Self::Pending => !task.is_waiting(moment),
        }
    }
}

/// Whether a task can be done now: what Taskwarrior's report `ready` shows.
pub fn is_ready(facts: Facts<'_, '_>) -> bool {
    let moment = facts.now.map(|now| now.moment);
    facts.task.status.is_to_do()
        && !facts.task.is_waiting(moment)
        && !facts.task.is_scheduled_later(moment)
        && facts.links.blocked_by == 0
}
