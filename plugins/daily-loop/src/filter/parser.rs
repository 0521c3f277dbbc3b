//! From the text of a filter to its expression.

use std::collections::BTreeSet;

use super::own::{Comparison, Operand, Own};
use super::{Dependency, Expression, Field, NotAFilter, Order, Place, Said, level_of};
use crate::task::Status;
use crate::when;
use crate::zone::Now;

/// Words, with quotes taken off, and parentheses.
pub(super) fn tokens(text: &str) -> Vec<String> {
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

pub(super) struct Parser<'t> {
    pub(super) tokens: &'t [String],
    pub(super) now: Option<Now>,
    /// The attributes that the user has defined, where a name that is nearly one of Taskwarrior's is to be refused.
    pub(super) defined: Option<&'t BTreeSet<String>>,
}

impl Parser<'_> {
    fn next_is(&self, word: &str) -> bool {
        self.tokens.first().is_some_and(|token| token == word)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    pub(super) fn any(&mut self) -> Result<Expression, NotAFilter> {
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
            word => {
                if let [operator, value, ..] = self.tokens
                    && is_name(word)
                    && OPERATORS.contains(&operator.as_str())
                {
                    self.tokens = self.tokens.get(2..).unwrap_or_default();
                    let found = self.comparison(word, operator, value);
                    return found.unwrap_or_else(|| Err(unknown(&format!("{word} {operator} {value}"))));
                }
                match word.strip_prefix('!') {
                    Some(word) => Ok(negated(self.word(word)?, true)),
                    None => self.word(word),
                }
            }
        }
    }

    fn word(&self, word: &str) -> Result<Expression, NotAFilter> {
        let unknown = || unknown(word);
        if let Some(name) = word.strip_prefix('+').filter(|name| !name.is_empty()) {
            return Expression::of_tag(name);
        }
        if let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) {
            return Ok(Expression::Not(Box::new(Expression::of_tag(name)?)));
        }
        if let Some((name, value)) = word.split_once(':')
            && !value.starts_with("//")
        {
            return self.attribute(name, value).unwrap_or_else(|| Err(unknown()));
        }
        if let Some(at) = word.find(['<', '>', '=', '~']) {
            let (name, operator, value) = split_comparison(word, at);
            return self.comparison(name, operator, value).unwrap_or_else(|| Err(unknown()));
        }
        if let Some(ids) = ids(word) {
            return Ok(ids);
        }
        if is_uuid_begin(word) {
            return Ok(Expression::Uuid(word.to_lowercase()));
        }
        let says = word.strip_prefix("/").and_then(|word| word.strip_suffix("/")).unwrap_or(word);
        Ok(Expression::Says(Said::Words, Place::Anywhere, says.to_owned()))
    }

    /// `due<friday`; nothing, where it compares what is not known here.
    fn comparison(&self, name: &str, operator: &str, value: &str) -> Option<Result<Expression, NotAFilter>> {
        let (modifier, negate) = match operator {
            "<" => ("before", false),
            "<=" => ("by", false),
            ">" => ("after", false),
            // The other way round, of what has a date.
            ">=" => ("before", true),
            "=" => ("", false),
            "==" => ("is", false),
            "!=" => ("not", false),
            "!==" => ("isnt", false),
            "~" => ("has", false),
            "!~" => ("hasnt", false),
            _ => return None,
        };
        if value.is_empty() || (matches!(operator, "~" | "!~") && !is_plain(value)) {
            return None;
        }
        let dotted = if modifier.is_empty() { name.to_owned() } else { format!("{name}.{modifier}") };
        let compared = self.attribute(&dotted, value)?;
        if !negate {
            return Some(compared);
        }
        if let Ok(Expression::Own(Own { name, asked: Comparison::Compared(_, operand), values })) = compared {
            return Some(Ok(Expression::Own(Own { name, asked: Comparison::Compared(Order::From, operand), values })));
        }
        let has = self.attribute(&format!("{name}.any"), "")?;
        Some(compared.and_then(|found| Ok(Expression::All(vec![has?, negated(found, true)]))))
    }

    /// `name.modifier:value`; nothing, where it is not known.
    fn attribute(&self, name: &str, value: &str) -> Option<Result<Expression, NotAFilter>> {
        let (name, modifier) = name.split_once('.').map_or((name, ""), |(name, modifier)| (name, modifier));
        let not = matches!(modifier, "not" | "isnt" | "hasnt" | "noword");
        let plain = matches!(modifier, "" | "is" | "equals" | "not" | "isnt");
        match name {
            "status" | "st" if plain => {
                let statuses = value.split(',').map(Status::parse).collect::<Option<Vec<_>>>()?;
                let any = Expression::Any(statuses.into_iter().map(Expression::Status).collect());
                return Some(Ok(negated(any, not)));
            }
            "uuid" if plain && is_uuid_begin(value) => {
                return Some(Ok(negated(Expression::Uuid(value.to_lowercase()), not)));
            }
            "id" if plain => return ids(value).map(|ids| Ok(negated(ids, not))),
            "description" | "desc" => return text(Said::Description, modifier, value.to_owned()).map(Ok),
            _ => {}
        }
        let Some(field) = Field::parse(name) else { return self.own(name, modifier, value).map(Ok) };
        match modifier {
            "none" => return Some(Ok(negated(Expression::Has(field), true))),
            "any" => return Some(Ok(Expression::Has(field))),
            _ if value.is_empty() => return Some(Ok(negated(Expression::Has(field), !not))),
            _ => {}
        }
        let order = match modifier {
            "before" | "under" | "below" => Some(Order::Before),
            "by" => Some(Order::By),
            "after" | "over" | "above" => Some(Order::After),
            _ => None,
        };
        match (field, order) {
            (Field::Project, None) => text(Said::Project, modifier, value.to_owned()).map(Ok),
            (Field::Priority, None) => text(Said::Priority, modifier, value.to_owned()).map(Ok),
            (Field::Recurrence, None) => text(Said::Recurrence, modifier, value.to_owned()).map(Ok),
            (Field::Parent, None) => text(Said::Parent, modifier, value.to_lowercase()).map(Ok),
            (Field::Priority, Some(order)) => Some(Ok(Expression::Priority(order, level_of(value)?))),
            (Field::Tags, None) if plain || matches!(modifier, "has" | "hasnt") => {
                Some(Ok(negated(Expression::Tag(value.to_owned()), not)))
            }
            (Field::Depends, None) if plain || matches!(modifier, "has" | "hasnt" | "contains") => {
                Dependency::parse(value).map(|on| Ok(negated(Expression::DependsOn(on), not)))
            }
            (Field::Project | Field::Tags | Field::Depends | Field::Recurrence | Field::Parent, _) => None,
            (date, order) if order.is_some() || plain => Some(self.date(date, order, modifier, value)),
            (_, _) => None,
        }
    }

    /// What is asked of a user-defined attribute; nothing, where it is probably none.
    fn own(&self, name: &str, modifier: &str, value: &str) -> Option<Expression> {
        if !is_name(name) || TAKEN.contains(&name) {
            return None;
        }
        if self.defined.is_some_and(|defined| !defined.contains(name)) && near(name).is_some() {
            return None;
        }
        let operand = || Operand::of(value, self.now);
        let says = |place| Comparison::Says(place, value.to_owned());
        let (asked, not) = match modifier {
            "none" => (Comparison::Any, true),
            "any" => (Comparison::Any, false),
            "" | "is" | "equals" if value.is_empty() => (Comparison::Any, true),
            "not" | "isnt" if value.is_empty() => (Comparison::Any, false),
            _ if value.is_empty() => return None,
            "" => (Comparison::Is(operand(), false), false),
            "not" => (Comparison::Is(operand(), false), true),
            "is" | "equals" => (Comparison::Is(operand(), true), false),
            "isnt" => (Comparison::Is(operand(), true), true),
            "before" | "under" | "below" => (Comparison::Compared(Order::Before, operand()), false),
            "by" => (Comparison::Compared(Order::By, operand()), false),
            "after" | "over" | "above" => (Comparison::Compared(Order::After, operand()), false),
            "has" | "contains" => (says(Place::Anywhere), false),
            "hasnt" => (says(Place::Anywhere), true),
            "word" => (says(Place::Word), false),
            "noword" => (says(Place::Word), true),
            "startswith" | "left" => (says(Place::Begin), false),
            "endswith" | "right" => (says(Place::End), false),
            _ => return None,
        };
        Some(negated(Expression::Own(Own { name: name.to_owned(), asked, values: None }), not))
    }

    fn date(&self, date: Field, order: Option<Order>, modifier: &str, value: &str) -> Result<Expression, NotAFilter> {
        let moment = when::parse(value, self.now).map_err(|why| NotAFilter::Date { text: value.to_owned(), why })?;
        let zone = self.now.map(|now| now.zone).unwrap_or_default();
        Ok(match (order, modifier) {
            (Some(order), _) => Expression::Date(date, order, moment),
            (None, "is" | "equals") => Expression::At(date, moment),
            (None, "isnt") => negated(Expression::At(date, moment), true),
            (None, modifier) => negated(Expression::On(date, zone.day(moment)), modifier == "not"),
        })
    }
}

