//! Plugins beside the runs that need them, by the hashes of their files.

use sortie_json::ContentHash;

use crate::JournalError;

/// Keeps the files of plugins, so that a worker needs none of its own. What is asked for by its hash is checked against it: who
/// keeps the files is not trusted.
pub trait PluginShelf: Send + Sync {
    /// Keeps a plugin's file, if it is not there. The name is for people.
    fn put(&self, name: &str, file: &[u8]) -> Result<ContentHash, JournalError>;

    /// The plugin's file of that hash.
    fn get(&self, digest: &ContentHash) -> Result<Option<Vec<u8>>, JournalError>;

    /// Whether a plugin is there.
    fn has(&self, digest: &ContentHash) -> Result<bool, JournalError>;
}
