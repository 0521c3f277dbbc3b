//! The coefficients of the urgency polynomial, with Taskwarrior's defaults.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

/// The greatest magnitude of a coefficient.
pub const MAX_COEFFICIENT: f64 = 1_000_000.0;

/// A number by which a term of the polynomial is multiplied, or that is added for a name: between −1,000,000 and
/// 1,000,000, so that no sum of them overflows.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Coefficient(f64);

/// Why a number is no coefficient.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is no coefficient: it must be between -1000000 and 1000000")]
pub struct NotACoefficient(f64);

impl TryFrom<f64> for Coefficient {
    type Error = NotACoefficient;

    fn try_from(number: f64) -> Result<Self, NotACoefficient> {
        if number.abs() <= MAX_COEFFICIENT { Ok(Self(number)) } else { Err(NotACoefficient(number)) }
    }
}

impl From<Coefficient> for f64 {
    fn from(coefficient: Coefficient) -> Self {
        coefficient.0
    }
}

impl schemars::JsonSchema for Coefficient {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Coefficient".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "minimum": -1_000_000, "maximum": 1_000_000})
    }
}

/// The coefficients of Taskwarrior's urgency polynomial. Those that are not given have the defaults that
/// Taskwarrior 2.6 has; the names are those of its configuration (`urgency.due.coefficient` is `due`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Coefficients {
    /// For the tag `next` (15).
    pub next: Coefficient,
    /// For a due date, in part from two weeks before it and in full a week after it (12).
    pub due: Coefficient,
    /// For blocking another task (8).
    pub blocking: Coefficient,
    /// For each priority, by its name: H (6), M (3.9), L (1.8) and those of the user's own.
    #[serde(deserialize_with = "with_default_priorities")]
    pub priority: BTreeMap<String, Coefficient>,
    /// For a scheduled date that is past (5).
    pub scheduled: Coefficient,
    /// For being worked on (4).
    pub active: Coefficient,
    /// For age, in full at `age_max` (2).
    pub age: Coefficient,
    /// The age in days that counts in full; 0 makes every age count in full (365).
    #[schemars(range(max = 1_000_000))]
    pub age_max: u32,
    /// For annotations, in full from three (1).
    pub annotations: Coefficient,
    /// For tags, in full from three (1).
    pub tags: Coefficient,
    /// For having a project (1).
    pub project: Coefficient,
    /// For a wait date that is not past (−3).
    pub waiting: Coefficient,
    /// For being blocked by another task (−5).
    pub blocked: Coefficient,
    /// For user-defined attributes: `estimate` for having one, `size.big` for having it with this value (nothing).
    pub uda: BTreeMap<String, Coefficient>,
    /// What names of the user's own add (nothing).
    pub user: UserCoefficients,
    /// Whether a task is at least as urgent as what it blocks (no).
    pub inherit: bool,
}

/// What tags, projects and words add: Taskwarrior's `urgency.user.tag.<tag>.coefficient` and so on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserCoefficients {
    /// For having this tag, in addition to what tags and `next` add. One of
    /// Taskwarrior's virtual tags, such as `OVERDUE`, counts where a filter knows it.
    pub tag: BTreeMap<String, Coefficient>,
    /// For being of this project or of a part of it.
    pub project: BTreeMap<String, Coefficient>,
    /// For a description in which this text occurs.
    pub keyword: BTreeMap<String, Coefficient>,
}

impl Coefficients {
    /// Whether none differs from its default.
    pub fn are_default(&self) -> bool {
        *self == Self::default()
    }

    /// The user-defined attributes that have a coefficient: each once.
    pub fn attributes(&self) -> Vec<String> {
        let name = |key: &String| key.split_once('.').map_or(key.as_str(), |(name, _)| name).to_owned();
        self.uda.keys().map(name).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The priorities that are given, over the default ones.
fn with_default_priorities<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Coefficient>, D::Error> {
    let mut priorities = default_priorities();
    priorities.extend(BTreeMap::<String, Coefficient>::deserialize(deserializer)?);
    Ok(priorities)
}

fn default_priorities() -> BTreeMap<String, Coefficient> {
    let defaults = [("H", 6.0), ("M", 3.9), ("L", 1.8)];
    defaults.into_iter().map(|(name, coefficient)| (name.to_owned(), Coefficient(coefficient))).collect()
}

impl Default for Coefficients {
    fn default() -> Self {
        Self {
            next: Coefficient(15.0),
            due: Coefficient(12.0),
            blocking: Coefficient(8.0),
            priority: default_priorities(),
            scheduled: Coefficient(5.0),
            active: Coefficient(4.0),
            age: Coefficient(2.0),
            age_max: 365,
            annotations: Coefficient(1.0),
            tags: Coefficient(1.0),
            project: Coefficient(1.0),
            waiting: Coefficient(-3.0),
            blocked: Coefficient(-5.0),
            uda: BTreeMap::new(),
            user: UserCoefficients::default(),
            inherit: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Coefficients, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_given_has_its_default() {
        let given = read(r#"{"due": 10, "priority": {"H": 7}}"#).unwrap();
        let mut expected = Coefficients { due: Coefficient(10.0), ..Coefficients::default() };
        expected.priority.insert("H".to_owned(), Coefficient(7.0));
        assert_eq!(given, expected);
    }

    #[test]
    fn a_coefficient_past_its_bound_is_refused() {
        assert!(read(r#"{"due": 1000000, "age": -1000000}"#).is_ok());
        for json in [r#"{"due": 1000000.1}"#, r#"{"due": -1000000.1}"#] {
            assert!(read(json).unwrap_err().contains("is no coefficient"));
        }
        assert!(Coefficient::try_from(f64::NAN).is_err());
    }

    #[test]
    fn an_unknown_coefficient_is_refused() {
        assert!(read(r#"{"dew": 1}"#).unwrap_err().contains("unknown field `dew`"));
    }

    #[test]
    fn any_priority_and_any_attribute_can_have_a_coefficient() {
        let given = read(r#"{"priority": {"3": 2}, "uda": {"size.big": 1, "size.small": -1, "estimate": 3}}"#).unwrap();
        assert_eq!(given.priority.len(), 4);
        assert_eq!(given.attributes(), ["estimate", "size"]);
    }
}
