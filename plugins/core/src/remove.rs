//! `remove`: what is at a place.

use sortie_plugin_sdk::prelude::*;

use crate::state::present;

/// What to remove.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// A JSON Pointer into the state. Something has to be there.
    pub path: String,
}

/// Removes what is at a place in the state.
#[operation(
    reads = [payload("/path")],
    writes = [payload("/path")],
    examples = [(json!({"path": "/draft"}), json!({"draft": "…", "id": 1}))]
)]
pub fn remove(payload: Remove, call: &Call) -> Result<Output> {
    present(call, &payload.path)?;
    Ok(Output::new().remove(payload.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    fn removed(path: &str, expected: Expectation<'_>) {
        check(&remove::ENTRY, json!({"path": path}), json!({"a": {"b": null}, "list": [1, 2]}), expected);
    }

    #[test]
    fn a_value_is_removed() {
        removed("/a", Expectation::State(json!({"list": [1, 2]})));
        removed("/a/b", Expectation::State(json!({"a": {}, "list": [1, 2]})));
        removed("/list/1", Expectation::State(json!({"a": {"b": null}, "list": [1]})));
    }

    #[test]
    fn where_nothing_is_nothing_can_be_removed() {
        for path in ["/c", "/a/c", "/list/2", "/list/-", "/a/b/c"] {
            let message = format!("there is nothing at `{path}` in the state");
            removed(path, Expectation::Failure("path_missing", &message));
        }
    }
}
