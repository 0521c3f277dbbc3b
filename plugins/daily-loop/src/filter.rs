//! Which tasks a caller wants: a subset of Taskwarrior's filters, such as `project:home +garden -later` or
//! `(priority:H or due.before:friday) and not +someday`.

use crate::day::Day;
use crate::moment::Moment;
use crate::task::{Status, Task};
use crate::tasks::Links;
use crate::urgency::is_of_project;
use crate::when::{self, NotADate};
use crate::written::Written;
use crate::zone::Now;

/// A filter that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Expression);

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

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAFilter {
    /// A word that is no term.
    #[error(
        "the filter has {0:?}, which is not known here: write project:NAME, +tag, -tag, status:NAME, priority:NAME, \
         due.before:DATE, an id, a uuid or a word of the description, with and, or, not and parentheses"
    )]
    Term(String),
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

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Project(String),
    ExactProject(String),
    Tag(String),
    Virtual(Virtual),
    Status(Status),
    Priority(String),
    Has(Field),
    Date(Field, Order, Moment),
    On(Field, Day),
    Id(i64, i64),
    Uuid(String),
    Says(String),
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Before,
    By,
    After,
}

/// Taskwarrior's virtual tags, as far as they are about what a filter here can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Virtual {
    Ready,
    Waiting,
    Blocked,
    Unblocked,
    Blocking,
    Active,
    Scheduled,
    Overdue,
    Today,
    Tomorrow,
    Tagged,
    Annotated,
    Pending,
}

impl Virtual {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "READY" => Self::Ready,
            "WAITING" => Self::Waiting,
            "BLOCKED" => Self::Blocked,
            "UNBLOCKED" => Self::Unblocked,
            "BLOCKING" => Self::Blocking,
            "ACTIVE" => Self::Active,
            "SCHEDULED" => Self::Scheduled,
            "OVERDUE" => Self::Overdue,
            "TODAY" | "DUETODAY" => Self::Today,
            "TOMORROW" => Self::Tomorrow,
            "TAGGED" => Self::Tagged,
            "ANNOTATED" => Self::Annotated,
            "PENDING" => Self::Pending,
            _ => return None,
        })
    }

    fn holds(self, facts: Facts<'_, '_>) -> bool {
        let Facts { task, links, now } = facts;
        let moment = now.map(|now| now.moment);
        let due_in = |days: i64| matches!((task.due, now), (Some(due), Some(now)) if now.days_until(due) == days);
        match self {
            Self::Ready => is_ready(facts),
            Self::Waiting => task.is_waiting(moment),
            Self::Blocked => links.blocked_by > 0,
            Self::Unblocked => links.blocked_by == 0,
            Self::Blocking => links.blocks > 0,
            Self::Active => task.start.is_some(),
            Self::Scheduled => task.scheduled.is_some(),
            Self::Overdue => matches!((task.due, moment), (Some(due), Some(now)) if due < now),
            Self::Today => due_in(0),
            Self::Tomorrow => due_in(1),
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

impl Filter {
    /// Reads a filter; dates are those that are meant at `now`.
    pub fn parse(text: &str, now: Option<Now>) -> Result<Self, NotAFilter> {
        let tokens = tokens(text);
        let mut parser = Parser { tokens: &tokens, now };
        let expression = parser.any()?;
        if parser.tokens.is_empty() { Ok(Self(expression)) } else { Err(NotAFilter::Unfinished) }
    }

    /// Checks that a text is a filter, where what day it is need not be known.
    pub fn check(text: &str) -> Result<(), NotAFilter> {
        Self::parse(text, Some(Written::Date(Day::EPOCH).now(None))).map(drop)
    }

    /// The filter for a project, tags (with `-` before those that are not wanted) and statuses.
    pub fn of(project: Option<&str>, tags: &[String], statuses: &[Status]) -> Self {
        let project = project.map(|name| Expression::Project(name.to_owned()));
        let tags = tags.iter().map(|tag| match tag.strip_prefix('-') {
            Some(tag) => Expression::Not(Box::new(Expression::Tag(tag.to_owned()))),
            None => Expression::Tag(tag.trim_start_matches('+').to_owned()),
        });
        let statuses: Vec<_> = statuses.iter().copied().map(Expression::Status).collect();
        let statuses = (!statuses.is_empty()).then_some(Expression::Any(statuses));
        Self(Expression::All(project.into_iter().chain(tags).chain(statuses).collect()))
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
            Expression::Has(field) | Expression::On(field, _) => matches!(field, Field::Wait | Field::Scheduled),
            Expression::Virtual(tag) => {
                matches!(tag, Virtual::Ready | Virtual::Waiting | Virtual::Blocked | Virtual::Scheduled)
            }
            _ => false,
        })
    }
}

