//! `noop`: nothing.

use sortie_plugin_sdk::prelude::*;

/// Anything: what stands here is kept in the workflow, and read by nobody.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
pub struct Noop {}

/// Does nothing.
#[operation(examples = [(json!({}), json!({"a": 1}))])]
pub fn noop(_payload: Noop) -> Result<Output> {
    Ok(Output::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    #[test]
    fn nothing_happens() {
        check(&noop::ENTRY, json!({}), json!({"a": 1}), Expectation::State(json!({"a": 1})));
    }

    #[test]
    fn a_payload_with_anything_in_it_is_kept_and_not_read() {
        let payload = json!({"reason": "x", "params": {"x": [1]}});
        check(&noop::ENTRY, payload, json!({"a": 1}), Expectation::State(json!({"a": 1})));
    }
}
