//! What a scalar stands for: the core schema (YAML 1.2.2, section 10.3).

use std::borrow::Cow;

use crate::fault::FaultKind;
use crate::scalar as rules;
use saphyr_parser::{ScalarStyle, Tag};
use serde_json::Value;

/// The value of a scalar.
pub(super) fn resolve(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, FaultKind> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { plain(text) } else { Ok(Value::String(fitted(text))) };
    };
    let matches = |value: &Value| match core_name(tag) {
        Some("null") => value.is_null(),
        Some("bool") => value.is_boolean(),
        Some("int") => value.is_i64(),
        Some("float") => value.is_number(),
        _ => false,
    };
    match core_name(tag) {
        // `!` alone says that a scalar is a string.
        Some("str" | "!") => Ok(Value::String(fitted(text))),
        Some("null" | "bool" | "int" | "float") => {
            plain(text).and_then(|value| if matches(&value) { Ok(value) } else { Err(mismatch(tag)) })
        }
        Some("seq" | "map") => Err(mismatch(tag)),
        _ => Err(FaultKind::UnknownTag(shown(tag))),
    }
}

/// Checks the tag of a sequence (`seq`) or a mapping (`map`).
pub(super) fn check_collection(tag: Option<&Tag>, expected: &str) -> Result<(), FaultKind> {
    let Some(tag) = tag else { return Ok(()) };
    match core_name(tag) {
        Some("!") => Ok(()),
        Some(name) if name == expected => Ok(()),
        Some("str" | "null" | "bool" | "int" | "float" | "seq" | "map") => Err(mismatch(tag)),
        _ => Err(FaultKind::UnknownTag(shown(tag))),
    }
}

/// The name of a tag of the core schema; `!` for the non-specific tag.
fn core_name(tag: &Tag) -> Option<&str> {
    let core = tag.is_yaml_core_schema() || (tag.handle.is_empty() && tag.suffix == "!");
    let verbatim = || tag.handle.is_empty().then(|| tag.suffix.strip_prefix("tag:yaml.org,2002:")).flatten();
    if core { Some(&tag.suffix) } else { verbatim() }
}

fn shown(tag: &Tag) -> String {
    match core_name(tag) {
        Some("!") => "!".to_owned(),
        Some(name) => format!("!!{name}"),
        None => format!("{}{}", tag.handle, tag.suffix),
    }
}

fn mismatch(tag: &Tag) -> FaultKind {
    FaultKind::TagMismatch(shown(tag))
}

fn plain(text: Cow<'_, str>) -> Result<Value, FaultKind> {
    let number = match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        text => number(text),
    };
    number.unwrap_or_else(|| Ok(Value::String(fitted(text))))
}

/// A text without the room that the parser keeps behind it: 160 bytes behind each that is short, which is many times what the
/// text itself takes.
fn fitted(text: Cow<'_, str>) -> String {
    /// What is longer is made shorter where it is: a copy would be dear, and what is left behind it is little.
    const LONG: usize = 4096;
    match text {
        Cow::Owned(mut text) if text.len() > LONG => {
            text.shrink_to_fit();
            text
        }
        text => text.as_ref().to_owned(),
    }
}

/// The number that a text stands for, if it looks like one.
fn number(text: &str) -> Option<Result<Value, FaultKind>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(FaultKind::NumberOutOfRange));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit).then(|| integer(digits, 16));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |byte| matches!(byte, b'0'..=b'7')).then(|| integer(digits, 8));
    }
    if all(unsigned, u8::is_ascii_digit) {
        return Some(integer(text, 10));
    }
    is_float(unsigned).then(|| rules::float(text.parse().unwrap_or(f64::NAN)))
}

/// An integer from its digits, with an optional sign.
fn integer(digits: &str, radix: u32) -> Result<Value, FaultKind> {
    // Digits that do not fit an i64 are far out of range.
    rules::integer(i64::from_str_radix(digits, radix).map_err(|_| FaultKind::IntegerOutOfRange)?)
}

/// Whether a text is `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let exponent =
        exponent.is_none_or(|exponent| all(exponent.strip_prefix(['-', '+']).unwrap_or(exponent), u8::is_ascii_digit));
    let mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => all(fraction, u8::is_ascii_digit),
        Some((whole, "")) => all(whole, u8::is_ascii_digit),
        Some((whole, fraction)) => all(whole, u8::is_ascii_digit) && all(fraction, u8::is_ascii_digit),
        None => all(mantissa, u8::is_ascii_digit),
    };
    exponent && mantissa
}

/// Whether a text has bytes and all are of a kind.
fn all(text: &str, of_kind: impl Fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.as_bytes().iter().all(of_kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_core_schema_lists_is_not_a_string() {
        for (text, expected) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("NULL", json!(null)),
            ("nULL", json!("nULL")),
            ("True", json!(true)),
            ("yes", json!("yes")),
            ("no", json!("no")),
            ("on", json!("on")),
            ("2024-01-02", json!("2024-01-02")),
            ("12:30:45", json!("12:30:45")),
            ("1_000", json!("1_000")),
            ("012", json!(12)),
            ("0o17", json!(15)),
            ("0o8", json!("0o8")),
            ("0xfF", json!(255)),
            ("-0x1", json!("-0x1")),
            ("0b1", json!("0b1")),
            ("+12", json!(12)),
            ("-0", json!(0)),
            ("9007199254740991", json!(9_007_199_254_740_991_i64)),
            (".5", json!(0.5)),
            ("5.", json!(5)),
            ("-1.5e-3", json!(-0.0015)),
            ("1e2", json!(100)),
            ("1e", json!("1e")),
            ("1.2.3", json!("1.2.3")),
            (".", json!(".")),
            ("-", json!("-")),
            ("+.", json!("+.")),
            ("inf", json!("inf")),
            ("-.nan", json!("-.nan")),
            ("1e30", json!(1e30)),
        ] {
            assert_eq!(plain(text.into()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_text_keeps_no_more_room_than_it_takes() {
        for length in [1, 20, 200, 4_096, 4_097, 100_000] {
            let mut read = String::with_capacity(length + 160);
            read.extend(std::iter::repeat_n('x', length));
            for style in [ScalarStyle::Plain, ScalarStyle::DoubleQuoted] {
                let Ok(Value::String(text)) = resolve(
                    Cow::Owned({
                        let mut text = read.clone();
                        text.reserve(160);
                        text
                    }),
                    style,
                    None,
                ) else {
                    panic!()
                };
                assert!(text.capacity() < text.len() + 16, "{length}: {}", text.capacity());
            }
        }
    }

    #[test]
    fn numbers_that_json_cannot_carry_are_rejected() {
        for text in ["9007199254740992", "-9007199254740992", "0x20000000000000", "1000000000000000000000000", "2e16"] {
            assert_eq!(plain(text.into()), Err(FaultKind::IntegerOutOfRange), "{text}");
        }
        for text in ["1e400", "-1e400", ".inf", "-.INF", "+.Inf", ".nan", ".NaN"] {
            assert_eq!(plain(text.into()), Err(FaultKind::NumberOutOfRange), "{text}");
        }
    }
}