/// That a word is no term, and what is probably meant.
fn unknown(word: &str) -> NotAFilter {
    let name = word.split_once([':', '.', '<', '>', '=', '!', '~']).map_or("", |(name, _)| name.trim_end());
    match near(name) {
        Some(near) => NotAFilter::Near { term: word.to_owned(), near, is_name: is_name(name) },
        None => NotAFilter::Term(word.to_owned()),
    }
}

/// What is probably meant by a name that Taskwarrior does not have: one that it has nearly, or one of which it is the beginning.
fn near(name: &str) -> Option<&'static str> {
    let is_near = |near: &&str| near.len().abs_diff(name.len()) <= (name.len() / 3).max(1);
    let begun = || NAMES.into_iter().find(|known| name.len() >= 2 && known.starts_with(name));
    let found = sortie_json::nearest(name, NAMES).filter(is_near).or_else(begun);
    found.filter(|near| *near != name)
}

/// Whether a word can be the name of an attribute.
fn is_name(word: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    word.chars().next().is_some_and(char::is_alphabetic) && word.chars().all(is_of_name)
}

/// Names of what Taskwarrior knows, and a filter here cannot ask for or not in every way: none is an attribute of a user's own.
const TAKEN: [&str; 13] = [
    "annotations",
    "desc",
    "description",
    "id",
    "imask",
    "last",
    "limit",
    "mask",
    "rtype",
    "st",
    "status",
    "urgency",
    "uuid",
];

