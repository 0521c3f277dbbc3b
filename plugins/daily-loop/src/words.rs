//! The words in which reasons are given.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::day::Day;
use crate::moment::Moment;
use crate::term::{Term, TermKind};
use crate::zone::Now;

/// All terms in one line: `due 3 days ago (+12.0), project home (+1.0)`. What would show as 0.0 is left out.
pub(crate) fn reason(terms: &[Term]) -> String {
    let mut shown = String::new();
    for term in terms.iter().filter(|term| term.contribution.abs() >= 0.05) {
        let separator = if shown.is_empty() { "" } else { ", " };
        let sign = if term.contribution.is_sign_negative() { "" } else { "+" };
        for part in [separator, &term.words, " (", sign, &tenths(term.contribution), ")"] {
            shown.push_str(part);
        }
    }
    if shown.is_empty() { "nothing makes it urgent".to_owned() } else { shown }
}

/// A number with one digit behind its point.
fn tenths(number: f64) -> String {
    split(number, 10.0)
        .map_or_else(|| format!("{number:.1}"), |(sign, whole)| format!("{sign}{}.{}", whole / 10, whole % 10))
}

/// A number with two digits behind its point.
pub(crate) fn hundredths(number: f64) -> String {
    let told = |(sign, whole)| format!("{sign}{}.{}{}", whole / 100, whole / 10 % 10, whole % 10);
    split(number, 100.0).map_or_else(|| format!("{number:.2}"), told)
}

/// The sign of a number and how many parts of one it is, the nearest whole number of them: all that there is to say of it
/// takes a twentieth of what its exact digits take. Nothing, where those have to tell which is the nearest.
fn split(number: f64, parts: f64) -> Option<(&'static str, u64)> {
    const LARGE: f64 = 1e9;
    let scaled = number.abs() * parts;
    let is_clear = scaled < LARGE && (scaled.fract() - 0.5).abs() > 1e-6;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole, positive and not large")]
    let whole = || scaled.round() as u64;
    is_clear.then(|| (if number.is_sign_negative() { "-" } else { "" }, whole()))
}

/// How many columns of a terminal a text takes.
fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(columns_of).fold(0, usize::saturating_add) }
}

/// A control character, which is shown as what it is, counts as one.
fn columns_of(character: char) -> usize {
    character.width().unwrap_or(1)
}

/// The terms that tell most, without their numbers, in no more than so many columns: `due 3 days ago, priority H`. The
/// project is not among them: a plan shows it by itself.
pub(crate) fn short_reason(terms: &[Term], length: usize) -> String {
    let mut shown = String::new();
    let tells = |term: &&Term| term.contribution.abs() >= 0.05 && term.term != TermKind::Project;
    for term in terms.iter().filter(tells) {
        let words = cut(&term.words, length);
        if shown.is_empty() {
            shown = words.into_owned();
        } else if columns(&shown) + columns(&words) + 2 <= length {
            shown.push_str(", ");
            shown.push_str(&words);
        } else {
            break;
        }
    }
    shown
}

/// A text on one line of no more than so many columns.
pub(crate) fn cut(text: &str, length: usize) -> Cow<'_, str> {
    if text.len() <= length && is_line(text) {
        return Cow::Borrowed(text);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if columns(&line) <= length {
        return Cow::Owned(line);
    }
    let mut room = length.saturating_sub(1);
    let fits = |character: &char| match room.checked_sub(columns_of(*character)) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    };
    let kept: String = line.chars().take_while(fits).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// Whether a text is of visible ASCII, with single spaces between its words, as most are.
fn is_line(text: &str) -> bool {
    let mut before = b' ';
    let is_word = text.bytes().all(|byte| {
        let fits = byte.is_ascii_graphic() || (byte == b' ' && before != b' ');
        before = byte;
        fits
    });
    is_word && before != b' '
}

/// `1 task`, `2 tasks`.
pub(crate) fn count(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `Monday`.
pub(crate) fn weekday(day: Day) -> &'static str {
    match day.weekday() {
        0 => "Monday",
        1 => "Tuesday",
        2 => "Wednesday",
        3 => "Thursday",
        4 => "Friday",
        5 => "Saturday",
        _ => "Sunday",
    }
}

/// `1st`, `2nd`, `13th`.
pub(crate) fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `due 3 days ago`, `due today`, `due in 5 days`.
pub(crate) fn due(due: Moment, now: Now) -> String {
    match now.days_until(due) {
        1 => "due tomorrow".to_owned(),
        days if days > 1 => format!("due in {days} days"),
        _ => past("due", due, now),
    }
}

/// `scheduled 3 days ago`, for a day that is not after today.
pub(crate) fn past(verb: &str, moment: Moment, now: Now) -> String {
    match -now.days_until(moment) {
        0 => format!("{verb} today"),
        1 => format!("{verb} yesterday"),
        days => format!("{verb} {days} days ago"),
    }
}

/// `started yesterday`, or `started` when that is not in the past.
pub(crate) fn started(start: Moment, now: Option<Now>) -> String {
    match now {
        Some(now) if start <= now.moment => past("started", start, now),
        _ => "started".to_owned(),
    }
}

/// `12 days old`, in whole days of 24 hours, as the age counts.
pub(crate) fn age(entry: Moment, now: Moment) -> String {
    let days = now.seconds_since(entry) / crate::moment::SECONDS_PER_DAY;
    match days {
        1 => "1 day old".to_owned(),
        -1 => "entered 1 day in the future".to_owned(),
        days if days < 0 => format!("entered {} days in the future", -days),
        days => format!("{days} days old"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_its_end() {
        assert_eq!(cut("Call  the\nbank", 20), "Call the bank");
        assert_eq!(cut("Call the bank", 9), "Call the…");
        assert_eq!(cut("日本語のテスト", 14), "日本語のテスト");
        assert_eq!(cut("日本語のテスト", 8), "日本語…");
        // A mark stays with its letter.
        assert_eq!(cut("re\u{301}sume\u{301} a\u{301}b", 7), "re\u{301}sume\u{301}…");
    }

    #[test]
    fn a_number_is_told_as_its_exact_digits_are() {
        let odd = [0.05, 0.25, 0.35, 0.125, 0.005, 2.675, 1e9, 1e300, -0.001, -0.0, 0.0, 9.9999, f64::INFINITY];
        let many = (-30_000..30_000).map(|number| f64::from(number) / 1_000.0);
        for number in many.chain(odd).chain(odd.map(|number| -number)) {
            assert_eq!((tenths(number), hundredths(number)), (format!("{number:.1}"), format!("{number:.2}")));
        }
    }
}
