//! JSON: the engine reads it, and here each fault gets the bytes that it concerns.

mod places;

use std::ops::Range;

use crate::{Fault, FaultKind, Packed, ParseLimits};
use serde_json::Value;

use crate::finding::Finding;
use crate::text::char_at;
use places::{Extent, Places};

/// Reads a JSON text, and packs the elements of the lists under these members of the root.
pub(crate) fn read(text: &str, limits: ParseLimits, lists: &[&str]) -> Result<(Value, Vec<Vec<Packed>>), Vec<Finding>> {
    crate::parse_packed(text.as_bytes(), limits, lists).map_err(|faults| placed(text, faults))
}

fn placed(text: &str, faults: Vec<Fault>) -> Vec<Finding> {
    let stopped = faults.iter().find(|fault| is_of_text(fault)).and_then(|fault| fault.offset);
    let (duplicates, faults): (Vec<_>, Vec<_>) =
        faults.into_iter().partition(|fault| matches!(fault.kind, FaultKind::DuplicateKey(_)));
    let unplaced = faults.iter().filter(|fault| fault.offset.is_none()).map(|fault| &fault.pointer);
    let mut places = Places::new(unplaced);
    let read = text.get(..stopped.unwrap_or(text.len())).unwrap_or(text);
    if !duplicates.is_empty() {
        places.scan(read, Extent::Duplicates);
    } else if places.is_missing_some() {
        places.scan(read, Extent::Values);
    }
    let others = faults.into_iter().map(|fault| in_our_words(text, fault)).map(|fault| {
        let span = fault.offset.map(|offset| span_at(text, offset, &fault.kind)).or_else(|| places.of(&fault.pointer));
        match span {
            Some(span) if is_of_text(&fault) => Finding::in_text(fault.kind, span),
            span => Finding::at(fault.kind, fault.pointer, span),
        }
    });
    let mut findings: Vec<Finding> = others.collect();
    findings.append(&mut places.duplicates);
    findings
}

/// Puts the parser's errors so that they say what is expected, and where.
fn in_our_words(text: &str, fault: Fault) -> Fault {
    let FaultKind::Syntax(detail) = &fault.kind else { return fault };
    let (detail, at_end) = match detail.as_str() {
        "expected ident" => ("expected `true`, `false` or `null`", false),
        "expected value" => ("expected a value", false),
        "EOF while parsing a list" => ("the text ends within an array, expected `,` or `]`", true),
        "EOF while parsing an object" => ("the text ends within an object, expected `,` or `}`", true),
        "EOF while parsing a string" => ("the text ends within a string, expected `\"`", true),
        "EOF while parsing a value" => ("the text ends too early, expected a value", true),
        _ => return fault,
    };
    let offset = if at_end { Some(text.trim_end().len()) } else { fault.offset };
    Fault { kind: FaultKind::Syntax(detail.to_owned()), offset, ..fault }
}

/// Whether a fault is one where the reader stopped, knowing the offset but not the value.
fn is_of_text(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::Syntax(_) | FaultKind::LoneSurrogate => true,
        FaultKind::NumberOutOfRange => fault.pointer.is_root(),
        FaultKind::Empty
        | FaultKind::TooLarge { .. }
        | FaultKind::NotUtf8
        | FaultKind::ByteOrderMark
        | FaultKind::DuplicateKey(_)
        | FaultKind::IntegerOutOfRange
        | FaultKind::TooDeep(_) => false,
    }
}

/// The bytes that a fault at an offset concerns.
fn span_at(text: &str, offset: usize, kind: &FaultKind) -> Range<usize> {
    match kind {
        FaultKind::IntegerOutOfRange | FaultKind::NumberOutOfRange => word_around(text, offset),
        FaultKind::LoneSurrogate => surrogate_before(text, offset),
        FaultKind::Syntax(detail) if detail.starts_with("expected `true`") => word_around(text, offset),
        _ => char_at(text, offset),
    }
}

fn word_around(text: &str, offset: usize) -> Range<usize> {
    let of_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let start = text.get(..offset).unwrap_or_default().trim_end_matches(of_number).len();
    let rest = text.get(offset..).unwrap_or_default();
    start..offset + rest.find(|c| !of_number(c)).unwrap_or(rest.len())
}

/// The escape of a lone surrogate, somewhat behind which the reader stopped.
fn surrogate_before(text: &str, offset: usize) -> Range<usize> {
    let before = text.get(..offset).unwrap_or_default();
    let is_surrogate = |escape: &usize| {
        let code = text.get(escape + 2..escape + 5).unwrap_or_default();
        u32::from_str_radix(code, 16).is_ok_and(|code| (0xd80..=0xdff).contains(&code))
    };
    let escape = before.rmatch_indices("\\u").take(2).map(|(escape, _)| escape).find(is_surrogate);
    escape.map_or_else(|| char_at(text, offset), |escape| escape..(escape + 6).min(text.len()))
}
