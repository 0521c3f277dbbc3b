//! Dates as people type them: `tomorrow`, `friday 15:00`, `3d`, `eow`, `2026-11-27`.

use crate::day::Day;
use crate::moment::{Moment, SECONDS_PER_DAY};
use crate::written::Written;
use crate::zone::Now;

/// The text of [`FORMS`], for what is put together when this is compiled.
macro_rules! forms {
    () => {
        "a date (2026-11-27, 2026-W48-5), a date and a time (2026-11-27 15:00, \
         2026-11-27T15:00:00+01:00), now, today, tomorrow, a weekday, a month, 15th, the start or the \
         end of a day, week, month, quarter or year (eod, sow, eom), or of the next one (sonw, eonq), \
         later, a time of day (15:00), each day also with a time (friday 15:00), or a span from now \
         (3d, 2w, 1mo, 90min, P3D, in 3 days, -1d) or from a day (today+2d, eom-1w)"
    };
}
pub(crate) use forms;

/// What can be typed where a date is wanted, for messages and schemas.
pub const FORMS: &str = forms!();

/// The days of the week from Monday, as they are written in full; three letters are enough.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The months, likewise.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotADate {
    /// It is written as a date, but there is no such day or time.
    #[error("no such day or time")]
    OutOfRange,
    /// It has a word that is nearly one of those that are known.
    #[error("not a date; did you mean `{0}`?")]
    Near(&'static str),
    /// It has none of the [`FORMS`].
    #[error("not a date; write {FORMS}")]
    Form,
    /// It takes today to tell, and nothing tells what day it is.
    #[error("only a date where the day is known: give the param `today`, or write the date in full")]
    NoToday,
}

