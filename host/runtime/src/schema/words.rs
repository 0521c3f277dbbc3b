//! What a schema asks for, in words: for who is to fill in a form and does not read schemas.

use serde_json::{Map, Value};

/// A member of an answer, as a person is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldWords {
    /// Its name; empty where the answer is no object.
    pub name: String,
    /// What it has to be: `a number, at least 1, at most 10`.
    pub form: String,
    /// What it is for, as the schema describes it.
    pub description: Option<String>,
    /// Whether it has to be there.
    pub required: bool,
}

/// What a schema asks for, field by field: first what has to be there, in the order in which the schema names it.
///
/// Nothing, where the schema says more than such words would tell: then the schema itself is to be shown.
///
/// ```
/// use serde_json::json;
/// use sortie_host::schema_words;
///
/// let schema = json!({
///     "type": "object",
///     "properties": {"hours": {"type": "number", "minimum": 1}},
///     "required": ["hours"],
/// });
/// let words = schema_words(&schema).unwrap();
/// assert_eq!((words[0].name.as_str(), words[0].form.as_str()), ("hours", "a number, at least 1"));
/// assert!(words[0].required);
/// ```
#[must_use]
pub fn schema_words(schema: &Value) -> Option<Vec<FieldWords>> {
    let members = schema.as_object()?;
    let Some(properties) = members.get("properties") else {
        let form = form(members)?;
        let description = text(members, "description");
        return Some(vec![FieldWords { name: String::new(), form, description, required: true }]);
    };
    let plain =
        |name: &str| is_annotation(name) || matches!(name, "type" | "properties" | "required" | "additionalProperties");
    let is_object = members.get("type").is_none_or(|kind| kind == "object");
    let closed = members.get("additionalProperties").is_none_or(Value::is_boolean);
    if !is_object || !closed || !members.keys().all(|name| plain(name)) {
        return None;
    }
    let properties = properties.as_object().filter(|properties| !properties.is_empty())?;
    let required: Vec<&str> =
        members.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !required.iter().all(|name| properties.contains_key(*name)) {
        return None;
    }
    let optional = properties.keys().map(String::as_str).filter(|name| !required.contains(name));
    let field = |name: &str| {
        let schema = properties.get(name)?.as_object()?;
        Some(FieldWords {
            name: name.to_owned(),
            form: form(schema)?,
            description: text(schema, "description"),
            required: required.contains(&name),
        })
    };
    required.iter().copied().chain(optional).map(field).collect()
}

/// What a schema says of a text or a number beyond its type, a clause each.
///
/// ```
/// use serde_json::json;
/// use sortie_host::schema_bounds;
///
/// assert_eq!(schema_bounds(&json!({"type": "number", "minimum": 1, "maximum": 10})), ["at least 1", "at most 10"]);
/// ```
#[must_use]
pub fn schema_bounds(schema: &Value) -> Vec<String> {
    schema.as_object().map(bounds).unwrap_or_default()
}

/// What a text of a `format` is, with an example: `a date such as 2026-03-01`.
pub(crate) fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "a date such as 2026-03-01",
        "time" => "a time such as 09:30:00Z",
        "date-time" => "a date and time such as 2026-03-01T09:30:00Z",
        "email" => "an e-mail address",
        "uri" => "a URL such as https://example.org/",
        _ => return None,
    })
}

/// A value's type with its article, as JSON Schema names it.
pub(crate) fn of_type(name: &str) -> &'static str {
    match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    }
}

fn bounds(schema: &Map<String, Value>) -> Vec<String> {
    let said = |keyword: &str| schema.get(keyword).filter(|value| value.is_number() || value.is_string());
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut bounds = Vec::new();
    for (keyword, before) in [
        ("minimum", "at least "),
        ("exclusiveMinimum", "more than "),
        ("maximum", "at most "),
        ("exclusiveMaximum", "less than "),
        ("multipleOf", "a multiple of "),
        ("pattern", "matching "),
    ] {
        bounds.extend(said(keyword).map(|value| format!("{before}{}", shown(value))));
    }
    for (keyword, before) in [("minLength", "at least "), ("maxLength", "at most ")] {
        let length = schema.get(keyword).and_then(Value::as_u64);
        // That a text is not empty needs no words.
        let told = length.filter(|length| *length > 1 || keyword == "maxLength");
        bounds.extend(told.map(|length| format!("{before}{length} character{}", if length == 1 { "" } else { "s" })));
    }
    let format = said("format").and_then(Value::as_str);
    bounds.extend(format.map(|format| of_format(format).map_or_else(|| format!("as `{format}`"), str::to_owned)));
    bounds
}

