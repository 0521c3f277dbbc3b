//! The zone in which a person counts days, and what counts as now.

use std::borrow::Cow;
use std::fmt;

use crate::day::Day;
use crate::moment::{Moment, SECONDS_PER_DAY, clock};
use crate::notation::{Notation, Offset};
use crate::zone::rule::Rule;

mod rule;

/// By how much the clocks of a person are ahead of UTC: always by the same, or by more in summer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Clocks);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clocks {
    /// So many seconds; less than a day.
    Fixed(i32),
    /// As a rule says.
    Changing(Rule),
}

/// A text that names no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an offset from UTC such as +01:00, -05:30 or Z, nor a rule for summer time such as CET-1CEST,M3.5.0,M10.5.0/3 (POSIX's \
     TZ); the name of a zone, such as Europe/Berlin, is known to the command `sortie` alone"
)]
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
    pub const UTC: Self = Self(Clocks::Fixed(0));

    /// Clocks that are so many seconds ahead of UTC; the reader knows that it is less than a day.
    pub(crate) fn of_seconds(seconds: i32) -> Self {
        Self(Clocks::Fixed(seconds))
    }

    /// By how many seconds it is ahead of UTC at a moment.
    pub fn seconds_at(self, moment: Moment) -> i64 {
        match self.0 {
            Clocks::Fixed(seconds) => i64::from(seconds),
            Clocks::Changing(rule) => rule.seconds_at(moment.seconds()),
        }
    }

    /// Whether its clocks are changed in summer.
    pub(crate) fn changes(self) -> bool {
        matches!(self.0, Clocks::Changing(_))
    }

    /// Reads an offset from UTC, `+01:00`, `-0530`, `+09`, `Z` or `UTC`, or a rule for summer time as POSIX has it for `TZ`
    /// (IEEE 1003.1, section 8.3; RFC 9636, section 3.3.1): `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub fn parse(text: &str) -> Result<Self, NotAZone> {
        if matches!(text, "UTC" | "GMT") {
            return Ok(Self::UTC);
        }
        let mut reader = Notation::of(text);
        match reader.offset() {
            Ok(Offset::Utc) if reader.is_at_end() => Ok(Self::UTC),
            Ok(Offset::Ahead(seconds)) if reader.is_at_end() => Ok(Self::of_seconds(seconds)),
            Ok(Offset::Utc | Offset::Ahead(_) | Offset::None) | Err(_) => {
                Rule::parse(text).map(|rule| Self(Clocks::Changing(rule))).ok_or(NotAZone)
            }
        }
    }

    /// The day in which a moment lies.
    pub fn day(self, moment: Moment) -> Day {
        Day::of_number(self.local(moment).div_euclid(SECONDS_PER_DAY))
    }

    /// The first moment of a day.
    pub fn midnight(self, day: Day) -> Moment {
        self.moment(day.number() * SECONDS_PER_DAY)
    }

    /// The moment at which clocks show so many seconds since 1970-01-01T00:00:00. Of two such moments it is the first, and a time
    /// that clocks pass over is as much after the change as it is after what they showed then.
    pub fn moment(self, local: i64) -> Moment {
        Moment::nearest(match self.0 {
            Clocks::Fixed(seconds) => local - i64::from(seconds),
            Clocks::Changing(rule) => rule.moment(local),
        })
    }

    /// What clocks show, as seconds since 1970-01-01T00:00:00.
    fn local(self, moment: Moment) -> i64 {
        moment.seconds() + self.seconds_at(moment)
    }

    /// A moment in this zone, as RFC 3339 has it: `2026-01-07T15:30:00+01:00`.
    pub fn shown(self, moment: Moment) -> String {
        let (hour, minute, second) = clock(self.local(moment));
        let offset = OffsetText(self.seconds_at(moment));
        format!("{}T{hour:02}:{minute:02}:{second:02}{offset}", self.day(moment))
    }

    /// The time of day of a moment: `15:30`.
    pub fn time_of_day(self, moment: Moment) -> String {
        let (hour, minute, _) = clock(self.local(moment));
        format!("{hour:02}:{minute:02}")
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
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

/// Seconds ahead of UTC as RFC 3339 writes them, to the minute: `+01:00`; `Z` for UTC.
struct OffsetText(i64);

impl fmt::Display for OffsetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("Z");
        }
        let (sign, minutes) = (if self.0 < 0 { '-' } else { '+' }, self.0.unsigned_abs() / 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// An offset, `+01:00` or `Z`, or a rule: as it is read again.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Clocks::Fixed(seconds) => OffsetText(i64::from(seconds)).fmt(f),
            Clocks::Changing(rule) => rule.fmt(f),
        }
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
            "examples": ["+01:00", "-05:30", "Z", "CET-1CEST,M3.5.0,M10.5.0/3"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_an_offset_or_a_rule() {
        for (text, shown) in [("+01:00", "+01:00"), ("-0530", "-05:30"), ("+09", "+09:00"), ("Z", "Z"), ("UTC", "Z")] {
            assert_eq!(Zone::parse(text).unwrap().to_string(), shown);
        }
        let rule = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(Zone::parse(rule).unwrap().to_string(), rule);
        for text in ["", "Europe/Berlin", "01:00", "+1", "+01:00x", "+24:00"] {
            assert_eq!(Zone::parse(text), Err(NotAZone), "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_summer_and_in_winter() {
        let zone = Zone::parse("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        for (day, midnight, shown) in [
            ("2026-12-24", "2026-12-23T23:00:00Z", "2026-12-24T00:00:00+01:00"),
            ("2027-03-28", "2027-03-27T23:00:00Z", "2027-03-28T00:00:00+01:00"),
            ("2027-03-29", "2027-03-28T22:00:00Z", "2027-03-29T00:00:00+02:00"),
            ("2027-06-15", "2027-06-14T22:00:00Z", "2027-06-15T00:00:00+02:00"),
            ("2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T00:00:00+02:00"),
            ("2027-11-01", "2027-10-31T23:00:00Z", "2027-11-01T00:00:00+01:00"),
        ] {
            let found = zone.midnight(Day::parse(day).unwrap());
            assert_eq!((found.to_string().as_str(), zone.shown(found).as_str()), (midnight, shown));
            assert_eq!(zone.day(found).to_string(), day);
            assert_eq!(zone.day(found.plus(-1)), Day::parse(day).unwrap().before());
        }
    }
}
