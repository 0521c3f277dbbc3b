//! Which tasks a caller wants: a subset of Taskwarrior's filters, such as `project:home +garden -later` or
//! `(priority:H or due.before:friday) and not +someday`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::day::Day;
use crate::facts::{Facts, UNKNOWN_VIRTUAL, Virtual};
use crate::moment::Moment;
use crate::task::{Status, Task};
use crate::tasks::TaskList;
use crate::urgency::is_of_project;
use crate::when::NotADate;
use crate::written::Written;
use crate::zone::Now;
use sortie_plugin_sdk::Node;

mod own;
mod parser;

use own::Own;
use parser::{Parser, tokens};

/// A filter that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Expression);

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAFilter {
    /// A word that is no term.
    #[error(
        "the filter has {0:?}, which is not known here: write project:NAME, +tag, -tag, status:NAME, priority:NAME, \
         due.before:DATE, depends:ID, an attribute of your own (estimate.above:2), an id, a uuid or a word of the description, \
         with and, or, not and parentheses"
    )]
    Term(String),
    /// A word that is no term, and nearly one.
    #[error("the filter has {term:?}, which is not known here: did you mean `{near}`?{}", if *.is_name {OWN_NAME} else {""})]
    Near {
        /// The word.
        term: String,
        /// What is probably meant.
        near: &'static str,
        /// Whether it could also be an attribute of the user's own.
        is_name: bool,
    },
    /// A tag by which Taskwarrior means something that is not known here.
    #[error("+{0} asks for what only Taskwarrior knows: apply it where the tasks come from, `task +{0} export`")]
    Tag(String),
    /// A date that is none.
    #[error("the filter has {text:?}, which is {why}")]
    Date {
        /// The date.
        text: String,
        /// Why it is none, as a clause.
        why: NotADate,
    },
    /// A parenthesis without its other half, or an operator without a term.
    #[error("the filter ends, or closes a parenthesis, where a term is expected")]
    Unfinished,
}

/// What to do where an attribute of the user's own has a name like one of Taskwarrior's.
const OWN_NAME: &str = " (an attribute of your own may have this name where `taskrc` defines it)";

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    OneOf(Vec<Expression>),
    Not(Box<Expression>),
    /// A project of this name, and its parts.
    Project(String),
    Tag(String),
    Virtual(Virtual),
    Status(Status),
    /// A priority that is higher than this, or lower.
    Priority(Order, u8),
    Has(Field),
    Date(Field, Order, Moment),
    On(Field, Day),
    /// A date that is this moment.
    At(Field, Moment),
    Id(i64, i64),
    Uuid(String),
    DependsOn(Dependency),
    /// A user-defined attribute.
    Own(Own),
    /// Any user-defined attribute.
    AnyOwn,
    /// A text, or one of several, with this in its place.
    Says(Said, Place, String),
}

/// The tasks of which a task depends on one.
#[derive(Debug, Clone, Default, PartialEq)]
struct Dependency {
    /// Their ids, from the first to the last of each range.
    ids: Vec<(i64, i64)>,
    /// How their uuids begin.
    begins: Vec<String>,
    /// The uuids of those that were named by an id.
    uuids: BTreeSet<String>,
}

impl Dependency {
    /// Ids and uuids with commas; nothing, where one is neither.
    fn parse(text: &str) -> Option<Self> {
        let mut dependency = Self::default();
        for name in text.split(',') {
            if parser::is_uuid_begin(name) {
                dependency.begins.push(name.to_lowercase());
            } else {
                dependency.ids.push(parser::range(name)?);
            }
        }
        Some(dependency)
    }

    fn holds(&self, task: &Task<'_>) -> bool {
        let is_one = |uuid: &str| self.uuids.contains(uuid) || self.begins.iter().any(|begin| uuid.starts_with(begin));
        task.depends.iter().any(|uuid| is_one(uuid))
    }
}

/// What a task says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Description,
    /// The description, or an annotation.
    Words,
    Project,
    Priority,
    /// How often a repeating task comes back.
    Recurrence,
    /// The uuid of the template of a repeating task.
    Parent,
}

