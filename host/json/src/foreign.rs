//! Text that somebody else wrote, on its way to a terminal or a log.

use std::fmt::{self, Display, Formatter, Write};

/// Text of a plugin, a file, its name or a person, on one line: nothing in it steers a terminal, begins a line, turns
/// the direction of what follows, or is there without being seen. Such characters are shown as escapes.
///
/// # Examples
///
/// ```
/// # use sortie_json::Foreign;
/// assert_eq!(Foreign("all is well").to_string(), "all is well");
/// assert_eq!(Foreign("a\n\u{1b}[2J\u{202e}b").to_string(), r"a\n\u{1b}[2J\u{202e}b");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Foreign<'t>(pub &'t str);

/// The same for text whose line feeds are ours, such as JSON with line breaks: those stay.
///
/// # Examples
///
/// ```
/// # use sortie_json::ForeignLines;
/// assert_eq!(ForeignLines("a\n\u{1b}b").to_string(), "a\n\\u{1b}b");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ForeignLines<'t>(pub &'t str);

/// JSON whose values somebody else wrote, on one line: as above, and what looks like something else (spaces that are none,
/// marks that join the character before them) is shown too, as JSON's own escapes. The value is the same.
///
/// # Examples
///
/// ```
/// # use sortie_json::ForeignJson;
/// assert_eq!(ForeignJson("\"a\u{a0}b\u{200b}\"").to_string(), r#""a\u00a0b\u200b""#);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ForeignJson<'t>(pub &'t str);

impl Display for ForeignJson<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| {
            if is_plain(character) {
                return f.write_char(character);
            }
            let mut units = [0; 2];
            character.encode_utf16(&mut units).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))
        })
    }
}

impl Display for Foreign<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| write_char(f, c))
    }
}

impl Display for ForeignLines<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| if c == '\n' { f.write_char(c) } else { write_char(f, c) })
    }
}

fn write_char(f: &mut Formatter<'_>, c: char) -> fmt::Result {
    match c {
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        _ if passes_as_itself(c) => f.write_char(c),
        _ => write!(f, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Whether a character does no more than stand where it stands: it is no control character, no line separator, turns no
/// direction (Unicode Standard Annex #9), and can be seen.
///
/// ```
/// use sortie_json::passes_as_itself;
///
/// assert!(passes_as_itself('é'));
/// assert!(!passes_as_itself('\u{202E}'), "it would turn what follows around");
/// ```
#[must_use]
pub fn passes_as_itself(c: char) -> bool {
    if c.is_control() {
        return false;
    }
    !matches!(c,
        // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul fillers, Khmer and Mongolian signs.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        // Zero-width spaces and joiners, marks of direction; separators of lines and paragraphs, embeddings, overrides.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        // Invisible operators, isolates, deprecated controls.
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{ffa0}'
        // Variation selectors, but for the two that say whether an emoji has colours.
        | '\u{fe00}'..='\u{fe0d}'
        // The byte order mark, annotations, and what shapes music and shorthand.
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{1bca0}'..='\u{1bca3}'
        // What joins hieroglyphs.
        | '\u{13430}'..='\u{1343f}'
        // Tags, more variation selectors, and what is kept free beside them, never to be seen.
        | '\u{e0000}'..='\u{e0fff}')
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
    fn what_steers_or_hides_is_shown_and_all_else_is_left() {
        for plain in ["", "Grüße, 世界 🚀 ❤\u{fe0f}", "עברית العربية", "a\\b \"c\" {d}", "e\u{301}"]
        {
            assert_eq!(Foreign(plain).to_string(), plain);
        }
        let cases = [
            ("a\r\n\tb", r"a\r\n\tb"),
            ("\u{1b}[31mred\u{9b}0m\u{7f}", r"\u{1b}[31mred\u{9b}0m\u{7f}"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}", r"\u{202e}\u{2066}\u{200f}\u{61c}"),
            ("a\u{200b}\u{200d}\u{feff}\u{ad}b\u{e0041}", r"a\u{200b}\u{200d}\u{feff}\u{ad}b\u{e0041}"),
            ("one\u{2028}two\u{2029}\u{85}", r"one\u{2028}two\u{2029}\u{85}"),
            ("\u{e0300}\u{e0fff}\u{13437}", r"\u{e0300}\u{e0fff}\u{13437}"),
        ];
        for (text, shown) in cases {
            assert_eq!(Foreign(text).to_string(), shown);
            assert!(Foreign(text).to_string().chars().all(passes_as_itself));
        }
    }

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
            assert_eq!(ForeignJson(&json).to_string(), shown);
            assert_eq!(serde_json::from_str::<String>(shown).unwrap(), value);
        }
    }
}
