//! How a plugin is judged.

use std::num::NonZeroU32;
use std::path::PathBuf;

use sortie_host::CacheDir;

/// How a plugin is judged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckOptions {
    /// How often each example is tried on each engine.
    pub runs: NonZeroU32,
    /// Whether the file's size and the fuel of each example are written to the budget, if nothing else is wrong.
    pub write_budget: bool,
    /// The budget. Without it: `fuel.lock` beside the plugin's file.
    pub budget: Option<PathBuf>,
    /// How many percent more than the budget is no failure.
    pub tolerance: f64,
    /// An earlier version's file, to tell what changed since.
    pub against: Option<PathBuf>,
    /// Other plugins, whose operations the judged one may name.
    pub plugins: Vec<PathBuf>,
    /// Where to save the first call that fails.
    pub save_failure: Option<PathBuf>,
    /// Where compiled code is kept; nowhere, if there is none.
    pub cache: Option<CacheDir>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            runs: NonZeroU32::MIN.saturating_add(2),
            write_budget: false,
            budget: None,
            tolerance: 5.0,
            against: None,
            plugins: Vec::new(),
            save_failure: None,
            cache: None,
        }
    }
}
