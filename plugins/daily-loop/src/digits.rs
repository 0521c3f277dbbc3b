//! The digits of dates and times.

/// The two digits of a number below 100: dates are written by the thousand, and formatting takes ten times as long.
pub(crate) fn pair(number: i64) -> [u8; 2] {
    let digit = |digit: i64| b'0' + u8::try_from(digit).unwrap_or_default();
    [digit(number / 10 % 10), digit(number % 10)]
}

/// What was put together of ASCII.
pub(crate) fn text(ascii: &[u8]) -> &str {
    str::from_utf8(ascii).unwrap_or_default()
}