/// What a value that is no object has to be.
fn form(schema: &Map<String, Value>) -> Option<String> {
    let known = |name: &str| {
        let bound = matches!(
            name,
            "minimum"
                | "exclusiveMinimum"
                | "maximum"
                | "exclusiveMaximum"
                | "multipleOf"
                | "minLength"
                | "maxLength"
                | "pattern"
                | "format"
        );
        is_annotation(name) || bound || matches!(name, "type" | "enum" | "const" | "items")
    };
    if !schema.keys().all(|name| known(name)) {
        return None;
    }
    if let Some(constant) = schema.get("const") {
        return Some(constant.to_string());
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
        return Some(format!("one of {}", choices.join(", ")));
    }
    let kind = schema.get("type")?.as_str()?;
    let bounds = bounds(schema);
    match (kind, schema.get("items")) {
        ("array", Some(items)) => Some(format!("a list, of which each is {}", form(items.as_object()?)?)),
        ("array" | "object", None) | (_, Some(_)) => None,
        // A text of a format is told by that.
        ("string", None) if schema.contains_key("format") => Some(bounds.join(", ")),
        (kind, None) => Some(std::iter::once(of_type(kind).to_owned()).chain(bounds).collect::<Vec<_>>().join(", ")),
    }
}

/// Whether a keyword asks for nothing.
fn is_annotation(keyword: &str) -> bool {
    matches!(keyword, "$schema" | "title" | "description" | "default" | "examples")
}

fn text(schema: &Map<String, Value>, name: &str) -> Option<String> {
    schema.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The fields, a line each: `name*: form (description)`.
    fn check(schema: &Value, expected: &[&str]) {
        let line = |field: FieldWords| {
            let required = if field.required { "*" } else { "" };
            let described = field.description.map(|text| format!(" ({text})")).unwrap_or_default();
            format!("{}{required}: {}{described}", field.name, field.form)
        };
        let lines: Vec<String> = schema_words(schema).into_iter().flatten().map(line).collect();
        assert_eq!(lines, expected, "{schema}");
    }

    #[test]
    fn a_form_is_told_field_by_field() {
        check(
            &json!({"type": "object", "required": ["on", "n"], "additionalProperties": false, "properties": {
                "mail": {"type": "string", "format": "email"},
                "n": {"type": "number", "exclusiveMinimum": 0, "maximum": 10, "description": "How much"},
                "on": {"type": "string", "format": "date"},
                "size": {"enum": ["small", 3]},
                "tags": {"type": "array", "items": {"type": "string", "pattern": "^\\S+$"}},
                "sure": {"type": "boolean"},
            }}),
            &[
                "on*: a date such as 2026-03-01",
                "n*: a number, more than 0, at most 10 (How much)",
                "mail: an e-mail address",
                "size: one of \"small\", 3",
                "sure: true or false",
                "tags: a list, of which each is a text, matching ^\\S+$",
            ],
        );
        check(&json!({"type": "integer", "minimum": 1}), &["*: a whole number, at least 1"]);
        let text = |least: u32, most: u32| json!({"type": "string", "minLength": least, "maxLength": most});
        check(&text(1, 1), &["*: a text, at most 1 character"]);
        check(&text(2, 9), &["*: a text, at least 2 characters, at most 9 characters"]);
    }

    #[test]
    fn what_takes_more_than_words_is_not_told_in_words() {
        for schema in [
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"type": "object"}),
            json!({"type": "object", "properties": {}}),
            json!({"type": "object", "properties": {"a": {"type": "object"}}}),
            json!({"type": "object", "properties": {"a": {"type": "string", "not": {"const": "b"}}}}),
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}),
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1}),
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
            json!({"type": ["string", "null"]}),
            json!(true),
        ] {
            check(&schema, &[]);
        }
    }
}
