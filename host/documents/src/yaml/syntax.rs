//! The YAML reader's errors in our words.

use std::ops::Range;

use saphyr_parser::ScanError;
use sortie_engine::json::{FaultKind, ParseLimits};

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
    Finding::in_text(FaultKind::Syntax(detail(info)), at..at + 1)
}

/// The reader's texts carry no code. Those of the mistakes that people make are put so that they can be acted on; the
/// others stand as they are, without what the reader was doing.
fn detail(info: &str) -> String {
    if info.contains("tab") && !info.contains("block scalar content") {
        return "a tab cannot indent a line".to_owned();
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
        "invalid indentation" | "invalid indentation in flow construct" | "invalid indentation in quoted scalar" => {
            "the line is not indented as those around it"
        }
        "while parsing node, found unknown anchor" => "the alias has no anchor before it",
        "while scanning a quoted scalar, found unexpected end of stream" => "the quote is never closed",
        other => return other.split_once(", ").map_or(other, |(_, what)| what).replace('\'', "`"),
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
    let kind = if is_pair {
        FaultKind::Syntax("YAML has no surrogate pairs".to_owned())
    } else {
        FaultKind::LoneSurrogate
    };
    let length = if is_pair { 12 } else { 6 };
    Some((from + at..from + at + length, kind))
}