/// The names of what tasks are asked for.
const NAMES: [&str; 18] = [
    "project",
    "priority",
    "tags",
    "depends",
    "description",
    "status",
    "due",
    "scheduled",
    "wait",
    "entry",
    "modified",
    "start",
    "until",
    "end",
    "recur",
    "parent",
    "uuid",
    "id",
];

/// The operators between a name and a value, with blanks around them.
const OPERATORS: [&str; 10] = ["<", "<=", ">", ">=", "=", "==", "!=", "!==", "~", "!~"];

/// `due<=friday` in three: the operator begins at the byte that is given, or just before it.
fn split_comparison(word: &str, at: usize) -> (&str, &str, &str) {
    let at = if word.get(..at).is_some_and(|name| name.ends_with('!')) { at - 1 } else { at };
    let (name, rest) = word.split_at(at);
    let value = rest.trim_start_matches(['<', '>', '=', '!', '~']);
    (name, rest.strip_suffix(value).unwrap_or(rest), value)
}

/// What `name.modifier:` asks of a text; nothing, where it is not known. In a description Taskwarrior looks in the annotations
/// too, but where it compares.
fn text(said: Said, modifier: &str, value: String) -> Option<Expression> {
    let searched = if said == Said::Description { Said::Words } else { said };
    let (said, place, not) = match modifier {
        "" | "not" => (said, Place::Begin, modifier == "not"),
        "is" | "equals" | "isnt" => (said, Place::Whole, modifier == "isnt"),
        "has" | "contains" | "hasnt" => (searched, Place::Anywhere, modifier == "hasnt"),
        "word" | "noword" => (searched, Place::Word, modifier == "noword"),
        "startswith" | "left" => (searched, Place::Begin, false),
        "endswith" | "right" => (searched, Place::End, false),
        _ => return None,
    };
    Some(negated(Expression::Says(said, place, value), not))
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
    let ids = |part| range(part).map(|(first, last)| Expression::Id(first, last));
    word.split(',').map(ids).collect::<Option<Vec<_>>>().map(Expression::Any)
}

/// `3` or `1-4`: the first and the last.
pub(super) fn range(part: &str) -> Option<(i64, i64)> {
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let number = |text: &str| (text.len() < 8).then(|| text.parse::<i64>().ok()).flatten().filter(|id| *id > 0);
    Some((number(first)?, number(last)?))
}

pub(super) fn is_uuid_begin(word: &str) -> bool {
    word.len() >= crate::task::SHORT
        && word.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
