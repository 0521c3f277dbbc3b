//! From text to tokens.

use super::fault::{Code, Fault};
use super::number;

/// Words that are no names.
const WORDS: [&str; 5] = ["and", "or", "not", "true", "false"];

/// The signs, longer ones first.
const SIGNS: [&str; 14] = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ","];

/// A token and the index of its first character.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Text(String),
    Name(String),
    /// A word of the language.
    Word(&'static str),
    Sign(&'static str),
    End,
}

impl Kind {
    /// In words, for messages.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Number(_) => "a number".to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::Name(name) => format!("`{name}`"),
            Self::Word(text) | Self::Sign(text) => format!("`{text}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Whether this can be a name in an expression.
pub(super) fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins && text.chars().all(continues_name) && !WORDS.contains(&text)
}

fn continues_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// All tokens, the last one being the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { rest: text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let at = lexer.at;
        let kind = lexer.next()?;
        let ended = kind == Kind::End;
        tokens.push(Token { kind, at });
        if ended {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    rest: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<Kind, Fault> {
        let Some(first) = self.rest.chars().next() else { return Ok(Kind::End) };
        if first.is_ascii_digit() || first == '.' {
            return self.number();
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let name = self.take_while(continues_name);
            let word = WORDS.into_iter().find(|word| *word == name);
            return Ok(word.map_or_else(|| Kind::Name(name.to_owned()), Kind::Word));
        }
        if first == '"' || first == '\'' {
            return self.text(first);
        }
        if let Some(sign) = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign)) {
            self.skip(sign.len());
            return Ok(Kind::Sign(sign));
        }
        let hint = match first {
            '=' => "; equality is `==`",
            '!' => "; negation is `not`",
            '&' => "; both is `and`",
            '|' => "; either is `or`",
            _ => "",
        };
        Err(Fault::new(Code::ParseError, self.at, format!("`{first}` means nothing here{hint}")))
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        let at = self.at;
        let digits = self.rest;
        let mut length = self.take_while(|character| character.is_ascii_digit()).len();
        if length > 0 && self.rest.starts_with('.') {
            self.skip(1);
            length += 1 + self.take_while(|character| character.is_ascii_digit()).len();
        }
        if self.rest.starts_with(['e', 'E']) {
            self.skip(1);
            length += 1;
            if self.rest.starts_with(['+', '-']) {
                self.skip(1);
                length += 1;
            }
            length += self.take_while(|character| character.is_ascii_digit()).len();
        }
        let text = digits.get(..length).unwrap_or_default();
        let malformed = || Fault::new(Code::ParseError, at, "this is no number");
        if self.rest.starts_with(|next: char| continues_name(next) || next == '.') {
            return Err(malformed());
        }
        // `1.` and `1.e5` are numbers to Rust, and not to JSON.
        if text.ends_with('.') || text.contains(".e") || text.contains(".E") {
            return Err(malformed());
        }
        let value = text.parse().map_err(|_| malformed())?;
        number::in_range(value, at).map(Kind::Number)
    }

    fn text(&mut self, quote: char) -> Result<Kind, Fault> {
        let start = self.at;
        self.skip(1);
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|character| character != quote && character != '\\'));
            let escape = self.rest.starts_with('\\');
            if !escape && self.rest.is_empty() {
                return Err(Fault::new(Code::ParseError, start, "this string has no end"));
            }
            self.skip(1);
            if !escape {
                return Ok(Kind::Text(text));
            }
            let Some(escaped @ ('"' | '\'' | '\\')) = self.rest.chars().next() else {
                let message = "`\\` stands before `\"`, `'` or `\\`";
                return Err(Fault::new(Code::ParseError, self.at - 1, message));
            };
            text.push(escaped);
            self.skip(1);
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.at += taken.chars().count();
        taken
    }

    /// Skips ASCII characters.
    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
        self.at += count;
    }
}