/// Where in a text something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is all of it.
    Whole,
    Anywhere,
    /// With nothing of a word on either side.
    Word,
    Begin,
    End,
}

impl Place {
    fn holds(self, text: &str, part: &str) -> bool {
        let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
        match self {
            Self::Whole => text == part,
            Self::Anywhere => text.contains(part),
            Self::Begin => text.starts_with(part),
            Self::End => text.ends_with(part),
            Self::Word => text.match_indices(part).any(|(at, found)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
                !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
            }),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Project,
    Priority,
    Tags,
    Depends,
    Due,
    Scheduled,
    Wait,
    Entry,
    Modified,
    Start,
    Until,
    End,
    Recurrence,
    Parent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Before,
    By,
    From,
    After,
}

impl Filter {
    /// Whether it asks for what the loop's views of tasks do not have, such as the texts of annotations.
    pub fn reads_elements(&self) -> bool {
        self.0.any_part(&|part| {
            matches!(
                part,
                Expression::Says(Said::Words | Said::Recurrence, ..)
                    | Expression::Has(Field::Recurrence)
                    | Expression::Own(_)
                    | Expression::AnyOwn
            )
        })
    }

    /// The names of the user-defined attributes that it asks for.
    pub fn attributes(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.0.each_part(&mut |part| {
            if let Expression::Own(own) = part {
                names.insert(&*own.name);
            }
        });
        names
    }

    /// The names of those that have to be more or less than something.
    pub fn ordered_attributes(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.0.each_part(&mut |part| {
            if let Expression::Own(Own { name, asked: own::Comparison::Compared(..), .. }) = part {
                names.insert(&**name);
            }
        });
        names
    }

    /// The same filter, with the values known of attributes that have an order.
    #[must_use]
    pub fn with_values(mut self, values: &BTreeMap<String, Vec<String>>) -> Self {
        self.0.change_parts(&|part| {
            if let Expression::Own(own) = part {
                own.values = values.get(&own.name).cloned();
            }
        });
        self
    }

    /// The same filter, with the tasks known that it names by their ids.
    #[must_use]
    pub fn among(mut self, list: &TaskList<'_>) -> Self {
        self.0.change_parts(&|part| {
            if let Expression::DependsOn(Dependency { ids, uuids, .. }) = part
                && !ids.is_empty()
            {
                let is_named = |id: i64| ids.iter().any(|(first, last)| (*first..=*last).contains(&id));
                let named = list.tasks.iter().filter(|task| task.id.is_some_and(is_named));
                *uuids = named.map(|task| task.uuid.clone().into_owned()).collect();
            }
        });
        self
    }

    /// Reads a filter; dates are those that are meant at `now`.
    pub fn parse(text: &str, now: Option<Now>) -> Result<Self, NotAFilter> {
        let tokens = tokens(text);
        Self::of_parser(Parser { tokens: &tokens, now, defined: None })
    }

    fn of_parser(mut parser: Parser<'_>) -> Result<Self, NotAFilter> {
        let expression = parser.any()?;
        if parser.tokens.is_empty() { Ok(Self(expression)) } else { Err(NotAFilter::Unfinished) }
    }

    /// Checks that a text is a filter, where what day it is need not be known. The name of an attribute that is nearly one of
    /// Taskwarrior's is a slip, unless the user has defined it.
    pub fn check(text: &str, defined: &BTreeSet<String>) -> Result<Self, NotAFilter> {
        let (tokens, now) = (tokens(text), Some(Written::Date(Day::EPOCH).now(None)));
        Self::of_parser(Parser { tokens: &tokens, now, defined: Some(defined) })
    }

