//! The same operations as native functions: their payload read, the work done, what they return written. What the
//! sandbox costs is what is above these.

use serde_json::Value;
use sortie_plugin_core::noop::{Noop, noop};
use sortie_plugin_core::set::{Set, set};

use crate::Outcome;

pub(crate) fn execute(operation: &str, payload: &str) -> Outcome<String> {
    let output = match operation {
        "noop" => noop(serde_json::from_str::<Noop>(payload)?),
        "set" => set(serde_json::from_str::<Set>(payload)?),
        other => return Err(format!("`{other}` is not measured natively").into()),
    };
    let output = output.map_err(|failure| failure.message)?;
    let value: Value = serde_json::json!({ "changes": output.changes.len(), "output": output.output });
    Ok(value.to_string())
}
