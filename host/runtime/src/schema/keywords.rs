//! Keywords of a JSON Schema that are probably misspelt: to a validator they are annotations, which hold for nothing.

use serde_json::{Map, Value};

use sortie_json::nearest;

/// The keywords of draft 2020-12, with those of earlier drafts that validators still know.
const KEYWORDS: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
];

/// Annotations of other dialects, which mean what they say and are near a keyword.
const ANNOTATIONS: &[&str] =
    &["additionalItems", "definitions", "dependencies", "enumNames", "example", "id", "options"];

/// Keywords whose members are schemas by name.
const BY_NAME: &[&str] = &["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];
/// Keywords whose value is a schema, or an array of them.
const WITHIN: &[&str] = &[
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// A keyword that there is not, with the one that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misspelling {
    /// The JSON Pointer of the schema that has it.
    pub pointer: String,
    /// What stands there.
    pub found: String,
    /// What there is.
    pub meant: &'static str,
}

impl std::fmt::Display for Misspelling {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pointer, found, meant } = self;
        let place = if pointer.is_empty() { String::new() } else { format!(" at `{pointer}`") };
        write!(formatter, "JSON Schema has no keyword `{found}`{place}: did you mean `{meant}`?")
    }
}

/// The keywords of a schema, and of those within it, that are nearly one of JSON Schema's. Other names are annotations,
/// as the standard has it, and names that begin with `x-` or `$` are never told.
///
/// ```
/// let schema = serde_json::json!({"type": "object", "proprties": {"name": {"type": "string"}}});
/// assert_eq!(
///     sortie_host::misspelt_keywords(&schema)[0].to_string(),
///     "JSON Schema has no keyword `proprties`: did you mean `properties`?"
/// );
/// ```
#[must_use]
pub fn misspelt_keywords(schema: &Value) -> Vec<Misspelling> {
    let mut found = Vec::new();
    // The depth of documents is bounded where they are read; a value that a program made may be deeper.
    let mut open = vec![(String::new(), schema)];
    while let Some((pointer, schema)) = open.pop() {
        if let Value::Object(members) = schema {
            look_at(&pointer, members, &mut found);
            open.extend(subschemas(&pointer, members));
        }
    }
    found.sort_by(|one, other| (&one.pointer, &one.found).cmp(&(&other.pointer, &other.found)));
    found
}

fn look_at(pointer: &str, members: &Map<String, Value>, found: &mut Vec<Misspelling>) {
    for name in members.keys() {
        let known = |names: &[&str]| names.contains(&name.as_str());
        if known(KEYWORDS) || known(ANNOTATIONS) || name.starts_with("x-") || name.starts_with('$') {
            continue;
        }
        // Letters in the wrong case are a misspelling too, however many.
        let alike = KEYWORDS.iter().find(|keyword| keyword.eq_ignore_ascii_case(name)).copied();
        if let Some(meant) = alike.or_else(|| nearest(name, KEYWORDS.iter().copied())) {
            found.push(Misspelling { pointer: pointer.to_owned(), found: name.clone(), meant });
        }
    }
}

fn subschemas<'s>(pointer: &str, members: &'s Map<String, Value>) -> Vec<(String, &'s Value)> {
    let token = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let mut within = Vec::new();
    for (name, value) in members {
        let below = format!("{pointer}/{name}");
        match value {
            Value::Object(named) if BY_NAME.contains(&name.as_str()) => {
                within.extend(named.iter().map(|(each, schema)| (format!("{below}/{}", token(each)), schema)));
            }
            Value::Object(_) if WITHIN.contains(&name.as_str()) => within.push((below, value)),
            Value::Array(each) if WITHIN.contains(&name.as_str()) => {
                within.extend(each.iter().enumerate().map(|(index, schema)| (format!("{below}/{index}"), schema)));
            }
            _ => {}
        }
    }
    within
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(schema: &Value) -> Vec<String> {
        misspelt_keywords(schema).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_keyword_that_is_nearly_one_is_told_with_its_place() {
        for (schema, expected) in [
            (json!({"proprties": {}}), "JSON Schema has no keyword `proprties`: did you mean `properties`?"),
            (json!({"Required": []}), "JSON Schema has no keyword `Required`: did you mean `required`?"),
            (json!({"minlength": 1}), "JSON Schema has no keyword `minlength`: did you mean `minLength`?"),
            (
                json!({"properties": {"a/b": {"additionalProperty": false}}}),
                "JSON Schema has no keyword `additionalProperty` at `/properties/a~1b`: did you mean `additionalProperties`?",
            ),
            (
                json!({"anyOf": [true, {"items": {"requierd": ["a"]}}]}),
                "JSON Schema has no keyword `requierd` at `/anyOf/1/items`: did you mean `required`?",
            ),
        ] {
            assert_eq!(told(&schema), [expected], "{schema}");
        }
    }

    #[test]
    fn what_is_no_keyword_and_near_none_is_an_annotation() {
        let schema = json!({
            "properties": {"proprties": {"type": "string", "example": "x", "x-tpye": 1}, "tpye": true},
            "enum": [{"requierd": true}],
            "const": {"tpye": 1},
            "default": {"itmes": []},
            "examples": [{"minimun": 1}],
            "$defs": {"anyof": {}},
            "dependentRequired": {"requried": ["a"]},
            "widget": "textarea",
            "nullable": true,
        });
        assert_eq!(told(&schema), Vec::<String>::new());
    }
}
