//! Rules for summer time, as POSIX writes them: `CET-1CEST,M3.5.0,M10.5.0/3`.

use std::fmt;

use crate::day::{Day, days_in_month};
use crate::moment::SECONDS_PER_DAY;

/// When clocks are put forward, and when back again, every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    standard: Name,
    /// The seconds ahead of UTC without summer time, and with it.
    offset: i32,
    summer: Name,
    summer_offset: i32,
    begin: Change,
    end: Change,
}

/// The abbreviation of a zone: it says nothing, and is kept as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name {
    letters: [u8; Name::LONGEST],
    length: usize,
}

/// A day of each year, and when on that day clocks are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    date: Date,
    /// In seconds after midnight, as clocks show them before they are changed. POSIX's own 24 hours are not enough for some zones.
    time: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Date {
    /// A day of the week of a month, counted from 1; the fifth is the last. Sunday is 0.
    Weekday { month: i64, week: i64, day: i64 },
    /// A day of the year from 1, without leap days.
    Common(i64),
    /// A day of the year from 0.
    Ordinal(i64),
}

/// Where clocks are changed if the rule does not say (RFC 9636, section 3.3.1): two hours after midnight.
const DEFAULT_TIME: i32 = 7_200;

/// How many hours before or after midnight clocks can be changed.
const MOST_HOURS: i32 = 167;

impl Rule {
    /// Reads a rule; nothing, where the text is none, or has no summer time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let standard = Name::take(&mut rest)?;
        let offset = -take_time(&mut rest, 24)?;
        let summer = Name::take(&mut rest)?;
        let summer_offset = if rest.starts_with(',') { offset + 3_600 } else { -take_time(&mut rest, 24)? };
        let begin = Change::take(&mut rest)?;
        let end = Change::take(&mut rest)?;
        rest.is_empty().then_some(Self { standard, offset, summer, summer_offset, begin, end })
    }

    /// The seconds ahead of UTC at a moment.
    pub(super) fn seconds_at(&self, moment: i64) -> i64 {
        let standard = moment + i64::from(self.offset);
        let year = Day::of_number(standard.div_euclid(SECONDS_PER_DAY)).civil().0;
        // Both as clocks without summer time show them.
        let begin = self.begin.local(year);
        let end = self.end.local(year) - i64::from(self.summer_offset - self.offset);
        let is_summer = if begin < end {
            (begin..end).contains(&standard)
        } else {
            // In the south summer time lasts over the end of the year.
            !(end..begin).contains(&standard)
        };
        i64::from(if is_summer { self.summer_offset } else { self.offset })
    }

    /// The moment at which clocks show these seconds: of two the first, and of none what the earlier offset makes of it.
    pub(super) fn moment(&self, local: i64) -> i64 {
        let earlier = local - i64::from(self.offset.max(self.summer_offset));
        let later = local - i64::from(self.offset.min(self.summer_offset));
        let shows = |moment: &i64| moment + self.seconds_at(*moment) == local;
        if shows(&earlier) { earlier } else { later }
    }
}

impl Change {
    fn take(rest: &mut &str) -> Option<Self> {
        *rest = rest.strip_prefix(',')?;
        let date = Date::take(rest)?;
        let time = match rest.strip_prefix('/') {
            Some(behind) => {
                *rest = behind;
                take_time(rest, MOST_HOURS)?
            }
            None => DEFAULT_TIME,
        };
        Some(Self { date, time })
    }

    /// What clocks show at the change in a year, before it.
    fn local(&self, year: i64) -> i64 {
        self.date.day(year).number() * SECONDS_PER_DAY + i64::from(self.time)
    }
}

impl Date {
    fn take(rest: &mut &str) -> Option<Self> {
        if let Some(behind) = rest.strip_prefix('M') {
            *rest = behind;
            let month = take_number(rest, 1..=12)?;
            *rest = rest.strip_prefix('.')?;
            let week = take_number(rest, 1..=5)?;
            *rest = rest.strip_prefix('.')?;
            return Some(Self::Weekday { month, week, day: take_number(rest, 0..=6)? });
        }
        match rest.strip_prefix('J') {
            Some(behind) => {
                *rest = behind;
                take_number(rest, 1..=365).map(Self::Common)
            }
            None => take_number(rest, 0..=365).map(Self::Ordinal),
        }
    }

