//! References in strings: `${{axis}}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sortie_json::{canonical, canonical_size};

use crate::definition::document::Trail;

/// The values of the axes.
pub(in crate::definition) type Values = BTreeMap<String, Value>;

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

#[derive(Debug, PartialEq)]
enum Piece<'t> {
    Text(&'t str),
    Reference(&'t str),
}

/// The pieces of a string. `$${{` is the text `${{`; what is opened and not closed is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        if let Some(before) = before.strip_suffix('$') {
            pieces.push(Piece::Text(before));
            pieces.push(Piece::Text(OPEN));
            rest = after;
            continue;
        }
        let Some((name, after)) = after.split_once(CLOSE) else { break };
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Reference(name.trim()));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// Whether a value has references in it.
pub(in crate::definition) fn has_references(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(OPEN),
        Value::Array(elements) => elements.iter().any(has_references),
        Value::Object(members) => members.values().any(has_references),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Visits the references in members, with their places.
pub(super) fn visit_references<'m>(
    members: impl Iterator<Item = (&'m String, &'m Value)>,
    trail: &Trail<'_>,
    visit: &mut dyn FnMut(&str, &Trail<'_>),
) {
    for (key, member) in members {
        visit_value(member, &trail.key(key), visit);
    }
}

/// Visits the references in elements.
pub(super) fn visit_elements(elements: &[Value], trail: &Trail<'_>, visit: &mut dyn FnMut(&str, &Trail<'_>)) {
    for (index, element) in elements.iter().enumerate() {
        visit_value(element, &trail.index(index), visit);
    }
}

fn visit_value(value: &Value, trail: &Trail<'_>, visit: &mut dyn FnMut(&str, &Trail<'_>)) {
    match value {
        Value::String(text) => {
            for piece in pieces(text) {
                if let Piece::Reference(name) = piece {
                    visit(name, trail);
                }
            }
        }
        Value::Array(elements) => visit_elements(elements, trail, visit),
        Value::Object(members) => visit_references(members.iter(), trail, visit),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value with its references replaced. What is inserted is taken from the budget, in bytes; nothing when that does
/// not suffice, or for a reference to what is not there.
pub(in crate::definition) fn substitute(value: &Value, values: &Values, budget: &mut usize) -> Option<Value> {
    Some(match value {
        Value::String(text) => substitute_text(text, values, budget)?,
        Value::Array(elements) => Value::Array(
            elements.iter().map(|element| substitute(element, values, budget)).collect::<Option<Vec<_>>>()?,
        ),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, member)| Some((key.clone(), substitute(member, values, budget)?)))
                .collect::<Option<Map<_, _>>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn substitute_text(text: &str, values: &Values, budget: &mut usize) -> Option<Value> {
    if !text.contains(OPEN) {
        return Some(Value::String(text.to_owned()));
    }
    let pieces = pieces(text);
    if let [Piece::Reference(name)] = pieces.as_slice() {
        return take(name, values, budget).cloned();
    }
    let mut filled = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Reference(name) => match take(name, values, budget)? {
                Value::String(text) => filled.push_str(text),
                other => filled.push_str(&String::from_utf8_lossy(&canonical(other))),
            },
        }
    }
    Some(Value::String(filled))
}

fn take<'v>(name: &str, values: &'v Values, budget: &mut usize) -> Option<&'v Value> {
    let value = values.get(name)?;
    *budget = budget.checked_sub(canonical_size(value))?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: impl Into<Option<Value>>) {
        let values = Values::from([("a".to_owned(), json!("x")), ("n".to_owned(), json!([1, {"k": 2.0}]))]);
        assert_eq!(substitute(&json!(text), &values, &mut 100), expected.into(), "{text}");
    }

    #[test]
    fn references_are_replaced() {
        check("plain", json!("plain"));
        check("${{a}}", json!("x"));
        check("${{ a }}/${{a}}.", json!("x/x."));
        check("${{n}}", json!([1, {"k": 2.0}]));
        check("n is ${{n}}", json!("n is [1,{\"k\":2}]"));
        check("$${{a}} ${{a}}", json!("${{a}} x"));
        check("${{a} and ${a}", json!("${{a} and ${a}"));
        check("${{b}}", None);
    }

    #[test]
    fn what_is_inserted_is_bounded() {
        let values = Values::from([("a".to_owned(), json!("xx"))]);
        let text = json!(["${{a}}", "-${{a}}"]);
        assert!(substitute(&text, &values, &mut 8).is_some());
        assert!(substitute(&text, &values, &mut 7).is_none());
    }
}
