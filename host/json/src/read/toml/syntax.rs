//! What is wrong where the parser could not read on, by its places and what it expected there.

use std::ops::Range;

use toml_parser::{Expected, ParseError};

use crate::fault::{FaultKind, Syntax};

/// The faults of the parser's errors: of those on one line the first, as the others tend to follow from it.
pub(super) fn faults(text: &str, errors: &[ParseError]) -> Vec<(FaultKind, Range<usize>)> {
    let mut faults: Vec<_> = errors.iter().map(|error| fault(text, error)).collect();
    faults.sort_by_key(|(_, span)| span.start);
    let mut end_of_line = 0;
    faults.retain(|(_, span)| {
        let is_first = span.start >= end_of_line;
        if is_first {
            let rest = text.get(span.start..).unwrap_or_default();
            end_of_line = span.start + rest.find('\n').map_or(rest.len(), |length| length + 1);
        }
        is_first
    });
    faults
}

fn fault(text: &str, error: &ParseError) -> (FaultKind, Range<usize>) {
    let whole = text.len()..text.len();
    let span = error.unexpected().or(error.context()).map_or(whole, |span| span.start()..span.end());
    let start = span.start.min(text.len());
    let span = start..span.end.clamp(start, text.len());
    if let Some(escape) = surrogate(text, &span) {
        return (FaultKind::LoneSurrogate, escape);
    }
    let syntax = if is_value(text, &span) {
        let is_missing =
            text.get(start..).is_none_or(|rest| rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']))
                || text.get(start..).is_some_and(|rest| rest.trim().is_empty());
        if is_missing {
            Syntax::of("a value is missing").but_expected("a value")
        } else {
            Syntax::of("this is no value")
        }
    } else {
        Syntax::of(error.description().to_owned()).expecting(error.expected())
    };
    (FaultKind::Syntax(syntax), span)
}

impl Syntax {
    /// The same with all that a parser says it expected.
    fn expecting(self, expected: Option<&[Expected]>) -> Self {
        let words: Vec<String> = expected.unwrap_or_default().iter().filter_map(word).collect();
        if words.is_empty() {
            return self;
        }
        let expected = words.join(", ");
        Self {
            problem: format!("{}, expected {expected}", self.problem).into(),
            expected: Some(expected.into()),
            ..self
        }
    }
}

fn word(expected: &Expected) -> Option<String> {
    match expected {
        Expected::Literal("\n") => Some("a line break".to_owned()),
        Expected::Literal(literal) => Some(format!("`{literal}`")),
        Expected::Description(words) => Some((*words).to_owned()),
        _ => None,
    }
}

/// Whether a value should stand at a place, and none that is written so: a bare word, or nothing.
fn is_value(text: &str, span: &Range<usize>) -> bool {
    let before = text.get(..span.start).unwrap_or_default().trim_end_matches([' ', '\t']);
    let here = text.get(span.start..).unwrap_or_default();
    let is_word =
        here.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '-' | '/' | '~' | '.') || c.is_ascii_digit());
    let is_nothing = here.trim_start_matches([' ', '\t']).starts_with(['\n', '\r', '#']) || here.trim().is_empty();
    before.ends_with('=') && (is_word || is_nothing)
}

/// The escape of half a surrogate pair, if that is what the parser stopped at.
fn surrogate(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let from = span.start.saturating_sub(2);
    let escape = text.get(from..from + 6)?;
    let code = u32::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()?;
    (0xd800..=0xdfff).contains(&code).then_some(from..from + 6)
}
