//! Names and tokens of random numbers from the operating system.

use crate::{JournalError, RunId, Token};

impl RunId {
    /// Sixty random bits from the operating system, as twelve characters that are easy to read out (Crockford's
    /// base 32, lower case).
    ///
    /// # Errors
    ///
    /// It is an error if the operating system gives no random bytes.
    pub fn random() -> Result<Self, JournalError> {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bytes = [0; 12];
        getrandom::fill(&mut bytes).map_err(|error| JournalError::Randomness { detail: error.to_string() })?;
        let digit = |byte: &u8| DIGITS.get(usize::from(byte & 31)).copied().map(char::from);
        Ok(Self::of_digits(bytes.iter().filter_map(digit)))
    }
}

impl Token {
    /// A new token.
    ///
    /// # Errors
    ///
    /// It is an error if the operating system gives no random bytes.
    pub fn generate() -> Result<Self, JournalError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| JournalError::Randomness { detail: error.to_string() })?;
        Ok(Self::of_bytes(bytes))
    }
}
