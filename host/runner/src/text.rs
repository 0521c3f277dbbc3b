//! Text that came from a plugin, a file or a person.

use sortie_json::{Foreign, passes_as_itself};

/// Text of a plugin, a file or a person on one line, with all that would steer a terminal shown as escapes.
#[must_use]
pub fn printable(text: &str) -> String {
    Foreign(text).to_string()
}

/// JSON with escapes for what a reader cannot see or could mistake: spaces that are none, marks that join the character
/// before them, what has no width or turns the direction of writing. The value is the same.
#[must_use]
pub fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_plain(character) {
            text.push(character);
        } else {
            let mut units = [0; 2];
            text.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

/// Whether a character is seen as what it is, also beside another that looks like it.
fn is_plain(character: char) -> bool {
    passes_as_itself(character)
        && !matches!(
            character,
            '\u{a0}'
                | '\u{300}'..='\u{36f}'
                | '\u{1680}'
                | '\u{2000}'..='\u{200f}'
                | '\u{202f}'
                | '\u{205f}'
                | '\u{3000}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{fffd}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped_and_the_value_stays() {
        for (value, shown) in [
            ("1\u{a0}234,57 $", r#""1\u00a0234,57 $""#),
            ("Jose\u{301}", r#""Jose\u0301""#),
            ("\u{feff}Test", r#""\ufeffTest""#),
            ("a\u{200b}b", r#""a\u200bb""#),
            ("\u{202e}gnp", r#""\u202egnp""#),
            ("\u{9b}31m", r#""\u009b31m""#),
            ("José, grün, 日本", r#""José, grün, 日本""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
        ] {
            let json = serde_json::Value::from(value).to_string();
            assert_eq!(visible(&json), shown);
            assert_eq!(serde_json::from_str::<String>(&visible(&json)).unwrap(), value);
        }
    }
}
