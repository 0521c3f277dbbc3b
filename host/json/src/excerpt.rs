//! Foreign words within messages of our own.

use std::borrow::Cow;

/// How much of a name, a key or a value a message repeats, in bytes.
pub const MAX_QUOTED_BYTES: usize = 120;
/// How long a message may get by what others wrote, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 400;

/// The beginning of a text, of at most so many bytes, for a message: what is wrong with a text shows there, or nowhere.
///
/// # Examples
///
/// ```
/// # use sortie_json::excerpt;
/// assert_eq!(excerpt("short", 10), "short");
/// assert_eq!(excerpt("rather long", 6), "rather…");
/// ```
#[must_use]
pub fn excerpt(text: &str, most: usize) -> Cow<'_, str> {
    match text.get(..text.floor_char_boundary(most)) {
        Some(start) if start.len() < text.len() => format!("{start}…").into(),
        Some(_) | None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_repeated_whole_and_of_a_long_one_the_beginning() {
        let (short, long) = ("x".repeat(120), "x".repeat(121));
        assert_eq!(excerpt(&short, 120), short);
        assert_eq!(excerpt(&long, 120), format!("{short}…"));
        assert_eq!(excerpt("ä€", 1), "…");
        assert_eq!(excerpt("ä€", 4), "ä…");
        assert_eq!(excerpt("ä€", 5), "ä€");
    }
}