impl Expression {
    fn any_part(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.any_part(is)),
                Self::Not(part) => part.any_part(is),
                _ => false,
            }
    }

    fn holds(&self, facts: Facts<'_, '_>) -> bool {
        let task = facts.task;
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::Not(part) => !part.holds(facts),
            Self::Project(name) => is_of_project(task, name),
            Self::ExactProject(name) => task.project.as_deref() == Some(name),
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
            Self::Priority(name) => task.priority.as_deref() == Some(name),
            Self::Has(field) => match field {
                Field::Project => task.project.is_some(),
                Field::Priority => task.priority.is_some(),
                Field::Tags => !task.tags.is_empty(),
                Field::Depends => !task.depends.is_empty(),
                date => date.of(task).is_some(),
            },
            Self::Date(field, order, moment) => field.of(task).is_some_and(|date| match order {
                Order::Before => date < *moment,
                Order::By => date <= *moment,
                Order::After => date > *moment,
            }),
            Self::On(field, day) => {
                let zone = facts.now.map(|now| now.zone).unwrap_or_default();
                field.of(task).is_some_and(|date| zone.day(date) == *day)
            }
            Self::Id(first, last) => task.id.is_some_and(|id| (*first..=*last).contains(&id)),
            Self::Uuid(begin) => task.uuid.starts_with(begin),
            Self::Says(text) => task.description.to_lowercase().contains(text),
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
            Self::Project | Self::Priority | Self::Tags | Self::Depends => None,
        }
    }
}

/// Words, with quotes taken off, and parentheses.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c.is_whitespace() || matches!(c, '(' | ')') => {
                if !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                }
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
            }
            Some(_) | None => word.push(c),
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

struct Parser<'t> {
    tokens: &'t [String],
    now: Option<Now>,
}