    fn day(self, year: i64) -> Day {
        let first = |month: i64| Day::of(year.max(0), month, 1).unwrap_or(Day::EPOCH);
        match self {
            Self::Weekday { month, week, day } => {
                let first = first(month);
                // Days have Monday for their first.
                let ahead = (day + 6 - first.weekday()).rem_euclid(7) + 7 * (week - 1);
                first.plus(if ahead < days_in_month(year, month) { ahead } else { ahead - 7 })
            }
            Self::Common(day) => first(1).plus(day - 1 + i64::from(day > 59 && days_in_month(year, 2) == 29)),
            Self::Ordinal(day) => first(1).plus(day),
        }
    }
}

impl Name {
    /// Far longer than any that is in use.
    const LONGEST: usize = 10;

    /// Takes letters, or what stands between `<` and `>`.
    fn take(rest: &mut &str) -> Option<Self> {
        let quoted = rest.starts_with('<');
        let length = if quoted {
            rest.find('>')? + 1
        } else {
            rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())
        };
        let (name, behind) = rest.split_at_checked(length)?;
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'<' | b'>');
        let shortest = if quoted { 5 } else { 3 };
        if !(shortest..=Self::LONGEST).contains(&length) || !name.bytes().all(|byte| is_of_name(&byte)) {
            return None;
        }
        let mut letters = [0; Self::LONGEST];
        letters.get_mut(..length)?.copy_from_slice(name.as_bytes());
        *rest = behind;
        Some(Self { letters, length })
    }
}

/// A whole number within bounds.
fn take_number(rest: &mut &str, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, behind) = rest.split_at_checked(end)?;
    let number = (digits.len() <= 3).then(|| digits.parse().ok()).flatten().filter(|number| bounds.contains(number))?;
    *rest = behind;
    Some(number)
}

/// Hours with a sign and perhaps minutes and seconds, in seconds: `-1`, `02:30`.
fn take_time(rest: &mut &str, most: i32) -> Option<i32> {
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    *rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let mut seconds = take_number(rest, 0..=i64::from(most))? * 3_600;
    for unit in [60, 1] {
        let Some(behind) = rest.strip_prefix(':') else { break };
        *rest = behind;
        seconds += take_number(rest, 0..=59)? * unit;
    }
    i32::try_from(sign * seconds).ok()
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { standard, offset, summer, summer_offset, begin, end } = self;
        write!(f, "{standard}{}{summer}", Time(-offset))?;
        if *summer_offset != offset + 3_600 {
            write!(f, "{}", Time(-summer_offset))?;
        }
        write!(f, ",{begin},{end}")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = self.letters.get(..self.length).unwrap_or_default();
        f.write_str(str::from_utf8(letters).unwrap_or_default())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date {
            Date::Weekday { month, week, day } => write!(f, "M{month}.{week}.{day}"),
            Date::Common(day) => write!(f, "J{day}"),
            Date::Ordinal(day) => write!(f, "{day}"),
        }?;
        if self.time == DEFAULT_TIME { Ok(()) } else { write!(f, "/{}", Time(self.time)) }
    }
}

