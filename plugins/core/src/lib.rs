//! The plugin `core`: the operations that every mission can use by their short names.

use sortie_plugin_sdk::prelude::*;

/// Where to put what.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// A JSON Pointer into the state.
    pub path: String,
    /// Any JSON value.
    pub value: Value,
}

/// Sets the value at a place in the state.
#[operation(writes = [payload("/path")])]
pub fn set(payload: Set) -> Result<Output> {
    Ok(Output::new().set(payload.path, payload.value))
}

plugin!(name: "core", missions: [], operations: [set]);
