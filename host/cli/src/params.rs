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
//! | `zone` | the same, or where there is summer time its rule (POSIX's `TZ`): `CET-1CEST,M3.5.0,M10.5.0/3` |
//!
//! An offset is that of the moment which the person gives for a param of `now` or `today`: in summer another than in winter.
//! Where the person gives the name of a zone for it (`Europe/Berlin`), it is the offset of that zone. For a param of `now` or
//! `today` the person can also give a word, `tomorrow` or `friday`: its value is that date.

use std::cell::LazyCell;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde_json::{Map, Value};
use sortie_host::Host;

use crate::error::CliError;
use crate::input;
use crate::options::ParamsArguments;
use crate::refusal::Refusal;

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
    let is_zone = |annotation: &str| matches!(annotation, "offset" | "zone");
    let named = annotated().find(|(_, annotation)| is_zone(annotation));
    let named = match named.and_then(|(param, _)| text(&params, param).map(|zone| (param.clone(), zone))) {
        Some((param, zone)) => zone_of(param, zone)?,
        None => None,
    };
    let clock = || named.clone().map_or_else(|| now.clone(), |zone| now.with_time_zone(zone));
    for (name, annotation) in annotated().filter(|(_, annotation)| matches!(annotation.as_str(), "now" | "today")) {
        let value = match text(&params, name) {
            Some(word) => {
                of_word(&word, &clock()).or_else(|| filled_in(&annotation, &clock()).filter(|_| is_now(&word)))
            }
            None if params.contains_key(name) => None,
            None => filled_in(&annotation, &now),
        };
        if let Some(value) = value {
            params.insert(name.clone(), Value::String(value));
        }
    }
    let given = annotated()
        .filter(|(_, annotation)| matches!(annotation.as_str(), "now" | "today"))
        .find_map(|(name, _)| text(&params, name));
    for (name, annotation) in annotated().filter(|(_, annotation)| is_zone(annotation)) {
        let zone = named.clone().or_else(|| (!params.contains_key(name)).then(TimeZone::system));
        if let Some(value) = zone.and_then(|zone| filled_in(&annotation, &in_zone(zone, given.as_deref(), &now))) {
            params.insert(name.clone(), Value::String(value));
        }
    }
    Ok(Value::Object(params))
}

/// The zone of this name. What is none can be an offset or a rule, which the mission judges.
fn zone_of(param: String, zone: String) -> Result<Option<TimeZone>, Refusal> {
    let is_name = zone.starts_with(|c: char| c.is_ascii_alphabetic()) && !matches!(&*zone, "UTC" | "GMT" | "Z");
    match TimeZone::get(&zone) {
        Ok(found) if is_name => Ok(Some(found)),
        Err(_) if is_name && zone.contains('/') && !zone.contains(',') => {
            Err(Refusal::UnknownZone { near: near_zone(&zone), param, zone })
        }
        Ok(_) | Err(_) => Ok(None),
    }
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
        "zone" => return rule(now).or_else(|| filled_in("offset", now)),
        _ => return None,
    };
    Some(now.strftime(format).to_string())
}

fn is_now(word: &str) -> bool {
    matches!(word.trim().to_lowercase().as_str(), "now" | "today")
}

/// The date of a day that is named by a word: another than today, or the next of a day of the week.
fn of_word(word: &str, now: &Zoned) -> Option<String> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let word = word.trim().to_lowercase();
    let found: Option<Date> = match word.as_str() {
        "tomorrow" => now.date().tomorrow().ok(),
        "yesterday" => now.date().yesterday().ok(),
        word => {
            let is_day = |(name, _): &&(&str, Weekday)| word.len() >= 3 && name.starts_with(word);
            DAYS.iter().find(is_day).and_then(|(_, day)| now.date().nth_weekday(1, *day).ok())
        }
    };
    found.map(|date| date.to_string())
}

/// For how many years a rule has to be right.
const YEARS: i64 = 5;

/// The rule for summer time of the zone of a moment, as POSIX has it for `TZ`; nothing, where there is no summer time, or no rule
/// has its changes of the next years.
fn rule(now: &Zoned) -> Option<String> {
    let zone = now.time_zone();
    let until = now.checked_add(Span::new().years(YEARS)).ok()?.timestamp();
    // From a year before: what is late was due then.
    let from = now.checked_sub(Span::new().years(1)).ok()?.timestamp();
    let changes = |zone: &TimeZone| -> Vec<(Timestamp, i32)> {
        let changes = zone.following(from).take_while(|change| change.timestamp() < until);
        changes.map(|change| (change.timestamp(), change.offset().seconds())).collect()
    };
    let wanted = changes(zone);
    let [first, second, ..] = wanted.as_slice() else { return None };
    let (summer, winter) = if first.1 > second.1 { (first, second) } else { (second, first) };
    let (begins, ends) = (candidates(summer.0, winter.1), candidates(winter.0, summer.1));
    // What is not said is that summer time is an hour ahead.
    let (standard, standard_offset) = abbreviated(winter.1);
    let (ahead, ahead_offset) = abbreviated(summer.1);
    let ahead_offset = if summer.1 == winter.1 + 3_600 { "" } else { &ahead_offset };
    let names = format!("{standard}{standard_offset}{ahead}{ahead_offset}");
    let rules = begins.iter().flat_map(|begin| ends.iter().map(move |end| (begin, end)));
    let mut rules = rules.map(|(begin, end)| format!("{names},{begin},{end}"));
    rules.find(|rule| TimeZone::posix(rule).is_ok_and(|zone| changes(&zone) == wanted))
}

