//! What happens in a TOML text: its headers, keys and values, in the order of the text.

use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;

use serde_json::Value;
use toml_datetime::Datetime;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

use crate::fault::{FaultKind, Syntax};
use crate::scalar;

/// One thing in a text.
pub(super) enum Event {
    /// `[` or `[[` of a header.
    HeaderStart {
        start: usize,
        of_array: bool,
    },
    /// The end of a header.
    HeaderEnd {
        end: usize,
    },
    /// A key, or a part of one.
    Key(String, Range<usize>),
    /// The `=` behind a key.
    Equals,
    Scalar(Result<Value, FaultKind>, Range<usize>),
    ArrayStart(Range<usize>),
    ArrayEnd(usize),
    TableStart(Range<usize>),
    TableEnd(usize),
}

/// All that happens, and what the parser could not read.
pub(super) struct EventList {
    pub(super) events: Vec<Event>,
    pub(super) errors: Vec<ParseError>,
    /// The bracket that is one too many.
    pub(super) too_deep: Option<Range<usize>>,
}

/// Goes through a text. The parser recurses with brackets, so there are no more than these.
pub(super) fn events(text: &str, depth: usize) -> EventList {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut errors = Vec::new();
    let mut record = Record { source, depth, open: 1, events: Vec::new(), too_deep: None };
    parse_document(&tokens, &mut record, &mut errors);
    EventList { events: record.events, errors, too_deep: record.too_deep }
}

struct Record<'t> {
    source: Source<'t>,
    depth: usize,
    /// How many levels are open; the root is one.
    open: usize,
    events: Vec<Event>,
    too_deep: Option<Range<usize>>,
}

fn range(span: Span) -> Range<usize> {
    span.start()..span.end().max(span.start())
}

impl<'t> Record<'t> {
    fn raw(&self, span: Span, encoding: Option<Encoding>) -> Raw<'t> {
        let text = self.source.input().get(range(span)).unwrap_or_default();
        Raw::new_unchecked(text, encoding, span)
    }

    fn open(&mut self, span: Span, start: fn(Range<usize>) -> Event) -> bool {
        if self.open >= self.depth {
            self.too_deep.get_or_insert(range(span));
            return false;
        }
        self.open += 1;
        self.events.push(start(range(span)));
        true
    }

    fn close(&mut self, end: Event) {
        if self.too_deep.is_none() {
            self.open = self.open.saturating_sub(1);
            self.events.push(end);
        }
    }
}

impl EventReceiver for Record<'_> {
    fn std_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.events.push(Event::HeaderStart { start: span.start(), of_array: false });
    }

    fn std_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.events.push(Event::HeaderEnd { end: span.end() });
    }

    fn array_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.events.push(Event::HeaderStart { start: span.start(), of_array: true });
    }

    fn array_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.events.push(Event::HeaderEnd { end: span.end() });
    }

    fn inline_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.open(span, Event::TableStart)
    }

    fn inline_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close(Event::TableEnd(span.end()));
    }

    fn array_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.open(span, Event::ArrayStart)
    }

    fn array_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close(Event::ArrayEnd(span.end()));
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut key = Cow::Borrowed("");
        self.raw(span, encoding).decode_key(&mut key, error);
        self.events.push(Event::Key(key.into_owned(), range(span)));
    }

    fn key_val_sep(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.events.push(Event::Equals);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        let kind = self.raw(span, encoding).decode_scalar(&mut text, error);
        let value = value(kind, text);
        self.events.push(Event::Scalar(value, range(span)));
    }

    fn comment(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.raw(span, None).decode_comment(error);
    }

    fn newline(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.raw(span, None).decode_newline(error);
    }
}

fn value(kind: ScalarKind, text: Cow<'_, str>) -> Result<Value, FaultKind> {
    match kind {
        ScalarKind::String => Ok(Value::String(text.into_owned())),
        ScalarKind::Boolean(value) => Ok(Value::Bool(value)),
        ScalarKind::Integer(radix) => {
            // Digits that do not fit an i64 are far out of range.
            let integer = i64::from_str_radix(&text, radix.value()).map_err(|_| FaultKind::IntegerOutOfRange)?;
            scalar::integer(integer)
        }
        ScalarKind::Float => scalar::float(text.parse().unwrap_or(f64::NAN)),
        ScalarKind::DateTime => match Datetime::from_str(&text) {
            Ok(time) => Ok(Value::String(time.to_string())),
            Err(error) => Err(FaultKind::Syntax(Syntax::of(error.to_string()))),
        },
    }
}
