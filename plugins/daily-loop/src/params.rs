//! The params of the mission `daily_loop`.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::coefficients::Coefficients;
use crate::moment::Moment;

/// How many priorities are proposed where the params do not say.
pub const DEFAULT_LIMIT: NonZeroU32 = NonZeroU32::new(10).expect("10 is not 0");

/// What a caller can ask of a daily loop. All of it may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The day, as a date (its midnight in UTC) or as a date-time (that moment). Without it, the newest date in the
    /// data at which something happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<Moment>,
    /// How many priorities to propose at most.
    pub limit: NonZeroU32,
    /// How many steps the mission should have; without it, all. The first so many are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_steps: Option<NonZeroU32>,
    /// How many of the steps should be a person's: 0, none; 1, to confirm the priorities; 2, also to review the
    /// day. Without it, 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_human_steps: Option<u32>,
    /// The coefficients of the urgency that differ from Taskwarrior's defaults.
    #[serde(skip_serializing_if = "Coefficients::are_default")]
    pub urgency: Coefficients,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            today: None,
            limit: DEFAULT_LIMIT,
            requested_steps: None,
            requested_human_steps: None,
            urgency: Coefficients::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn error(params: Value) -> String {
        serde_json::from_value::<Params>(params).unwrap_err().to_string()
    }

    #[test]
    fn no_params_are_the_default() {
        assert_eq!(serde_json::from_value::<Params>(json!({})).unwrap(), Params::default());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(error(json!({"todya": "2026-01-08"})).starts_with("unknown field `todya`"));
        assert!(error(json!({"today": "2026-02-30"})).starts_with("\"2026-02-30\" is no such day or time"));
        assert!(error(json!({"requested_steps": 0})).contains("nonzero"));
        assert!(error(json!({"requested_human_steps": -1})).contains("invalid value"));
        assert!(error(json!({"limit": 0})).contains("nonzero"));
        assert!(error(json!({"urgency": {"due": 1e7}})).contains("is no coefficient"));
    }

    #[test]
    fn the_schema_says_what_may_be_given() {
        let schema = schemars::schema_for!(Params).to_value();
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(schema.get("required"), None);
        assert_eq!(schema["properties"]["limit"]["default"], json!(10));
        assert_eq!(schema["properties"]["limit"]["minimum"], json!(1));
        assert_eq!(schema["properties"]["requested_steps"]["minimum"], json!(1));
        assert_eq!(schema["properties"]["requested_human_steps"]["minimum"], json!(0));
    }
}
