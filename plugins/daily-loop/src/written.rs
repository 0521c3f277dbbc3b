//! Dates and times as they are written in an export and in params.

use std::borrow::Cow;
use std::fmt;

use crate::day::Day;
use crate::moment::{Moment, SECONDS_PER_DAY};
use crate::notation::{NotAMoment, Notation, Offset};
use crate::zone::{Now, Zone};

/// From which second on a bare number is one: 1980-01-01, as in Taskwarrior. What is smaller is a year or a time.
const FIRST_EPOCH: i64 = 315_532_800;

/// A date or a time as it was written: what it means can take the reader's zone to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// A date alone: its midnight.
    Date(Day),
    /// A date and a time without a zone, as seconds from 1970-01-01T00:00:00 of the same clock.
    Local(i64),
    /// A moment, and the offset that was written with it; `Z` tells a moment and no offset (RFC 9557, section 2).
    At(Moment, Option<Zone>),
}

impl Written {
    /// Reads a moment in one of these notations:
    ///
    /// - `20260107T143000Z`, `20260107T143000`, `20260107T1430` or `20260107`: ISO 8601 basic format; the first is
    ///   what `task export` prints;
    /// - `2026-01-07T14:30:00Z`, `2026-01-07T15:30:00+01:00`, with any fraction of a second, which is cut off
    ///   (RFC 3339; ISO 8601 also has a comma before it), without seconds, with a space for the `T`, without a zone, or `2026-01-07`;
    /// - `1767796200`: seconds from 1970-01-01T00:00:00Z, from 1980 on.
    ///
    /// `24:00:00` is the next midnight, and a leap second is the second after it.
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        let bytes = text.as_bytes();
        if let Some(found) = <&[u8; 16]>::try_from(bytes).ok().and_then(of_export) {
            return Ok(found);
        }
        if matches!(bytes.len(), 9..=12) && bytes.iter().all(u8::is_ascii_digit) {
            let seconds = text.parse().map_err(|_| NotAMoment::OutOfRange)?;
            return Self::of_epoch(seconds);
        }
        let mut reader = Notation::of(text);
        let year = reader.number(4)?;
        let extended = reader.take(b'-');
        let month = reader.number(2)?;
        if extended {
            reader.expect(b'-')?;
        }
        let day = Day::of(year, month, reader.number(2)?);
        if reader.is_at_end() {
            return day.map(Self::Date).ok_or(NotAMoment::OutOfRange);
        }
        if !reader.take(b'T') && !reader.take(b't') {
            reader.expect(b' ')?;
        }
        let since_midnight = reader.time(extended)?;
        let offset = reader.offset()?;
        if !reader.is_at_end() {
            return Err(NotAMoment::Notation);
        }
        let local = day.ok_or(NotAMoment::OutOfRange)?.number() * SECONDS_PER_DAY + since_midnight;
        match offset {
            Offset::None => Moment::of_seconds(local).map(|_| Self::Local(local)),
            Offset::Utc => Moment::of_seconds(local).map(|moment| Self::At(moment, None)),
            Offset::Ahead(seconds) => {
                let zone = Zone::of_seconds(seconds);
                Moment::of_seconds(local - i64::from(seconds)).map(|moment| Self::At(moment, Some(zone)))
            }
        }
        .ok_or(NotAMoment::OutOfRange)
    }

    /// The moment so many seconds after 1970-01-01T00:00:00Z; what is before 1980 is taken for something else.
    pub fn of_epoch(seconds: i64) -> Result<Self, NotAMoment> {
        if seconds < FIRST_EPOCH {
            return Err(NotAMoment::Notation);
        }
        let moment = Moment::of_seconds(seconds).ok_or(NotAMoment::OutOfRange)?;
        Ok(Self::At(moment, None))
    }

    /// The moment that this is for a reader in that zone.
    pub fn moment(self, zone: Zone) -> Moment {
        match self {
            Self::Date(day) => zone.midnight(day),
            Self::Local(seconds) => zone.moment(seconds),
            Self::At(moment, _) => moment,
        }
    }

    /// This moment as now: in the offset that was written with it, else in the zone that is given, else in UTC. Where clocks of
    /// the zone show that offset at that moment, it is the zone: it also says what they show on other days.
    pub fn now(self, zone: Option<Zone>) -> Now {
        let zone = match (self, zone) {
            (Self::At(moment, Some(offset)), Some(zone))
                if zone.changes() && zone.seconds_at(moment) == offset.seconds_at(moment) =>
            {
                zone
            }
            (Self::At(_, Some(offset)), _) => offset,
            (Self::At(_, None) | Self::Date(_) | Self::Local(_), zone) => zone.unwrap_or_default(),
        };
        Now { moment: self.moment(zone), zone }
    }
}

