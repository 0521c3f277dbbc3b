//! From what was sent to a value, and from a value to what a form shows.

use serde_json::{Map, Number, Value};
use sortie_json::ParseLimits;

use super::fields::last;
use super::{Control, Field, Items};
use crate::net::MAX_BODY;

/// What was written into a field and is no value of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The field's pointer.
    pub(crate) pointer: String,
    /// What is wrong.
    pub(crate) message: String,
}

/// The name of a field in a form.
pub(crate) fn name(field: &Field) -> String {
    format!("v{}", field.pointer)
}

/// The value that was sent; nothing, where nothing was written and nothing has to be.
pub(crate) fn read(field: &Field, sent: &[(String, String)]) -> Result<Option<Value>, Vec<Misfit>> {
    let name = name(field);
    let text = sent.iter().find(|(sent, _)| *sent == name).map(|(_, text)| text.replace("\r\n", "\n"));
    let text = text.unwrap_or_default();
    let misfit = |message: String| vec![Misfit { pointer: field.pointer.clone(), message }];
    match &field.control {
        Control::Group(fields) => return group(field, fields, sent),
        Control::Rows(rows) => return self::rows(field, rows, sent),
        Control::Fixed(value) => return Ok(Some(value.clone())),
        Control::Text(_) | Control::Number { .. } | Control::Select(_) | Control::Lines(_) | Control::Json => {}
    }
    if text.trim().is_empty() {
        return match (&field.control, field.required) {
            (_, false) if field.blank_is_null => Ok(Some(Value::Null)),
            (_, false) | (Control::Group(_) | Control::Rows(_) | Control::Fixed(_), true) => Ok(None),
            (Control::Text(_), true) => Ok(Some(Value::String(text))),
            (Control::Lines(_), true) => Ok(Some(Value::Array(Vec::new()))),
            (Control::Select(_), true) => Err(misfit("choose one".to_owned())),
            (Control::Number { .. }, true) => Err(misfit("a number is needed".to_owned())),
            (Control::Json, true) => Err(misfit("a value is needed".to_owned())),
        };
    }
    match &field.control {
        Control::Text(_) => Ok(Some(Value::String(text))),
        Control::Number { .. } => {
            number(text.trim()).map(Some).ok_or_else(|| misfit(format!("`{text}` is not a number")))
        }
        Control::Lines(items) => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let value = |line: &str| match items {
                Items::Texts => Ok(Value::from(line)),
                Items::Numbers => number(line).ok_or_else(|| misfit(format!("`{line}` is not a number"))),
                Items::Either => Ok(number(line).unwrap_or_else(|| Value::from(line))),
            };
            lines.map(value).collect::<Result<_, _>>().map(|values| Some(Value::Array(values)))
        }
        Control::Select(_) | Control::Json | Control::Group(_) | Control::Rows(_) | Control::Fixed(_) => {
            json(&text, &field.pointer).map(Some)
        }
    }
}

fn rows(field: &Field, rows: &[Field], sent: &[(String, String)]) -> Result<Option<Value>, Vec<Misfit>> {
    let (mut values, mut misfits) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| is_touched(row, sent)) {
        match read(row, sent) {
            Ok(value) => values.extend(value),
            Err(found) => misfits.extend(found),
        }
    }
    match (misfits.is_empty(), values.is_empty()) {
        (false, _) => Err(misfits),
        (true, true) if field.blank_is_null => Ok(Some(Value::Null)),
        (true, true) if !field.required => Ok(None),
        (true, _) => Ok(Some(Value::Array(values))),
    }
}

fn group(field: &Field, fields: &[Field], sent: &[(String, String)]) -> Result<Option<Value>, Vec<Misfit>> {
    let (mut members, mut misfits) = (Map::new(), Vec::new());
    for member in fields {
        match read(member, sent) {
            Ok(Some(value)) => {
                members.insert(last(&member.pointer), value);
            }
            Ok(None) => {}
            Err(found) => misfits.extend(found),
        }
    }
    // A group that may be left out and has nothing in it is left out: what its members lack is not missed.
    let untouched = fields.iter().all(|member| !is_touched(member, sent));
    match (misfits.is_empty(), field.required) {
        (_, false) if untouched && field.blank_is_null => Ok(Some(Value::Null)),
        (_, false) if untouched => Ok(None),
        (true, _) => Ok(Some(Value::Object(members))),
        (false, _) => Err(misfits),
    }
}

