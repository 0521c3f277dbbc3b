//! The YAML reader's errors in our words.

use std::collections::HashSet;
use std::ops::Range;

use crate::{FaultKind, ParseLimits};
use saphyr_parser::ScanError;

use crate::finding::Finding;

/// An error of the reader as a finding, its place still in characters.
pub(super) fn finding(text: &str, error: &ScanError, limits: ParseLimits) -> Finding {
    let at = error.marker().index();
    let info = error.info();
    if info == "recursion limit exceeded" {
        // The reader looks ahead on a line, and gives up beyond 255 levels.
        return Finding::in_text(FaultKind::TooDeep(limits.depth), at..at + 1);
    }
    if info.ends_with("found invalid Unicode character escape code")
        && let Some((span, kind)) = surrogate(text, at)
    {
        return Finding::in_text(kind, span);
    }
    let detail = detail(info);
    let place = if detail == TAB {
        first_tab(text, at)
    } else if info.starts_with("simple key expect") {
        content_before(text, at)
    } else {
        at..at + 1
    };
    Finding::in_text(FaultKind::Syntax(detail), place)
}

/// What is said of a tab in the indentation of a line.
const TAB: &str = "a tab cannot indent a line";

/// The finding of a tab in the indentation before a character.
pub(super) fn tab_before(text: &str, at: usize) -> Finding {
    Finding::in_text(FaultKind::Syntax(TAB.to_owned()), first_tab(text, at))
}

/// The characters with which those lines begin whose indentation has a tab. Most texts have none.
pub(super) fn indented_by_tabs(text: &str) -> HashSet<usize> {
    let mut begin = HashSet::new();
    if !text.contains('\t') {
        return begin;
    }
    let (mut in_indentation, mut has_tab) = (true, false);
    for (at, character) in text.chars().enumerate() {
        match character {
            '\n' => (in_indentation, has_tab) = (true, false),
            ' ' | '\r' => {}
            '\t' => has_tab = true,
            _ => {
                if in_indentation && has_tab {
                    begin.insert(at);
                }
                in_indentation = false;
            }
        }
    }
    begin
}

/// The first tab in the indentation of a line, from the line of a character on.
fn first_tab(text: &str, at: usize) -> Range<usize> {
    let mut tab = None;
    let mut in_indentation = true;
    for (index, character) in text.chars().enumerate() {
        match character {
            '\n' if index < at => (in_indentation, tab) = (true, None),
            '\n' => in_indentation = true,
            '\t' if in_indentation && tab.is_none() => tab = Some(index),
            ' ' | '\t' => {}
            _ => in_indentation = false,
        }
        if tab.is_some() && index >= at {
            break;
        }
    }
    let tab = tab.unwrap_or(at);
    tab..tab + 1
}

/// The content of the line that ends before a character: where the reader notices that something is missing there, it
/// has gone on.
fn content_before(text: &str, at: usize) -> Range<usize> {
    let characters: Vec<char> = text.chars().take(at).collect();
    let end = characters.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
    let line = characters.get(..end).unwrap_or_default();
    let start = line.iter().rposition(|c| *c == '\n').map_or(0, |last| last + 1);
    let indentation = line.iter().skip(start).take_while(|c| c.is_whitespace()).count();
    start + indentation..end
}

/// The reader's texts carry no code. Those of the mistakes that people make are put so that they can be acted on; the
/// others stand as they are, without what the reader was doing.
fn detail(info: &str) -> String {
    if info.contains("tab") && !info.contains("block scalar content") {
        return TAB.to_owned();
    }
    if let Some(character) = info.strip_prefix("unexpected character: `") {
        return format!("a plain text cannot begin with `{}`", character.trim_end_matches('\''));
    }
    let detail = match info {
        "mapping values are not allowed in this context" => "`:` cannot follow here",
        "simple key expect ':'" | "simple key expected" => "a key must be followed by `:`",
        "while parsing a block mapping, did not find expected key" => {
            "the line is not indented as the lines of an object around it, expected a key"
        }
        "while parsing a block collection, did not find expected '-' indicator" => {
            "the line is not indented as the lines of a list around it, expected `-`"
        }
        "invalid indentation" => "the line is not indented as those around it",
        "invalid indentation in flow construct" => {
            "what is within brackets is not indented deeper than what is around them"
        }
        "invalid indentation in quoted scalar" => {
            "what is within quotes is not indented deeper than what is around them"
        }
        "while parsing node, found unknown anchor" => "the alias has no anchor before it",
        "while scanning a quoted scalar, found unexpected end of stream" => "the quote is never closed",
        "invalid trailing content after double-quoted scalar" => "text goes on behind the closing quote",
        "block sequence entries are not allowed in this context" => "a list cannot begin on the line of its key",
        "illegal placement of ':' indicator" => "this is no place of `:`",
        "while parsing a quoted scalar, found unknown escape character" => {
            "there is no such escape as one in this text"
        }
        other => {
            let what = other.split_once(", ").map_or(other, |(_, what)| what).replace('\'', "`");
            return what.strip_prefix("did not find ").unwrap_or(&what).to_owned();
        }
    };
    detail.to_owned()
}

/// The escape of a surrogate near a character, and what is wrong with it: YAML has no pairs of them.
fn surrogate(text: &str, near: usize) -> Option<(Range<usize>, FaultKind)> {
    const NEAR: usize = 12;
    let from = near.saturating_sub(2);
    let window: Vec<char> = text.chars().skip(from).take(2 * NEAR).collect();
    let code = |at: usize| {
        let escape = window.get(at..at + 6)?.strip_prefix(&['\\', 'u'])?;
        let digits: String = escape.iter().collect();
        u32::from_str_radix(&digits, 16).ok().filter(|code| (0xd800..=0xdfff).contains(code))
    };
    let (at, first) = (0..NEAR).find_map(|at| code(at).map(|code| (at, code)))?;
    let is_pair = first < 0xdc00 && code(at + 6).is_some_and(|second| second >= 0xdc00);
    let kind =
        if is_pair { FaultKind::Syntax("YAML has no surrogate pairs".to_owned()) } else { FaultKind::LoneSurrogate };
    let length = if is_pair { 12 } else { 6 };
    Some((from + at..from + at + length, kind))
}
