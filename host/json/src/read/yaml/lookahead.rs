//! How far the parser has to read before it can say anything.
//!
//! A collection in brackets may be a key (YAML 1.2.2, section 7.4.2), which the colon behind it tells. So the parser keeps all that is in
//! it until its end, in some hundred bytes for each of its tokens, and only then says that it began.

use std::cell::Cell;

use saphyr_parser::{Event, Input, Parser, Span};

/// The greatest number of indicators that may be read without anything being said: as many as keep less than half a gigabyte.
pub(crate) const MAX_INDICATORS: usize = 1 << 20;

/// What begins or ends a token within brackets (YAML 1.2.2, section 5.3).
const INDICATORS: [char; 13] = ['[', ']', '{', '}', ',', ':', '?', '&', '*', '!', '"', '\'', '|'];

/// How many levels of arrays and objects are read, be they within a key that is none: the parser keeps some hundred bytes for
/// each, and a level takes two bytes of a text.
pub(crate) const MAX_LEVELS: usize = 1_024;

/// How many anchors a text may have: the parser keeps each, whether an alias refers to it or not.
pub(crate) const MAX_ANCHORS: usize = 1 << 20;

/// What a text has in it, up to where it is not well-formed, has too many levels or anchors, or a second document begins: whoever
/// reads it stops there.
pub(super) fn events(text: &str) -> impl Iterator<Item = (Event<'_>, Span)> {
    events_of(Parser::new_from_str(text))
}

fn events_of<I: Input>(parser: Parser<'_, I>) -> impl Iterator<Item = (Event<'_>, Span)> {
    let (mut levels, mut documents) = (0_usize, 0_usize);
    parser.map_while(Result::ok).take_while(move |(event, _)| {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => levels += 1,
            Event::SequenceEnd | Event::MappingEnd => levels = levels.saturating_sub(1),
            Event::DocumentStart(_) => documents += 1,
            _ => {}
        }
        levels <= MAX_LEVELS && documents < 2 && anchor_of(event) <= MAX_ANCHORS
    })
}

/// Where it is too far, if it is anywhere, in bytes: within one collection in brackets, or a text that looks like one.
pub(super) fn too_far(text: &str) -> Option<usize> {
    // Most texts are shorter than it takes, or have no brackets, or fewer indicators in all.
    let is_short = text.len() <= MAX_INDICATORS || !text.contains(['[', '{']);
    if is_short || text.matches(INDICATORS).nth(MAX_INDICATORS).is_none() {
        return None;
    }
    beyond(text, MAX_INDICATORS)
}

/// The number of the anchor that a value has: the parser numbers them from 1, and 0 is none.
pub(super) fn anchor_of(event: &Event<'_>) -> usize {
    match event {
        Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => *anchor,
        _ => 0,
    }
}

/// Where more indicators are read than these before anything is said.
fn beyond(text: &str, most: usize) -> Option<usize> {
    let (since, found) = (Cell::new(0_usize), Cell::new(None));
    let letters = text.char_indices().map_while(|(at, letter)| {
        if INDICATORS.contains(&letter) {
            since.set(since.get() + 1);
        }
        if since.get() > most {
            found.set(Some(at));
            return None;
        }
        Some(letter)
    });
    for _ in events_of(Parser::new_from_iter(letters)) {
        if found.get().is_some() {
            break;
        }
        since.set(0);
    }
    found.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_brackets_is_as_long_as_it_may_be_and_not_longer() {
        // Two brackets, and a comma between two elements.
        let list = |elements: usize| format!("- [{}]\n", vec!["a"; elements].join(","));
        assert_eq!(beyond(&list(999), 1_000), None);
        // What the parser has read ahead may be counted for what comes before.
        assert!(beyond(&list(1_020), 1_000).is_some_and(|at| (1_900..2_040).contains(&at)));
        // Each of several may be as long, and elements on lines of their own may be as many as there are.
        assert_eq!(beyond(&list(900).repeat(10), 1_000), None);
        assert_eq!(beyond(&"- a: \"b\"\n".repeat(10_000), 1_000), None);
        // Brackets within each other are one collection, and tokens that are no elements count too.
        for much in ["[[a],[b]],", "*a ", "\"\", ", "a: ", "&a "] {
            assert!(beyond(&format!("[{}]", much.repeat(1_100)), 1_000).is_some(), "{much}");
        }
    }
}
