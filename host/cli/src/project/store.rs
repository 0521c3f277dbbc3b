//! Plugins that were pulled, kept by what they are.

use std::fs;
use std::path::PathBuf;

use sortie_json::ContentHash;
use sortie_runner::files::{self, FileError};
use sortie_sandbox::{CacheDir, read_regular, write_whole};

use crate::error::CliError;
use crate::refusal::Refusal;

/// A folder of plugins' files, each under its SHA-256. What is in it is held to that whenever it is read.
pub(crate) struct PluginStore(PathBuf);

impl PluginStore {
    /// The folder `plugins` of the user's cache.
    pub(crate) fn of_user() -> Result<Self, CliError> {
        let cache = CacheDir::from_environment().ok_or(Refusal::NoPluginStore)?;
        Ok(Self(cache.path().join("plugins")))
    }

    /// The file with this digest, if it is here.
    pub(crate) fn get(&self, digest: ContentHash) -> Option<Vec<u8>> {
        let bytes = read_regular(&self.file(digest), files::MAX_BYTES).ok()?;
        (ContentHash::of_bytes(&bytes) == digest).then_some(bytes)
    }

    /// Keeps a file.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<(), CliError> {
        let file = self.file(ContentHash::of_bytes(bytes));
        fs::create_dir_all(&self.0)
            .and_then(|()| write_whole(&file, bytes))
            .map_err(|error| FileError::writing(&file, error).into())
    }

    fn file(&self, digest: ContentHash) -> PathBuf {
        self.0.join(format!("{digest}.wasm"))
    }
}
