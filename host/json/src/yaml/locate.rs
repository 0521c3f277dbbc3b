//! From a JSON Pointer to the place in a YAML text.

use std::ops::Range;

use crate::Part;
use jsonptr::{Pointer, Token};
use saphyr_parser::{Event, Parser, Span};

use super::offsets;

/// The byte range of the first value, or key, that a pointer names.
pub(crate) fn locate(text: &str, pointer: &Pointer, part: Part) -> Option<Range<usize>> {
    let tokens: Vec<Token<'_>> = pointer.tokens().collect();
    let mut search = Search::new(text, None)?;
    let mut rest = tokens.as_slice();
    // Each alias on the way is a new search from its anchor, with fewer tokens.
    let mut range = loop {
        match search.find(rest, part)? {
            Found::Place(range) => break range,
            Found::Alias { anchor, remaining } => {
                rest = rest.get(rest.len() - remaining..)?;
                search = Search::new(text, Some(anchor))?;
            }
        }
    };
    offsets::to_bytes(text, std::iter::once(&mut range));
    Some(range)
}

enum Found {
    /// A range of characters.
    Place(Range<usize>),
    /// The value stands elsewhere.
    Alias { anchor: usize, remaining: usize },
}

/// A walk through the events, at the beginning of a node.
struct Search<'t> {
    events: Parser<'t, saphyr_parser::StrInput<'t>>,
    node: (Event<'t>, Span),
}

impl<'t> Search<'t> {
    /// Begins at the root, or at the node of an anchor.
    fn new(text: &'t str, anchor: Option<usize>) -> Option<Self> {
        let mut events = Parser::new_from_str(text);
        loop {
            let node = events.next()?.ok()?;
            let own = match node.0 {
                Event::Scalar(_, _, own, _) | Event::SequenceStart(own, _) | Event::MappingStart(own, _) => own,
                Event::Alias(_) => 0,
                _ => continue,
            };
            if anchor.is_none_or(|anchor| anchor == own) {
                return Some(Self { events, node });
            }
        }
    }

    fn find(&mut self, tokens: &[Token<'_>], part: Part) -> Option<Found> {
        let mut key = None;
        for (depth, token) in tokens.iter().enumerate() {
            match self.node.0 {
                Event::Alias(anchor) => return Some(Found::Alias { anchor, remaining: tokens.len() - depth }),
                Event::SequenceStart(..) => {
                    key = None;
                    self.element(token.decoded().parse().ok()?)?;
                }
                Event::MappingStart(..) => key = Some(self.member(&token.decoded())?),
                _ => return None,
            }
        }
        match (part, key) {
            (Part::Key, Some(key)) => Some(Found::Place(key)),
            (Part::Key, None) | (Part::Value, _) => self.whole().map(Found::Place),
        }
    }

    fn step(&mut self) -> Option<()> {
        self.node = self.events.next()?.ok()?;
        Some(())
    }

    /// Goes to an element of the array that begins here.
    fn element(&mut self, index: usize) -> Option<()> {
        self.step()?;
        for _ in 0..index {
            self.whole()?;
            self.step()?;
        }
        (!self.is_end()).then_some(())
    }

    /// Goes to the value of a member of the object that begins here, and gives the place of its key.
    fn member(&mut self, name: &str) -> Option<Range<usize>> {
        loop {
            self.step()?;
            if self.is_end() {
                return None;
            }
            let found = self.is_key(name);
            let key = self.whole()?;
            self.step()?;
            if found {
                return Some(key);
            }
            self.whole()?;
        }
    }

    /// An alias that is a key is not followed: such a key has no place of its own.
    fn is_key(&self, name: &str) -> bool {
        matches!(&self.node.0, Event::Scalar(text, ..) if text == name)
    }

    fn is_end(&self) -> bool {
        matches!(self.node.0, Event::SequenceEnd | Event::MappingEnd | Event::DocumentEnd | Event::StreamEnd)
    }

    /// Goes to the end of the node that begins here, and gives all of its characters.
    fn whole(&mut self) -> Option<Range<usize>> {
        let mut range = offsets::characters(self.node.1);
        let mut open = 0_usize;
        loop {
            let here = offsets::characters(self.node.1);
            match self.node.0 {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                // The end of a block is noticed only behind it; the end of a flow collection is its bracket.
                Event::SequenceEnd | Event::MappingEnd => {
                    open = open.checked_sub(1)?;
                    if here.len() == 1 {
                        range.end = range.end.max(here.end);
                    }
                }
                Event::Scalar(..) | Event::Alias(_) => range.end = range.end.max(here.end),
                _ => return None,
            }
            if open == 0 {
                return Some(range);
            }
            self.step()?;
        }
    }
}
