//! The params of the mission `daily_loop`.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::coefficients::Coefficients;
use crate::day::Day;
use crate::notation::NotAMoment;
use crate::priorities::Rank;
use crate::selection::Selection;
use crate::when::{self, NotADate};
use crate::written::Written;
use crate::zone::Zone;

/// How many priorities are proposed where the params do not say.
pub const DEFAULT_LIMIT: NonZeroU32 = NonZeroU32::new(10).expect("10 is not 0");

/// What a caller can ask of a daily loop. All of it may be left out; what is not known is kept and does nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Params {
    /// The moment that counts as now: a date (its midnight) or a date-time; the offset that it has tells in which zone
    /// days are counted. Where it is null or absent, now is the newest change in the data.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "today")]
    #[schemars(extend("x-sortie-default" = "now"))]
    pub today: Option<Written>,
    /// The zone in which days are counted, as an offset from UTC, or as a rule for summer time. An offset of `today` counts for
    /// more, unless the rule has that offset then.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "zone")]
    #[schemars(extend("x-sortie-default" = "zone"))]
    pub zone: Option<Zone>,
    /// How many priorities to propose at most.
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    pub limit: NonZeroU32,
    /// How many steps the mission should have; without it, all. The first so many are taken, but a person's step that
    /// was asked for before others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_steps: Option<NonZeroU32>,
    /// How many of the steps should be a person's: 0, none; 1, to confirm the priorities; 2, also to review the
    /// day. Without it, 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_human_steps: Option<u32>,
    /// Which tasks are planned.
    #[serde(flatten)]
    pub selection: Selection,
    /// By which urgency tasks are ranked.
    #[serde(skip_serializing_if = "is_default")]
    pub rank: Rank,
    /// Whether the plan shows all there is to say of each task.
    #[serde(skip_serializing_if = "is_default")]
    pub details: bool,
    /// The text of a `.taskrc`: its coefficients of the urgency are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taskrc: Option<String>,
    /// The coefficients of the urgency that differ from Taskwarrior's defaults, and from `taskrc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Coefficients")]
    pub urgency: Option<Map<String, Value>>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            today: None,
            zone: None,
            limit: DEFAULT_LIMIT,
            requested_steps: None,
            requested_human_steps: None,
            selection: Selection::default(),
            rank: Rank::default(),
            details: false,
            taskrc: None,
            urgency: None,
        }
    }
}

fn today<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Written>, D::Error> {
    named("today", |text| Written::parse(text).map_err(|error| NotToday::of(text, error)), deserializer)
}

/// Why a text is not what counts as now.
#[derive(Debug, thiserror::Error)]
enum NotToday {
    /// It is a day that takes a clock to tell.
    #[error(
        "a mission has no clock to tell what day that is: give the date, such as 2026-01-08 (the command `sortie` takes \
         today, tomorrow, yesterday or a weekday, and gives the date)"
    )]
    Word,
    #[error("not a date; did you mean `{0}`?")]
    Near(&'static str),
    #[error(transparent)]
    Other(#[from] NotAMoment),
}

impl NotToday {
    fn of(text: &str, error: NotAMoment) -> Self {
        let midnight = Written::Date(Day::EPOCH).now(None);
        match when::parse(text, Some(midnight)) {
            Ok(_) => Self::Word,
            Err(NotADate::Near(near)) => Self::Near(near),
            Err(_) => Self::Other(error),
        }
    }
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Zone>, D::Error> {
    named("zone", Zone::parse, deserializer)
}

/// Reads the text of a param; where it is none of those that are wanted, the error names the param.
fn named<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    parse(&text).map(Some).map_err(|error| D::Error::custom(format!("`{name}` is {text:?}: {error}")))
}

/// Whether a value is its type's default, and needs not be written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(params: Value) -> String {
        serde_json::from_value::<Params>(params).unwrap_err().to_string()
    }

    #[test]
    fn no_params_are_the_default() {
        assert_eq!(serde_json::from_value::<Params>(json!({})).unwrap(), Params::default());
    }

    #[test]
    fn what_is_wrong_is_refused() {
        assert_eq!(error(json!({"today": "2026-02-30"})), "`today` is \"2026-02-30\": no such day or time");
        assert!(error(json!({"today": "tomorrow"})).starts_with("`today` is \"tomorrow\": a mission has no clock"));
        assert_eq!(error(json!({"today": "tomorow"})), "`today` is \"tomorow\": not a date; did you mean `tomorrow`?");
        assert!(error(json!({"today": "soon"})).starts_with("`today` is \"soon\": neither a date such as 2026-01-07"));
        assert!(error(json!({"zone": "Europe/Berlin"})).starts_with("`zone` is \"Europe/Berlin\": not an offset"));
        assert!(error(json!({"requested_steps": 0})).contains("nonzero"));
        assert!(error(json!({"requested_human_steps": -1})).contains("invalid value"));
        assert!(error(json!({"limit": 0})).contains("nonzero"));
        let selects = |params: Value| {
            serde_json::from_value::<Params>(params).unwrap().selection.check(&std::collections::BTreeSet::new())
        };
        assert_eq!(selects(json!({"filter": " "})), Ok(None));
        assert_eq!(selects(json!({"project": " "})), Err(crate::selection::NotASelection::NoProject));
        assert!(error(json!({"rank": "size"})).contains("unknown variant `size`"));
    }

    #[test]
    fn what_is_not_known_does_nothing() {
        assert_eq!(serde_json::from_value::<Params>(json!({"todya": "2026-01-08"})).unwrap(), Params::default());
    }

    #[test]
    fn the_schema_says_what_may_be_given() {
        let schema = schemars::schema_for!(Params).to_value();
        assert_eq!(schema.get("required"), None);
        assert_eq!(schema["properties"]["limit"]["default"], json!(10));
        assert_eq!(schema["properties"]["limit"]["minimum"], json!(1));
        assert_eq!(schema["properties"]["limit"]["maximum"], json!(u32::MAX));
        assert_eq!(schema["properties"]["requested_steps"]["minimum"], json!(1));
        assert_eq!(schema["properties"]["requested_human_steps"]["minimum"], json!(0));
        assert_eq!(schema["properties"]["today"]["x-sortie-default"], json!("now"));
        assert_eq!(schema["properties"]["zone"]["x-sortie-default"], json!("zone"));
        assert!(schema["properties"]["tags"].is_object() && schema["properties"]["filter"].is_object());
    }
}
