//! The words in which reasons are given.

use std::borrow::Cow;

use crate::moment::Moment;
use crate::urgency::{Term, TermKind};
use crate::zone::Now;

/// All terms in one line: `due 3 days ago (+12.0), project home (+1.0)`. What would show as 0.0 is left out.
pub(crate) fn reason(terms: &[Term]) -> String {
    let shown: Vec<_> = terms
        .iter()
        .filter(|term| term.contribution.abs() >= 0.05)
        .map(|term| format!("{} ({:+.1})", term.words, term.contribution))
        .collect();
    if shown.is_empty() { "nothing makes it urgent".to_owned() } else { shown.join(", ") }
}

/// The terms that tell most, without their numbers, in no more than so many characters: `due 3 days ago, priority H`. The
/// project is not among them: a plan shows it by itself.
pub(crate) fn short_reason(terms: &[Term], length: usize) -> String {
    let mut shown = String::new();
    let tells = |term: &&Term| term.contribution.abs() >= 0.05 && term.term != TermKind::Project;
    for term in terms.iter().filter(tells) {
        let words = cut(&term.words, length);
        if shown.is_empty() {
            shown = words.into_owned();
        } else if shown.chars().count() + words.chars().count() + 2 <= length {
            shown.push_str(", ");
            shown.push_str(&words);
        } else {
            break;
        }
    }
    shown
}

/// A text on one line of no more than so many characters.
pub(crate) fn cut(text: &str, length: usize) -> Cow<'_, str> {
    if text.len() <= length && is_line(text) {
        return Cow::Borrowed(text);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= length {
        return Cow::Owned(line);
    }
    let kept: String = line.chars().take(length.saturating_sub(1)).collect();
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
        assert_eq!(cut("日本語のテスト", 4), "日本語…");
    }
}
