//! `defaults:`.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::model::StateFlow;

/// What scenarios and missions have that say nothing else.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Defaults {
    pub(super) initial_state: Option<Arc<Value>>,
    pub(super) state: Option<StateFlow>,
    pub(super) tags: BTreeSet<String>,
    pub(super) params: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
    pub(super) answers: Map<String, Value>,
    pub(super) limits: Map<String, Value>,
    /// How many bytes of these a mission has a copy of.
    pub(super) bytes: usize,
}

/// The defaults with a node's own members over them.
pub(super) fn merged(defaults: &Map<String, Value>, own: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut members = defaults.clone();
    members.extend(own.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    members
}
