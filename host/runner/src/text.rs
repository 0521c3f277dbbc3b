//! Text that came from a plugin, a file or a person.

/// The text without control characters: what a plugin or a file says must not steer the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    let safe = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().map(|c| if safe(c) { c } else { '\u{fffd}' }).collect()
}