/// An offset as an abbreviation, `<+01>`, and as POSIX counts it, west of Greenwich: `-1`.
fn abbreviated(offset: i32) -> (String, String) {
    let (sign, west) = if offset < 0 { ('-', "") } else { ('+', if offset == 0 { "" } else { "-" }) };
    let (hours, minutes) = (offset.unsigned_abs() / 3_600, offset.unsigned_abs() / 60 % 60);
    match minutes {
        0 => (format!("<{sign}{hours:02}>"), format!("{west}{hours}")),
        minutes => (format!("<{sign}{hours:02}{minutes:02}>"), format!("{west}{hours}:{minutes:02}")),
    }
}

/// The days of a year, with a time, that a change can be at: of the fourth week or of the last, and of the day itself or of the
/// one beside it, beyond its midnight.
fn candidates(change: Timestamp, before: i32) -> Vec<String> {
    let Ok(offset) = jiff::tz::Offset::from_seconds(before) else { return Vec::new() };
    let local = offset.to_datetime(change);
    let of_day = |(days, hours): (i64, i64)| {
        let date = local.date().checked_add(Span::new().days(days)).ok()?;
        let seconds = i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60 + hours * 3_600;
        let (sign, hour, minute) = (if seconds < 0 { "-" } else { "" }, seconds.abs() / 3_600, seconds.abs() / 60 % 60);
        let time = match (sign, hour, minute) {
            ("", 2, 0) => String::new(),
            (_, _, 0) => format!("/{sign}{hour}"),
            _ => format!("/{sign}{hour}:{minute:02}"),
        };
        let week = (date.day() - 1) / 7 + 1;
        let weeks = if date.day() + 7 > date.days_in_month() { vec![5, week] } else { vec![week] };
        let (month, day) = (date.month(), date.weekday().to_sunday_zero_offset());
        Some(weeks.into_iter().map(move |week| format!("M{month}.{week}.{day}{time}")).collect::<Vec<_>>())
    };
    [(0, 0), (-1, 24), (1, -24), (-2, 48)].into_iter().filter_map(of_day).flatten().collect()
}

/// The zone that is probably meant by a name.
fn near_zone(name: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let place = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    // There are more than the search for near names looks through.
    let like = names.iter().filter(|known| place(known).chars().next() == place(name).chars().next());
    let like = like.map(String::as_str).filter(|known| known.contains('/')).collect::<Vec<_>>();
    sortie_json::nearest(name, like).map(str::to_owned)
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
        assert_eq!(filled_in("zone", &now).as_deref(), Some("+01:00"));
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
    fn a_zone_with_summer_time_is_its_rule() {
        // As POSIX has them; the names of the zones do not matter.
        for (posix, expected) in [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "<+01>-1<+02>,M3.5.0,M10.5.0/3"),
            ("EST5EDT,M3.2.0,M11.1.0", "<-05>5<-04>,M3.2.0,M11.1.0"),
            ("NST3:30NDT,M3.2.0,M11.1.0", "<-0330>3:30<-0230>,M3.2.0,M11.1.0"),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"),
            ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "<-04>4<-03>,M9.1.6/24,M4.1.6/24"),
            ("IST-2IDT,M3.4.4/26,M10.5.0", "<+02>-2<+03>,M3.4.4/26,M10.5.0"),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "<+00>0<+01>,M3.5.0/1,M10.5.0"),
        ] {
            let zone = TimeZone::posix(posix).unwrap();
            let now = "2026-01-08T09:30:00Z".parse::<Timestamp>().unwrap().to_zoned(zone.clone());
            let found = rule(&now).unwrap_or_else(|| panic!("{posix}"));
            let found_zone = TimeZone::posix(&found).unwrap();
            let changes = |zone: &TimeZone| {
                let changes = zone.following(now.timestamp()).take(20);
                changes.map(|change| (change.timestamp(), change.offset().seconds())).collect::<Vec<_>>()
            };
            assert_eq!(changes(&found_zone), changes(&zone), "{posix}: {found}");
            assert_eq!(found, expected, "{posix}");
        }
        assert_eq!(rule(&"2026-01-08T09:30:00+01:00[+01:00]".parse().unwrap()), None);
    }

    #[test]
    fn a_word_is_the_date_of_a_day() {
        let now: Zoned = "2026-01-08T09:30:00+01:00[+01:00]".parse().unwrap();
        let date = |word: &str| of_word(word, &now).unwrap_or_default();
        assert_eq!((date("tomorrow"), date("Yesterday")), ("2026-01-09".to_owned(), "2026-01-07".to_owned()));
        // A Thursday: its name is that of the next one, as everywhere.
        assert_eq!((date("fri"), date("thursday")), ("2026-01-09".to_owned(), "2026-01-15".to_owned()));
        for word in ["tomorow", "today", "th", "2026-01-08", ""] {
            assert_eq!(of_word(word, &now), None, "{word}");
        }
        assert!(is_now("Now") && is_now("today") && !is_now("tomorrow"));
    }

    #[test]
    fn a_name_is_a_zone_and_an_offset_or_a_rule_is_left_to_the_mission() {
        let zone = |name: &str| zone_of("zone".to_owned(), name.to_owned());
        for text in ["+01:00", "Z", "UTC", "CET-1CEST,M3.5.0,M10.5.0/3", "nowhere", ""] {
            assert!(matches!(zone(text), Ok(None)), "{text}");
        }
        if TimeZone::get("Europe/Berlin").is_err() {
            return;
        }
        assert!(matches!(zone("Europe/Berlin"), Ok(Some(_))));
        let Err(Refusal::UnknownZone { near, .. }) = zone("Europe/Berlni") else { panic!("there is no such zone") };
        assert_eq!(near.as_deref(), Some("Europe/Berlin"));
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
