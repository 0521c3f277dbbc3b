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

/// What was loaded, or why not, by name.
pub(super) type LoadedFixtures = Arc<BTreeMap<String, Result<Arc<Value>, String>>>;

/// Fixtures that were loaded, so that scenarios share them.
pub(super) struct FixtureCache<'f> {
    source: &'f dyn Fixtures,
    loaded: LoadedFixtures,
}

impl<'f> FixtureCache<'f> {
    pub(super) fn new(source: &'f dyn Fixtures) -> Self {
        Self { source, loaded: Arc::default() }
    }

    /// With what was loaded before.
    pub(super) fn before(source: &'f dyn Fixtures, loaded: &LoadedFixtures) -> Self {
        Self { source, loaded: Arc::clone(loaded) }
    }

    pub(super) fn get(&mut self, name: &str) -> Result<Arc<Value>, String> {
        if let Some(loaded) = self.loaded.get(name) {
            return loaded.clone();
        }
        let loaded = self.source.load(name).map(Arc::new);
        Arc::make_mut(&mut self.loaded).insert(name.to_owned(), loaded.clone());
        loaded
    }

    pub(super) fn into_loaded(self) -> LoadedFixtures {
        self.loaded
    }
}
