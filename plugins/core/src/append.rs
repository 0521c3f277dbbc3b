//! `append`: an element at the end of an array.

use sortie_plugin_sdk::prelude::*;

use crate::state::described;

/// What to append to which array.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Append {
    /// A JSON Pointer to the array, or to where it is to be.
    pub path: String,
    /// Any JSON value.
    pub value: Value,
}

/// Appends a value to the array at a place in the state, which is created when nothing is there.
#[operation(
    reads = [payload("/path")],
    writes = [payload("/path")],
    examples = [
        (json!({"path": "/log", "value": "begun"}), json!({"log": []})),
        (json!({"path": "/log", "value": "begun"}), json!({})),
    ]
)]
pub fn append(payload: Append, call: &Call) -> Result<Output> {
    let Append { path, value } = payload;
    match call.get(&path) {
        None => Ok(Output::new().set(path, [value])),
        Some(Value::Array(_)) => Ok(Output::new().append(&path, value)),
        Some(other) => {
            let message = format!("what is at `{path}` is {}, not an array", described(other));
            Err(Failure::new("not_an_array", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    fn appended(path: &str, state: Value, expected: Expectation<'_>) {
        check(&append::ENTRY, json!({"path": path, "value": 1}), state, expected);
    }

    #[test]
    fn a_value_is_appended_and_the_array_created() {
        for (state, after) in [
            (json!({"a": []}), json!({"a": [1]})),
            (json!({"a": [[0]]}), json!({"a": [[0], 1]})),
            (json!({}), json!({"a": [1]})),
        ] {
            appended("/a", state, Expectation::State(after));
        }
        appended("/a/0", json!({"a": [[]]}), Expectation::State(json!({"a": [[1]]})));
    }

    #[test]
    fn what_is_no_array_is_not_appended_to() {
        for (value, found) in [
            (json!(null), "null"),
            (json!(true), "a boolean"),
            (json!(1), "a number"),
            (json!(""), "a string"),
            (json!({}), "an object"),
        ] {
            let message = format!("what is at `/a` is {found}, not an array");
            appended("/a", json!({"a": value}), Expectation::Failure("not_an_array", &message));
        }
        appended("", json!({}), Expectation::Failure("not_an_array", "what is at `` is an object, not an array"));
    }
}
