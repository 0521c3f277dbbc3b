//! The secret that lets its bearer answer a wait.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sortie_json::{ContentHash, hex};
use subtle::ConstantTimeEq;

/// 256 bits from the operating system. It is shown once, when the wait is made; only its [hash](TokenHash) is kept.
///
/// ```
/// use sortie_journal::{Token, TokenHash};
///
/// let token = Token::generate()?;
/// let kept = TokenHash::of(&token);
/// assert!(kept.fits(&token.reveal().parse()?));
/// assert!(!kept.fits(&Token::generate()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Token([u8; 32]);

/// Text that is no token: 64 lower-case hexadecimal digits are expected. The text is not repeated, as it may be
/// a secret with a slip in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a token, which has 64 lower-case hexadecimal digits")]
pub struct InvalidToken;

impl InvalidToken {
    /// The stable code, the same as of a well-formed token that does not fit.
    pub fn code(self) -> &'static str {
        "wrong_token"
    }
}

impl Token {
    /// The token of these bytes, which nobody can guess.
    pub(crate) fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token as 64 lower-case hexadecimal digits. This is the one way to see it.
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_of_hex(text).map(Self).ok_or(InvalidToken)
    }
}

/// The SHA-256 of a token's 32 bytes.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &Token) -> Self {
        Self(*ContentHash::of_bytes(&token.0).as_bytes())
    }

    /// Whether this is the hash of that token. Takes the same time whatever the answer.
    pub fn fits(&self, token: &Token) -> bool {
        *self == Self::of(token)
    }

    /// A hash that was stored as bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    /// Takes the same time whatever the answer.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        bytes_of_hex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("64 hexadecimal digits are expected"))
    }
}

fn bytes_of_hex(text: &str) -> Option<[u8; 32]> {
    text.parse::<ContentHash>().ok().map(|parsed| *parsed.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_fits_its_own_hash_alone() {
        let token = Token::generate().unwrap();
        let hash = TokenHash::of(&token);
        assert!(hash.fits(&token.reveal().parse().unwrap()));
        assert!(!hash.fits(&Token::generate().unwrap()));
    }

    #[test]
    fn neither_debug_output_nor_an_error_shows_a_token() {
        let token = Token::generate().unwrap();
        assert_eq!(format!("{token:?}"), "Token(…)");
        let almost = token.reveal().to_uppercase() + "0";
        assert!(!almost.parse::<Token>().unwrap_err().to_string().contains(&almost));
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_bytes_not_of_the_digits() {
        let token: Token = "00".repeat(32).parse().unwrap();
        assert_eq!(
            TokenHash::of(&token).to_string(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }
}
