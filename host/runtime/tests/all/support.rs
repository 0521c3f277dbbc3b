//! What the tests of the host share.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_host::{CacheDir, ExecutionContext, SandboxConfig, WorkflowDefinition};

/// A sandbox that never gives up on a loaded machine, and keeps compiled plugins between the tests.
pub(crate) fn sandbox() -> SandboxConfig {
    let cache = CacheDir::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    SandboxConfig { cache: Some(cache), watchdog: Duration::from_mins(10), ..SandboxConfig::default() }
}

/// A context with this state.
pub(crate) fn context(state: Value) -> ExecutionContext {
    ExecutionContext::new(state).unwrap()
}

/// A workflow of these steps.
pub(crate) fn workflow(steps: Value) -> WorkflowDefinition {
    WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps})).unwrap()
}
