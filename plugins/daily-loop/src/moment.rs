//! Days and moments, in the notations that tasks and params use, and the zone in which a person counts days.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The seconds of a day; UTC without leap seconds, as Taskwarrior counts.
pub const SECONDS_PER_DAY: i64 = 86_400;

/// From which second on a bare number is one: 1980-01-01, as in Taskwarrior. What is smaller is a year or a time.
const FIRST_EPOCH: i64 = 315_532_800;

/// A second in UTC, counted from 1970-01-01T00:00:00Z, in the years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

/// A day of the calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

/// By how much the clocks of a person are ahead of UTC, in seconds; less than a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zone(i32);

/// A moment and the zone of the person for whom it is that moment: together they tell the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The moment.
    pub moment: Moment,
    /// The zone.
    pub zone: Zone,
}

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

/// Why a text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMoment {
    /// The text has none of the notations that [`Written::parse`] reads.
    #[error("not a date such as 2026-01-07, or date-time such as 2026-01-07T14:30:00Z or 20260107T143000Z")]
    Notation,
    /// The text is written as a date, but the calendar has no such day, or the clock no such time.
    #[error("no such day or time")]
    OutOfRange,
}

/// A text that names no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an offset from UTC such as +01:00, -05:30 or Z")]
pub struct NotAZone;

impl Written {
    /// Reads a moment in one of these notations:
    ///
    /// - `20260107T143000Z`, `20260107T143000`, `20260107T1430` or `20260107`: ISO 8601 basic format; the first is
    ///   what `task export` prints;
    /// - `2026-01-07T14:30:00Z`, `2026-01-07T15:30:00+01:00`, with any fraction of a second, which is cut off
    ///   (RFC 3339), without seconds, with a space for the `T`, without a zone, or `2026-01-07`;
    /// - `1767796200`: seconds from 1970-01-01T00:00:00Z, from 1980 on.
    ///
    /// `24:00:00` is the next midnight, and a leap second is the second after it.
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        let bytes = text.as_bytes();
        if matches!(bytes.len(), 9..=12) && bytes.iter().all(u8::is_ascii_digit) {
            let seconds = text.parse().map_err(|_| NotAMoment::OutOfRange)?;
            return Self::of_epoch(seconds);
        }
        let mut reader = Reader { rest: bytes };
        let year = reader.number(4)?;
        let extended = reader.take(b'-');
        let month = reader.number(2)?;
        if extended {
            reader.expect(b'-')?;
        }
        let day = day_number(year, month, reader.number(2)?).map(Day);
        if reader.rest.is_empty() {
            return day.map(Self::Date).ok_or(NotAMoment::OutOfRange);
        }
        if !reader.take(b'T') {
            reader.expect(b' ')?;
        }
        let since_midnight = reader.time(extended)?;
        let offset = reader.offset()?;
        if !reader.rest.is_empty() {
            return Err(NotAMoment::Notation);
        }
        let local = day.ok_or(NotAMoment::OutOfRange)?.0 * SECONDS_PER_DAY + since_midnight;
        match offset {
            Offset::None => Moment::checked(local).map(|_| Self::Local(local)),
            Offset::Utc => Moment::checked(local).map(|moment| Self::At(moment, None)),
            Offset::Zone(zone) => Moment::checked(local - i64::from(zone.0)).map(|moment| Self::At(moment, Some(zone))),
        }
    }

    /// The moment so many seconds after 1970-01-01T00:00:00Z; what is before 1980 is taken for something else.
    pub fn of_epoch(seconds: i64) -> Result<Self, NotAMoment> {
        if seconds < FIRST_EPOCH {
            return Err(NotAMoment::Notation);
        }
        Moment::checked(seconds).map(|moment| Self::At(moment, None))
    }

    /// The moment that this is for a reader in that zone.
    pub fn moment(self, zone: Zone) -> Moment {
        match self {
            Self::Date(day) => zone.midnight(day),
            Self::Local(seconds) => Moment(seconds - i64::from(zone.0)).within(),
            Self::At(moment, _) => moment,
        }
    }

    /// This moment as now: in the offset that was written with it, else in the zone that is given, else in UTC.
    pub fn now(self, zone: Option<Zone>) -> Now {
        let written = match self {
            Self::At(_, offset) => offset,
            Self::Date(_) | Self::Local(_) => None,
        };
        let zone = written.or(zone).unwrap_or_default();
        Now { moment: self.moment(zone), zone }
    }
}

