//! What any text must be, whatever its format.

use crate::{FaultKind, ParseLimits};

use crate::finding::Finding;

/// The text of bytes that are UTF-8, without a byte order mark, and within their limit.
pub(crate) fn of(bytes: &[u8], limits: ParseLimits) -> Result<&str, Finding> {
    if bytes.len() > limits.bytes {
        let kind = FaultKind::TooLarge { size: bytes.len(), limit: limits.bytes };
        return Err(Finding { kind: kind.into(), pointer: None, span: None, first: None });
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Err(Finding::in_text(FaultKind::ByteOrderMark, 0..0));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |length| start + length);
        Finding::in_text(FaultKind::NotUtf8, start..end)
    })?;
    if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
        return Err(Finding::in_text(FaultKind::Empty, 0..0));
    }
    Ok(text)
}

/// The bytes of the character at an offset: none at the end of the text.
pub(crate) fn char_at(text: &str, offset: usize) -> std::ops::Range<usize> {
    let length = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    offset..offset + length
}