/// A moment as an export has it, `20260107T143000Z`: quickly, since an export has some for each task. What is anything
/// else, or no moment, is for others to tell.
fn of_export(text: &[u8; 16]) -> Option<Written> {
    let (date, time) = (text.first_chunk::<8>()?, text.last_chunk::<8>()?);
    let &[b'T', h1, h2, m1, m2, s1, s2, b'Z'] = time else { return None };
    let date = eight_digits(*date)?;
    let time = eight_digits([b'0', b'0', h1, h2, m1, m2, s1, s2])?;
    let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let day = Day::of(date / 10_000, date / 100 % 100, date % 100)?;
    let seconds = day.number() * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second;
    Moment::of_seconds(seconds).map(|moment| Written::At(moment, None))
}

/// The number that eight digits are, in a few steps of pairs, of fours and of all.
fn eight_digits(digits: [u8; 8]) -> Option<i64> {
    let word = u64::from_le_bytes(digits) ^ 0x3030_3030_3030_3030;
    // A digit is now 0 to 9: adding 6 reaches no bit of the upper half.
    if (word | word.wrapping_add(0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0 != 0 {
        return None;
    }
    let pairs = (word & 0x000F_000F_000F_000F) * 10 + (word >> 8 & 0x000F_000F_000F_000F);
    let fours = (pairs & 0x0000_00FF_0000_00FF) * 100 + (pairs >> 16 & 0x0000_00FF_0000_00FF);
    let all = (fours & 0xFFFF) * 10_000 + (fours >> 32);
    i64::try_from(all).ok()
}

/// As it was written, in RFC 3339's notation: a date, a local time, or a moment with its offset.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(day) => day.fmt(f),
            Self::Local(seconds) => {
                let text = Moment::nearest(*seconds).to_string();
                f.write_str(text.trim_end_matches('Z'))
            }
            Self::At(moment, zone) => f.write_str(&zone.unwrap_or_default().shown(*moment)),
        }
    }
}

/// Serialises by `Display`, and reads by `parse`.
macro_rules! as_text {
    ($type:ident) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("{text:?} is {error}")))
            }
        }
    };
}

as_text!(Moment);
as_text!(Written);
as_text!(Day);
as_text!(Zone);

impl Moment {
    /// Reads a moment in the notations of [`Written::parse`]; what has no zone is in UTC.
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        Written::parse(text).map(|written| written.moment(Zone::UTC))
    }
}

impl Day {
    /// Reads a day, or the day of a moment in UTC, in the notations of [`Written::parse`].
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        match Written::parse(text)? {
            Written::Date(day) => Ok(day),
            other => Ok(Zone::UTC.day(other.moment(Zone::UTC))),
        }
    }
}

