//! Days of the proleptic Gregorian calendar.

use std::fmt;

use crate::digits::{pair, text};

/// A day of the calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// The day of a year, a month and a day of the month, if there is such a day.
    pub fn of(year: i64, month: i64, day: i64) -> Option<Self> {
        day_number(year, month, day).map(Self)
    }

    /// The day so many days after 1970-01-01.
    pub fn of_number(days: i64) -> Self {
        Self(days)
    }

    /// The days since 1970-01-01.
    pub fn number(self) -> i64 {
        self.0
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

/// ISO 8601: `2026-01-07`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        if !(0..=9999).contains(&year) {
            return write!(f, "{year:04}-{month:02}-{day:02}");
        }
        let [y1, y2, month, day] = [year / 100, year % 100, month, day].map(pair);
        f.write_str(text(&[y1[0], y1[1], y2[0], y2[1], b'-', month[0], month[1], b'-', day[0], day[1]]))
    }
}

/// The days from 1970-01-01 to a date of the proleptic Gregorian calendar, if there is such a date.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let before_year = year * 365 + leap_years_before(year);
    let before_month = usize::try_from(month).ok().and_then(|month| DAYS_BEFORE_MONTH.get(month - 1))?;
    let leap_day = i64::from(month > 2 && days_in_month(year, 2) == 29);
    Some(before_year + before_month + leap_day + day - 1 - DAYS_BEFORE_1970)
}

/// The date, as year, month and day, of a count of days from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // A year that begins with March has its leap day, if it has one, at its end; 400 years have 146,097 days.
    let days = days + DAYS_BEFORE_1970 - 60;
    let (cycle, of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    // From March on, five months have 153 days, over and over.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = cycle * 400 + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// The days of a common year before each month.
const DAYS_BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

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
    fn a_day_knows_its_neighbours_and_its_place_in_the_week() {
        let day = Day::of(2026, 3, 1).unwrap();
        assert_eq!(day.before().to_string(), "2026-02-28");
        assert_eq!(day.days_since(day.before()), 1);
        assert_eq!(day.weekday(), 6, "a Sunday");
        assert_eq!(Day::of(1969, 12, 29).unwrap().weekday(), 0, "a Monday");
    }
}
