//! What a change of a JSON Schema means to those who have values for it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Impact;

/// A change of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SchemaChange {
    /// The JSON Pointer of it in the schema.
    pub(super) place: String,
    pub(super) impact: Impact,
    /// What changed, in words.
    pub(super) what: String,
}

/// Keywords that say something to people or tools, and nothing of what is valid.
const ANNOTATIONS: [&str; 9] =
    ["$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "readOnly", "title"];

/// Lower bounds: more is narrower.
const MINIMA: [&str; 6] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"];

/// Upper bounds: less is narrower.
const MAXIMA: [&str; 6] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"];

/// All changes from one schema to another. What cannot be told, such as a change within `anyOf`, counts as narrower.
pub(super) fn changes(old: &Value, new: &Value) -> Vec<SchemaChange> {
    let mut found = Vec::new();
    compare(old, new, "", &mut found);
    found
}

fn compare(old: &Value, new: &Value, place: &str, found: &mut Vec<SchemaChange>) {
    if old == new {
        return;
    }
    let mut tell = |impact: Impact, what: String| found.push(SchemaChange { place: place.to_owned(), impact, what });
    let (old, new) = match (old, new) {
        (Value::Object(old), Value::Object(new)) => (old, new),
        (_, Value::Bool(true)) => return tell(Impact::Minor, "anything is valid now".to_owned()),
        (Value::Bool(false), _) => return tell(Impact::Minor, "nothing was valid".to_owned()),
        (_, _) => return tell(Impact::Major, "it was rewritten".to_owned()),
    };
    let keywords: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for keyword in keywords {
        let at = |inner: &str| format!("{place}/{keyword}{inner}");
        let (before, after) = (old.get(keyword), new.get(keyword));
        if before == after {
            continue;
        }
        match (keyword.as_str(), before, after) {
            (name, _, _) if ANNOTATIONS.contains(&name) || name.starts_with("x-") => {
                push(found, at(""), Impact::Patch, "what it says of itself changed");
            }
            ("properties", before, after) => properties((before, after), (old, new), place, found),
            ("required", before, after) => required(before, after, place, found),
            ("type", before, after) => set(types(before), types(after), &at(""), "type", found),
            ("enum", before, after) => set(values(before), values(after), &at(""), "value", found),
            ("items" | "additionalProperties" | "propertyNames" | "contains", Some(before), Some(after)) => {
                compare(before, after, &at(""), found);
            }
            ("$defs" | "definitions", Some(Value::Object(before)), Some(Value::Object(after))) => {
                for (name, after) in after {
                    if let Some(before) = before.get(name) {
                        compare(before, after, &at(&format!("/{name}")), found);
                    }
                }
            }
            ("$defs" | "definitions", _, _)
            | ("items" | "additionalProperties", None, Some(Value::Bool(true)))
            | ("items" | "additionalProperties", Some(Value::Bool(true)), None) => {}
            (name, before, after) if MINIMA.contains(&name) => bound((before, after), 1.0, at(""), found),
            (name, before, after) if MAXIMA.contains(&name) => bound((before, after), -1.0, at(""), found),
            (_, Some(_), None) => push(found, at(""), Impact::Minor, "this is not demanded any more"),
            (_, None, Some(_)) => push(found, at(""), Impact::Major, "this is demanded now"),
            (_, _, _) => push(found, at(""), Impact::Major, "it demands something else"),
        }
    }
}

fn push(found: &mut Vec<SchemaChange>, place: String, impact: Impact, what: impl Into<String>) {
    found.push(SchemaChange { place, impact, what: what.into() });
}

/// Whether a schema allows members that it does not list.
fn is_open(schema: &Map<String, Value>) -> bool {
    schema.get("additionalProperties").is_none_or(|more| *more != Value::Bool(false))
}

fn properties(
    (before, after): (Option<&Value>, Option<&Value>),
    (old, new): (&Map<String, Value>, &Map<String, Value>),
    place: &str,
    found: &mut Vec<SchemaChange>,
) {
    let members = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (members(before), members(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let at = format!("{place}/properties/{}", jsonptr::Token::new(name.as_str()).encoded());
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => compare(before, after, &at, found),
            (Some(_), None) if is_open(new) => {
                push(found, at, Impact::Major, format!("`{name}` does nothing any more"));
            }
            (Some(_), None) => push(found, at, Impact::Major, format!("`{name}` is not allowed any more")),
            (None, Some(_)) if is_open(old) => {
                push(found, at, Impact::Minor, format!("`{name}` is new; what was given for it before did nothing"));
            }
            (None, _) => push(found, at, Impact::Minor, format!("`{name}` is new")),
        }
    }
}

fn required(before: Option<&Value>, after: Option<&Value>, place: &str, found: &mut Vec<SchemaChange>) {
    let (before, after) = (values(before).unwrap_or_default(), values(after).unwrap_or_default());
    let at = || format!("{place}/required");
    for name in after.difference(&before) {
        push(found, at(), Impact::Major, format!("{name} has to be given now"));
    }
    for name in before.difference(&after) {
        push(found, at(), Impact::Minor, format!("{name} can be left out now"));
    }
}

/// The JSON of each element of a list.
fn values(list: Option<&Value>) -> Option<BTreeSet<String>> {
    Some(list?.as_array()?.iter().map(Value::to_string).collect())
}

/// The types of a schema, one or several; with `number`, `integer` is one too.
fn types(value: Option<&Value>) -> Option<BTreeSet<String>> {
    let mut names = match value? {
        Value::Array(_) => values(value)?,
        name => BTreeSet::from([name.to_string()]),
    };
    if names.contains("\"number\"") {
        names.insert("\"integer\"".to_owned());
    }
    Some(names)
}

/// A set of what is allowed; where there is none, everything is.
fn set(
    before: Option<BTreeSet<String>>,
    after: Option<BTreeSet<String>>,
    place: &str,
    what: &str,
    found: &mut Vec<SchemaChange>,
) {
    let list = |names: Vec<&String>| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (&before, &after) {
        (Some(before), Some(after)) => {
            let (gone, new) =
                (before.difference(after).collect::<Vec<_>>(), after.difference(before).collect::<Vec<_>>());
            if !gone.is_empty() {
                push(
                    found,
                    place.to_owned(),
                    Impact::Major,
                    format!("the {what} {} is not allowed any more", list(gone)),
                );
            }
            if !new.is_empty() {
                push(found, place.to_owned(), Impact::Minor, format!("the {what} {} is allowed now", list(new)));
            }
        }
        (Some(_), None) => push(found, place.to_owned(), Impact::Minor, format!("any {what} is allowed now")),
        (None, Some(after)) => {
            let only = list(after.iter().collect());
            push(found, place.to_owned(), Impact::Major, format!("only the {what} {only} is allowed now"));
        }
        (None, None) => {}
    }
}

/// A bound; the sign says whether more of it is narrower.
fn bound((before, after): (Option<&Value>, Option<&Value>), sign: f64, place: String, found: &mut Vec<SchemaChange>) {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let told = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
    let narrower = match (number(before), number(after)) {
        (Some(before), Some(after)) => (after - before) * sign > 0.0,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let impact = if narrower { Impact::Major } else { Impact::Minor };
    push(found, place, impact, format!("the bound was {} and is {}", told(before), told(after)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: &Value, new: &Value) -> Vec<String> {
        let told = |change: &SchemaChange| format!("{} {}: {}", change.impact.name(), change.place, change.what);
        changes(old, new).iter().map(told).collect()
    }

    #[test]
    fn what_was_valid_and_is_not_is_major_and_what_is_and_was_not_is_minor() {
        let cases = [
            (json!({"required": ["a"]}), json!({"required": ["a", "b"]}), "major /required: \"b\" has to be given now"),
            (json!({"required": ["a"]}), json!({}), "minor /required: \"a\" can be left out now"),
            (
                json!({"type": "string"}),
                json!({"type": ["string", "null"]}),
                "minor /type: the type \"null\" is allowed now",
            ),
            (
                json!({"type": "number"}),
                json!({"type": "integer"}),
                "major /type: the type \"number\" is not allowed any more",
            ),
            (json!({"enum": [1, 2]}), json!({"enum": [1]}), "major /enum: the value 2 is not allowed any more"),
            (json!({"minimum": 1}), json!({"minimum": 2}), "major /minimum: the bound was 1 and is 2"),
            (json!({"maxLength": 5}), json!({"maxLength": 9}), "minor /maxLength: the bound was 5 and is 9"),
            (json!({"maximum": 5}), json!({}), "minor /maximum: the bound was 5 and is none"),
            (json!({"title": "a"}), json!({"title": "b"}), "patch /title: what it says of itself changed"),
            (json!({}), json!({"pattern": "a"}), "major /pattern: this is demanded now"),
            (json!({"anyOf": [{}]}), json!({"anyOf": [true]}), "major /anyOf: it demands something else"),
            (
                json!({"additionalProperties": true}),
                json!({"additionalProperties": false}),
                "major /additionalProperties: it was rewritten",
            ),
            (json!({"type": "string"}), json!(true), "minor : anything is valid now"),
        ];
        for (old, new, expected) in cases {
            assert_eq!(told(&old, &new), [expected], "{old} {new}");
        }
        assert_eq!(told(&json!({"items": true}), &json!({})), Vec::<String>::new());
    }

    #[test]
    fn members_are_compared_one_by_one() {
        let old = json!({"properties": {"a": {"type": "string"}, "b": {}}, "additionalProperties": false});
        let new = json!({"properties": {"a": {"type": "integer"}, "c": {}}, "additionalProperties": false});
        assert_eq!(
            told(&old, &new),
            [
                "major /properties/a/type: the type \"string\" is not allowed any more",
                "minor /properties/a/type: the type \"integer\" is allowed now",
                "major /properties/b: `b` is not allowed any more",
                "minor /properties/c: `c` is new",
            ]
        );
    }
}