fn is_touched(field: &Field, sent: &[(String, String)]) -> bool {
    match &field.control {
        Control::Group(fields) | Control::Rows(fields) => fields.iter().any(|field| is_touched(field, sent)),
        _ => sent.iter().any(|(sent, text)| *sent == name(field) && !text.trim().is_empty()),
    }
}

fn number(text: &str) -> Option<Value> {
    text.parse::<Number>().ok().map(Value::Number)
}

/// A text that is JSON.
pub(crate) fn json(text: &str, pointer: &str) -> Result<Value, Vec<Misfit>> {
    let limits = ParseLimits { bytes: MAX_BODY, ..ParseLimits::default() };
    sortie_json::parse(text.as_bytes(), limits).map_err(|faults| {
        let misfit = |fault: &sortie_json::Fault| Misfit {
            pointer: format!("{pointer}{}", fault.pointer),
            message: fault.to_string(),
        };
        faults.iter().take(5).map(misfit).collect()
    })
}

/// Whether a form can show all of a value.
pub(crate) fn fits(field: &Field, value: &Value) -> bool {
    read(field, &spread(field, value)).is_ok_and(|read| read.as_ref() == Some(value))
}

/// What the fields of a form show for a value: names and texts.
pub(crate) fn spread(field: &Field, value: &Value) -> Vec<(String, String)> {
    let text = match (&field.control, value) {
        (Control::Group(fields), Value::Object(members)) => {
            let member = |field: &Field| members.get(&last(&field.pointer)).map(|value| spread(field, value));
            return fields.iter().filter_map(member).flatten().collect();
        }
        (Control::Rows(rows), Value::Array(values)) => {
            return rows.iter().zip(values).flat_map(|(row, value)| spread(row, value)).collect();
        }
        (Control::Group(_) | Control::Rows(_) | Control::Fixed(_), _) => return Vec::new(),
        (_, Value::Null) if field.blank_is_null => return Vec::new(),
        (Control::Text(_), Value::String(text)) => text.clone(),
        (Control::Lines(_), Value::Array(values)) => {
            let line = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        (Control::Json, value) => serde_json::to_string_pretty(value).unwrap_or_default(),
        (_, value) => value.to_string(),
    };
    vec![(name(field), text)]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "note": {"type": "string"}, "count": {"type": "integer"}, "accept": {"type": "boolean"},
                "ids": {"type": "array", "items": {"type": "string"}}, "more": {},
                "only": {"const": 7},
                "all": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}},
                "due": {"type": "object", "properties": {
                    "day": {"type": ["integer", "null"]}, "hour": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                }, "required": ["day", "hour"]},
                "who": {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "number"}}, "required": ["age"]},
            },
            "required": ["accept"],
        })
    }

    #[test]
    fn what_is_shown_for_a_value_reads_as_that_value() {
        let form = Field::of(&schema(), "answer");
        for value in [
            json!({"accept": true}),
            json!({"accept": false, "note": "a\nb", "count": 3, "ids": ["x", "y z"], "more": {"deep": [1]}}),
            json!({"accept": true, "who": {"name": "ann", "age": 1.5}, "only": 7}),
            json!({"accept": true, "all": [{"n": 1}, {"n": 2}]}),
            json!({"accept": true, "due": {"day": null, "hour": 8}}),
            json!({"accept": true, "due": {"day": 3, "hour": null}}),
        ] {
            assert_eq!(read(&form, &spread(&form, &value)), Ok(Some(value)));
        }
    }

    #[test]
    fn what_does_not_fit_a_field_is_told_at_the_field() {
        let form = Field::of(&schema(), "answer");
        let sent = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let misfits = read(&form, &sent(&[("v/count", "three"), ("v/more", "{\"a\": }")])).unwrap_err();
        let places: Vec<&str> = misfits.iter().map(|misfit| misfit.pointer.as_str()).collect();
        assert_eq!(places, ["/accept", "/count", "/more/a"]);
        // A group that nobody touched is not missed, and one that somebody did is.
        assert_eq!(read(&form, &sent(&[("v/accept", "true"), ("v/who/name", " ")])), Ok(Some(json!({"accept": true}))));
        let misfits = read(&form, &sent(&[("v/accept", "true"), ("v/who/name", "ann")])).unwrap_err();
        assert_eq!(misfits.first().map(|misfit| misfit.pointer.as_str()), Some("/who/age"));
    }

    #[test]
    fn a_browser_sends_lines_its_own_way_and_the_value_has_none_of_it() {
        let form = Field::of(&json!({"type": "string"}), "x");
        let sent = vec![("v".to_owned(), "a\r\nb".to_owned())];
        assert_eq!(read(&form, &sent), Ok(Some(json!("a\nb"))));
    }
}
