//! `copy`: what is at one place, to another.

use sortie_plugin_sdk::Change;
use sortie_plugin_sdk::prelude::*;

use crate::state::present;

/// From where to where.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// A JSON Pointer into the state. Something has to be there.
    pub from: String,
    /// A JSON Pointer into the state. Its parent has to be there.
    pub path: String,
}

/// Copies what is at one place in the state to another.
#[operation(
    reads = [payload("/from")],
    writes = [payload("/path")],
    examples = [(json!({"from": "/a", "path": "/b"}), json!({"a": [1]}))]
)]
pub fn copy(payload: Copy, call: &Call) -> Result<Output> {
    present(call, &payload.from)?;
    Ok(Output::new().change(Change::Copy { from: payload.from, path: payload.path }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    fn copied(from: &str, path: &str, expected: Expectation<'_>) {
        check(&copy::ENTRY, json!({"from": from, "path": path}), json!({"a": {"b": 1}, "list": [2]}), expected);
    }

    #[test]
    fn the_copy_is_beside_the_original() {
        copied("/a", "/c", Expectation::State(json!({"a": {"b": 1}, "c": {"b": 1}, "list": [2]})));
        copied("/a", "/a/b", Expectation::State(json!({"a": {"b": {"b": 1}}, "list": [2]})));
        copied("/a/b", "/list/0", Expectation::State(json!({"a": {"b": 1}, "list": [1, 2]})));
        copied("/a", "/a", Expectation::State(json!({"a": {"b": 1}, "list": [2]})));
    }

    #[test]
    fn what_is_not_there_cannot_be_copied() {
        let missing = Expectation::Failure("path_missing", "there is nothing at `/list/1` in the state");
        copied("/list/1", "/c", missing);
    }
}
