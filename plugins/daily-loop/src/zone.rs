//! The zone in which a person counts days, and what counts as now.

use std::borrow::Cow;
use std::fmt;

use crate::day::Day;
use crate::moment::{Moment, SECONDS_PER_DAY, clock};
use crate::notation::{Notation, Offset};

/// By how much the clocks of a person are ahead of UTC, in seconds; less than a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zone(i32);

/// A text that names no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an offset from UTC such as +01:00, -05:30 or Z")]
pub struct NotAZone;

/// A moment and the zone of the person for whom it is that moment: together they tell the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The moment.
    pub moment: Moment,
    /// The zone.
    pub zone: Zone,
}

impl Zone {
    /// Clocks that show UTC.
    pub const UTC: Self = Self(0);

    /// Clocks that are so many seconds ahead of UTC; the reader knows that it is less than a day.
    pub(crate) fn of_seconds(seconds: i32) -> Self {
        Self(seconds)
    }

    /// By how many seconds it is ahead of UTC.
    pub fn seconds(self) -> i64 {
        i64::from(self.0)
    }

    /// Reads an offset from UTC: `+01:00`, `-0530`, `+09`, `Z` or `UTC`.
    pub fn parse(text: &str) -> Result<Self, NotAZone> {
        if matches!(text, "UTC" | "GMT") {
            return Ok(Self::UTC);
        }
        let mut reader = Notation::of(text);
        match reader.offset() {
            Ok(Offset::Utc) if reader.is_at_end() => Ok(Self::UTC),
            Ok(Offset::Ahead(seconds)) if reader.is_at_end() => Ok(Self(seconds)),
            Ok(Offset::Utc | Offset::Ahead(_) | Offset::None) | Err(_) => Err(NotAZone),
        }
    }

    /// The day in which a moment lies.
    pub fn day(self, moment: Moment) -> Day {
        Day::of_number((moment.seconds() + i64::from(self.0)).div_euclid(SECONDS_PER_DAY))
    }

    /// The first moment of a day.
    pub fn midnight(self, day: Day) -> Moment {
        Moment::nearest(day.number() * SECONDS_PER_DAY - i64::from(self.0))
    }

    /// A moment in this zone, as RFC 3339 has it: `2026-01-07T15:30:00+01:00`.
    pub fn shown(self, moment: Moment) -> String {
        let (hour, minute, second) = clock(moment.seconds() + i64::from(self.0));
        format!("{}T{hour:02}:{minute:02}:{second:02}{self}", self.day(moment))
    }

    /// The time of day of a moment: `15:30`.
    pub fn time_of_day(self, moment: Moment) -> String {
        let (hour, minute, _) = clock(moment.seconds() + i64::from(self.0));
        format!("{hour:02}:{minute:02}")
    }
}

impl Now {
    /// The day that it is.
    pub fn day(self) -> Day {
        self.zone.day(self.moment)
    }

    /// The days from today to the day of a moment; negative for a day that is past.
    pub fn days_until(self, moment: Moment) -> i64 {
        self.zone.day(moment).days_since(self.day())
    }
}

/// As RFC 3339 writes it, to the minute: `+01:00`; `Z` for UTC.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("Z");
        }
        let (sign, minutes) = (if self.0 < 0 { '-' } else { '+' }, self.0.unsigned_abs() / 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl schemars::JsonSchema for Zone {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "examples": ["+01:00", "-05:30", "Z"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_an_offset() {
        for (text, shown) in [("+01:00", "+01:00"), ("-0530", "-05:30"), ("+09", "+09:00"), ("Z", "Z"), ("UTC", "Z")] {
            assert_eq!(Zone::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", "Europe/Berlin", "01:00", "+1", "+01:00x", "+24:00"] {
            assert_eq!(Zone::parse(text), Err(NotAZone), "{text}");
        }
    }
}
