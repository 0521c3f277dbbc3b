//! The format as JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::format::{EXPECTATIONS, SUITE};
use super::shape::{Field, NO_REASONS, Presence, Shape, Struct};
use crate::expectation::Op;

/// The JSON Schema of a suite file.
///
/// It says what can be said of single fields. What concerns several (names that are used twice, an operator and its
/// `expected`) only reading the file tells. It forbids unknown fields, so that editors point at them; and it takes
/// strings with references to axes for the text they are.
///
/// ```
/// let schema = sortie_harness::definition::suite_schema();
/// assert!(schema["properties"]["scenarios"].is_object());
/// ```
#[must_use]
pub fn suite_schema() -> Value {
    schema_of(&SUITE)
}

/// The JSON Schema of a file of expectations alone.
///
/// ```
/// let schema = sortie_harness::definition::expectations_schema();
/// assert!(schema["properties"]["expectations"].is_object());
/// ```
#[must_use]
pub fn expectations_schema() -> Value {
    schema_of(&EXPECTATIONS)
}

fn schema_of(root: &'static Struct) -> Value {
    let mut definitions = Map::new();
    let mut schema = render_struct(root, &mut definitions);
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!(root.name));
        members.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}

fn render_struct(description: &Struct, definitions: &mut Map<String, Value>) -> Value {
    let properties: Map<String, Value> =
        description.fields.iter().map(|field| (field.name.to_owned(), render_field(field, definitions))).collect();
    let required: Vec<&str> = description
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Required)
        .map(|field| field.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "description": description.description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if let (true, Value::Object(members)) = (description.extensible, &mut schema) {
        members.insert("patternProperties".to_owned(), json!({"^x-": {}}));
    }
    schema
}

fn render_field(field: &Field, definitions: &mut Map<String, Value>) -> Value {
    let shape = render(&field.shape, definitions);
    let mut schema = match (field.presence, &field.shape) {
        (Presence::Required, _) | (Presence::Optional, Shape::Any | Shape::SomeOf(_)) => shape,
        (Presence::Optional, _) => json!({"anyOf": [shape, {"type": "null"}]}),
    };
    if let Value::Object(members) = &mut schema {
        members.insert("description".to_owned(), json!(field.description));
    }
    schema
}

fn render(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Any => json!({}),
        Shape::Text => json!({"type": "string"}),
        Shape::Name => json!({"type": "string", "minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f]*$"}),
        Shape::Reason => {
            json!({"type": "string", "pattern": r"^[^\u0000-\u001f\u007f]*$", "not": {"enum": NO_REASONS}})
        }
        Shape::Op => json!({"type": "string", "enum": Op::NAMES}),
        Shape::Choice(words) => json!({"type": "string", "enum": words}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::NonNegative => json!({"type": "number", "minimum": 0}),
        Shape::Whole => json!({"type": "integer", "minimum": 0}),
        Shape::Object => json!({"type": "object"}),
        Shape::MapOf(shape) => json!({"type": "object", "additionalProperties": render(shape, definitions)}),
        Shape::ListOf(shape) => json!({"type": "array", "items": render(shape, definitions)}),
        Shape::SomeOf(shape) => json!({"type": "array", "minItems": 1, "items": render(shape, definitions)}),
        Shape::Struct(description) => {
            if !definitions.contains_key(description.name) {
                let rendered = render_struct(description, definitions);
                definitions.insert(description.name.to_owned(), rendered);
            }
            json!({"$ref": format!("#/$defs/{}", description.name)})
        }
    }
}
