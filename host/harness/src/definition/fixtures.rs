//! Files that a suite refers to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

/// Where fixtures (`state_from`, `params_from`) come from. Each name is asked for once.
pub trait Fixtures {
    /// The fixture of that name; or why it cannot be had, in words that complete "the fixture is not available: …".
    fn load(&self, name: &str) -> Result<Value, String>;
}

/// No fixtures at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFixtures;

impl Fixtures for NoFixtures {
    fn load(&self, _name: &str) -> Result<Value, String> {
        Err("there are no fixtures here".to_owned())
    }
}

impl Fixtures for BTreeMap<String, Value> {
    fn load(&self, name: &str) -> Result<Value, String> {
        self.get(name).cloned().ok_or_else(|| "there is none of that name".to_owned())
    }
}

/// Fixtures that were loaded, so that scenarios share them.
pub(super) struct Loaded<'f> {
    source: &'f dyn Fixtures,
    loaded: BTreeMap<String, Result<Arc<Value>, String>>,
}

impl<'f> Loaded<'f> {
    pub(super) fn new(source: &'f dyn Fixtures) -> Self {
        Self { source, loaded: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, name: &str) -> Result<Arc<Value>, String> {
        self.loaded.entry(name.to_owned()).or_insert_with(|| self.source.load(name).map(Arc::new)).clone()
    }
}