/// Seconds as hours, and as minutes and seconds where there are any.
struct Time(i32);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.unsigned_abs();
        write!(f, "{}{}", if self.0 < 0 { "-" } else { "" }, seconds / 3_600)?;
        match (seconds / 60 % 60, seconds % 60) {
            (0, 0) => Ok(()),
            (minutes, 0) => write!(f, ":{minutes:02}"),
            (minutes, seconds) => write!(f, ":{minutes:02}:{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;

    /// The offset of a rule, in minutes, at a moment.
    fn check(rule: &str, moment: &str, minutes: i64) {
        let seconds = Moment::parse(moment).unwrap().seconds();
        let found = Rule::parse(rule).unwrap_or_else(|| panic!("{rule}")).seconds_at(seconds);
        assert_eq!(found, minutes * 60, "{rule} at {moment}");
    }

    /// The right values are those of the zone database of 2025 for Berlin, New York, Lord Howe, Dublin, Santiago, Jerusalem, Nuuk and
    /// Troll.
    #[test]
    fn clocks_are_ahead_as_in_the_zones_that_have_the_rule() {
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        for (moment, minutes) in [
            ("2026-03-29T00:59:59Z", 60),
            ("2026-03-29T01:00:00Z", 120),
            ("2026-10-25T00:59:59Z", 120),
            ("2026-10-25T01:00:00Z", 60),
            ("2027-01-01T00:00:00Z", 60),
        ] {
            check(berlin, moment, minutes);
        }
        check("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -300);
        check("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -240);
        check("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -300);
        check("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-01-01T00:00:00Z", 660);
        check("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-07-01T00:00:00Z", 630);
        check("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0);
        check("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 60);
        check("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2026-09-06T03:59:59Z", -240);
        check("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2026-09-06T04:00:00Z", -180);
        check("IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00:00Z", 180);
        check("IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26T23:59:59Z", 120);
        check("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -60);
        check("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -120);
        check("<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", "2026-07-01T00:00:00Z", 120);
        check("EST5EDT,J60,J300", "2024-03-01T06:59:59Z", -300);
        check("EST5EDT,J60,J300", "2024-03-01T07:00:00Z", -240);
        check("EST5EDT,59,299/2:30:00", "2024-02-29T07:00:00Z", -240);
        // Summer time all the year, as RFC 9636 has it.
        for moment in ["2026-01-01T05:00:00Z", "2026-07-01T00:00:00Z", "2027-01-01T04:59:59Z", "2027-01-01T05:00:00Z"] {
            check("EST5EDT,0/0,J365/25", moment, -240);
        }
    }

    #[test]
    fn a_time_that_is_there_twice_is_the_first_and_one_that_is_passed_over_comes_after() {
        let rule = Rule::parse("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let moment = |local: &str| Moment::nearest(rule.moment(Moment::parse(local).unwrap().seconds())).to_string();
        assert_eq!(moment("2026-10-25T02:30:00"), "2026-10-25T00:30:00Z");
        assert_eq!(moment("2026-10-25T03:00:00"), "2026-10-25T02:00:00Z");
        assert_eq!(moment("2026-03-29T02:30:00"), "2026-03-29T01:30:00Z");
        assert_eq!(moment("2026-03-29T01:59:59"), "2026-03-29T00:59:59Z");
        assert_eq!(moment("2026-03-29T03:00:00"), "2026-03-29T01:00:00Z");
    }

    #[test]
    fn the_first_and_the_last_years_have_their_offset_too() {
        for moment in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            check("CET-1CEST,M3.5.0,M10.5.0/3", moment, 60);
        }
    }

    #[test]
    fn what_was_written_is_read_as_it_was() {
        for text in [
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "IST-1GMT0,M10.5.0,M3.5.0/1",
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            "EST5EDT,J60,299/2:30:15",
        ] {
            assert_eq!(Rule::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rule_for_summer_time_is_none() {
        for text in [
            "",
            "CET-1",
            "CET-1CEST",
            "CET-1CEST,M3.5.0",
            "CET-1CEST,M3.5.0,M10.5.0/3x",
            "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.6.0,M10.5.0",
            "CET-1CEST,M3.0.0,M10.5.0",
            "CET-1CEST,M3.5.7,M10.5.0",
            "CET-1CEST,J0,J366",
            "CET-1CEST,1,366",
            "CET-25CEST,M3.5.0,M10.5.0",
            "CE-1CEST,M3.5.0,M10.5.0",
            "CET-1CEST,M3.5.0/168,M10.5.0",
            "CET-1CEST,M3.5.0/2:60,M10.5.0",
            "<CET-1CEST,M3.5.0,M10.5.0",
            "<é>-1CEST,M3.5.0,M10.5.0",
            "CETCETCETCET-1CEST,M3.5.0,M10.5.0",
        ] {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
    }
}
