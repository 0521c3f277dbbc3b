//! From characters, in which the YAML parser counts, to bytes.

use std::ops::Range;

use saphyr_parser::Span;

/// Knows the byte of a character, and finds that of one near it soon.
pub(super) struct Offsets<'t> {
    text: &'t str,
    /// What stands before the text.
    base: usize,
    is_ascii: bool,
    /// A character, and its byte.
    character: usize,
    byte: usize,
}

impl<'t> Offsets<'t> {
    pub(super) fn of(text: &'t str, base: usize) -> Self {
        Self { text, base, is_ascii: text.is_ascii(), character: 0, byte: 0 }
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// The byte with which a character begins, with what stands before the text.
    pub(super) fn byte(&mut self, character: usize) -> usize {
        if self.is_ascii {
            return self.base + character.min(self.text.len());
        }
        if character >= self.character {
            let ahead = self.text.get(self.byte..).unwrap_or_default();
            let distance = character - self.character;
            self.byte = ahead.char_indices().nth(distance).map_or(self.text.len(), |(byte, _)| self.byte + byte);
        } else {
            let behind = self.text.get(..self.byte).unwrap_or_default();
            let distance = self.character - character - 1;
            self.byte = behind.char_indices().rev().nth(distance).map_or(0, |(byte, _)| byte);
        }
        self.character = character;
        self.base + self.byte
    }

    /// The bytes of a span.
    pub(super) fn bytes(&mut self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        let end = self.byte(span.end.index().max(span.start.index()));
        start..end
    }
}
