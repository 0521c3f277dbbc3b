//! `move`: what is at one place, to another.

use sortie_plugin_sdk::Change;
use sortie_plugin_sdk::prelude::*;

use crate::state::present;

/// From where to where.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// A JSON Pointer into the state. Something has to be there.
    pub from: String,
    /// A JSON Pointer into the state, not below `from`. Its parent has to be there.
    pub path: String,
}

/// Moves what is at one place in the state to another.
#[operation(
    name = "move",
    reads = [payload("/from")],
    writes = [payload("/from"), payload("/path")],
    examples = [(json!({"from": "/a", "path": "/b"}), json!({"a": [1]}))]
)]
pub fn relocate(payload: Move, call: &Call) -> Result<Output> {
    let Move { from, path } = payload;
    present(call, &from)?;
    if path.strip_prefix(&from).is_some_and(|rest| rest.starts_with('/')) {
        return Err(Failure::new("move_into_itself", format!("`{from}` cannot be moved into itself, to `{path}`")));
    }
    Ok(Output::new().change(Change::Move { from, path }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    fn moved(from: &str, path: &str, expected: Expectation<'_>) {
        check(&relocate::ENTRY, json!({"from": from, "path": path}), json!({"a": {"b": 1}, "list": [2, 3]}), expected);
    }

    #[test]
    fn the_original_is_gone() {
        moved("/a", "/c", Expectation::State(json!({"c": {"b": 1}, "list": [2, 3]})));
        moved("/a/b", "/a", Expectation::State(json!({"a": 1, "list": [2, 3]})));
        moved("/list/0", "/list/1", Expectation::State(json!({"a": {"b": 1}, "list": [3, 2]})));
        moved("/a", "/a", Expectation::State(json!({"a": {"b": 1}, "list": [2, 3]})));
    }

    #[test]
    fn what_is_not_there_or_would_hold_itself_stays() {
        moved("/b", "/c", Expectation::Failure("path_missing", "there is nothing at `/b` in the state"));
        let inside = "`/a` cannot be moved into itself, to `/a/c`";
        moved("/a", "/a/c", Expectation::Failure("move_into_itself", inside));
        moved("", "/c", Expectation::Failure("move_into_itself", "`` cannot be moved into itself, to `/c`"));
    }
}
