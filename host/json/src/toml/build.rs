//! From the reader's tables to a checked value.

use std::ops::Range;

use crate::{FaultKind, ParseLimits};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue, Error};
use jsonptr::PointerBuf;
use serde_json::{Map, Value};

use super::{locate, nesting};
use crate::finding::{Finding, in_order};
use crate::text::char_at;
use crate::{Kind, number};

/// How many bytes are read again, in all, to find the first places of repeated keys: each takes the text before it.
const MAX_READ_AGAIN: usize = 32 << 20;

/// Reads a TOML text.
pub(crate) fn read(text: &str, limits: ParseLimits) -> Result<Value, Vec<Finding>> {
    if let Some(at) = nesting::deeper_than(text, 2 * limits.depth) {
        return Err(vec![Finding::in_text(FaultKind::TooDeep(limits.depth), char_at(text, at))]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut build = Build { limits, findings: Vec::new(), pointer: Vec::new() };
    let value = build.table(table.into_inner());
    if build.findings.is_empty() && errors.is_empty() {
        return Ok(value);
    }
    let mut findings: Vec<Finding> = errors.iter().map(|error| of_error(text, error)).collect();
    // What the reader made of something that it could not read is not worth a word.
    let unread: Vec<Range<usize>> = findings.iter().filter_map(|finding| finding.span.clone()).collect();
    let touches = |span: &Range<usize>| unread.iter().any(|error| error.start < span.end && span.start < error.end);
    findings.extend(build.findings.into_iter().filter(|finding| !finding.span.as_ref().is_some_and(touches)));
    let mut findings = first_of_each_line(text, findings);
    let duplicates =
        findings.iter_mut().filter(|finding| matches!(finding.kind, Kind::Json(FaultKind::DuplicateKey(_))));
    let mut read_again = 0_usize;
    for duplicate in duplicates {
        read_again = read_again.saturating_add(duplicate.span.as_ref().map_or(0, |span| span.start));
        if read_again > MAX_READ_AGAIN {
            break;
        }
        if let (Kind::Json(FaultKind::DuplicateKey(name)), Some(span)) = (&duplicate.kind, &duplicate.span)
            && let Some((pointer, first)) = locate::sibling(text, span, name)
        {
            duplicate.pointer = Some(pointer);
            duplicate.first = Some(first);
        }
    }
    Err(findings)
}

/// The reader's errors carry no code but a text.
fn of_error(text: &str, error: &Error) -> Finding {
    let span = error.span().unwrap_or(text.len()..text.len());
    let start = span.start.min(text.len());
    let span = start..span.end.clamp(start, text.len());
    if error.message() == "duplicate key" {
        return Finding::in_text(FaultKind::DuplicateKey(locate::key_text(text, &span)), span);
    }
    if let Some(escape) = surrogate(text, &span) {
        return Finding::in_text(FaultKind::LoneSurrogate, escape);
    }
    let detail = match error.message() {
        "string values must be quoted, expected literal string" if span.is_empty() => {
            "a value is missing, expected a value"
        }
        "string values must be quoted, expected literal string" => "this is no value, and text must be in quotes",
        message => message,
    };
    Finding::in_text(FaultKind::Syntax(detail.to_owned()), span)
}

/// Of the syntax errors on one line the first: the others tend to follow from it.
fn first_of_each_line(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let mut end_of_line = 0;
    let mut kept = Vec::new();
    for finding in in_order(findings) {
        let is_syntax = matches!(finding.kind, Kind::Json(FaultKind::Syntax(_)));
        if let Some(span) = finding.span.as_ref().filter(|_| is_syntax) {
            if span.start < end_of_line {
                continue;
            }
            let rest = text.get(span.start..).unwrap_or_default();
            end_of_line = span.start + rest.find('\n').map_or(rest.len(), |length| length + 1);
        }
        kept.push(finding);
    }
    kept
}

/// The escape of half a surrogate pair, if that is what a reader stopped at.
fn surrogate(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let from = span.start.saturating_sub(2);
    let escape = text.get(from..from + 6)?;
    let code = u32::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()?;
    (0xd800..=0xdfff).contains(&code).then_some(from..from + 6)
}

struct Build {
    limits: ParseLimits,
    findings: Vec<Finding>,
    /// The way to the value that is looked at.
    pointer: Vec<Step>,
}

enum Step {
    Key(String),
    Index(usize),
}

impl Build {
    fn table(&mut self, table: DeTable<'_>) -> Value {
        let mut members = Map::new();
        for (key, value) in table {
            self.pointer.push(Step::Key(key.into_inner().into_owned()));
            let value = self.value(value);
            if let Some(Step::Key(key)) = self.pointer.pop() {
                members.insert(key, value);
            }
        }
        Value::Object(members)
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>) -> Value {
        let span = value.span();
        let number = match value.into_inner() {
            DeValue::String(text) => return Value::String(text.into_owned()),
            DeValue::Boolean(value) => return Value::Bool(value),
            DeValue::Datetime(time) => return Value::String(time.to_string()),
            DeValue::Integer(integer) => number::integer(integer.as_str(), integer.radix()),
            DeValue::Float(float) => number::float(float.as_str()),
            // The root table is the first level.
            DeValue::Array(_) | DeValue::Table(_) if self.pointer.len() >= self.limits.depth => {
                Err(FaultKind::TooDeep(self.limits.depth))
            }
            DeValue::Table(table) => return self.table(table),
            DeValue::Array(array) => {
                let mut elements = Vec::new();
                for (index, element) in array.into_iter().enumerate() {
                    self.pointer.push(Step::Index(index));
                    elements.push(self.value(element));
                    self.pointer.pop();
                }
                return Value::Array(elements);
            }
        };
        number.unwrap_or_else(|kind| {
            self.findings.push(Finding::at(kind, self.pointer(), Some(span)));
            Value::Null
        })
    }

    fn pointer(&self) -> PointerBuf {
        let mut pointer = PointerBuf::root();
        for step in &self.pointer {
            match step {
                Step::Key(key) => pointer.push_back(key.as_str()),
                Step::Index(index) => pointer.push_back(*index),
            }
        }
        pointer
    }
}