impl Moment {
    fn checked(seconds: i64) -> Result<Self, NotAMoment> {
        let moment = Self(seconds);
        if (FIRST..=LAST).contains(&moment) { Ok(moment) } else { Err(NotAMoment::OutOfRange) }
    }

    /// The nearest moment that has a name.
    fn within(self) -> Self {
        self.clamp(FIRST, LAST)
    }

    /// Reads a moment in the notations of [`Written::parse`]; what has no zone is in UTC.
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        Written::parse(text).map(|written| written.moment(Zone::UTC))
    }

    /// The seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The moment so many seconds later, or earlier where they are negative; no further than moments go.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds)).within()
    }

    /// This moment as Taskwarrior writes it: `20260107T143000Z`.
    pub fn basic(self) -> String {
        let (year, month, day) = Zone::UTC.day(self).civil();
        let (hour, minute, second) = self.clock();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    fn clock(self) -> (i64, i64, i64) {
        let second = self.0.rem_euclid(SECONDS_PER_DAY);
        (second / 3_600, second / 60 % 60, second % 60)
    }
}

const FIRST: Moment = Moment(-62_167_219_200);
const LAST: Moment = Moment(253_402_300_799);

impl Day {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// The day of a year, a month and a day of the month, if there is such a day.
    pub fn of(year: i64, month: i64, day: i64) -> Option<Self> {
        day_number(year, month, day).map(Self)
    }

    /// The day so many days later, or earlier where they are negative.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day before this one.
    #[must_use]
    pub fn before(self) -> Self {
        self.plus(-1)
    }

    /// The days from `earlier` to this day; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The day of the week: 0 for Monday, 6 for Sunday.
    pub fn weekday(self) -> i64 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7)
    }

    /// Year, month and day of the month.
    pub fn civil(self) -> (i64, i64, i64) {
        civil(self.0)
    }
}

impl Zone {
    /// Clocks that show UTC.
    pub const UTC: Self = Self(0);

    /// Reads an offset from UTC: `+01:00`, `-0530`, `+09`, `Z` or `UTC`.
    pub fn parse(text: &str) -> Result<Self, NotAZone> {
        if matches!(text, "UTC" | "GMT") {
            return Ok(Self::UTC);
        }
        let mut reader = Reader { rest: text.as_bytes() };
        match reader.offset() {
            Ok(Offset::Utc) if reader.rest.is_empty() => Ok(Self::UTC),
            Ok(Offset::Zone(zone)) if reader.rest.is_empty() => Ok(zone),
            Ok(Offset::Utc | Offset::Zone(_) | Offset::None) | Err(_) => Err(NotAZone),
        }
    }

    /// The day in which a moment lies.
    pub fn day(self, moment: Moment) -> Day {
        Day((moment.0 + i64::from(self.0)).div_euclid(SECONDS_PER_DAY))
    }

    /// The first moment of a day.
    pub fn midnight(self, day: Day) -> Moment {
        Moment(day.0 * SECONDS_PER_DAY - i64::from(self.0)).within()
    }

    /// A moment in this zone, as RFC 3339 has it: `2026-01-07T15:30:00+01:00`.
    pub fn shown(self, moment: Moment) -> String {
        let (hour, minute, second) = Moment(moment.0 + i64::from(self.0)).clock();
        format!("{}T{hour:02}:{minute:02}:{second:02}{self}", self.day(moment))
    }

