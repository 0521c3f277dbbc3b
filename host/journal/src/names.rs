//! The names that must not be confused with one another: of runs, of drivers, of people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The name of a run: 1 to 64 characters of `A–Z a–z 0–9 . _ -`, the first a letter or a digit.
///
/// ```
/// use sortie_journal::RunId;
///
/// let run: RunId = "release-7".parse()?;
/// assert_eq!(run.as_str(), "release-7");
/// assert!("release 7".parse::<RunId>().is_err());
/// assert_ne!(RunId::random()?, RunId::random()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RunId(String);

/// Text that names no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a run id: use 1 to 64 letters, digits, `.`, `_` and `-`, starting with a letter or digit")]
pub struct InvalidRunId(String);

impl RunId {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 64;

    /// A name that is made of characters that it may have.
    pub(crate) fn of_digits(digits: impl Iterator<Item = char>) -> Self {
        Self(digits.collect())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if starts_well && text.len() <= Self::MAX_LENGTH && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRunId(text.to_owned()))
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A free-form name of its own type.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

impl Actor {
    /// The person of that name. Names that look alike are alike: Unicode's normal form C, without blanks around it.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().trim().nfc().collect())
    }
}

impl From<&str> for Actor {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl Owner {
    /// The name as it was given.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

name! {
    /// Who holds a lease. It must be unique to one attempt to drive (host, process and a random part, say): a
    /// claim under the same name renews.
    Owner
}

name! {
    /// Who decided or cancelled, as the caller knows them: a login, an e-mail address, the name of a service.
    Actor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_is_accepted_at_its_greatest_length_and_refused_one_past_it() {
        let longest = "r".repeat(RunId::MAX_LENGTH);
        assert_eq!(longest.parse::<RunId>().unwrap().as_str(), longest);
        assert!(format!("{longest}r").parse::<RunId>().is_err());
    }

    #[test]
    fn a_run_id_is_safe_in_a_shell_a_path_and_a_url() {
        for wrong in ["", "-a", ".a", "a b", "a/b", "a\0", "ä", "a\n"] {
            assert!(wrong.parse::<RunId>().is_err(), "{wrong:?}");
        }
        assert!("a.B_9-c".parse::<RunId>().is_ok());
    }

    #[test]
    fn names_of_people_that_look_alike_are_alike() {
        for (one, other) in [("Jos\u{e9}", "Jose\u{301}"), ("bob ", "bob"), ("\u{a0}ann\t", "ann")] {
            assert_eq!(Actor::new(one), Actor::new(other));
        }
        assert_ne!(Actor::new("ann"), Actor::new("Ann"));
    }

    #[test]
    fn random_run_ids_differ_and_read_back() {
        let (one, two) = (RunId::random().unwrap(), RunId::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), 12);
        assert_eq!(one.as_str().parse::<RunId>().unwrap(), one);
    }
}
