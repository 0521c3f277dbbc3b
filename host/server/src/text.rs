//! Text that others wrote, on its way into a page or an address.

use sortie_json::{Foreign, ForeignLines, MAX_QUOTED_BYTES, excerpt};

/// Text that a plugin or a person wrote, on one line: what steers or hides is shown as an escape.
pub(crate) fn text(text: &str) -> String {
    Foreign(text).to_string()
}

/// The beginning of a name, an address or a word that a request has, on one line, for a message about it.
pub(crate) fn name(name: &str) -> String {
    text(&excerpt(name, MAX_QUOTED_BYTES))
}

/// The same, with its line feeds.
pub(crate) fn lines(text: &str) -> String {
    ForeignLines(text).to_string()
}

/// A text in a query (RFC 3986).
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
