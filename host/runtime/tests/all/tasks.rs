//! The daily loop's example.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::{Value, json};
use sortie_host::ExecutionContext;

/// The tasks that the plugin ships as its example.
pub(crate) fn context() -> ExecutionContext {
    let state: serde_json::Value =
        serde_json::from_str(include_str!("../../../../plugins/daily-loop/examples/tasks.json")).unwrap();
    ExecutionContext::new(state).unwrap()
}

/// The day on which the example was exported.
pub(crate) fn params() -> Value {
    json!({"today": "2026-01-08"})
}