impl schemars::JsonSchema for Written {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Written".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "examples": ["2026-01-08", "2026-01-08T09:30:00+01:00"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` and shows it as RFC 3339, or says why it cannot be read.
    fn check(text: &str, expected: &str) {
        let shown = match Written::parse(text) {
            Ok(written) => written.to_string(),
            Err(NotAMoment::Notation) => "notation".to_owned(),
            Err(NotAMoment::OutOfRange) => "range".to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn each_notation_is_read() {
        check("20260107T143000Z", "2026-01-07T14:30:00Z");
        check("20260107T143000", "2026-01-07T14:30:00");
        check("20260107T1430", "2026-01-07T14:30:00");
        check("20260107T143000+0100", "2026-01-07T14:30:00+01:00");
        check("20260107", "2026-01-07");
        check("2026-01-07", "2026-01-07");
        check("2026-01-07T14:30:00Z", "2026-01-07T14:30:00Z");
        check("2026-01-07T14:30Z", "2026-01-07T14:30:00Z");
        check("2026-01-07t14:30:00z", "2026-01-07T14:30:00Z");
        check("2026-01-07 14:30:00", "2026-01-07T14:30:00");
        check("2026-01-07T14:30:00.999Z", "2026-01-07T14:30:00Z");
        check("2026-01-07T14:30:00,5+01:00", "2026-01-07T14:30:00+01:00");
        check("2026-01-01T00:30:00+01:00", "2026-01-01T00:30:00+01:00");
        check("2026-01-01T00:30:00-01:30", "2026-01-01T00:30:00-01:30");
        check("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z");
        check("0000-01-01", "0000-01-01");
        check("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z");
        check("1767796200", "2026-01-07T14:30:00Z");
        check("20260107T240000Z", "2026-01-08T00:00:00Z");
        check("00000101T000000Z", "0000-01-01T00:00:00Z");
        check("99991231T235959Z", "9999-12-31T23:59:59Z");
        check("20260107T235960Z", "2026-01-08T00:00:00Z");
    }

    #[test]
    fn what_has_no_notation_is_refused() {
        for text in [
            "",
            "today",
            "2026",
            "1330",
            "2026-0107",
            "202601-07",
            "2026-01-07T",
            "2026-01-07T14:30:00.Z",
            "2026-01-07Z",
            "20260107T143000Zx",
            "2026010/T143000Z",
            "2026010:T143000Z",
            "20260107T1430é0",
            "20260107T 43000Z",
            "+026-01-07",
            "２026-01-07",
            "100000000",
        ] {
            check(text, "notation");
        }
    }

    #[test]
    fn a_day_or_time_that_does_not_exist_is_refused() {
        for text in [
            "2026-02-29",
            "1900-02-29",
            "2026-00-01",
            "2026-13-01",
            "2026-01-00",
            "2026-04-31",
            "20260107T240001Z",
            "20260107T250000Z",
            "20260107T146000Z",
            "20260107T143061Z",
            "2026-01-07T14:30:00+24:00",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            check(text, "range");
        }
    }

    #[test]
    fn leap_days_exist() {
        check("2024-02-29", "2024-02-29");
        check("2000-02-29", "2000-02-29");
        check("0000-02-29", "0000-02-29");
    }

    /// The moment and the day of a text for a reader in `zone`.
    fn now(text: &str, zone: &str) -> String {
        let zone = (!zone.is_empty()).then(|| Zone::parse(zone).unwrap());
        let now = Written::parse(text).unwrap().now(zone);
        format!("{} {} {}", now.moment, now.day(), now.zone)
    }

    #[test]
    fn the_offset_or_the_zone_tells_the_day() {
        assert_eq!(now("2026-11-26", ""), "2026-11-26T00:00:00Z 2026-11-26 Z");
        assert_eq!(now("2026-11-26", "+09:00"), "2026-11-25T15:00:00Z 2026-11-26 +09:00");
        assert_eq!(now("2026-11-26T07:00:00+09:00", ""), "2026-11-25T22:00:00Z 2026-11-26 +09:00");
        assert_eq!(now("2026-11-26T07:00:00+09:00", "-05:00"), "2026-11-25T22:00:00Z 2026-11-26 +09:00");
        assert_eq!(now("2026-11-25T22:00:00Z", "+09:00"), "2026-11-25T22:00:00Z 2026-11-26 +09:00");
        assert_eq!(now("2026-11-25T22:00:00", "-05:30"), "2026-11-26T03:30:00Z 2026-11-25 -05:30");
    }

    #[test]
    fn a_rule_counts_where_it_has_the_offset_that_is_written() {
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(now("2026-11-26", berlin), format!("2026-11-25T23:00:00Z 2026-11-26 {berlin}"));
        assert_eq!(now("2026-11-26T07:00:00+01:00", berlin), format!("2026-11-26T06:00:00Z 2026-11-26 {berlin}"));
        assert_eq!(now("2026-07-26T07:00:00", berlin), format!("2026-07-26T05:00:00Z 2026-07-26 {berlin}"));
        assert_eq!(now("2026-11-26T07:00:00+09:00", berlin), "2026-11-25T22:00:00Z 2026-11-26 +09:00");
    }

    #[test]
    fn a_text_that_is_no_moment_is_quoted_in_the_error() {
        let error = serde_json::from_str::<Written>("\"2026-02-30\"").unwrap_err().to_string();
        assert!(error.starts_with("\"2026-02-30\" is no such day or time"), "{error}");
    }
}
