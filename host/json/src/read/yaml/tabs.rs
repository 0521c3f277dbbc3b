//! Tabs between a key's colon and its value, which are white space (YAML 1.2.2, section 6.2) and which the parser
//! refuses before a letter or a dash.
//!
//! It is given blanks in their place. In a text that has such tabs elsewhere too (within a scalar, where they are
//! content) it is looked first which are which.

use std::borrow::Cow;

use saphyr_parser::Event;

use super::lookahead::events;
use super::offsets::Offsets;

/// The text for the parser: of the same length, byte by byte.
pub(super) struct Tabs<'t>(Cow<'t, str>);

impl<'t> Tabs<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let tabs = candidates(text);
        if tabs.is_empty() {
            return Self(Cow::Borrowed(text));
        }
        // Whether a tab is content does not hang on the other tabs' being blanks.
        let blank = replaced(text, &tabs);
        let content = within_scalars(&blank);
        let is_content = |tab: &usize| {
            let next = content.partition_point(|(_, end)| end <= tab);
            content.get(next).is_some_and(|(start, _)| start <= tab)
        };
        let tabs: Vec<usize> = tabs.into_iter().filter(|tab| !is_content(tab)).collect();
        Self(Cow::Owned(replaced(text, &tabs)))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// The tabs of all runs between a colon and a letter or a dash.
fn candidates(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (colon, _) in text.match_indices(":\t") {
        let run = bytes.iter().skip(colon + 1).take_while(|byte| **byte == b'\t').count();
        let next = bytes.get(colon + 1 + run);
        if next.is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, b'-' | b'_')) {
            found.extend(colon + 1..colon + 1 + run);
        }
    }
    found
}

fn replaced(text: &str, tabs: &[usize]) -> String {
    let mut tabs = tabs.iter().copied().peekable();
    text.char_indices().map(|(at, character)| if tabs.next_if_eq(&at).is_some() { ' ' } else { character }).collect()
}

/// The bytes of all scalars, in order.
fn within_scalars(text: &str) -> Vec<(usize, usize)> {
    let mut offsets = Offsets::of(text, 0);
    events(text)
        .filter_map(|(event, span)| match event {
            Event::Scalar(..) => Some(offsets.bytes(span)),
            _ => None,
        })
        .map(|span| (span.start, span.end))
        .collect()
}
