//! What to do about a text that could not be read on, by what stands where the reader stopped: what people write who have
//! another language or another tool in mind. It looks at the lines around that place alone, however long the text is.

use std::ops::Range;

use crate::fault::Syntax;

/// What the text is read as. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    Json,
    #[cfg(feature = "documents")]
    Yaml,
    #[cfg(feature = "documents")]
    Toml,
}

/// How many bytes are looked at before a place, and behind it.
const WINDOW: usize = 200;

const TEMPLATE: &str = "this is a template: give what it makes, or put the text in quotes";
const CONFLICT: &str = "git marked a conflict here: settle it, and remove the marks";
const IN_QUOTES: &str = "put texts in double quotes";

/// The same fault with a remedy: what is certain comes before what the reader knows, and that before a guess.
pub(super) fn remedied(notation: Notation, text: &str, at: &Range<usize>, syntax: Syntax) -> Syntax {
    let place = Place::at(text, at.start);
    let remedy = place.of_other_tools().or(syntax.help).or_else(|| match notation {
        Notation::Json => Some(place.of_json(&syntax)),
        #[cfg(feature = "documents")]
        Notation::Yaml => place.of_yaml(),
        #[cfg(feature = "documents")]
        Notation::Toml => Some(place.of_toml()),
    });
    Syntax { help: remedy, ..syntax }
}

/// Where the reader stopped.
struct Place<'t> {
    /// What stands before it, without blanks and line breaks at its end.
    before: &'t str,
    /// The token that it is in: digits, letters and what holds them together.
    token: &'t str,
    rest: &'t str,
    /// Whether that began before the place.
    is_within_token: bool,
    /// Whether the text begins here, and whether it begins with the token.
    is_first: bool,
    is_first_token: bool,
}

impl<'t> Place<'t> {
    fn at(text: &'t str, at: usize) -> Self {
        let (all, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        let before = all.get(boundary(all, all.len().saturating_sub(WINDOW))..).unwrap_or_default();
        let rest = rest.get(..boundary(rest, WINDOW.min(rest.len()))).unwrap_or_default();
        let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | ':');
        let start = before.trim_end_matches(joins).len();
        let length = before.len() - start + rest.find(|c| !joins(c)).unwrap_or(rest.len());
        let window = text.get(all.len() - before.len()..).unwrap_or_default();
        let token = window.get(start..start + length).unwrap_or_default().trim_start_matches(':');
        let is_within_token = start < before.len() && !before.ends_with(':') && rest.starts_with(joins);
        let is_blank = |text: &str| text.trim_start_matches('\u{feff}').trim().is_empty();
        let is_first_token = is_blank(all.get(..all.len() - before.len() + start).unwrap_or_default());
        Self { before: before.trim_end(), token, rest, is_within_token, is_first: is_blank(all), is_first_token }
    }

