//! What dates and times are written with, piece by piece.

use crate::moment::SECONDS_PER_DAY;

/// Why a text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMoment {
    /// The text has none of the notations that are read.
    #[error("neither a date such as 2026-01-07 nor a date-time such as 2026-01-07T14:30:00Z or 20260107T143000Z")]
    Notation,
    /// The text is written as a date, but the calendar has no such day, or the clock no such time.
    #[error("no such day or time")]
    OutOfRange,
}

/// What is written behind a time.
pub(crate) enum Offset {
    /// Nothing.
    None,
    /// `Z`, which tells no offset.
    Utc,
    /// So many seconds ahead of UTC; less than a day.
    Ahead(i32),
}

/// What is left of a text, read from the left.
pub(crate) struct Notation<'a> {
    rest: &'a [u8],
}

impl<'a> Notation<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { rest: text.as_bytes() }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), NotAMoment> {
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

    pub(crate) fn number(&mut self, digits: usize) -> Result<i64, NotAMoment> {
        (0..digits).try_fold(0, |number, _| Ok(number * 10 + self.digit().ok_or(NotAMoment::Notation)?))
    }

    /// The seconds since midnight, of `HH:MM`, `HH:MM:SS` with or without a fraction, `HHMM` or `HHMMSS`.
    pub(crate) fn time(&mut self, extended: bool) -> Result<i64, NotAMoment> {
        let hour = self.number(2)?;
        if extended {
            self.expect(b':')?;
        }
        let minute = self.number(2)?;
        let has_seconds = if extended { self.take(b':') } else { self.rest.first().is_some_and(u8::is_ascii_digit) };
        let second = if has_seconds { self.number(2)? } else { 0 };
        if has_seconds && extended && (self.take(b'.') || self.take(b',')) {
            self.digit().ok_or(NotAMoment::Notation)?;
            while self.digit().is_some() {}
        }
        let seconds = hour * 3_600 + minute * 60 + second;
        // A leap second is written as the sixtieth, and the end of a day as its twenty-fourth hour.
        if minute > 59 || second > 60 || seconds > SECONDS_PER_DAY { Err(NotAMoment::OutOfRange) } else { Ok(seconds) }
    }

    /// What is ahead of UTC by: `Z`, `+01:00`, `+0100`, `+01`, or nothing.
    pub(crate) fn offset(&mut self) -> Result<Offset, NotAMoment> {
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
        Ok(Offset::Ahead(seconds))
    }
}
