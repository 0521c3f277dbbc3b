//! The plugins that a run began with, and those that are here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sortie_engine::{Binding, PluginPolicy, PluginRef};
use sortie_journal::{Journal, JournalError};
use sortie_json::ContentHash;

use super::{ChangedPlugin, RunError, RunId};
use crate::error::HostError;
use crate::host::Host;
use crate::registry::{RegisteredPlugin, Registry, RegistryError};

/// The plugins that a run's result can depend on: those that its steps call; all that there are, if one of these runs
/// missions itself.
pub(super) fn needed(registry: &Registry, bindings: &[Binding]) -> Vec<PluginRef> {
    let called: BTreeSet<&str> = bindings.iter().map(|binding| binding.plugin.name.as_str()).collect();
    let is_called = |name: &str| called.contains(name);
    let all = registry.plugins().any(|plugin| is_called(plugin.name()) && plugin.plugin().orchestrates());
    let plugins = registry.plugins().filter(|plugin| all || is_called(plugin.name()));
    plugins.map(|plugin| plugin.plugin().reference()).collect()
}

/// Puts the plugins that are registered here, but those that come with the host, beside the runs of a journal that keeps them.
pub(super) fn offer(registry: &Registry, journal: &dyn Journal) -> Result<(), JournalError> {
    let Some(shelf) = journal.plugins() else { return Ok(()) };
    let guests = registry.plugins().filter(|plugin| plugin.is_guest());
    guests.map(RegisteredPlugin::plugin).try_for_each(|plugin| {
        if shelf.has(&plugin.digest())? {
            return Ok(());
        }
        shelf.put(&plugin.manifest().name, plugin.bytes()).map(drop)
    })
}

/// Registers a plugin that is kept beside the runs of a journal; gives whether it is.
pub(super) fn fetch(host: &Host, journal: &dyn Journal, name: &str, digest: &str) -> Result<bool, RunError> {
    let (Some(shelf), Ok(digest)) = (journal.plugins(), digest.parse::<ContentHash>()) else { return Ok(false) };
    let Some(file) = shelf.get(&digest)? else { return Ok(false) };
    match host.register_named(name, file, format!("the journal's plugin {digest}")) {
        // Another thread was faster.
        Err(HostError::Registry(RegistryError::Clash { .. })) | Ok(()) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The registry with the plugins that a run needs and no other, so that every name means what it meant when the run
/// began, with what was decided for them then; and those of them that have changed.
pub(super) fn found(
    run: &RunId,
    registry: &Registry,
    needed: &[PluginRef],
    policies: &BTreeMap<String, PluginPolicy>,
) -> Result<(Arc<Registry>, Vec<ChangedPlugin>), RunError> {
    let only = registry.only(needed.iter().map(|plugin| plugin.name.as_str()));
    let only = only.with_policies(policies.clone());
    let mut changed = Vec::new();
    for recorded in needed {
        let here = only.plugin(&recorded.name).map_err(|_| RunError::MissingPlugin {
            run: run.clone(),
            name: recorded.name.clone(),
            digest: recorded.digest.to_string(),
        })?;
        let present = here.plugin().digest();
        if present != recorded.digest {
            changed.push(ChangedPlugin { name: recorded.name.clone(), recorded: recorded.digest, present });
        }
    }
    Ok((Arc::new(only), changed))
}