    /// The filter for a project, tags (with `-` before those that are not wanted) and statuses.
    pub fn of(project: Option<&str>, tags: &[String], statuses: &[Status]) -> Result<Self, NotAFilter> {
        let project = project.map(|name| Expression::Project(name.to_owned()));
        let tags = tags.iter().map(|name| match name.strip_prefix('-') {
            Some(name) => Ok(Expression::Not(Box::new(Expression::of_tag(name)?))),
            None => Expression::of_tag(name.trim_start_matches('+')),
        });
        let tags = tags.collect::<Result<Vec<_>, _>>()?;
        let statuses: Vec<_> = statuses.iter().copied().map(Expression::Status).collect();
        let statuses = (!statuses.is_empty()).then_some(Expression::Any(statuses));
        Ok(Self(Expression::All(project.into_iter().chain(tags).chain(statuses).collect())))
    }

    /// Both filters.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(Expression::All(vec![self.0, other.0]))
    }

    /// Whether it lets a task through.
    pub fn admits(&self, facts: Facts<'_, '_>) -> bool {
        self.0.holds(facts)
    }

    /// Whether it says itself which tasks are wanted that cannot be done now.
    pub fn is_about_readiness(&self) -> bool {
        self.0.any_part(&|part| match part {
            Expression::Status(_) | Expression::Date(Field::Wait | Field::Scheduled, ..) => true,
            Expression::Has(field) | Expression::On(field, _) | Expression::At(field, _) => {
                matches!(field, Field::Wait | Field::Scheduled)
            }
            Expression::Virtual(tag) => {
                matches!(tag, Virtual::Ready | Virtual::Waiting | Virtual::Blocked | Virtual::Scheduled)
            }
            _ => false,
        })
    }
}

impl Expression {
    /// A tag, or what Taskwarrior says by one.
    fn of_tag(name: &str) -> Result<Self, NotAFilter> {
        Ok(match Virtual::parse(name) {
            Some(tag) => Self::Virtual(tag),
            None if name == "UDA" => Self::AnyOwn,
            None if UNKNOWN_VIRTUAL.contains(&name) => return Err(NotAFilter::Tag(name.to_owned())),
            None => Self::Tag(name.to_owned()),
        })
    }

    fn each_part<'e>(&'e self, tell: &mut dyn FnMut(&'e Self)) {
        tell(self);
        match self {
            Self::All(parts) | Self::Any(parts) | Self::OneOf(parts) => {
                for part in parts {
                    part.each_part(tell);
                }
            }
            Self::Not(part) => part.each_part(tell),
            _ => {}
        }
    }

    fn change_parts(&mut self, change: &dyn Fn(&mut Self)) {
        change(self);
        match self {
            Self::All(parts) | Self::Any(parts) | Self::OneOf(parts) => {
                for part in parts {
                    part.change_parts(change);
                }
            }
            Self::Not(part) => part.change_parts(change),
            _ => {}
        }
    }

    fn any_part(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::All(parts) | Self::Any(parts) | Self::OneOf(parts) => parts.iter().any(|part| part.any_part(is)),
                Self::Not(part) => part.any_part(is),
                _ => false,
            }
    }

    fn holds(&self, facts: Facts<'_, '_>) -> bool {
        let task = facts.task;
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::OneOf(parts) => parts.iter().filter(|part| part.holds(facts)).count() % 2 == 1,
            Self::Not(part) => !part.holds(facts),
            Self::Project(name) => is_of_project(task, name),
            Self::Tag(name) => task.tags.iter().any(|tag| tag == name),
            Self::Virtual(tag) => tag.holds(facts),
            Self::Status(status) => {
                let moment = facts.now.map(|now| now.moment);
                match status {
                    Status::Pending => task.status.is_to_do() && !task.is_waiting(moment),
                    Status::Waiting => task.is_waiting(moment),
                    Status::Completed | Status::Deleted | Status::Recurring => task.status == *status,
                }
            }
            Self::Priority(order, level) => {
                let own = task.priority.as_deref().map_or(Some(0), level_of);
                own.is_some_and(|own| order.holds(&own, level))
            }
            Self::Has(field) => match field {
                Field::Project => task.project.is_some(),
                Field::Priority => task.priority.is_some(),
                Field::Tags => !task.tags.is_empty(),
                Field::Depends => !task.depends.is_empty(),
                Field::Parent => task.parent.is_some(),
                Field::Recurrence => recurrence(task).is_some(),
                date => date.of(task).is_some(),
            },
            Self::Date(field, order, moment) => field.of(task).is_some_and(|date| order.holds(&date, moment)),
            Self::At(field, moment) => field.of(task) == Some(*moment),
            Self::On(field, day) => {
                let zone = facts.now.map(|now| now.zone).unwrap_or_default();
                field.of(task).is_some_and(|date| zone.day(date) == *day)
            }
            Self::Id(first, last) => task.id.is_some_and(|id| (*first..=*last).contains(&id)),
            Self::Uuid(begin) => task.uuid.starts_with(begin),
            Self::DependsOn(dependency) => dependency.holds(task),
            Self::Own(own) => own.holds(task.element),
            Self::AnyOwn => own::has_any(task.element),
            Self::Says(said, place, text) => said.by(task, |own| place.holds(own, text)),
        }
    }
}