    /// The time of day of a moment: `15:30`.
    pub fn time_of_day(self, moment: Moment) -> String {
        let (hour, minute, _) = Moment(moment.0 + i64::from(self.0)).clock();
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

/// RFC 3339 in UTC: `2026-01-07T14:30:00Z`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", Zone::UTC.day(*self))
    }
}

/// ISO 8601: `2026-01-07`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
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

/// As it was written, in RFC 3339's notation: a date, a local time, or a moment with its offset.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(day) => day.fmt(f),
            Self::Local(seconds) => {
                let text = Moment(*seconds).to_string();
                f.write_str(text.trim_end_matches('Z'))
            }
            Self::At(moment, zone) => f.write_str(&zone.unwrap_or_default().shown(*moment)),
        }
    }
}

/// Serialises by `Display`, and reads by `parse`.
macro_rules! as_text {
    ($type:ident) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("{text:?} is {error}")))
            }
        }
    };
}

as_text!(Moment);
as_text!(Written);
as_text!(Day);
as_text!(Zone);

impl Day {
    fn parse(text: &str) -> Result<Self, NotAMoment> {
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
            "pattern": "^[0-9]{4}-?[0-9]{2}-?[0-9]{2}",
            "examples": ["2026-01-08", "2026-01-08T09:30:00+01:00"],
        })
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
            "pattern": "^([+-][0-9]{2}(:?[0-9]{2})?|Z|UTC|GMT)$",
            "examples": ["+01:00", "-05:30", "Z"],
        })
    }
}

/// What is written behind a time.
enum Offset {
    None,
    Utc,
    Zone(Zone),
}

/// What is left of a text, read from the left.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotAMoment> {
        if self.take(byte) { Ok(()) } else { Err(NotAMoment::Notation) }
    }

    fn digit(&mut self) -> Option<i64> {
        let (first, rest) = self.rest.split_first()?;
        if !first.is_ascii_digit() {
            return None;
        }
        self.rest = rest;
        Some(i64::from(first - b'0'))
    }

    fn number(&mut self, digits: usize) -> Result<i64, NotAMoment> {
        (0..digits).try_fold(0, |number, _| Ok(number * 10 + self.digit().ok_or(NotAMoment::Notation)?))
    }

    /// The seconds since midnight, of `HH:MM`, `HH:MM:SS` with or without a fraction, `HHMM` or `HHMMSS`.
    fn time(&mut self, extended: bool) -> Result<i64, NotAMoment> {
        let hour = self.number(2)?;
        if extended {
            self.expect(b':')?;
        }
        let minute = self.number(2)?;
        let has_seconds = if extended { self.take(b':') } else { self.rest.first().is_some_and(u8::is_ascii_digit) };
        let second = if has_seconds { self.number(2)? } else { 0 };
        if has_seconds && extended && self.take(b'.') {
            self.digit().ok_or(NotAMoment::Notation)?;
            while self.digit().is_some() {}
        }
        let seconds = hour * 3_600 + minute * 60 + second;
        // A leap second is written as the sixtieth, and the end of a day as its twenty-fourth hour.
        if minute > 59 || second > 60 || seconds > SECONDS_PER_DAY { Err(NotAMoment::OutOfRange) } else { Ok(seconds) }
    }

    /// What is ahead of UTC by: `Z`, `+01:00`, `+0100`, `+01`, or nothing.
    fn offset(&mut self) -> Result<Offset, NotAMoment> {
        if self.rest.is_empty() {
            return Ok(Offset::None);
        }
        if self.take(b'Z') || self.take(b'z') {
            return Ok(Offset::Utc);
        }
        let sign = match self.rest.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(NotAMoment::Notation),
        };
        self.rest = self.rest.get(1..).unwrap_or_default();
        let hour = self.number(2)?;
        self.take(b':');
        let minute = if self.rest.is_empty() { 0 } else { self.number(2)? };
        if hour > 23 || minute > 59 {
            return Err(NotAMoment::OutOfRange);
        }
        let seconds = i32::try_from(sign * (hour * 3_600 + minute * 60)).map_err(|_| NotAMoment::OutOfRange)?;
        Ok(Offset::Zone(Zone(seconds)))
    }
}