impl Parser<'_> {
    fn next_is(&self, word: &str) -> bool {
        self.tokens.first().is_some_and(|token| token == word)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn any(&mut self) -> Result<Expression, NotAFilter> {
        let mut parts = vec![self.all()?];
        while self.next_is("or") {
            self.skip();
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    /// Terms that stand beside each other all have to hold, as those with `and` between them.
    fn all(&mut self) -> Result<Expression, NotAFilter> {
        let mut parts = vec![self.term()?];
        loop {
            if self.next_is("and") {
                self.skip();
            } else if self.tokens.is_empty() || self.next_is("or") || self.next_is(")") {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) });
            }
            parts.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Expression, NotAFilter> {
        let Some(token) = self.tokens.first() else { return Err(NotAFilter::Unfinished) };
        self.skip();
        match token.as_str() {
            "not" | "!" => Ok(Expression::Not(Box::new(self.term()?))),
            "(" => {
                let inner = self.any()?;
                if !self.next_is(")") {
                    return Err(NotAFilter::Unfinished);
                }
                self.skip();
                Ok(inner)
            }
            ")" | "and" | "or" => Err(NotAFilter::Unfinished),
            word => self.word(word),
        }
    }

    fn word(&self, word: &str) -> Result<Expression, NotAFilter> {
        let tag = |name: &str| match Virtual::parse(name) {
            Some(tag) => Expression::Virtual(tag),
            None => Expression::Tag(name.to_owned()),
        };
        if let Some(name) = word.strip_prefix('+').filter(|name| !name.is_empty()) {
            return Ok(tag(name));
        }
        if let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) {
            return Ok(Expression::Not(Box::new(tag(name))));
        }
        if let Some((name, value)) = word.split_once(':')
            && !value.starts_with("//")
        {
            return self.attribute(name, value).unwrap_or_else(|| Err(NotAFilter::Term(word.to_owned())));
        }
        if let Some(ids) = ids(word) {
            return Ok(ids);
        }
        if is_uuid_begin(word) {
            return Ok(Expression::Uuid(word.to_lowercase()));
        }
        let says = word.strip_prefix("/").and_then(|word| word.strip_suffix("/")).unwrap_or(word);
        let says = says.strip_prefix("description~").unwrap_or(says);
        Ok(Expression::Says(says.to_lowercase()))
    }

    /// `name.modifier:value`; nothing, where it is not known.
    fn attribute(&self, name: &str, value: &str) -> Option<Result<Expression, NotAFilter>> {
        let (name, modifier) = name.split_once('.').map_or((name, ""), |(name, modifier)| (name, modifier));
        if matches!(name, "status" | "st") {
            let statuses = value.split(',').map(Status::parse).collect::<Option<Vec<_>>>()?;
            let any = Expression::Any(statuses.into_iter().map(Expression::Status).collect());
            return Some(Ok(negated(any, matches!(modifier, "not" | "isnt"))));
        }
        if matches!(name, "description" | "desc") {
            return Some(Ok(negated(Expression::Says(value.to_lowercase()), matches!(modifier, "hasnt" | "not"))));
        }
        if name == "uuid" {
            return is_uuid_begin(value).then(|| Ok(Expression::Uuid(value.to_lowercase())));
        }
        if name == "id" {
            return ids(value).map(Ok);
        }
        let field = Field::parse(name)?;
        match modifier {
            "none" => return Some(Ok(negated(Expression::Has(field), true))),
            "any" => return Some(Ok(Expression::Has(field))),
            _ if value.is_empty() => return Some(Ok(negated(Expression::Has(field), modifier != "not"))),
            _ => {}
        }
        let not = matches!(modifier, "not" | "isnt" | "hasnt");
        let plain = not || matches!(modifier, "" | "is" | "equals" | "has");
        match field {
            Field::Project if matches!(modifier, "is" | "equals" | "isnt") => {
                Some(Ok(negated(Expression::ExactProject(value.to_owned()), not)))
            }
            Field::Project if plain => Some(Ok(negated(Expression::Project(value.to_owned()), not))),
            Field::Priority if plain => Some(Ok(negated(Expression::Priority(value.to_owned()), not))),
            Field::Tags if plain => Some(Ok(negated(Expression::Tag(value.to_owned()), not))),
            Field::Project | Field::Priority | Field::Tags | Field::Depends => None,
            date => {
                let order = match modifier {
                    "before" | "under" | "below" => Some(Order::Before),
                    "by" => Some(Order::By),
                    "after" | "over" | "above" => Some(Order::After),
                    _ if plain => None,
                    _ => return None,
                };
                let moment = match when::parse(value, self.now) {
                    Ok(moment) => moment,
                    Err(why) => return Some(Err(NotAFilter::Date { text: value.to_owned(), why })),
                };
                let zone = self.now.map(|now| now.zone).unwrap_or_default();
                let dated = match order {
                    Some(order) => Expression::Date(date, order, moment),
                    None => Expression::On(date, zone.day(moment)),
                };
                Some(Ok(negated(dated, not)))
            }
        }
    }
}

