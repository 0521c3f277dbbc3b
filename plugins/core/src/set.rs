//! `set`: a value at a place.

use sortie_plugin_sdk::prelude::*;

/// Where to put what.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// A JSON Pointer into the state. Its parent has to be there.
    pub path: String,
    /// Any JSON value.
    pub value: Value,
}

/// Sets the value at a place in the state. In an array, the value is inserted; `-` is the place after its end.
#[operation(
    writes = [payload("/path")],
    examples = [(json!({"path": "/done", "value": true}), json!({"done": false}))]
)]
pub fn set(payload: Set) -> Result<Output> {
    Ok(Output::new().set(payload.path, payload.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check, rejects};

    #[test]
    fn a_value_is_set_replaced_or_inserted() {
        let state = json!({"a": 1, "list": [1, 2]});
        let cases = [
            ("/b", json!(2), json!({"a": 1, "b": 2, "list": [1, 2]})),
            ("/a", json!(null), json!({"a": null, "list": [1, 2]})),
            ("/list/0", json!(0), json!({"a": 1, "list": [0, 1, 2]})),
            ("/list/-", json!(3), json!({"a": 1, "list": [1, 2, 3]})),
            ("", json!({"new": true}), json!({"new": true})),
        ];
        for (path, value, after) in cases {
            check(&set::ENTRY, json!({"path": path, "value": value}), state.clone(), Expectation::State(after));
        }
    }

    #[test]
    fn what_is_no_payload_is_rejected() {
        rejects(&set::ENTRY, json!({"path": "/a"}), "missing field `value`");
        rejects(&set::ENTRY, json!({"path": "/a", "value": 1, "valeu": 1}), "unknown field `valeu`");
    }
}
