//! What the handlers are asked.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_host::ExecutionContext;
use sortie_journal::{Signature, TokenHash};
use sortie_json::{ContentHash, Json, ParseLimits};

use crate::limits::{DEPTH, MAX_MESSAGE};
use crate::refusal::Refusal;

/// Starts a run: a mission with its params, or a workflow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mission: Option<String>,
    /// Its params.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
    /// A workflow definition, in place of a mission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Value>,
    /// The state to begin with; an empty one, where there is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub state: Value,
    /// The context's metadata.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
    /// Decisions that are at hand, by step id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Value>,
    /// Who starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The hashes of the tokens of its waits, in their order: who starts a run makes the tokens, so that Restate never
    /// sees one before it is used. A wait without one is answered without a token alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenHash>,
}

impl StartRequest {
    /// A request with what a run begins with, and yet without a mission or a workflow.
    #[must_use]
    pub fn in_context(context: &ExecutionContext) -> Self {
        Self { state: context.initial_state().clone(), metadata: context.metadata().clone(), ..Self::default() }
    }
}

/// Answers a wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// The decision.
    pub value: Value,
    /// Who decides.
    pub actor: String,
    /// The token of the wait. Without it, the caller answers as somebody who owns the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The step that is answered, where no token tells: the one that was asked last, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What they say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The hash of the question that they were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<ContentHash>,
    /// Their signature of it, to be kept with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Ends a run before it has a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// Why.
    pub reason: String,
    /// Who cancels.
    pub actor: String,
}

/// A request as its handler gets it: I-JSON, of a size and depth that can be kept.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let limits = ParseLimits { bytes: MAX_MESSAGE, depth: DEPTH };
    let value = Json::read_within(bytes, limits).map_err(|faults| {
        let first = faults.first().map(|fault| format!("at `{}`, {fault}", fault.pointer));
        Refusal::invalid_request(first.unwrap_or_default())
    })?;
    serde_json::from_value(value.into_value()).map_err(Refusal::invalid_request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_as_many_bytes_as_it_may_have_and_not_one_more() {
        let request = r#"{"reason": "no need", "actor": "ann"}"#;
        let of = |bytes: usize| {
            let padded = format!("{request}{}", " ".repeat(bytes - request.len()));
            read::<CancelRequest>(padded.as_bytes()).map(|request| request.actor)
        };
        assert_eq!(of(MAX_MESSAGE).as_deref().ok(), Some("ann"));
        assert_eq!(of(MAX_MESSAGE + 1).map_err(|refusal| refusal.code), Err("invalid_restate_request".to_owned()));
    }
}
