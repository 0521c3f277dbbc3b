//! `sortie plugin add`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use clap::Args;
use serde_json::json;
use sortie_host::{HostError, Plugin};
use sortie_json::{ContentHash, Diagnostic, Report};
use sortie_oci::{Reference, SCHEME};
use sortie_runner::files::{self, FileError};
use sortie_sandbox::{Sandbox, read_regular};
use toml_edit::{DocumentMut, Item, Table, value};

use super::registry;
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::project::{self, LOCK, Lock, LockEntry, MANIFEST, Manifest, Place, PluginStore};
use crate::refusal::Refusal;
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's file, or `oci://REGISTRY/REPOSITORY:TAG`, optionally with `@sha256:…`.
    #[arg(value_name = "FILE|oci://REFERENCE")]
    pub(crate) file: PathBuf,
}

/// A plugin that is to be added.
struct Candidate {
    plugin: Plugin,
    place: Place,
    /// Where it came from, if that is a registry.
    oci: Option<Reference>,
}

/// Checks a plugin, and writes it into `sortie.toml` and `sortie.lock`: those of the project that the current folder
/// is in, or new ones here.
pub(crate) fn add(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let root = match project::root()? {
        Some(root) => root,
        None => env::current_dir().map_err(|error| FileError::reading(".", error))?,
    };
    let manifest = Manifest::read(&root)?;
    let of_registry = arguments.file.to_str().filter(|text| text.starts_with(SCHEME));
    let Candidate { plugin, place, oci } = match of_registry {
        Some(text) => of_a_registry(text, &manifest)?,
        None => of_a_file(&arguments.file, &root)?,
    };
    let (name, version) = (&plugin.manifest().name, &plugin.manifest().version);
    let mut lock = Lock::read(&root)?;
    if let Some(entry) = manifest.get(name) {
        entry.accepts(version)?;
    }
    let before = lock.get(name).cloned();
    let locked = LockEntry { version: version.clone(), sha256: plugin.digest(), oci };
    let text = with_plugin(&root, name, &place, locked.sha256)?;
    // The lock first: an entry of it that the project does not have does no harm.
    lock_plugin(&root, &manifest, &mut lock, (name, locked.clone()))?;
    files::write(&root.join(MANIFEST), text.as_bytes())?;
    let status = match &before {
        None => "added",
        Some(before) if *before == locked => "unchanged",
        Some(_) => "changed",
    };
    match format {
        Format::Json => {
            let mut told = json!({
                "name": name,
                "version": version,
                "digest": locked.sha256,
                "status": status,
                "before": before.map(|before| json!({"version": before.version, "digest": before.sha256})),
            });
            if let (Some(oci), Some(members)) = (&locked.oci, told.as_object_mut()) {
                members.insert("reference".to_owned(), json!(oci));
            }
            render::print_json(&told)?;
        }
        Format::Human => {
            let before = before.filter(|before| *before != locked);
            let before = before.map(|before| format!("before  {} {}\n", before.version, before.sha256));
            let oci = locked.oci.as_ref().map(|oci| format!("from    {oci}\n"));
            render::print(&format!(
                "{status} {name} {version}\ndigest  {}\n{}{}",
                locked.sha256,
                oci.unwrap_or_default(),
                before.unwrap_or_default()
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn of_a_file(file: &Path, root: &Path) -> Result<Candidate, CliError> {
    let shown = file.display().to_string();
    let bytes =
        Plugin::read(file).map_err(|error| CliError::from(HostError::PluginFile { path: shown.clone(), error }))?;
    let sandbox = Sandbox::new(project::sandbox()).map_err(HostError::from)?;
    let origin = format!("`{shown}`");
    let plugin = Plugin::load(&sandbox, bytes.clone())
        .map_err(|rejection| HostError::Plugin { origin: origin.clone(), rejection })?;
    registrable(bytes, &origin)?;
    Ok(Candidate { plugin, place: Place::File(relative(root, file)?.into()), oci: None })
}

/// A plugin of a registry, which is kept: what runs asks no registry.
fn of_a_registry(text: &str, manifest: &Manifest) -> Result<Candidate, CliError> {
    let reference = registry::reference(text)?;
    let store = PluginStore::of_user()?;
    let pulled = registry::pull(&registry::client()?, &reference, &manifest.sources)?;
    registrable(pulled.bytes.clone(), &format!("`{SCHEME}{reference}`"))?;
    store.put(&pulled.bytes)?;
    Ok(Candidate { plugin: pulled.plugin, place: Place::Registry(reference), oci: Some(pulled.reference) })
}

/// What could not be registered beside the others would make every later command fail.
pub(super) fn registrable(bytes: Vec<u8>, origin: &str) -> Result<(), CliError> {
    sortie_host::Host::builder().first_party().plugin_bytes(bytes, origin).build()?;
    Ok(())
}

/// Writes a plugin into `sortie.lock`.
pub(super) fn lock_plugin(
    root: &Path,
    manifest: &Manifest,
    lock: &mut Lock,
    (name, locked): (&str, LockEntry),
) -> Result<(), CliError> {
    lock.retain(|locked| manifest.get(locked).is_some());
    lock.insert(name, locked);
    Ok(files::write(&root.join(LOCK), lock.to_toml().as_bytes())?)
}

/// The text of `sortie.toml` with a plugin: all else in it stays as it is.
fn with_plugin(root: &Path, name: &str, place: &Place, digest: ContentHash) -> Result<String, CliError> {
    let file = root.join(MANIFEST);
    let text = if file.exists() {
        let bytes = read_regular(&file, project::MAX_BYTES);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into()));
        text.map_err(|error| FileError::reading(&project::shown(&file), error))?
    } else {
        String::new()
    };
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let diagnostic = Diagnostic::error("invalid_document", error.message().to_owned());
        CliError::from(Report::without_text(&project::shown(&file), vec![diagnostic]))
    })?;
    let plugins = document.entry("plugins").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let entry = plugins.as_table_like_mut().map(|plugins| plugins.entry(name).or_insert(Item::Table(Table::new())));
    if let Some(entry) = entry.and_then(Item::as_table_like_mut) {
        let (member, other, text) = match place {
            Place::File(path) => ("path", "oci", path.to_string_lossy().into_owned()),
            Place::Registry(reference) => ("oci", "path", reference.to_string()),
        };
        entry.insert(member, value(text));
        entry.remove(other);
        if entry.contains_key("sha256") {
            entry.insert("sha256", value(digest.to_string()));
        }
    }
    Ok(document.to_string())
}

/// The file as `sortie.toml` names it: from the project's folder where it lies within, else from the root.
fn relative(root: &Path, file: &Path) -> Result<String, CliError> {
    let canonical =
        |path: &Path| fs::canonicalize(path).map_err(|error| FileError::reading(&path.display().to_string(), error));
    let (root, file) = (canonical(root)?, canonical(file)?);
    let names = |path: &Path| path.to_str().map(|text| text.replace(std::path::MAIN_SEPARATOR, "/"));
    names(file.strip_prefix(&root).unwrap_or(&file))
        .ok_or_else(|| Refusal::PathNotUtf8 { path: Refusal::shown(&file) }.into())
}
