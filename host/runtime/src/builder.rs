//! Making a host.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sortie_engine::{Limits, PluginPolicy};
use sortie_interface::{Manifest, Region};
use sortie_sandbox::{CacheDir, CompileObserver, Compiler, Sandbox, SandboxConfig};

use crate::error::HostError;
use crate::host::{Host, Trust};
use crate::humans::HumanPolicy;

/// Collects what a [`Host`] is made of; [`build`](Self::build) loads and checks it.
///
/// ```
/// use sortie_host::{Host, HumanPolicy, Limits};
///
/// let host = Host::builder()
///     .first_party()
///     .limits(Limits { fuel_per_mission: 1_000_000_000, ..Limits::default() })
///     .human_steps(HumanPolicy::Mark)
///     .build()?;
/// assert_eq!(host.registry().mission("daily_loop")?.0.name(), "daily-loop");
/// assert!(Host::builder().plugin_file("no-such-file.wasm").build().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct HostBuilder {
    sources: Vec<Source>,
    limits: Limits,
    policies: BTreeMap<String, PluginPolicy>,
    sandbox: SandboxConfig,
    humans: HumanPolicy,
    trust: Trust,
}

#[derive(Debug)]
enum Source {
    #[cfg(feature = "first-party")]
    FirstParty,
    File(PathBuf),
    Bytes(Vec<u8>, String),
    Named(String, Vec<u8>, String),
}

impl Host {
    /// Begins to make a host.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }
}

impl HostBuilder {
    /// Registers `core`, `daily_loop`, `run_tests` and the other plugins that come with the host.
    #[cfg(feature = "first-party")]
    #[must_use]
    pub fn first_party(mut self) -> Self {
        self.sources.push(Source::FirstParty);
        self
    }

    /// Registers a plugin's file, or every `.wasm` file of a folder, in the order of their names.
    #[must_use]
    pub fn plugin_file(mut self, path: impl AsRef<Path>) -> Self {
        self.sources.push(Source::File(path.as_ref().to_owned()));
        self
    }

    /// Registers a plugin from its bytes; `origin` is how messages name it.
    #[must_use]
    pub fn plugin_bytes(mut self, bytes: Vec<u8>, origin: impl Into<String>) -> Self {
        self.sources.push(Source::Bytes(bytes, origin.into()));
        self
    }

    /// Registers a plugin from its bytes, if it has that name; `origin` is how messages name it.
    #[must_use]
    pub fn plugin_named(mut self, name: impl Into<String>, bytes: Vec<u8>, origin: impl Into<String>) -> Self {
        self.sources.push(Source::Named(name.into(), bytes, origin.into()));
        self
    }

    /// Sets the limits of every run.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Decides limits and access for the plugin of a name; see [`Host::set_policy`].
    #[must_use]
    pub fn policy(mut self, plugin: impl Into<String>, policy: PluginPolicy) -> Self {
        self.policies.insert(plugin.into(), policy);
        self
    }

    /// Sets how plugins are executed.
    #[must_use]
    pub fn sandbox(mut self, sandbox: SandboxConfig) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Where plugins are compiled, whatever the sandbox says.
    #[must_use]
    pub fn compiler(mut self, compiler: Compiler) -> Self {
        self.sandbox.compiler = compiler;
        self
    }

    /// Sets who answers human steps in [`Host::run_mission`] and [`Host::exec`].
    #[must_use]
    pub fn human_steps(mut self, humans: HumanPolicy) -> Self {
        self.humans = humans;
        self
    }

    /// Keeps compiled code in a folder: the next process takes it from there. Nothing is kept on disk otherwise.
    ///
    /// ```
    /// use sortie_host::{CacheDir, Host};
    ///
    /// # let folder = std::env::temp_dir().join("sortie-builder-example");
    /// let host = Host::builder().first_party().cache(CacheDir::at(folder)).build()?;
    /// # Ok::<(), sortie_host::HostError>(())
    /// ```
    #[must_use]
    pub fn cache(mut self, cache: impl Into<Option<CacheDir>>) -> Self {
        self.sandbox.cache = cache.into();
        self
    }