fn negated(expression: Expression, negate: bool) -> Expression {
    if negate { Expression::Not(Box::new(expression)) } else { expression }
}

/// `3`, `1-4`, `1,3-5`.
fn ids(word: &str) -> Option<Expression> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| (text.len() < 8).then(|| text.parse::<i64>().ok()).flatten().filter(|id| *id > 0);
        Some(Expression::Id(number(first)?, number(last)?))
    };
    let ranges = word.split(',').map(range).collect::<Option<Vec<_>>>()?;
    Some(Expression::Any(ranges))
}

fn is_uuid_begin(word: &str) -> bool {
    word.len() >= crate::task::SHORT
        && word.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reading::Reader;
    use crate::tasks::TaskList;

    /// The descriptions of the tasks that a filter lets through at noon of 2026-01-08, or what is wrong with it.
    fn check(filter: &str, expected: &str) {
        let now = Some(Written::parse("2026-01-08T12:00:00Z").unwrap().now(None));
        let text = json!([
            {"id": 1, "uuid": "aaaaaaaa-0000-4000-8000-000000000001", "description": "Paint", "project": "home.garden",
             "tags": ["diy"], "priority": "H", "due": "20260109T100000Z"},
            {"id": 2, "uuid": "bbbbbbbb-0000-4000-8000-000000000002", "description": "Call the bank", "project": "money",
             "due": "20260107T100000Z", "tags": ["phone", "diy"]},
            {"id": 3, "uuid": "cccccccc-0000-4000-8000-000000000003", "description": "Plant", "project": "homework",
             "wait": "20270101T000000Z"},
            {"id": 4, "uuid": "dddddddd-0000-4000-8000-000000000004", "description": "Rest", "status": "completed"},
        ])
        .to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let shown = match Filter::parse(filter, now) {
            Ok(filter) => {
                let admitted =
                    list.tasks.iter().filter(|task| filter.admits(Facts { task, links: Links::default(), now }));
                admitted.map(|task| task.description.to_string()).collect::<Vec<_>>().join(", ")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{filter}");
    }

    #[test]
    fn attributes_and_tags_select() {
        check("project:home", "Paint");
        check("project:home.garden +diy", "Paint");
        check("project.is:home", "");
        check("project:", "Rest");
        check("+diy -phone", "Paint");
        check("priority:H", "Paint");
        check("priority.none:", "Call the bank, Plant, Rest");
        check("status:pending", "Paint, Call the bank");
        check("status:waiting,completed", "Plant, Rest");
        check("+WAITING or +OVERDUE", "Call the bank, Plant");
    }

    #[test]
    fn dates_are_compared() {
        check("due.before:today", "Call the bank");
        check("due.after:now", "Paint");
        check("due:tomorrow", "Paint");
        check("due:2026-01-07", "Call the bank");
        check("due.any: and not due:2026-01-07", "Paint");
    }

    #[test]
    fn names_and_words_select() {
        check("2", "Call the bank");
        check("1-2,3", "Paint, Call the bank, Plant");
        check("cccccccc", "Plant");
        check("uuid:CCCCCCCC-0000-4000-8000-000000000003", "Plant");
        check("bank", "Call the bank");
        check("'the bank'", "Call the bank");
        check("/plan/", "Plant");
    }

    #[test]
    fn terms_are_combined() {
        check("project:home or project:money", "Paint, Call the bank");
        check("(project:home or project:money) +phone", "Call the bank");
        check("not (+diy or status:completed)", "Plant");
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        check("(project:home", "the filter ends, or closes a parenthesis, where a term is expected");
        check("", "the filter ends, or closes a parenthesis, where a term is expected");
        assert!(matches!(Filter::check("colour:red"), Err(NotAFilter::Term(_))));
        assert!(matches!(Filter::check("due.before:tomorow"), Err(NotAFilter::Date { .. })));
        assert!(Filter::check("due.before:tomorrow").is_ok());
    }
}
