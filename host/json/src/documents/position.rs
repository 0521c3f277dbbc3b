//! Lines and columns.

use std::ops::Range;

/// How much of a line is looked at on either side of a place, in bytes: more is not shown.
const WINDOW: usize = 400;

/// Where an offset stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) offset: usize,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    pub(crate) line_start: usize,
}

/// The positions of offsets, in the order of the offsets given. The text is passed over once, as far as the last.
pub(crate) fn positions(bytes: &[u8], offsets: &[usize]) -> Vec<Position> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|index| offsets.get(*index));
    let mut current = Position { offset: 0, line: 1, column: 1, line_start: 0 };
    let mut positions = vec![current; offsets.len()];
    for index in order {
        let offset = offsets.get(index).map_or(bytes.len(), |offset| (*offset).min(bytes.len()));
        current = current.advanced(bytes, offset);
        if let Some(position) = positions.get_mut(index) {
            *position = current;
        }
    }
    positions
}

impl Position {
    /// The position of a later offset.
    fn advanced(self, bytes: &[u8], offset: usize) -> Self {
        let passed = bytes.get(self.offset..offset).unwrap_or_default();
        #[expect(clippy::naive_bytecount, reason = "a crate for this is not worth its while when something is wrong")]
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        let (line_start, column) = match passed.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => (self.offset + last + 1, 1),
            None => (self.line_start, self.column),
        };
        let counted = line_start.max(self.offset);
        let characters =
            bytes.get(counted..offset).unwrap_or_default().iter().filter(|byte| !continues(**byte)).count();
        Self { offset, line: self.line + breaks, column: column + characters, line_start }
    }

    /// The part of the line around the position, all of it if it is not long, without the line break.
    pub(crate) fn window(&self, bytes: &[u8]) -> Range<usize> {
        let mut start = self.line_start.max(self.offset.saturating_sub(WINDOW));
        while start < self.offset && start > self.line_start && bytes.get(start).copied().is_some_and(continues) {
            start += 1;
        }
        let far = (self.offset + WINDOW).min(bytes.len());
        let rest = bytes.get(self.offset..far).unwrap_or_default();
        let mut end = rest.iter().position(|byte| *byte == b'\n').map_or(far, |length| self.offset + length);
        while end > self.offset && bytes.get(end).copied().is_some_and(continues) {
            end -= 1;
        }
        if end > start && bytes.get(end) == Some(&b'\n') && bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        start..end.max(start)
    }
}

/// Whether a byte is one of a character of UTF-8 but not its first.
fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_at_their_breaks() {
        let text = "a\r\n\u{1f600}\t漢x\n".as_bytes();
        let found: Vec<_> = positions(text, &[text.len(), 0, 3, 7, 8, 11])
            .into_iter()
            .map(|position| (position.line, position.column))
            .collect();
        assert_eq!(found, [(3, 1), (1, 1), (2, 1), (2, 2), (2, 3), (2, 4)]);
        let [position] = positions(text, &[1])[..] else { unreachable!() };
        assert_eq!(position.window(text), 0..1);
    }
}
