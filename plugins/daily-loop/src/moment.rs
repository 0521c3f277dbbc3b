//! Days and moments in UTC, in the notations that tasks and params use.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The seconds of a day; UTC without leap seconds, as Taskwarrior counts.
pub const SECONDS_PER_DAY: i64 = 86_400;

/// A second in UTC, counted from 1970-01-01T00:00:00Z, in the years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

/// A day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

/// Why a text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMoment {
    /// The text has none of the notations that [`Moment::parse`] reads.
    #[error("not a date such as 2026-01-07, or date-time such as 2026-01-07T14:30:00Z or 20260107T143000Z")]
    Notation,
    /// The text is written as a date, but the calendar has no such day, or the clock no such time.
    #[error("no such day or time")]
    OutOfRange,
}

impl Moment {
    /// Reads a moment in one of these notations, where a date alone means its midnight in UTC:
    ///
    /// - `20260107T143000Z` or `20260107`: ISO 8601 basic format, as `task export` prints it;
    /// - `2026-01-07T14:30:00Z`, `2026-01-07T15:30:00+01:00`, with any fraction of a second, which is cut off
    ///   (RFC 3339), or `2026-01-07`.
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        let mut reader = Reader { rest: text.as_bytes() };
        let year = reader.number(4)?;
        let extended = reader.take(b'-');
        let month = reader.number(2)?;
        if extended {
            reader.expect(b'-')?;
        }
        let day = reader.number(2)?;
        let mut since_midnight = 0;
        if !reader.rest.is_empty() {
            reader.expect(b'T')?;
            since_midnight = reader.time(extended)? - reader.offset(extended)?;
        }
        if !reader.rest.is_empty() {
            return Err(NotAMoment::Notation);
        }
        let date = day_number(year, month, day).ok_or(NotAMoment::OutOfRange)?;
        let moment = Self(date * SECONDS_PER_DAY + since_midnight);
        if (FIRST..=LAST).contains(&moment) { Ok(moment) } else { Err(NotAMoment::OutOfRange) }
    }

    /// The day in which this moment lies.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(SECONDS_PER_DAY))
    }

    /// The seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// This moment as Taskwarrior writes it: `20260107T143000Z`.
    pub fn basic(self) -> String {
        let (year, month, day) = civil(self.day().0);
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
    /// The day before this one.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0 - 1)
    }

    /// The days from `earlier` to this day; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// RFC 3339 in UTC: `2026-01-07T14:30:00Z`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", self.day())
    }
}

/// ISO 8601: `2026-01-07`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("{text:?} is {error}")))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Moment::deserialize(deserializer)?.day())
    }
}

impl schemars::JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "anyOf": [{"format": "date"}, {"format": "date-time"}],
            "examples": ["2026-01-08", "2026-01-08T09:30:00Z"],
        })
    }
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

    /// The seconds since midnight, of `HH:MM:SS` with or without a fraction, or of `HHMMSS`.
    fn time(&mut self, extended: bool) -> Result<i64, NotAMoment> {
        let hour = self.number(2)?;
        if extended {
            self.expect(b':')?;
        }
        let minute = self.number(2)?;
        if extended {
            self.expect(b':')?;
        }
        let second = self.number(2)?;
        if extended && self.take(b'.') {
            self.digit().ok_or(NotAMoment::Notation)?;
            while self.digit().is_some() {}
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err(NotAMoment::OutOfRange);
        }
        Ok(hour * 3_600 + minute * 60 + second)
    }

    /// The seconds that local time is ahead of UTC, of `Z` or, in the extended format, `+01:00`.
    fn offset(&mut self, extended: bool) -> Result<i64, NotAMoment> {
        if self.take(b'Z') {
            return Ok(0);
        }
        let sign = match (extended, self.rest.first()) {
            (true, Some(b'+')) => 1,
            (true, Some(b'-')) => -1,
            _ => return Err(NotAMoment::Notation),
        };
        self.rest = self.rest.get(1..).unwrap_or_default();
        let hour = self.number(2)?;
        self.expect(b':')?;
        let minute = self.number(2)?;
        if hour > 23 || minute > 59 {
            return Err(NotAMoment::OutOfRange);
        }
        Ok(sign * (hour * 3_600 + minute * 60))
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

fn days_in_month(year: i64, month: i64) -> i64 {
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
        let shown = match Moment::parse(text) {
            Ok(moment) => moment.to_string(),
            Err(NotAMoment::Notation) => "notation".to_owned(),
            Err(NotAMoment::OutOfRange) => "range".to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn each_notation_is_read() {
        check("20260107T143000Z", "2026-01-07T14:30:00Z");
        check("20260107", "2026-01-07T00:00:00Z");
        check("2026-01-07", "2026-01-07T00:00:00Z");
        check("2026-01-07T14:30:00Z", "2026-01-07T14:30:00Z");
        check("2026-01-07T14:30:00.999Z", "2026-01-07T14:30:00Z");
        check("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z");
        check("2026-01-01T00:30:00-01:30", "2026-01-01T02:00:00Z");
        check("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z");
        check("0000-01-01", "0000-01-01T00:00:00Z");
        check("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z");
    }

    #[test]
    fn what_has_no_notation_is_refused() {
        for text in [
            "",
            "today",
            "2026",
            "2026-0107",
            "202601-07",
            "2026-01-07T",
            "2026-01-07T14:30:00",
            "20260107T143000",
            "20260107T143000+0100",
            "2026-01-07T14:30Z",
            "2026-01-07T14:30:00.Z",
            "2026-01-07 14:30:00Z",
            "2026-01-07Z",
            "20260107T143000Zx",
            "+026-01-07",
            "２026-01-07",
            "1767796200",
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
            "20260107T240000Z",
            "20260107T146000Z",
            "20260107T143060Z",
            "2026-01-07T14:30:00+24:00",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            check(text, "range");
        }
    }

    #[test]
    fn leap_days_exist() {
        check("2024-02-29", "2024-02-29T00:00:00Z");
        check("2000-02-29", "2000-02-29T00:00:00Z");
        check("0000-02-29", "0000-02-29T00:00:00Z");
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

    #[test]
    fn a_day_knows_the_day_before_and_the_distance() {
        let day = Moment::parse("2026-03-01T23:59:59Z").unwrap().day();
        assert_eq!(day.before().to_string(), "2026-02-28");
        assert_eq!(day.days_since(day.before()), 1);
        assert_eq!(day.before().days_since(day), -1);
    }

    #[test]
    fn a_text_that_is_no_moment_is_quoted_in_the_error() {
        let error = serde_json::from_str::<Moment>("\"2026-02-30\"").unwrap_err().to_string();
        assert!(error.starts_with("\"2026-02-30\" is no such day or time"), "{error}");
    }
}
