//! Time, which comes in from outside.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z, in the years 0 to 9999.
///
/// As text it is RFC 3339 in UTC with three decimals: `2026-03-01T09:30:00.000Z`.
///
/// ```
/// use std::time::Duration;
///
/// use sortie_journal::Timestamp;
///
/// let noon: Timestamp = "2026-03-01T12:00:00Z".parse()?;
/// assert_eq!(noon.plus(Duration::from_secs(90)).to_string(), "2026-03-01T12:01:30.000Z");
/// assert_eq!(Timestamp::from_millis(noon.as_millis())?, noon);
/// # Ok::<(), sortie_journal::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// What is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time in the years 0 to 9999")]
pub struct TimestampError(String);

impl Timestamp {
    /// The latest instant that is accepted, two days before the year 10000: 9999-12-30T21:59:59.999Z.
    pub const MAX: Self = Self(253_402_207_199_999);
    /// The earliest instant that is accepted: 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200_000);

    /// The instant that many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// It is an error if the year is not in 0 to 9999.
    pub fn from_millis(millis: i64) -> Result<Self, TimestampError> {
        let range = Self::MIN.0..=Self::MAX.0;
        if range.contains(&millis) { Ok(Self(millis)) } else { Err(TimestampError(millis.to_string())) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The instant that much later, at most [`Timestamp::MAX`]. Parts of a millisecond are dropped.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis).min(Self::MAX.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            // The range is within jiff's, so this is never reached; the number is still the truth.
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 with any offset. Parts of a millisecond are dropped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimestampError(text.to_owned()))?;
        Self::from_millis(instant.as_millisecond()).map_err(|_| TimestampError(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where the time comes from. It may jump, forwards or back: nothing is decided twice for it.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let millis = jiff::Timestamp::now().as_millisecond();
        Timestamp(millis.clamp(Timestamp::MIN.0, Timestamp::MAX.0))
    }
}

/// A closure is a clock: for tests.
impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_the_range_that_can_be_written() {
        assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T21:59:59.999Z");
        assert!("-000001-12-31T23:59:59Z".parse::<Timestamp>().is_err());
        assert!(Timestamp::from_millis(Timestamp::MAX.0).is_ok());
        assert!(Timestamp::from_millis(Timestamp::MAX.0 + 1).is_err());
        assert!(Timestamp::from_millis(Timestamp::MIN.0).is_ok());
        assert!(Timestamp::from_millis(Timestamp::MIN.0 - 1).is_err());
    }

    #[test]
    fn an_instant_is_written_in_utc_with_milliseconds_and_reads_back() {
        let instant: Timestamp = "2026-03-01T10:30:00.25+01:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-03-01T09:30:00.250Z");
        for instant in [Timestamp::MIN, Timestamp::MAX, Timestamp(0), Timestamp(-1), instant] {
            assert_eq!(instant.to_string().parse::<Timestamp>().unwrap(), instant);
        }
    }

    #[test]
    fn adding_stops_at_the_last_instant() {
        assert_eq!(Timestamp(5).plus(Duration::from_micros(2999)), Timestamp(7));
        assert_eq!(Timestamp(5).plus(Duration::MAX), Timestamp::MAX);
    }
}
