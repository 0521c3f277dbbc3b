//! From characters, in which the YAML reader counts, to bytes.

use std::ops::Range;

use saphyr_parser::Span;

/// The characters of a reader's span.
pub(super) fn characters(span: Span) -> Range<usize> {
    let start = span.start.index();
    start..span.end.index().max(start)
}

/// Turns ranges of characters into ranges of bytes, in one pass over the text.
pub(super) fn to_bytes<'r>(text: &str, ranges: impl Iterator<Item = &'r mut Range<usize>>) {
    let mut ends: Vec<&mut usize> = ranges.flat_map(|range| [&mut range.start, &mut range.end]).collect();
    ends.sort();
    let mut offsets = text.char_indices().map(|(offset, _)| offset);
    let mut passed = 0;
    let mut current = offsets.next().unwrap_or(text.len());
    for end in ends {
        if let Some(more) = end.checked_sub(passed).and_then(|distance| distance.checked_sub(1)) {
            current = offsets.nth(more).unwrap_or(text.len());
            passed = *end;
        }
        *end = current;
    }
}