    /// What no notation has, wherever it stands.
    fn of_other_tools(&self) -> Option<&'static str> {
        let has_marker =
            |line: &str| line.trim_end() == "=======" || line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
        let here = self.before.rsplit('\n').next().unwrap_or_default();
        let rest = self.rest.split('\n').next().unwrap_or_default();
        let above = self.before.rsplit('\n').take(3);
        if above.clone().any(has_marker) || (here.is_empty() && has_marker(rest)) || self.rest.starts_with("<<<<<<< ") {
            return Some(CONFLICT);
        }
        let names = |text: &str| {
            text.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '$' | '_'))
        };
        let is_placeholder = self.rest.strip_prefix("{{").is_some_and(names)
            || (self.before.ends_with('{') && self.rest.strip_prefix('{').is_some_and(names));
        let is_code = ["{%", "<%", "${", "$("].iter().any(|mark| self.rest.starts_with(mark))
            || (self.before.ends_with('{') && self.rest.starts_with('%'));
        (is_placeholder || is_code).then_some(TEMPLATE)
    }

    fn of_json(&self, syntax: &Syntax) -> &'static str {
        let first = self.rest.chars().next();
        if self.is_first {
            return self.of_first(first);
        }
        let Some(first) = first.filter(|_| !self.rest.trim().is_empty()) else {
            return "the text is not complete: close what is open, or get the whole of it";
        };
        if first == '\0' {
            return "if the text is UTF-16, save it as UTF-8; else remove the character, which is NUL";
        }
        if first.is_control() {
            return "remove the character, which cannot be seen";
        }
        if !first.is_ascii() && !crate::passes_as_itself(first) {
            return "this character cannot be seen: remove it";
        }
        let expected = syntax.expected.as_deref().unwrap_or_default();
        match expected {
            "a value" => self.of_value(first),
            "a key in double quotes" => match first {
                ',' => "remove the comma",
                '\'' => "put keys and texts in double quotes",
                _ => "put the key in double quotes",
            },
            "`:`" => match first {
                '=' => "write `:` in place of `=`",
                ',' | '}' => "a member is a key and its value: `\"key\": value`",
                _ => "write `:` between the key and its value",
            },
            "`,` or `}`" | "`,` or `]`" => self.of_separator(first, expected),
            "a digit" => self.of_digit(first),
            "`true`, `false` or `null`" => match self.token.to_ascii_lowercase().as_str() {
                "nan" => NO_NAN,
                "none" | "nil" => "write `null`",
                "no" => NO_WORD,
                _ => IN_QUOTES,
            },
            "four hexadecimal digits" => "a backslash is written `\\\\`, and a character as `\\u` and four digits",
            _ if matches!(first, '}' | ']') => "remove the bracket: there is one too many",
            _ if matches!(first, '{' | '[' | '"' | '0'..='9' | '-') => {
                "a text has one value: put several into an array, `[…, …]`"
            }
            _ => "remove what stands behind the value",
        }
    }

    /// A text that does not begin as JSON does.
    fn of_first(&self, first: Option<char>) -> &'static str {
        let line = self.rest.lines().next().unwrap_or_default();
        let name = line.split([' ', '\t', '=', ':']).next().unwrap_or_default();
        let behind = line.strip_prefix(name).unwrap_or_default().trim_start();
        match first {
            Some('\u{1b}') => "the text has colours for a terminal: let the command that wrote it print without them",
            Some(c) if c.is_control() || self.rest.starts_with("PK\u{3}\u{4}") => {
                "this is no text: if it is compressed, unpack it first"
            }
            Some('<') => "this is HTML or XML: see whether what was asked for was found",
            _ if self.rest.starts_with("--")
                || self.rest.starts_with("- ")
                || behind.starts_with(": ")
                || behind == ":" =>
            {
                "if this is YAML, let the file's name end in `.yaml`"
            }
            _ if behind.starts_with('=') => "if this is TOML, let the file's name end in `.toml`",
            Some('}' | ']') => "remove the bracket: nothing is open that it could close",
            _ => "a JSON text begins with `{` or `[`: remove what stands before",
        }
    }

    fn of_value(&self, first: char) -> &'static str {
        let word = self.rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        match word.to_ascii_lowercase().as_str() {
            "infinity" | "inf" | "nan" => return NO_NAN,
            "undefined" => return "JSON has no `undefined`: leave the member out, or write `null`",
            "none" | "nil" => return "write `null`",
            "yes" | "no" | "on" | "off" => return NO_WORD,
            _ => {}
        }
        match first {
            ',' if self.before.ends_with([',', '[']) => "remove the comma",
            ',' | '}' | ']' => "write the value, or `null` where there is none",
            '.' if self.rest.starts_with("..") => "write out what the dots stand for",
            '.' => "put a `0` before the point",
            ':' | ';' | '=' => "remove the sign",
            '(' => "JSON has values alone: write what this comes to",
            _ if self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.').starts_with('(') => {
                "JSON has values alone: write what this comes to"
            }
            _ => IN_QUOTES,
        }
    }

    /// Something behind a value that is neither the comma nor the end.
    fn of_separator(&self, first: char, expected: &str) -> &'static str {
        let is_number = self.token.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
        if is_number && self.is_within_token {
            let digits = self.token.trim_start_matches(['-', '+']);
            let radix = digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(['x', 'X', 'b', 'B', 'o', 'O']));
            return match first {
                _ if radix => "write the number in decimal digits",
                '_' => "write the number without `_`",
                '-' | ':' => "put dates and times in double quotes",
                'n' => "write the number without `n`, or in double quotes if it is a large one",
                _ => IN_QUOTES,
            };
        }
        match first {
            ';' => "write `,`, or nothing behind the last one",
            '+' | '*' | '-' | '/' | '%' => "JSON has values alone: write what this comes to",
            ':' if expected.ends_with("`]`") => "members stand in an object: `{\"key\": value}`",
            ':' | '=' => "write `,` in its place, or put the text in quotes",
            '}' => "an array is closed by `]`: write it before this",
            ']' => "an object is closed by `}`: write it before this",
            _ if self.before.ends_with('"') && first.is_alphanumeric() => {
                "write a comma before this; a quote in a text is `\\\"`"
            }
            _ => "write a comma before this",
        }
    }

    fn of_digit(&self, first: char) -> &'static str {
        match first {
            'I' | 'i' => NO_NAN,
            '-' | ' ' | '\n' | '\r' if self.is_first_token => "if this is YAML, let the file's name end in `.yaml`",
            '.' if self.before.ends_with('-') => "put a `0` before the point",
            _ if self.before.ends_with('.') => "write a digit behind the point, or leave out the point",
            _ if self.before.ends_with(['e', 'E', '+', '-']) && self.token.len() > 1 => {
                "write digits behind the `e`, or leave it out; put a text in double quotes"
            }
            _ => "write the number's digits, or put the text in double quotes",
        }
    }

    #[cfg(feature = "documents")]
    fn of_yaml(&self) -> Option<&'static str> {
        match self.rest.chars().next() {
            Some('"' | '\'') => Some("close it, or put the whole text in quotes of the other kind"),
            Some(',') if self.before.ends_with([',', '[', '{']) => Some("remove the comma"),
            Some(']' | '}') => Some("remove the bracket, or put the text in quotes"),
            None => Some("the text is not complete: close the bracket or the quote that is open"),
            _ => None,
        }
    }

    /// Whether a backslash stands here, or just before.
    #[cfg(feature = "documents")]
    fn is_escape(&self) -> bool {
        let of_digits = |tail: &str| tail.is_empty() || tail.starts_with(['u', 'U', 'x']);
        let tail = self.before.rsplit_once('\\').map(|(_, tail)| tail).filter(|tail| tail.len() < 9);
        self.rest.starts_with('\\') || tail.is_some_and(of_digits)
    }

    #[cfg(feature = "documents")]
    fn of_toml(&self) -> &'static str {
        let first = self.rest.chars().next();
        let line = self.before.rsplit('\n').next().unwrap_or_default();
        // At the beginning of a line what stands before, without its blanks, is that of an earlier one.
        let is_value = line.ends_with('=');
        if is_value {
            let word = self.rest.split(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | '#')).next();
            return match word.unwrap_or_default().to_ascii_lowercase().as_str() {
                "true" | "false" => "write `true` and `false` in lower-case letters",
                "null" | "none" | "nil" | "~" | "undefined" => "TOML has no null: leave the key out",
                "yes" | "no" | "on" | "off" => "write `true` or `false`",
                "" => "write the value, or leave the key out",
                word if word.starts_with('.') => "put a `0` before the point",
                word if word.starts_with('0') && word.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
                    "remove the zeros the number begins with"
                }
                word if word.get(4..5) == Some("-") || word.get(2..3) == Some(":") => {
                    "a date is written as `1979-05-27`, and a time as `07:32:00`"
                }
                word if word.starts_with(|c: char| c.is_ascii_digit()) => {
                    "write one key and its value on a line, and texts in quotes"
                }
                _ => IN_QUOTES,
            };
        }
        match first {
            Some(':') => "write `=` in place of `:`; if this is YAML, let the file's name end in `.yaml`",
            Some('/' | ';') => "a comment begins with `#`",
            Some('{') if self.is_first => "if this is JSON, let the file's name end in `.json`",
            Some('=') => "write a key before the `=`",
            Some(',') => "remove the comma",
            Some('\n' | '\r') | None if line.starts_with("---") => {
                "if this is YAML, let the file's name end in `.yaml`"
            }
            Some('\n' | '\r') | None if line.contains(['"', '\'']) => {
                "close the quote; a text of several lines stands in `\"\"\"`"
            }
            Some('\n' | '\r') | None if line.starts_with('[') => "close the bracket",
            Some('_') if line.contains('=') => "write one `_` between two digits",
            _ if self.is_escape() => "a backslash is written `\\\\`, and within single quotes it stands for itself",
            Some(c) if c.is_control() && c != '\n' => "write the character as `\\u` and four digits, in double quotes",
            Some(c) if !c.is_ascii() && line.contains('=') => IN_QUOTES,
            Some(c) if !c.is_ascii() => "put the key in quotes",
            _ if line.ends_with('.') => "write a digit behind the point, or leave out the point",
            _ if line.contains('[') && line.contains('=') || line.ends_with(',') => {
                "write a comma, or close what is open"
            }
            _ if line.contains('=') => "write one key and its value on a line",
            _ => "write `=` behind the key, and a key with blanks in quotes",
        }
    }
}

const NO_WORD: &str = "write `true` or `false`, or put the text in double quotes";
const NO_NAN: &str = "JSON has no NaN and no infinities: write `null`, or a text in double quotes";

/// The nearest boundary of characters at or behind an offset.
fn boundary(text: &str, offset: usize) -> usize {
    (offset..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
