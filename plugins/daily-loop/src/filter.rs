//! Which tasks a caller wants: a subset of Taskwarrior's filters, such as `project:home +garden -later` or
//! `(priority:H or due.before:friday) and not +someday`.

use crate::day::Day;
use crate::facts::{Facts, UNKNOWN_VIRTUAL, Virtual};
use crate::moment::Moment;
use crate::task::{Status, Task};
use crate::urgency::is_of_project;
use crate::when::{self, NotADate};
use crate::written::Written;
use crate::zone::Now;
use sortie_plugin_sdk::Node;

/// A filter that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Expression);

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
    OneOf(Vec<Expression>),
    Not(Box<Expression>),
    /// A project of this name, and its parts.
    Project(String),
    /// A project whose name begins with this, which is what Taskwarrior's `project:` asks for.
    ProjectBegin(String),
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
    /// A description as a whole.
    Description(String),
    /// A description that begins with this.
    DescriptionBegin(String),
    /// A description or an annotation with this in its place.
    Says(Place, String),
}

/// Where in a text something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Before,
    By,
    After,
}

impl Filter {
    /// Whether it asks for what annotations say, of which the loop's views of tasks have none.
    pub fn reads_annotations(&self) -> bool {
        self.0.any_part(&|part| matches!(part, Expression::Says(..)))
    }

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
            Self::ProjectBegin(name) => task.project.as_deref().is_some_and(|own| own.starts_with(name)),
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
            Self::Description(text) => task.description == *text,
            Self::DescriptionBegin(text) => task.description.starts_with(text),
            Self::Says(place, text) => says(task, *place, text),
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
        let mut parts = vec![self.one_of()?];
        while self.next_is("or") {
            self.skip();
            parts.push(self.one_of()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn one_of(&mut self) -> Result<Expression, NotAFilter> {
        let mut parts = vec![self.all()?];
        while self.next_is("xor") {
            self.skip();
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::OneOf(parts) })
    }

    /// Terms that stand beside each other all have to hold, as those with `and` between them; but of ids and uuids
    /// beside each other, one.
    fn all(&mut self) -> Result<Expression, NotAFilter> {
        let mut parts = vec![self.term()?];
        loop {
            let beside = !self.next_is("and");
            if !beside {
                self.skip();
            } else if self.tokens.is_empty() || ["or", "xor", ")"].iter().any(|word| self.next_is(word)) {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) });
            }
            let term = self.term()?;
            match parts.last_mut() {
                Some(before) if beside && before.is_name() && term.is_name() => {
                    let first = std::mem::replace(before, Expression::Any(Vec::new()));
                    *before = Expression::Any(vec![first, term]);
                }
                _ => parts.push(term),
            }
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
            ")" | "and" | "or" | "xor" => Err(NotAFilter::Unfinished),
            word => self.word(word),
        }
    }

    fn word(&self, word: &str) -> Result<Expression, NotAFilter> {
        let unknown = || NotAFilter::Term(word.to_owned());
        let tag = |name: &str| match Virtual::parse(name) {
            Some(tag) => Ok(Expression::Virtual(tag)),
            None if UNKNOWN_VIRTUAL.contains(&name) => Err(unknown()),
            None => Ok(Expression::Tag(name.to_owned())),
        };
        if let Some(name) = word.strip_prefix('+').filter(|name| !name.is_empty()) {
            return tag(name);
        }
        if let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) {
            return Ok(Expression::Not(Box::new(tag(name)?)));
        }
        if let Some((name, value)) = word.split_once(':')
            && !value.starts_with("//")
        {
            return self.attribute(name, value).unwrap_or_else(|| Err(unknown()));
        }
        if let Some(pattern) = word.strip_prefix("description~").filter(|pattern| is_plain(pattern)) {
            return Ok(Expression::Says(Place::Anywhere, pattern.to_owned()));
        }
        if word.contains(['<', '>', '=', '~']) {
            return self.comparison(word).unwrap_or_else(|| Err(unknown()));
        }
        if let Some(ids) = ids(word) {
            return Ok(ids);
        }
        if is_uuid_begin(word) {
            return Ok(Expression::Uuid(word.to_lowercase()));
        }
        let says = word.strip_prefix("/").and_then(|word| word.strip_suffix("/")).unwrap_or(word);
        Ok(Expression::Says(Place::Anywhere, says.to_owned()))
    }

    /// `due<friday`; nothing, where it compares what is not known here.
    fn comparison(&self, word: &str) -> Option<Result<Expression, NotAFilter>> {
        let at = word.find(['<', '>', '=', '!'])?;
        let (name, rest) = word.split_at(at);
        let value = rest.trim_start_matches(['<', '>', '=', '!']);
        let (modifier, negate) = match rest.strip_suffix(value)? {
            "<" => ("before", false),
            "<=" => ("by", false),
            ">" => ("after", false),
            // The other way round, of what has a date.
            ">=" => ("before", true),
            "=" | "==" => ("", false),
            "!=" => ("not", false),
            _ => return None,
        };
        if value.is_empty() {
            return None;
        }
        let field = Field::parse(name)?;
        let dotted = if modifier.is_empty() { name.to_owned() } else { format!("{name}.{modifier}") };
        let compared = self.attribute(&dotted, value)?;
        let present = || Expression::Has(field);
        Some(compared.map(|found| if negate { Expression::All(vec![present(), negated(found, true)]) } else { found }))
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
            return description(modifier, value.to_owned()).map(Ok);
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
            Field::Project if plain || matches!(modifier, "startswith" | "left") => {
                Some(Ok(negated(Expression::ProjectBegin(value.to_owned()), not)))
            }
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

/// What `description.modifier:` asks for; nothing, where it is not known. Taskwarrior looks in the annotations too, but
/// where it compares.
fn description(modifier: &str, value: String) -> Option<Expression> {
    let (says, not) = match modifier {
        "" | "not" => (Expression::DescriptionBegin(value), modifier == "not"),
        "is" | "equals" | "isnt" => (Expression::Description(value), modifier == "isnt"),
        "has" | "contains" | "hasnt" => (Expression::Says(Place::Anywhere, value), modifier == "hasnt"),
        "word" | "noword" => (Expression::Says(Place::Word, value), modifier == "noword"),
        "startswith" | "left" => (Expression::Says(Place::Begin, value), false),
        "endswith" | "right" => (Expression::Says(Place::End, value), false),
        _ => return None,
    };
    Some(negated(says, not))
}

/// Whether a task's description or one of its annotations has a text in its place.
fn says(task: &Task<'_>, place: Place, text: &str) -> bool {
    let notes = || task.element.get("annotations").into_iter().flat_map(Node::elements);
    let in_note = |note: Node<'_>| note.get("description")?.as_str().map(|note| place.holds(&note, text));
    place.holds(&task.description, text) || notes().filter_map(in_note).any(|holds| holds)
}

/// Whether a pattern stands for itself, and is no regular expression.
fn is_plain(pattern: &str) -> bool {
    !pattern.is_empty() && !pattern.contains(['^', '$', '.', '*', '+', '?', '[', ']', '(', ')', '{', '}', '|', '\\'])
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
mod tests;