    /// Has calls tell which of a plugin's functions used their fuel: [`FinishedRun::profiles`](crate::FinishedRun::profiles). Plugins are compiled for it,
    /// whatever is in the cache; results stay what they are.
    #[must_use]
    pub fn profile(mut self) -> Self {
        self.sandbox.profile = true;
        self
    }

    /// Has somebody told when a plugin's code is compiled: the first call of a large one takes a while.
    #[must_use]
    pub fn observe_compilation(mut self, observer: CompileObserver) -> Self {
        self.sandbox.observer = Some(observer);
        self
    }

    /// Refuses plugins that run missions themselves, but for those that come with the host; and workflows of other plugins
    /// that have these run missions for them.
    #[must_use]
    pub fn refuse_orchestrating(mut self) -> Self {
        self.trust.refuses_orchestrating = true;
        self
    }

    /// Takes whatever limits a journal's runs have, up to [`Limits::GREATEST`]. Otherwise they may have no more than
    /// [`Limits::GREATEST_OF_A_FILE`] or this host's own.
    #[must_use]
    pub fn allow_limits_of_files(mut self) -> Self {
        self.trust.allows_limits = true;
        self
    }

    /// Makes the host: loads and checks every plugin.
    ///
    /// # Errors
    ///
    /// It is an error if a plugin cannot be read or is rejected, if a policy makes no sense, or if the engine cannot
    /// start.
    pub fn build(mut self) -> Result<Host, HostError> {
        self.limits.within(&Limits::GREATEST)?;
        for policy in self.policies.values() {
            policy.limits(&self.limits).within(&Limits::GREATEST)?;
        }
        // The pool's slots have to hold what the limits allow.
        let of_policies = self.policies.values().filter_map(|policy| policy.memory_bytes);
        self.sandbox.memory_bytes = of_policies.fold(self.limits.memory_bytes, u64::max);
        let host = Host::new(Sandbox::new(self.sandbox)?, self.limits, self.humans, self.trust);
        for (plugin, policy) in &self.policies {
            host.set_policy(plugin, policy.clone())?;
        }
        for source in self.sources {
            match source {
                #[cfg(feature = "first-party")]
                Source::FirstParty => host.register_first_party()?,
                Source::File(path) => host.register_path(&path)?,
                Source::Bytes(bytes, origin) => host.register(bytes, origin)?,
                Source::Named(name, bytes, origin) => host.register_named(&name, bytes, origin)?,
            }
        }
        let registry = host.registry();
        for (name, policy) in &self.policies {
            // A policy may come before its plugin.
            if let Ok(plugin) = registry.plugin(name) {
                effective(plugin.plugin().manifest(), policy)?;
            }
        }
        Ok(host)
    }
}

/// Refuses what a policy says of parts of the state that no operation of the plugin declares: it would do nothing. Where
/// the plugin builds missions, the policy holds for the operations of others too, so all is taken.
fn effective(manifest: &Manifest, policy: &PluginPolicy) -> Result<(), HostError> {
    if !manifest.missions.is_empty() {
        return Ok(());
    }
    let operations = &manifest.operations;
    let kinds = [("reads", &policy.reads), ("writes", &policy.writes)];
    for (kind, allowed) in kinds {
        let declared: Vec<&Region> = match kind {
            "reads" => operations.iter().flat_map(|operation| &operation.reads).collect(),
            _ => operations.iter().flat_map(|operation| &operation.writes).collect(),
        };
        for pointer in allowed.iter().flatten() {
            let meets = |region: &&Region| match region {
                // The payload says where.
                Region::Payload(_) => true,
                Region::State(region) => region.starts_with(pointer) || pointer.starts_with(region),
            };
            if !declared.iter().any(meets) {
                let (plugin, pointer) = (manifest.name.clone(), pointer.to_string());
                return Err(HostError::PolicyOfNothing { plugin, kind, pointer });
            }
        }
    }
    Ok(())
}
