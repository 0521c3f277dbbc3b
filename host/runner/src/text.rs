//! Text that came from a plugin, a file or a person.

use sortie_json::Foreign;

/// Text of a plugin, a file or a person on one line, with all that would steer a terminal shown as escapes.
#[must_use]
pub fn printable(text: &str) -> String {
    Foreign(text).to_string()
}
