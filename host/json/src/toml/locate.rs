//! From a JSON Pointer to the place in a TOML text.

use std::ops::Range;

use crate::Part;
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use jsonptr::{Pointer, PointerBuf};

/// The byte range of what a pointer names: of a table that has a header, the header.
pub(crate) fn locate(text: &str, pointer: &Pointer, part: Part) -> Option<Range<usize>> {
    let root = DeTable::parse(text).ok()?.into_inner();
    let mut tokens = pointer.tokens();
    let Some(first) = tokens.next() else { return Some(0..text.len()) };
    let (mut key, mut value) = member(&root, &first.decoded())?;
    for token in tokens {
        (key, value) = match value.get_ref() {
            DeValue::Table(table) => member(table, &token.decoded())?,
            DeValue::Array(array) => (None, array.get(token.decoded().parse::<usize>().ok()?)?),
            _ => return None,
        };
    }
    match part {
        Part::Key => Some(key.unwrap_or_else(|| value.span())),
        Part::Value => Some(value.span()),
    }
}

type Member<'t, 'i> = (Option<Range<usize>>, &'t Spanned<DeValue<'i>>);

fn member<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<Member<'t, 'i>> {
    table.get_key_value(name).map(|(key, value)| (Some(key.span()), value))
}

/// A key as it is meant: without its quotes and escapes.
pub(super) fn key_text(text: &str, span: &Range<usize>) -> String {
    let spelt = text.get(span.clone()).unwrap_or_default();
    let line = format!("{spelt} = 0");
    let parsed = DeTable::parse(&line).ok();
    let key = parsed.and_then(|table| table.get_ref().keys().next().map(|key| key.get_ref().to_string()));
    key.unwrap_or_else(|| spelt.to_owned())
}

/// The pointer of a repeated key, and the place of the key of that name that came before it.
///
/// The reader does not say in which table a key stands. So the text before the key is read again with a key that is
/// nowhere in the text in its stead: the table that then holds this key is the one.
pub(super) fn sibling(text: &str, repeated: &Range<usize>, name: &str) -> Option<(PointerBuf, Range<usize>)> {
    let before = text.get(..repeated.start)?;
    let mark = (0..100).map(|number| format!("sortie-{number}")).find(|mark| !before.contains(mark.as_str()))?;
    let line = before.rsplit('\n').next().unwrap_or(before).trim_start();
    let end = match (line.starts_with("[["), line.starts_with('[')) {
        (true, _) => "]]",
        (false, true) => "]",
        (false, false) => " = 0",
    };
    let with_mark = format!("{before}{mark}{end}\n");
    let table = DeTable::parse_recoverable(&with_mark).0.into_inner();
    let mut pointer = PointerBuf::root();
    let holder = holder(&table, &mark, &mut pointer)?;
    let first = member(holder, name)?.0?;
    pointer.push_back(name);
    Some((pointer, first))
}

/// The table that holds a key, and the way there.
fn holder<'t, 'i>(table: &'t DeTable<'i>, name: &str, pointer: &mut PointerBuf) -> Option<&'t DeTable<'i>> {
    if table.contains_key(name) {
        return Some(table);
    }
    table.iter().find_map(|(key, value)| {
        pointer.push_back(key.get_ref().as_ref());
        let found = holder_in(value, name, pointer);
        if found.is_none() {
            pointer.pop_back();
        }
        found
    })
}

fn holder_in<'t, 'i>(value: &'t Spanned<DeValue<'i>>, name: &str, pointer: &mut PointerBuf) -> Option<&'t DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => holder(table, name, pointer),
        DeValue::Array(array) => array.iter().enumerate().find_map(|(index, value)| {
            pointer.push_back(index);
            let found = holder_in(value, name, pointer);
            if found.is_none() {
                pointer.pop_back();
            }
            found
        }),
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            None
        }
    }
}
