//! `sortie plugin update`.

use clap::Args;
use serde_json::{Value, json};
use sortie_oci::Client;
use sortie_runner::check::{Line, Mark, compare, not_compared};

use super::add::{lock_plugin, registrable};
use super::registry::{PulledPlugin, client, pull};
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::project::{self, Entry, Lock, LockEntry, Manifest, Place, PluginStore, Sources};
use crate::refusal::Refusal;
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugins, by their names in `sortie.toml` [default: all that come from a registry].
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Report what would change, without locking it.
    #[arg(long)]
    dry_run: bool,
    /// Lock a plugin even if its version is lower than its changes require, or the version that was locked is lost and cannot be
    /// compared.
    #[arg(long)]
    accept: bool,
}

/// What came of a plugin.
struct Update {
    name: String,
    before: Option<LockEntry>,
    after: LockEntry,
    changes: Vec<Line>,
    /// Whether what was locked could be had, to compare with.
    is_compared: bool,
    status: &'static str,
}

/// Looks what the tags of the project's plugins stand for now, tells what changed, and locks it.
pub(crate) fn update(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let root = project::root()?.ok_or(Refusal::NoProjectHere)?;
    let (manifest, mut lock) = (Manifest::read(&root)?, Lock::read(&root)?);
    let is_of_registry = |entry: &&Entry| matches!(entry.place, Place::Registry(_));
    for name in &arguments.names {
        if !manifest.entries.iter().filter(is_of_registry).any(|entry| entry.name == *name) {
            return Err(Refusal::NoSuchPlugin { plugin: name.clone() }.into());
        }
    }
    let (client, store) = (client()?, PluginStore::of_user()?);
    let mut exit = Exit::Done;
    let mut all = Vec::new();
    for entry in manifest.entries.iter().filter(is_of_registry) {
        if !arguments.names.is_empty() && !arguments.names.contains(&entry.name) {
            continue;
        }
        let before = lock.get(&entry.name).cloned();
        let (update, bytes) = looked_up(&client, entry, &manifest, before, (&store, arguments))?;
        if format == Format::Human {
            render::print(&text(&update))?;
        }
        match update.status {
            "updated" => {
                store.put(&bytes)?;
                lock_plugin(&root, &manifest, &mut lock, (&entry.name, update.after.clone()))?;
            }
            "refused" => exit = exit.worse(Exit::Failed),
            _ => {}
        }
        all.push(update);
    }
    if format == Format::Json {
        let plugins: Value = all.iter().map(to_json).collect();
        render::print_json(&json!({"plugins": plugins}))?;
    } else if all.is_empty() {
        render::print("The project has no plugin that comes from a registry.\n")?;
    }
    Ok(exit)
}

/// What a plugin's tag stands for now, against what was locked.
fn looked_up(
    client: &Client,
    entry: &Entry,
    manifest: &Manifest,
    before: Option<LockEntry>,
    (store, arguments): (&PluginStore, &Arguments),
) -> Result<(Update, Vec<u8>), CliError> {
    let Place::Registry(from) = &entry.place else {
        return Err(Refusal::NoSuchPlugin { plugin: entry.name.clone() }.into());
    };
    let PulledPlugin { plugin, bytes, reference } = pull(client, from, &manifest.sources)?;
    let (name, version) = (&plugin.manifest().name, &plugin.manifest().version);
    if *name != entry.name {
        return Err(Refusal::PluginOfAnotherName { plugin: entry.name.clone(), found: name.clone() }.into());
    }
    entry.accepts(version)?;
    registrable(bytes.clone(), &format!("`{}{from}`", sortie_oci::SCHEME))?;
    let after = LockEntry { version: version.clone(), sha256: plugin.digest(), oci: Some(reference) };
    let (changes, is_compared) = match &before {
        Some(before) if before.sha256 != after.sha256 => {
            let old = match (store.get(before.sha256), &before.oci) {
                (Some(old), _) => Ok(old),
                (None, Some(pinned)) => {
                    // It was locked, and is only looked at.
                    let sources = Sources { trusted: None, ..manifest.sources.clone() };
                    pull(client, pinned, &sources).map(|old| old.bytes).map_err(|error| error.message())
                }
                (None, None) => Err("this machine does not have it".to_owned()),
            };
            let name = format!("{} {}", entry.name, before.version);
            match old {
                Ok(old) => (compare(&bytes, (&name, &old)), true),
                Err(why) => (vec![not_compared(&name, &why)], false),
            }
        }
        Some(_) | None => (Vec::new(), true),
    };
    let is_refused = (!is_compared || changes.iter().any(|line| line.mark == Mark::Failed)) && !arguments.accept;
    let status = match &before {
        Some(before) if *before == after => "unchanged",
        _ if is_refused => "refused",
        _ if arguments.dry_run => "not locked",
        _ => "updated",
    };
    Ok((Update { name: entry.name.clone(), before, after, changes, is_compared, status }, bytes))
}

fn text(update: &Update) -> String {
    let Update { name, before, after, changes, is_compared, status } = update;
    let mut text = match before {
        Some(before) if before.version != after.version => {
            format!("{status} {name} {} from {}\n", after.version, before.version)
        }
        Some(_) | None => format!("{status} {name} {}\n", after.version),
    };
    text.extend(changes.iter().map(render::check::line_of));
    if *status == "refused" {
        let why =
            if *is_compared { "its version is less than its changes ask for" } else { "look at what it does first" };
        text.push_str(&format!("  {why}: to lock it all the same, give `--accept`\n"));
    }
    text
}

fn to_json(update: &Update) -> Value {
    let locked =
        |locked: &LockEntry| json!({"version": locked.version, "digest": locked.sha256, "reference": locked.oci});
    json!({
        "name": update.name,
        "status": update.status.replace(' ', "_"),
        "before": update.before.as_ref().map(locked),
        "after": locked(&update.after),
        "changes": update.changes.iter().map(Line::to_json).collect::<Vec<_>>(),
    })
}
