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
//!
//! An offset is that of the moment which the person gives for a param of `now` or `today`: in summer another than in winter.
//! Where the person gives the name of a zone for it (`Europe/Berlin`), it is the offset of that zone.

use std::cell::LazyCell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
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
    let annotated = || {
        let annotation =
            |property: &'_ Value| property.get("x-sortie-default").and_then(Value::as_str).map(str::to_owned);
        properties.iter().filter_map(move |(name, property)| Some((name, annotation(property)?)))
    };
    let text = |params: &Map<String, Value>, name: &str| params.get(name).and_then(Value::as_str).map(str::to_owned);
    let given = annotated()
        .filter(|(_, annotation)| matches!(annotation.as_str(), "now" | "today"))
        .find_map(|(name, _)| text(&params, name));
    for (name, annotation) in annotated() {
        let value = if annotation == "offset" {
            let zone = match text(&params, name) {
                None if params.contains_key(name) => None,
                None => Some(TimeZone::system()),
                // What is no zone's name is the mission's to judge: an offset, say.
                Some(zone) => TimeZone::get(&zone).ok().filter(|_| zone.contains('/')),
            };
            zone.and_then(|zone| filled_in("offset", &in_zone(zone, given.as_deref(), &now)))
        } else if params.contains_key(name) {
            None
        } else {
            filled_in(&annotation, &now)
        };
        if let Some(value) = value {
            params.insert(name.clone(), Value::String(value));
        }
    }
    Ok(Value::Object(params))
}

/// The moment that a person gave, in a zone; now, where none was given, or it is for the mission to judge.
fn in_zone(zone: TimeZone, given: Option<&str>, now: &LazyCell<Zoned, impl FnOnce() -> Zoned>) -> Zoned {
    let moment = |text: &str| {
        let seconds =
            || text.parse().ok().filter(|_| text.len() > 8).and_then(|seconds| Timestamp::from_second(seconds).ok());
        text.parse::<Timestamp>().ok().or_else(seconds)
    };
    let local = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok();
    let found = given.and_then(|text| local(text).or_else(|| Some(moment(text)?.to_zoned(zone.clone()))));
    found.unwrap_or_else(|| now.with_time_zone(zone))
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
    fn an_offset_is_that_of_the_day_which_is_given() {
        let now = LazyCell::new(|| "2026-01-08T09:30:00+00:00[UTC]".parse::<Zoned>().unwrap());
        // An hour ahead in winter, two from the last Sunday of March to that of October.
        let berlin = || TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let offset = |given: Option<&str>| filled_in("offset", &in_zone(berlin(), given, &now)).unwrap();
        assert_eq!(offset(None), "+01:00");
        for summer in [
            "2026-07-01",
            "20260701",
            "2026-07-01T08:00",
            "2026-07-01 08:00:00",
            "2026-06-30T22:00:00Z",
            "2026-07-01T08:00:00-07:00",
            "1782900000",
            "2026-10-25T00:30",
            "2026-03-29T03:00",
        ] {
            assert_eq!(offset(Some(summer)), "+02:00", "{summer}");
        }
        for winter in ["2026-12-24", "2026-10-25T03:30", "2026-03-29", "no day", "1767796200"] {
            assert_eq!(offset(Some(winter)), "+01:00", "{winter}");
        }
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
