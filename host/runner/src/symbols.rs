//! The names of a plugin's functions, from the file that `sortie plugin build` writes beside the plugin and into the
//! cache: the plugin itself carries none.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sortie_host::json::ContentHash;
use sortie_host::{CacheDir, Frame, RegisteredPlugin};
use sortie_sandbox::read_regular;

const SCHEMA_VERSION: &str = "plugin_symbols@1";

/// How much of such a file is read: 16 MiB, 300 bytes for each function that a plugin may have.
const MAX_BYTES: u64 = 16 << 20;

/// The names of the functions of a plugin's main core module.
///
/// ```
/// use sortie_host::Host;
/// use sortie_runner::{Symbols, file_of};
///
/// let registry = Host::builder().first_party().build()?.registry();
/// let echo = registry.plugin("echo")?;
/// let symbols = Symbols::of(echo);
/// # let _ = symbols;
/// assert!(file_of(echo).is_none(), "it comes with the host");
/// # Ok::<(), sortie_host::HostError>(())
/// ```
#[derive(Debug, Default)]
pub struct Symbols(Vec<String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SymbolsFile {
    schema_version: String,
    digest: String,
    functions: Vec<String>,
}

impl Symbols {
    /// The names for a plugin: those that the build kept of one that comes with the host, or those that stand beside its file, else those of the cache, else none.
    #[must_use]
    pub fn of(plugin: &RegisteredPlugin) -> Self {
        let digest = plugin.plugin().digest();
        if let Some(own) = plugin.plugin().function_names() {
            return Self(own.map(str::to_owned).collect());
        }
        let beside = file_of(plugin).map(|file| file.with_extension("symbols.json"));
        let cached = CacheDir::from_environment().map(|cache| cache.symbols(digest));
        let mut found = beside.into_iter().chain(cached).filter_map(|path| read(&path, digest));
        Self(found.next().unwrap_or_default())
    }

    /// A frame's function.
    #[must_use]
    pub fn name<'s>(&'s self, frame: &'s Frame) -> Option<&'s str> {
        let known = if frame.main { self.0.get(usize::try_from(frame.function).ok()?) } else { None };
        known.filter(|name| !name.is_empty()).or(frame.name.as_ref()).map(String::as_str)
    }
}

/// The file that a plugin came from, if it came from one: the host puts a file's name into quotes.
#[must_use]
pub fn file_of(plugin: &RegisteredPlugin) -> Option<PathBuf> {
    plugin.origin().strip_prefix('`')?.strip_suffix('`').map(PathBuf::from)
}

/// The names in a file; none, where it is not there, of another plugin, or broken: they are an addition, and no more.
fn read(path: &Path, digest: ContentHash) -> Option<Vec<String>> {
    let file: SymbolsFile = serde_json::from_slice(&read_regular(path, MAX_BYTES).ok()?).ok()?;
    (file.schema_version == SCHEMA_VERSION && file.digest == digest.to_string()).then_some(file.functions)
}
