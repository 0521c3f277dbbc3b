//! What an operation is called with, besides its payload.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// What an operation knows of the run that calls it: the parts of the state that it declares to read, the
/// decisions so far, the context's metadata, and a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub(crate) step_id: String,
    pub(crate) state: Map<String, Value>,
    pub(crate) decisions: Map<String, Value>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) seed: u64,
}

impl Call {
    /// For unit tests: a call that may read all of this state, a JSON object.
    #[must_use]
    pub fn with_state(state: Value) -> CallBuilder {
        CallBuilder(Self {
            step_id: "step".to_owned(),
            state: Map::from_iter([(String::new(), state)]),
            decisions: Map::new(),
            metadata: Map::new(),
            seed: 0,
        })
    }

    /// The step's id.
    #[must_use]
    pub fn step_id(&self) -> &str {
        &self.step_id
    }

    /// The value at a JSON Pointer into the state, if there is one. Only what the operation declares to read is
    /// there.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        // The declared pointers are few; the longest that the pointer begins with has the value.
        self.state.iter().rev().find_map(|(declared, value)| {
            let rest = pointer.strip_prefix(declared.as_str())?;
            if rest.is_empty() || rest.starts_with('/') { value.pointer(rest) } else { None }
        })
    }

    /// The value at a JSON Pointer into the state as a type, or `None` where there is nothing.
    pub fn read<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>> {
        self.get(pointer).map(T::deserialize).transpose().map_err(|error| {
            Failure::new("unexpected_state", format!("the state at `{pointer}` is not what is expected: {error}"))
        })
    }

    /// What was decided at a human step: `None` when there was no such step so far, or nobody was asked.
    #[must_use]
    pub fn decision(&self, step_id: &str) -> Option<&Value> {
        let decision = self.decisions.get(step_id)?;
        let decided = decision.get("status").and_then(Value::as_str) != Some("marked");
        if decided { decision.get("value") } else { None }
    }

    /// All decisions so far: from step ids to `{"status", "value"}`.
    #[must_use]
    pub fn decisions(&self) -> &Map<String, Value> {
        &self.decisions
    }

    /// The context's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }

    /// Randomness that is the same every time: derived by hash from the call's input.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// Makes a [`Call`] for a unit test.
#[derive(Debug, Clone, PartialEq)]
pub struct CallBuilder(Call);

impl CallBuilder {
    /// Adds an answered human step.
    #[must_use]
    pub fn decision(mut self, step_id: &str, value: Value) -> Self {
        self.0.decisions.insert(step_id.to_owned(), serde_json::json!({"status": "answered", "value": value}));
        self
    }

    /// Adds a human step that was marked: nobody was asked.
    #[must_use]
    pub fn marked(mut self, step_id: &str) -> Self {
        self.0.decisions.insert(step_id.to_owned(), serde_json::json!({"status": "marked", "value": null}));
        self
    }

    /// Adds to the metadata.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: Value) -> Self {
        self.0.metadata.insert(key.to_owned(), value);
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// The call.
    #[must_use]
    pub fn build(self) -> Call {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_longest_declared_pointer_has_the_value() {
        let mut call = Call::with_state(json!({"a": {"b": 1}, "ab": 2})).build();
        assert_eq!(call.get("/a/b"), Some(&json!(1)));
        assert_eq!(call.get("/ab"), Some(&json!(2)));
        call.state = Map::from_iter([("/a".to_owned(), json!({"b": 1}))]);
        assert_eq!(call.get("/a/b"), Some(&json!(1)));
        assert_eq!(call.get("/ab"), None);
        assert_eq!(call.read::<String>("/a/b").unwrap_err().code, "unexpected_state");
    }

    #[test]
    fn a_marked_step_has_no_decision() {
        let call = Call::with_state(json!({})).decision("a", json!(true)).marked("b").build();
        assert_eq!((call.decision("a"), call.decision("b"), call.decision("c")), (Some(&json!(true)), None, None));
    }
}
