//! The names of a plugin's functions, beside it and in the cache: with them a trap tells where it was.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sortie_json::{ContentHash, canonical};
use sortie_sandbox::{CacheDir, keep_newest, write_whole};

use sortie_runner::files;

use crate::error::CliError;

/// The names of all plugins that were built here: 256 MiB. Those that were built longest ago give way.
const MOST_KEPT_BYTES: u64 = 256 << 20;

/// Writes the names as `NAME.symbols.json` beside the plugin and, for who has the plugin alone, into the cache. Where
/// no function has a name, there is nothing to write.
pub(super) fn write(plugin: &Path, digest: ContentHash, functions: &[String]) -> Result<Option<PathBuf>, CliError> {
    if functions.is_empty() {
        return Ok(None);
    }
    let symbols = json!({"schema_version": "plugin_symbols@1", "digest": digest, "functions": functions});
    let text = canonical(&symbols);
    let beside = plugin.with_extension("symbols.json");
    files::write(&beside, &text)?;
    if let Some(cache) = CacheDir::from_environment() {
        let kept = cache.symbols(digest);
        // The cache is a comfort: a disk that is full or read-only costs it, nothing else.
        if let Some(folder) = kept.parent() {
            let _ = fs::create_dir_all(folder).and_then(|()| write_whole(&kept, &text));
            keep_newest(folder, MOST_KEPT_BYTES, |_| true);
        }
    }
    Ok(Some(beside))
}