/// The moment that a text names. Words mean what Taskwarrior 2.6 takes them for: a day is its midnight, `eod`, `eow`
/// and the like are the last second, a weekday is the next one after today, and `3d` is three days from now.
pub fn parse(text: &str, now: Option<Now>) -> Result<Moment, NotADate> {
    let text = text.trim();
    match Written::parse(text) {
        Ok(written) => return Ok(written.moment(now.map(|now| now.zone).unwrap_or_default())),
        Err(crate::notation::NotAMoment::OutOfRange) => return Err(NotADate::OutOfRange),
        Err(crate::notation::NotAMoment::Notation) => {}
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    // Whether it is a date is told before whether it can be resolved.
    let probe = now.unwrap_or_else(|| Written::Date(Day::EPOCH).now(None));
    let found = of_words(&words, probe).or_else(|| calculated(&lower, probe)).ok_or_else(|| nearly(&words))?;
    if now.is_some() { Ok(found) } else { Err(NotADate::NoToday) }
}

/// What is probably meant, or that it has none of the forms.
fn nearly(words: &[&str]) -> NotADate {
    const OTHERS: [&str; 6] = ["today", "tomorrow", "yesterday", "tonight", "later", "someday"];
    let known = || OTHERS.into_iter().chain(WEEKDAYS).chain(MONTHS);
    let near = words
        .iter()
        .filter(|word| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .find_map(|word| sortie_json::nearest(word, known()));
    // A word that is known is not what is wrong.
    near.filter(|near| !words.contains(near)).map_or(NotADate::Form, NotADate::Near)
}

fn of_words(words: &[&str], now: Now) -> Option<Moment> {
    let after = |seconds: Option<i64>| seconds.map(|seconds| now.moment.plus(seconds));
    match *words {
        ["in", amount, unit] => after(seconds_of(amount, unit)),
        ["in", both] => after(joined_span(both)),
        [amount, unit] if amount.bytes().all(|byte| byte.is_ascii_digit()) => after(seconds_of(amount, unit)),
        [day, time] | [day, "at", time] => {
            let day = named_day(day, now).or_else(|| calculated(day, now).map(|moment| now.zone.day(moment)))?;
            Some(at(day, time_of_day(time)?, now))
        }
        [word] => of_word(word, now),
        _ => None,
    }
}

fn of_word(word: &str, now: Now) -> Option<Moment> {
    if let Some(moment) = named_moment(word, now) {
        return Some(moment);
    }
    if let Some(day) = named_day(word, now) {
        return Some(now.zone.midnight(day));
    }
    if let Some(seconds) = time_of_day(word) {
        // A time that is past today is tomorrow's.
        let today = at(now.day(), seconds, now);
        return Some(if today < now.moment { at(now.day().plus(1), seconds, now) } else { today });
    }
    if let Some((day, time)) = word.rsplit_once('t')
        && let (Some(day), Some(seconds)) = (named_day(day, now), time_of_day(time))
    {
        return Some(at(day, seconds, now));
    }
    let (sign, span) = word.strip_prefix('-').map_or((1, word.strip_prefix('+').unwrap_or(word)), |span| (-1, span));
    joined_span(span).map(|seconds| now.moment.plus(sign * seconds))
}

/// A date and a span behind it, before or after: `today+2d`, `eom - 1w`.
fn calculated(text: &str, now: Now) -> Option<Moment> {
    let at = text.rfind(['+', '-']).filter(|at| *at > 0)?;
    let (from, span) = text.split_at_checked(at)?;
    let sign = if span.starts_with('-') { -1 } else { 1 };
    let span: Vec<&str> = span.get(1..)?.split_whitespace().collect();
    let seconds = match *span.as_slice() {
        [both] => joined_span(both)?,
        [amount, unit] => seconds_of(amount, unit)?,
        _ => return None,
    };
    let from = from.trim_end();
    let words: Vec<&str> = from.split_whitespace().collect();
    let written = Written::parse(&from.to_uppercase()).ok().map(|written| written.moment(now.zone));
    let start = written.or_else(|| of_words(&words, now)).or_else(|| calculated(from, now))?;
    Some(start.plus(sign * seconds))
}

fn at(day: Day, seconds: i64, now: Now) -> Moment {
    // What a clock shows: on the day on which it is changed that is not so long after midnight.
    now.zone.moment(day.number() * SECONDS_PER_DAY + seconds)
}

/// A word for a moment that is no midnight.
fn named_moment(word: &str, now: Now) -> Option<Moment> {
    let today = now.day();
    let (year, month, _) = today.civil();
    let before = |day: Day| now.zone.midnight(day).plus(-1);
    let quarter = (month - 1) / 3 * 3 + 1;
    let next_monday = today.plus(7 - today.weekday());
    Some(match word {
        "now" => now.moment,
        "noon" => at(today, SECONDS_PER_DAY / 2, now),
        "eod" => before(today.plus(1)),
        "eow" => before(next_monday),
        "eonw" => before(next_monday.plus(7)),
        "eoww" => before(working_week(today).plus(5)),
        "eom" => before(first_of(year, month + 1)?),
        "eonm" => before(first_of(year, month + 2)?),
        "eoq" => before(first_of(year, quarter + 3)?),
        "eonq" => before(first_of(year, quarter + 6)?),
        "eoy" => before(first_of(year + 1, 1)?),
        "eony" => before(first_of(year + 2, 1)?),
        _ => return None,
    })
}

/// The first day of the month so many months after the beginning of a year; the first is 1.
fn first_of(year: i64, month: i64) -> Option<Day> {
    Day::of(year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1, 1)
}

/// The Monday of the working week: on a Sunday that of the next, as in Taskwarrior.
fn working_week(today: Day) -> Day {
    if today.weekday() == 6 { today.plus(1) } else { today.plus(-today.weekday()) }
}

/// A word for a day.
fn named_day(word: &str, now: Now) -> Option<Day> {
    let today = now.day();
    let (year, month, of_month) = today.civil();
    let quarter = (month - 1) / 3 * 3 + 1;
    if let Ok(Written::Date(day)) = Written::parse(word) {
        return Some(day);
    }
    Some(match word {
        "today" | "sod" | "tonight" => today,
        "tomorrow" | "tom" => today.plus(1),
        "yesterday" => today.before(),
        "sow" => today.plus(-today.weekday()),
        "sonw" => today.plus(7 - today.weekday()),
        "soww" => working_week(today),
        "som" => first_of(year, month)?,
        "sonm" => first_of(year, month + 1)?,
        "soq" => first_of(year, quarter)?,
        "sonq" => first_of(year, quarter + 3)?,
        "soy" => first_of(year, 1)?,
        "sony" => first_of(year + 1, 1)?,
        "later" | "someday" => Day::of(9999, 12, 30)?,
        _ => {
            return ordinal(word, (year, month, of_month))
                .or_else(|| weekday(word, today))
                .or_else(|| named_month(word, (year, month)))
                .or_else(|| of_week(word))
                .or_else(|| of_year(word));
        }
    })
}

/// The first day of the next month of this name, after this month.
fn named_month(word: &str, (year, month): (i64, i64)) -> Option<Day> {
    let named = word.len() >= 3 && word.is_ascii();
    let index = MONTHS.iter().position(|name| named && name.starts_with(word))?;
    let wanted = i64::try_from(index).ok()? + 1;
    first_of(if wanted > month { year } else { year + 1 }, wanted)
}

/// `2026-w48` or `2026-w48-5`: the Monday or another day of a week (ISO 8601). The first week has the 4th of January.
fn of_week(word: &str) -> Option<Day> {
    let (year, week) = word.split_once("-w")?;
    let (week, day) = week.split_once('-').unwrap_or((week, "1"));
    let (year, week, day) = (digits(year, 4)?, digits(week, 2)?, digits(day, 1)?);
    let monday_of_first = |year| Day::of(year, 1, 4).map(|day| day.plus(-day.weekday()));
    let monday = monday_of_first(year)?.plus(7 * (week - 1));
    let exists = week > 0 && (1..=7).contains(&day) && monday_of_first(year + 1).is_none_or(|next| monday < next);
    exists.then(|| monday.plus(day - 1))
}

/// `2026-331`: the day of a year.
fn of_year(word: &str) -> Option<Day> {
    let (year, day) = word.split_once('-')?;
    let (year, day) = (digits(year, 4)?, digits(day, 3)?);
    let found = Day::of(year, 1, 1)?.plus(day - 1);
    (day > 0 && found.civil().0 == year).then_some(found)
}

/// A number of so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// The next day of this name after today.
fn weekday(word: &str, today: Day) -> Option<Day> {
    let named = word.len() >= 3 && word.is_ascii();
    let index = WEEKDAYS.iter().position(|name| named && name.starts_with(word))?;
    let ahead = (i64::try_from(index).ok()? - today.weekday()).rem_euclid(7);
    Some(today.plus(if ahead == 0 { 7 } else { ahead }))
}

/// `1st`, `15th`: the next such day of a month, after today.
fn ordinal(word: &str, (year, month, of_month): (i64, i64, i64)) -> Option<Day> {
    let digits = word.find(|c: char| !c.is_ascii_digit())?;
    let (number, suffix) = word.split_at_checked(digits)?;
    let number: i64 = number.parse().ok()?;
    let fitting = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    if suffix != fitting || !(1..=31).contains(&number) {
        return None;
    }
    let first = i64::from(number <= of_month);
    // A month that has no such day is passed over; the next one has 31 days.
    (first..first + 2).find_map(|ahead| {
        let months = year * 12 + month - 1 + ahead;
        Day::of(months.div_euclid(12), months.rem_euclid(12) + 1, number)
    })
}

/// The seconds since midnight of `15:00`, `15:00:30`, `3pm` or `3:30pm`.
fn time_of_day(word: &str) -> Option<i64> {
    let (clock, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        (None, None) => (word, None),
    };
    let parts = clock.split(':').map(|part| {
        let digits = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let parts = parts.collect::<Option<Vec<i64>>>()?;
    let (hour, minute, second) = match (parts.as_slice(), half) {
        (&[hour], Some(_)) => (hour, 0, 0),
        (&[hour, minute], _) => (hour, minute, 0),
        (&[hour, minute, second], _) => (hour, minute, second),
        _ => return None,
    };
    let hour = match half {
        None if hour < 24 => hour,
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        _ => return None,
    };
    (minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// The seconds of a span: `3d`, `2 weeks`, `PT3H`.
pub(crate) fn span(text: &str) -> Option<i64> {
    let lower = text.trim().to_lowercase();
    match lower.split_once(' ') {
        Some((amount, unit)) => seconds_of(amount, unit.trim_start()),
        None => joined_span(&lower),
    }
}

/// The seconds of a number and a unit in one word: `3d`, `2weeks`.
fn joined_span(word: &str) -> Option<i64> {
    if let Some(duration) = word.strip_prefix('p') {
        return iso_duration(duration);
    }
    let unit = word.find(|c: char| !c.is_ascii_digit())?;
    let (amount, unit) = word.split_at_checked(unit)?;
    seconds_of(amount, unit)
}

/// The seconds of what follows the `P` of a duration (ISO 8601): `3d`, `1y2m`, `t1h30m`, `1w`. Months have 30 days and
/// years 365, as in Taskwarrior.
fn iso_duration(text: &str) -> Option<i64> {
    let (mut seconds, mut is_time, mut rest) = (0, false, text);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('t').filter(|time| !is_time && !time.is_empty()) {
            (is_time, rest) = (true, time);
        }
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (amount, unit) = rest.split_at_checked(end)?;
        let letter = unit.chars().next()?;
        let name = match (is_time, letter) {
            (false, 'y') => "years",
            (false, 'm') => "months",
            (false, 'w') => "weeks",
            (false, 'd') => "days",
            (true, 'h') => "hours",
            (true, 'm') => "minutes",
            (true, 's') => "seconds",
            _ => return None,
        };
        seconds += seconds_of(amount, name)?;
        rest = unit.get(letter.len_utf8()..)?;
    }
    (!text.is_empty()).then_some(seconds)
}

/// The seconds of so many of a unit.
fn seconds_of(amount: &str, unit: &str) -> Option<i64> {
    let amount: i64 = amount.parse().ok().filter(|amount| *amount <= 1_000_000)?;
    let of_unit = match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => SECONDS_PER_DAY,
        "w" | "wk" | "wks" | "week" | "weeks" => 7 * SECONDS_PER_DAY,
        "mo" | "mth" | "month" | "months" => 30 * SECONDS_PER_DAY,
        "q" | "qtr" | "qtrs" | "quarter" | "quarters" => 91 * SECONDS_PER_DAY,
        "y" | "yr" | "yrs" | "year" | "years" => 365 * SECONDS_PER_DAY,
        _ => return None,
    };
    Some(amount * of_unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Zone;

    #[test]
    fn a_date_can_be_calculated_from_a_day() {
        check("today+2d", "2026-11-28T00:00:00");
        check("today + 2 days", "2026-11-28T00:00:00");
        check("today+2d 10:00", "2026-11-28T10:00:00");
        check("eom-1w", "2026-11-23T23:59:59");
        check("2026-12-24-1d", "2026-12-23T00:00:00");
        check("2026-12-24T10:00+PT30M", "2026-12-24T10:30:00");
        check("now-1w+2d", "2026-11-21T09:30:00");
        check("-1d", "2026-11-25T09:30:00");
        check("-P1W", "2026-11-19T09:30:00");
        for text in ["today+", "+", "-", "today+2", "2d+today", "tomorrow-tomorrow", "--1d"] {
            check(text, "form");
        }
    }

    #[test]
    fn a_word_that_is_nearly_known_is_told() {
        check("tomorow", "not a date; did you mean `tomorrow`?");
        check("next wendesday", "not a date; did you mean `wednesday`?");
        check("next monday", "form");
    }

    /// On Thursday 2026-11-26 at 09:30 in a zone an hour ahead of UTC, a text means this, in that zone.
    fn check(text: &str, expected: &str) {
        let zone = Zone::parse("+01:00").unwrap();
        let now = Written::parse("2026-11-26T09:30:00+01:00").unwrap().now(None);
        let shown = match parse(text, Some(now)) {
            Ok(moment) => zone.shown(moment).trim_end_matches("+01:00").to_owned(),
            Err(NotADate::Form) => "form".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn words_mean_what_taskwarrior_takes_them_for() {
        for (text, expected) in [
            ("now", "2026-11-26T09:30:00"),
            ("today", "2026-11-26T00:00:00"),
            ("Tomorrow", "2026-11-27T00:00:00"),
            ("yesterday", "2026-11-25T00:00:00"),
            ("monday", "2026-11-30T00:00:00"),
            ("thursday", "2026-12-03T00:00:00"),
            ("fri", "2026-11-27T00:00:00"),
            ("sow", "2026-11-23T00:00:00"),
            ("eod", "2026-11-26T23:59:59"),
            ("eow", "2026-11-29T23:59:59"),
            ("eoww", "2026-11-27T23:59:59"),
            ("som", "2026-11-01T00:00:00"),
            ("eom", "2026-11-30T23:59:59"),
            ("eoq", "2026-12-31T23:59:59"),
            ("soy", "2026-01-01T00:00:00"),
            ("eoy", "2026-12-31T23:59:59"),
            ("later", "9999-12-30T00:00:00"),
            ("1st", "2026-12-01T00:00:00"),
            ("15th", "2026-12-15T00:00:00"),
            ("31st", "2026-12-31T00:00:00"),
            ("2026-W48", "2026-11-23T00:00:00"),
            ("2026-W48-5", "2026-11-27T00:00:00"),
            ("2026-W53-7", "2027-01-03T00:00:00"),
            ("2026-331", "2026-11-27T00:00:00"),
            ("2028-366", "2028-12-31T00:00:00"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn a_day_can_have_a_time() {
        for text in
            ["tomorrow 15:00", "tomorrow at 3pm", "friday 15:00", "tomorrowT15:00", "2026-11-27 15:00", "fri 3:00pm"]
        {
            check(text, "2026-11-27T15:00:00");
        }
        check("15:00", "2026-11-26T15:00:00");
        check("09:30", "2026-11-26T09:30:00");
        check("09:29", "2026-11-27T09:29:00");
        check("12am", "2026-11-27T00:00:00");
    }

    #[test]
    fn a_span_is_counted_from_now() {
        for text in ["3d", "in 3 days", "+3d", "3 days", "now+3d", "in 3d"] {
            check(text, "2026-11-29T09:30:00");
        }
        check("2w", "2026-12-10T09:30:00");
        check("90min", "2026-11-26T11:00:00");
        check("1mo", "2026-12-26T09:30:00");
        check("P3D", "2026-11-29T09:30:00");
        check("P1Y2M", "2028-01-25T09:30:00");
        check("PT1H30M", "2026-11-26T11:00:00");
        check("P1DT2H", "2026-11-27T11:30:00");
    }

    #[test]
    fn dates_are_of_the_persons_zone() {
        check("2026-11-27", "2026-11-27T00:00:00");
        check("2026-11-27T15:00:00Z", "2026-11-27T16:00:00");
        check("2026-02-30", "no such day or time");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "soon",
            "3",
            "32nd",
            "1th",
            "25:00",
            "13pm",
            "mo",
            "friday 25:00",
            "next week",
            "d",
            "3x",
            "p",
            "pt",
            "p3",
            "p3h",
            "pd",
            "pt3hm",
            "2026-w54",
            "2026-w00",
            "2026-w48-8",
            "2025-w53",
            "2026-366",
            "2026-000",
            "ma",
        ] {
            check(text, "form");
        }
    }

    #[test]
    fn without_a_day_only_what_is_written_in_full_is_known() {
        assert!(parse("2026-11-27", None).is_ok());
        assert_eq!(parse("tomorrow", None), Err(NotADate::NoToday));
        assert_eq!(parse("tomorow", None), Err(NotADate::Near("tomorrow")));
    }
}