impl Expression {
    /// Whether it names tasks one by one.
    fn is_name(&self) -> bool {
        match self {
            Self::Id(..) | Self::Uuid(_) => true,
            Self::Any(parts) => !parts.is_empty() && parts.iter().all(Self::is_name),
            _ => false,
        }
    }
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "project" | "proj" | "pro" => Self::Project,
            "priority" | "pri" => Self::Priority,
            "tags" | "tag" => Self::Tags,
            "depends" | "dep" => Self::Depends,
            "due" => Self::Due,
            "scheduled" | "sched" => Self::Scheduled,
            "wait" => Self::Wait,
            "entry" => Self::Entry,
            "modified" | "mod" => Self::Modified,
            "start" => Self::Start,
            "until" => Self::Until,
            "end" => Self::End,
            "recur" => Self::Recurrence,
            "parent" => Self::Parent,
            _ => return None,
        })
    }

    fn of(self, task: &Task) -> Option<Moment> {
        match self {
            Self::Due => task.due,
            Self::Scheduled => task.scheduled,
            Self::Wait => task.wait,
            Self::Entry => task.entry,
            Self::Modified => task.modified,
            Self::Start => task.start,
            Self::Until => task.until,
            Self::End => task.end,
            Self::Project | Self::Priority | Self::Tags | Self::Depends | Self::Recurrence | Self::Parent => None,
        }
    }
}

impl Order {
    fn holds<T: Ord>(self, own: &T, other: &T) -> bool {
        self.admits(own.cmp(other))
    }

    fn admits(self, found: Ordering) -> bool {
        match self {
            Self::Before => found.is_lt(),
            Self::By => found.is_le(),
            Self::From => found.is_ge(),
            Self::After => found.is_gt(),
        }
    }
}

impl Said {
    /// Whether what a task says of this kind is as wanted.
    fn by(self, task: &Task<'_>, holds: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Description => holds(&task.description),
            Self::Words => {
                let notes = || task.element.get("annotations").into_iter().flat_map(Node::elements);
                let in_note = |note: Node<'_>| note.get("description")?.as_str().map(|note| holds(&note));
                holds(&task.description) || notes().filter_map(in_note).any(|holds| holds)
            }
            // What is not there is an empty text, which a pattern can match.
            Self::Project => holds(task.project.as_deref().unwrap_or_default()),
            Self::Priority => holds(task.priority.as_deref().unwrap_or_default()),
            Self::Parent => holds(task.parent.as_deref().unwrap_or_default()),
            Self::Recurrence => holds(recurrence(task).as_deref().unwrap_or_default()),
        }
    }
}

/// How often a repeating task comes back: `weekly`.
fn recurrence<'a>(task: &Task<'a>) -> Option<Cow<'a, str>> {
    task.element.get("recur")?.as_str().filter(|text| !text.is_empty())
}

/// How high a priority is among Taskwarrior's own; nothing, for one of the user's own.
fn level_of(priority: &str) -> Option<u8> {
    match priority {
        "H" => Some(3),
        "M" => Some(2),
        "L" => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
