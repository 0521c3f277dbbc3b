//! Patterns.

/// A pattern that is matched with a whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// That character.
    Character(char),
    /// Any one character.
    One,
    /// Any characters.
    Any,
}

impl Glob {
    /// Reads a pattern. A backslash at the end stands for itself.
    pub(super) fn new(pattern: &str) -> Self {
        let mut tokens = Vec::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' => Token::Any,
                '?' => Token::One,
                '\\' => Token::Character(characters.next().unwrap_or('\\')),
                other => Token::Character(other),
            });
        }
        Self(tokens)
    }

    /// Takes time in proportion to the lengths of pattern and text multiplied, never more: the last `*` alone is
    /// tried again.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut pattern = self.0.as_slice();
        let mut rest = text;
        let mut retry: Option<(&[Token], &str)> = None;
        loop {
            let mut characters = rest.chars();
            match (pattern.split_first(), characters.next()) {
                (None, None) => return true,
                (Some((Token::Any, after)), _) => {
                    retry = Some((after, rest));
                    pattern = after;
                    continue;
                }
                (Some((Token::One, after)), Some(_)) => {
                    (pattern, rest) = (after, characters.as_str());
                    continue;
                }
                (Some((Token::Character(wanted), after)), Some(found)) if *wanted == found => {
                    (pattern, rest) = (after, characters.as_str());
                    continue;
                }
                (None | Some((Token::One | Token::Character(_), _)), _) => {}
            }
            let Some((after, from)) = retry else { return false };
            let mut skipped = from.chars();
            if skipped.next().is_none() {
                return false;
            }
            retry = Some((after, skipped.as_str()));
            (pattern, rest) = (after, skipped.as_str());
        }
    }
}
