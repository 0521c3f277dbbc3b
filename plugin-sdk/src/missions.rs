//! Running missions from within a plugin. A plugin that uses this imports `sortie:plugin/missions`, and a host may
//! refuse it for that.

use serde_json::{Value, json};

use crate::failure::Failure;

/// A mission to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its name.
    pub mission: String,
    /// Its params: a JSON object.
    pub params: Value,
    /// The state it begins with: a JSON object.
    pub initial_state: Value,
    /// The context's metadata: a JSON object.
    pub metadata: Value,
    /// From ids of human steps to answers: a JSON object. A step without one is marked.
    pub answers: Value,
}

impl Request {
    /// A mission with no params, from an empty state.
    #[must_use]
    pub fn new(mission: impl Into<String>) -> Self {
        Self {
            mission: mission.into(),
            params: json!({}),
            initial_state: json!({}),
            metadata: json!({}),
            answers: json!({}),
        }
    }
}

/// Runs a mission, on the caller's fuel. The result is the one that anybody gets, as JSON. A mission that is
/// rejected before it begins is a failure. Natively there is no host, which is a failure too.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
/// use sortie_plugin_sdk::missions::{Request, run};
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Day {
///     today: String,
/// }
///
/// /// Makes the plan of a day, and tells whether that succeeded.
/// #[operation]
/// fn try_day(day: Day) -> Result<Output> {
///     let request = Request { params: json!({"today": day.today}), ..Request::new("daily_loop") };
///     let result = run(&request)?;
///     Ok(Output::new().output(&result["success"]))
/// }
///
/// // In a unit test there is no host to run it.
/// let day = Day { today: "2026-01-08".to_owned() };
/// assert_eq!(try_day(day).unwrap_err().code, "no_host");
/// ```
pub fn run(request: &Request) -> Result<Value, Failure> {
    #[cfg(target_arch = "wasm32")]
    {
        let request = crate::bindings::missions::Request {
            mission: request.mission.clone(),
            params: request.params.to_string(),
            initial_state: request.initial_state.to_string(),
            metadata: request.metadata.to_string(),
            answers: request.answers.to_string(),
        };
        let result = crate::bindings::missions::run(&request).map_err(|failure| Failure {
            code: failure.code,
            message: failure.message,
            details: failure.details.and_then(|details| serde_json::from_str(&details).ok()),
        })?;
        Ok(serde_json::from_str(&result)?)
    }
    #[cfg(not(target_arch = "wasm32"))]
    Err(Failure::new("no_host", format!("there is no host here to run the mission `{}`", request.mission)))
}
