//! `sortie plugin pull`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use sortie_runner::files;

use super::registry::{PulledPlugin, client, pull as pulled, reference};
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::project::{self, Lock, Manifest, Place, PluginStore, Sources};
use crate::refusal::Refusal;
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The reference to pull, such as `ghcr.io/team/demo:1.2`, optionally with `@sha256:…` [default: all locked plugins
    /// that are not here].
    #[arg(value_name = "REFERENCE")]
    reference: Option<String>,
    /// Write the plugin to this file [default: `NAME.wasm` in the current folder].
    #[arg(long, short, value_name = "FILE", requires = "reference")]
    output: Option<PathBuf>,
}

/// Pulls a plugin, or those of the project.
pub(crate) fn pull(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    match &arguments.reference {
        Some(text) => one(text, arguments.output.as_deref(), format),
        None => all(format),
    }
}

fn one(text: &str, output: Option<&std::path::Path>, format: Format) -> Result<Exit, CliError> {
    let from = reference(text)?;
    let sources = match project::root()? {
        Some(root) => Manifest::read(&root)?.sources,
        None => Sources::default(),
    };
    let PulledPlugin { plugin, bytes, reference } = pulled(&client()?, &from, &sources)?;
    let manifest = plugin.manifest();
    let file = output.map_or_else(|| PathBuf::from(format!("{}.wasm", manifest.name)), PathBuf::from);
    files::write(&file, &bytes)?;
    match format {
        Format::Json => render::print_json(&json!({
            "file": file, "reference": reference, "name": manifest.name, "version": manifest.version,
            "digest": plugin.digest(),
        }))?,
        Format::Human => {
            let (name, version, file) = (&manifest.name, &manifest.version, file.display());
            render::print(&format!(
                "pulled {name} {version}\nfile       {file}\ndigest     {}\nreference  {reference}\n",
                plugin.digest()
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn all(format: Format) -> Result<Exit, CliError> {
    let root = project::root()?.ok_or(Refusal::NoProjectHere)?;
    let (manifest, lock, store) = (Manifest::read(&root)?, Lock::read(&root)?, PluginStore::of_user()?);
    let client = client()?;
    let mut told = Vec::new();
    for entry in &manifest.entries {
        let Place::Registry(from) = &entry.place else { continue };
        let locked = lock.get(&entry.name);
        let Some((locked, pinned)) = locked.and_then(|locked| Some((locked, locked.oci.as_ref()?))) else {
            let file = format!("{}{from}", sortie_oci::SCHEME);
            return Err(Refusal::PluginNotLocked { plugin: entry.name.clone(), file }.into());
        };
        let is_here = store.get(locked.sha256).is_some();
        if !is_here {
            let PulledPlugin { plugin, bytes, .. } = pulled(&client, pinned, &manifest.sources)?;
            if plugin.digest() != locked.sha256 {
                return Err(Refusal::PluginChanged {
                    plugin: entry.name.clone(),
                    file: pinned.to_string(),
                    digest: plugin.digest().to_string(),
                    by: project::LOCK,
                    expected: locked.sha256.to_string(),
                }
                .into());
            }
            store.put(&bytes)?;
        }
        told.push((entry.name.clone(), pinned.to_string(), is_here));
    }
    let status = |is_here: bool| if is_here { "here" } else { "pulled" };
    match format {
        Format::Json => {
            let plugins: Value = told
                .iter()
                .map(|(name, reference, is_here)| json!({"name": name, "reference": reference, "status": status(*is_here)}))
                .collect();
            render::print_json(&json!({"plugins": plugins}))?;
        }
        Format::Human if told.is_empty() => render::print("The project has no plugin that comes from a registry.\n")?,
        Format::Human => {
            let lines = told.iter().map(|(name, from, is_here)| format!("{:<7} {name}  {from}\n", status(*is_here)));
            render::print(&lines.collect::<String>())?;
        }
    }
    Ok(Exit::Done)
}
