//! Moments, in UTC.

use std::fmt;

use crate::day::Day;
use crate::digits::{pair, text};

/// The seconds of a day; UTC without leap seconds, as Taskwarrior counts.
pub const SECONDS_PER_DAY: i64 = 86_400;

/// A second in UTC, counted from 1970-01-01T00:00:00Z, in the years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// The moment so many seconds after 1970-01-01T00:00:00Z, if its year has four digits.
    pub fn of_seconds(seconds: i64) -> Option<Self> {
        let moment = Self(seconds);
        (FIRST..=LAST).contains(&moment).then_some(moment)
    }

    /// The same, or the nearest moment whose year has four digits.
    pub fn nearest(seconds: i64) -> Self {
        Self(seconds).clamp(FIRST, LAST)
    }

    /// The seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The moment so many seconds later, or earlier where they are negative; no further than moments go.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self::nearest(self.0.saturating_add(seconds))
    }

    /// This moment as Taskwarrior writes it: `20260107T143000Z`.
    pub fn basic(self) -> String {
        let (year, month, day) = self.day().civil();
        let (hour, minute, second) = self.clock();
        let [y1, y2, month, day] = [year / 100, year % 100, month, day].map(pair);
        let [hour, minute, second] = [hour, minute, second].map(pair);
        text(&[
            y1[0], y1[1], y2[0], y2[1], month[0], month[1], day[0], day[1], b'T', hour[0], hour[1], minute[0],
            minute[1], second[0], second[1], b'Z',
        ])
        .to_owned()
    }

    /// The day in UTC.
    fn day(self) -> Day {
        Day::of_number(self.0.div_euclid(SECONDS_PER_DAY))
    }

    fn clock(self) -> (i64, i64, i64) {
        clock(self.0)
    }
}

/// Hour, minute and second of a count of seconds from a midnight.
pub(crate) fn clock(seconds: i64) -> (i64, i64, i64) {
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    (second / 3_600, second / 60 % 60, second % 60)
}

const FIRST: Moment = Moment(-62_167_219_200);
const LAST: Moment = Moment(253_402_300_799);

/// RFC 3339 in UTC: `2026-01-07T14:30:00Z`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        let (year, month, day) = self.day().civil();
        let [y1, y2, month, day] = [year / 100, year % 100, month, day].map(pair);
        let [hour, minute, second] = [hour, minute, second].map(pair);
        f.write_str(text(&[
            y1[0], y1[1], y2[0], y2[1], b'-', month[0], month[1], b'-', day[0], day[1], b'T', hour[0], hour[1], b':',
            minute[0], minute[1], b':', second[0], second[1], b'Z',
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_taskwarrior_writes_it() {
        assert_eq!(Moment::of_seconds(1_767_794_589).unwrap().basic(), "20260107T140309Z");
    }
}
