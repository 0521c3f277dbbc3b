//! The params of a mission: those of the command line, and what the mission's schema lets the command fill in.
//!
//! A property of a params schema can have the annotation `x-sortie-default`: then a command that builds the mission for a
//! person gives the param where the person does not. A result depends on nothing but its inputs, so the value is one of
//! them: it stands among the params of the result. What a program or a suite runs gets no such value.
//!
//! | annotation | value |
//! |---|---|
//! | `now` | the local date and time with its offset: `2026-01-08T09:30:00+01:00` |
//! | `today` | the local date: `2026-01-08` |
//! | `offset` | how far local time is ahead of UTC: `+01:00` |

use std::cell::LazyCell;

use jiff::Zoned;
use serde_json::{Map, Value};
use sortie_host::Host;

use crate::error::CliError;
use crate::input;
use crate::options::ParamsArguments;

/// The params to build a mission with.
pub(crate) fn of_mission(arguments: &ParamsArguments, host: &Host, mission: &str) -> Result<Value, CliError> {
    let registry = host.registry();
    // That there is no such mission is told by whoever builds it.
    let schema = registry.mission(mission).map(|(_, info)| info.params_schema.clone()).unwrap_or_default();
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let mut params = input::params(arguments, &|name| properties.get(name).is_some_and(is_text))?;
    // One moment for all of them; to learn the zone takes longer than a small mission, so only who is asked does.
    let now = LazyCell::new(Zoned::now);
    for (name, property) in properties {
        let default = property.get("x-sortie-default").and_then(Value::as_str).filter(|_| !params.contains_key(name));
        if let Some(value) = default.and_then(|default| filled_in(default, &now)) {
            params.insert(name.clone(), Value::String(value));
        }
    }
    Ok(Value::Object(params))
}

/// The value of an annotation; nothing, for one that this release does not know.
fn filled_in(annotation: &str, now: &Zoned) -> Option<String> {
    let format = match annotation {
        "now" => "%Y-%m-%dT%H:%M:%S%:z",
        "today" => "%Y-%m-%d",
        "offset" => "%:z",
        _ => return None,
    };
    Some(now.strftime(format).to_string())
}

/// Whether a schema is of texts, and perhaps null.
fn is_text(schema: &Value) -> bool {
    let is_text = |name: &Value| name == "string";
    let of_type = match schema.get("type") {
        Some(Value::Array(types)) => {
            types.iter().any(is_text) && types.iter().all(|name| is_text(name) || name == "null")
        }
        Some(name) => is_text(name),
        None => false,
    };
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    of_type
        || alternatives.is_some_and(|alternatives| {
            let is_null = |schema: &Value| schema.get("type").is_some_and(|name| name == "null");
            alternatives.iter().any(self::is_text)
                && alternatives.iter().all(|schema| self::is_text(schema) || is_null(schema))
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what it expected")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_annotation_is_filled_in_from_the_persons_clock() {
        let now: Zoned = "2026-01-08T09:30:00+01:00[+01:00]".parse().unwrap();
        assert_eq!(filled_in("now", &now).as_deref(), Some("2026-01-08T09:30:00+01:00"));
        assert_eq!(filled_in("today", &now).as_deref(), Some("2026-01-08"));
        assert_eq!(filled_in("offset", &now).as_deref(), Some("+01:00"));
        assert_eq!(filled_in("phase-of-the-moon", &now), None);
    }

    #[test]
    fn a_schema_of_texts_is_told() {
        for schema in [
            json!({"type": "string"}),
            json!({"type": ["string", "null"]}),
            json!({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
        ] {
            assert!(is_text(&schema), "{schema}");
        }
        for schema in [
            json!({}),
            json!({"type": "integer"}),
            json!({"type": ["string", "integer"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "array"}]}),
        ] {
            assert!(!is_text(&schema), "{schema}");
        }
    }
}
