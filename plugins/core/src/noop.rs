//! `noop`: nothing.

use sortie_plugin_sdk::prelude::*;

/// Nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noop {}

/// Does nothing.
#[operation(examples = [(json!({}), json!({"a": 1}))])]
pub fn noop(_payload: Noop) -> Result<Output> {
    Ok(Output::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expected, check, rejects};

    #[test]
    fn nothing_happens() {
        check(&noop::ENTRY, json!({}), json!({"a": 1}), Expected::State(json!({"a": 1})));
    }

    #[test]
    fn a_payload_with_anything_in_it_is_a_mistake() {
        rejects(&noop::ENTRY, json!({"reason": "x"}), "unknown field `reason`");
    }
}
