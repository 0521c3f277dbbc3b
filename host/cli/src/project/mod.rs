//! A project: `sortie.toml` says which plugins there are and what each may do, `sortie.lock` which bytes they are.

mod lock;
mod manifest;
mod plugins;
mod reader;
mod store;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sortie_host::{HostBuilder, HostError, Plugin, PluginPolicy};
use sortie_json::{ContentHash, Document, ParseLimits};
use sortie_oci::{Reference, SCHEME};
use sortie_runner::files::FileError;
use sortie_sandbox::read_regular;

use crate::error::CliError;
use crate::refusal::Refusal;

pub(crate) use lock::{Lock, LockEntry};
pub(crate) use manifest::{Entry, Manifest, Place, Sources};
pub(crate) use plugins::{Plugins, host, host_of, sandbox};
pub(crate) use store::PluginStore;

/// The file that says which plugins a project has.
pub(crate) const MANIFEST: &str = "sortie.toml";
/// The file that says which bytes they are.
pub(crate) const LOCK: &str = "sortie.lock";
/// The greatest size of either: 1 MiB.
pub(crate) const MAX_BYTES: u64 = 1 << 20;

/// The plugins of a project, each as it was locked.
#[derive(Debug, Default)]
pub(crate) struct Project {
    plugins: Vec<ProjectPlugin>,
}

#[derive(Debug)]
struct ProjectPlugin {
    name: String,
    origin: String,
    bytes: Vec<u8>,
    policy: PluginPolicy,
}

impl Project {
    /// The project that the current folder is in; one without plugins, if it is in none.
    pub(crate) fn here() -> Result<Self, CliError> {
        let Some(root) = root()? else { return Ok(Self::default()) };
        let manifest = Manifest::read(&root)?;
        let lock = Lock::read(&root)?;
        let plugins = manifest.entries.iter().map(|entry| verified(&root, entry, &lock));
        Ok(Self { plugins: plugins.collect::<Result<_, _>>()? })
    }

    /// How many plugins it has.
    pub(crate) fn len(&self) -> usize {
        self.plugins.len()
    }

    /// Registers the plugins, with what the project decides for each.
    pub(crate) fn add_to(&self, builder: HostBuilder) -> HostBuilder {
        self.plugins.iter().fold(builder, |builder, plugin| {
            builder.policy(&plugin.name, plugin.policy.clone()).plugin_named(
                &plugin.name,
                plugin.bytes.clone(),
                &plugin.origin,
            )
        })
    }
}

/// The nearest folder, from the current one upwards, that has a `sortie.toml`.
pub(crate) fn root() -> Result<Option<PathBuf>, CliError> {
    let here = env::current_dir().map_err(|error| FileError::reading(".", error))?;
    let Some(root) = here.ancestors().find(|folder| folder.join(MANIFEST).exists()) else { return Ok(None) };
    // Whoever goes into a folder means it; what lies above it may be anybody's.
    let of_another = [MANIFEST, LOCK].map(|file| root.join(file)).into_iter().find(|file| is_of_another_user(file));
    match of_another.filter(|_| root != here) {
        Some(file) => Err(Refusal::ProjectOfAnotherUser { file: shown(&file), folder: Refusal::shown(root) }.into()),
        None => Ok(Some(root.to_owned())),
    }
}

/// Whether a file, or a link in its place, is another user's. Who makes a link says what is used, be the file whose it is.
fn is_of_another_user(file: &Path) -> bool {
    let found = [fs::symlink_metadata(file), fs::metadata(file)];
    found.iter().flatten().any(sortie_sandbox::is_of_another_user)
}

/// How messages name a file of the project: from the current folder, where it is in or below that.
pub(crate) fn shown(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// The file of a plugin, if it is the one that was locked.
fn verified(root: &Path, entry: &Entry, lock: &Lock) -> Result<ProjectPlugin, CliError> {
    let path = match &entry.place {
        Place::File(path) => root.join(path),
        Place::Registry(reference) => return pulled(entry, reference, lock),
    };
    let name = shown(&path);
    let bytes =
        Plugin::read(&path).map_err(|error| CliError::from(HostError::PluginFile { path: name.clone(), error }))?;
    let Some(locked) = lock.get(&entry.name) else {
        return Err(Refusal::PluginNotLocked { plugin: entry.name.clone(), file: name }.into());
    };
    let digest = ContentHash::of_bytes(&bytes);
    for (file, expected) in [(LOCK, Some(locked.sha256)), (MANIFEST, entry.sha256)] {
        if let Some(expected) = expected.filter(|expected| *expected != digest) {
            return Err(Refusal::PluginChanged {
                plugin: entry.name.clone(),
                file: name,
                digest: digest.to_string(),
                by: file,
                expected: expected.to_string(),
            }
            .into());
        }
    }
    entry.accepts(&locked.version)?;
    Ok(ProjectPlugin { name: entry.name.clone(), origin: format!("`{name}`"), bytes, policy: entry.policy.clone() })
}

/// A plugin of a registry, as it was locked and kept. Nothing is asked of the registry.
fn pulled(entry: &Entry, reference: &Reference, lock: &Lock) -> Result<ProjectPlugin, CliError> {
    let name = format!("{SCHEME}{reference}");
    let locked = lock.get(&entry.name).filter(|locked| {
        let unpinned = |oci: &Reference| (oci.registry().to_owned(), oci.repository().to_owned());
        locked.oci.as_ref().map(unpinned) == Some(unpinned(reference))
    });
    let Some(locked) = locked else {
        return Err(Refusal::PluginNotLocked { plugin: entry.name.clone(), file: name }.into());
    };
    if let Some(expected) = entry.sha256.filter(|expected| *expected != locked.sha256) {
        return Err(Refusal::PluginChanged {
            plugin: entry.name.clone(),
            file: name,
            digest: locked.sha256.to_string(),
            by: MANIFEST,
            expected: expected.to_string(),
        }
        .into());
    }
    entry.accepts(&locked.version)?;
    let bytes = PluginStore::of_user()?.get(locked.sha256);
    let bytes =
        bytes.ok_or_else(|| Refusal::PluginNotPulled { plugin: entry.name.clone(), reference: name.clone() })?;
    Ok(ProjectPlugin { name: entry.name.clone(), origin: format!("`{name}`"), bytes, policy: entry.policy.clone() })
}

/// A file of the project, if it is there.
fn document(root: &Path, file: &str) -> Result<Option<Document>, CliError> {
    let path = root.join(file);
    let shown = shown(&path);
    match read_regular(&path, MAX_BYTES) {
        Ok(bytes) => {
            let source = sortie_json::Source::with_format(&shown, bytes, sortie_json::Format::Toml);
            Ok(Some(Document::read(source, ParseLimits::default())?))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::reading(&shown, error).into()),
    }
}