/// The days from 1970-01-01 to a date of the proleptic Gregorian calendar, if there is such a date.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let before_year = year * 365 + leap_years_before(year);
    let before_month: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    Some(before_year + before_month + day - 1 - DAYS_BEFORE_1970)
}

/// The date, as year, month and day, of a count of days from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_BEFORE_1970;
    // 400 years have 146,097 days, so the estimate is off by a year at most.
    let mut year = days * 400 / 146_097;
    while (year + 1) * 365 + leap_years_before(year + 1) <= days {
        year += 1;
    }
    while year > 0 && year * 365 + leap_years_before(year) > days {
        year -= 1;
    }
    let mut day = days - (year * 365 + leap_years_before(year));
    let mut month = 1;
    while month < 12 && day >= days_in_month(year, month) {
        day -= days_in_month(year, month);
        month += 1;
    }
    (year, month, day + 1)
}

/// The days from 0000-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_528;

/// The leap years from year 0, which is one, up to and without `year`, which is not negative.
fn leap_years_before(year: i64) -> i64 {
    if year == 0 {
        return 0;
    }
    let last = year - 1;
    last / 4 - last / 100 + last / 400 + 1
}

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
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
        check("2026-01-07 14:30:00", "2026-01-07T14:30:00");
        check("2026-01-07T14:30:00.999Z", "2026-01-07T14:30:00Z");
        check("2026-01-01T00:30:00+01:00", "2026-01-01T00:30:00+01:00");
        check("2026-01-01T00:30:00-01:30", "2026-01-01T00:30:00-01:30");
        check("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z");
        check("0000-01-01", "0000-01-01");
        check("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z");
        check("1767796200", "2026-01-07T14:30:00Z");
        check("20260107T240000Z", "2026-01-08T00:00:00Z");
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

    #[test]
    fn every_day_of_ten_thousand_years_is_counted_once_and_named_as_it_is_read() {
        let mut expected = -DAYS_BEFORE_1970;
        for year in 0..10_000 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(day_number(year, month, day), Some(expected));
                    assert_eq!(civil(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
        assert_eq!(day_number(1970, 1, 1), Some(0));
    }

    #[test]
    fn a_moment_is_written_as_taskwarrior_writes_it() {
        assert_eq!(Moment::parse("2026-01-07T14:03:09Z").unwrap().basic(), "20260107T140309Z");
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
    fn a_zone_is_an_offset() {
        for (text, shown) in [("+01:00", "+01:00"), ("-0530", "-05:30"), ("+09", "+09:00"), ("Z", "Z"), ("UTC", "Z")] {
            assert_eq!(Zone::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", "Europe/Berlin", "01:00", "+1", "+01:00x", "+24:00"] {
            assert_eq!(Zone::parse(text), Err(NotAZone), "{text}");
        }
    }

    #[test]
    fn a_day_knows_its_neighbours_and_its_place_in_the_week() {
        let day = Day::of(2026, 3, 1).unwrap();
        assert_eq!(day.before().to_string(), "2026-02-28");
        assert_eq!(day.days_since(day.before()), 1);
        assert_eq!(day.weekday(), 6, "a Sunday");
        assert_eq!(Day::of(1969, 12, 29).unwrap().weekday(), 0, "a Monday");
    }

    #[test]
    fn a_text_that_is_no_moment_is_quoted_in_the_error() {
        let error = serde_json::from_str::<Written>("\"2026-02-30\"").unwrap_err().to_string();
        assert!(error.starts_with("\"2026-02-30\" is no such day or time"), "{error}");
    }
}
