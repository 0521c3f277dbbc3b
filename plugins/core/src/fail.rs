//! `fail`: the failure of a step, on purpose.

use sortie_plugin_sdk::prelude::*;

/// Why.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// The failure's message.
    pub reason: String,
}

/// Fails the step, with the code `failed` and the reason as its message.
// An example is an input that works: there is none.
#[operation]
pub fn fail(payload: Fail) -> Result<Output> {
    Err(Failure::new("failed", payload.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check, rejects};

    #[test]
    fn the_reason_is_the_message() {
        for reason in ["nobody is on call", ""] {
            check(&fail::ENTRY, json!({"reason": reason}), json!({}), Expectation::Failure("failed", reason));
        }
    }

    #[test]
    fn there_has_to_be_a_reason() {
        rejects(&fail::ENTRY, json!({}), "missing field `reason`");
    }
}
