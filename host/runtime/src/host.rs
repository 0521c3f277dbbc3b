//! The host.

use std::fs::DirEntry;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use sortie_engine::{Call, ExecutionContext, Limits, OrchestrationResult, PluginPolicy, WorkflowDefinition};
use sortie_json::Json;
use sortie_sandbox::{FolderWalk, Plugin, Sandbox};

use crate::draft::Draft;
use crate::error::HostError;
use crate::humans::HumanPolicy;
use crate::nested::nesting;
use crate::registry::{RegisteredPlugin, Registry, RegistryError};
use crate::saved_call::SavedCall;
use crate::session::Session;

/// A registry of plugins, and the engine that runs their missions. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Host {
    sandbox: Sandbox,
    registry: Arc<RwLock<Arc<Registry>>>,
    limits: Limits,
    humans: HumanPolicy,
    trust: Trust,
}

/// What a host takes from others.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trust {
    /// Plugins that run missions themselves are refused, but for those that come with the host.
    pub(crate) refuses_orchestrating: bool,
    /// Files may ask for whatever limits there can be.
    pub(crate) allows_limits: bool,
}

impl Host {
    pub(crate) fn new(sandbox: Sandbox, limits: Limits, humans: HumanPolicy, trust: Trust) -> Self {
        let registry = Arc::new(RwLock::new(Arc::new(Registry::new(trust.refuses_orchestrating))));
        Self { sandbox, registry, limits, humans, trust }
    }

    /// Builds a mission from its params and runs it to its end. Human steps are answered as the host was told.
    ///
    /// # Errors
    ///
    /// It is an error if the mission, its params, its workflow or the context is rejected, if its builder fails, if a
    /// person is needed and no answer is at hand, or if the host fails. A mission that fails is a result.
    pub fn run_mission(
        &self,
        mission: &str,
        context: &ExecutionContext,
        params: &Value,
    ) -> Result<OrchestrationResult, HostError> {
        self.start_mission(mission, context, params)?.finish(&self.humans).map(|completed| completed.result)
    }

    /// Runs a workflow to its end. Human steps are answered as the host was told.
    ///
    /// # Errors
    ///
    /// It is an error if the workflow or the context is rejected, if a person is needed and no answer is at hand, or if
    /// the host fails. A workflow that fails is a result.
    pub fn exec(
        &self,
        workflow: WorkflowDefinition,
        context: &ExecutionContext,
    ) -> Result<OrchestrationResult, HostError> {
        self.start(workflow, context)?.finish(&self.humans).map(|completed| completed.result)
    }

    /// Builds a mission's workflow and runs nothing of it.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such mission, if its params are rejected, if its builder fails, or if the host
    /// fails.
    pub fn build_mission(&self, mission: &str, params: &Value) -> Result<Draft, HostError> {
        let params = Json::copy_of(params).map_err(|faults| HostError::params_not_i_json(&faults))?;
        self.build_mission_of(mission, params)
    }

    /// Builds a mission's workflow and runs nothing of it. Its params come from a reader: nothing checks again that they
    /// are I-JSON.
    ///
    /// # Errors
    ///
    /// It is an error as for [`build_mission`](Self::build_mission).
    pub fn build_mission_of(&self, mission: &str, params: Json) -> Result<Draft, HostError> {
        let registry = self.registry();
        let nesting = nesting(&registry, self.limits, 0, None);
        Draft::build(registry, self.limits, (mission, params), nesting, None)
    }

    /// A workflow that nothing was run of: what [`build_mission`](Self::build_mission) makes of a mission.
    #[must_use]
    pub fn draft(&self, workflow: WorkflowDefinition) -> Draft {
        let registry = self.registry();
        let nesting = nesting(&registry, self.limits, 0, None);
        Draft::of_workflow(registry, self.limits, workflow, nesting)
    }

    /// Builds a mission and begins to run it: the caller answers its human steps.
    ///
    /// # Errors
    ///
    /// It is an error as for [`build_mission`](Self::build_mission), or if the workflow or the context is rejected.
    pub fn start_mission(
        &self,
        mission: &str,
        context: &ExecutionContext,
        params: &Value,
    ) -> Result<Session, HostError> {
        self.build_mission(mission, params)?.start(context)
    }

    /// Begins to run a workflow: the caller answers its human steps.
    ///
    /// # Errors
    ///
    /// It is an error if the workflow or the context is rejected.
    pub fn start(&self, workflow: WorkflowDefinition, context: &ExecutionContext) -> Result<Session, HostError> {
        self.draft(workflow).start(context)
    }

    /// Makes a call of the registered plugin of the call's plugin's name: again, or for the first time. Nothing is
    /// checked first, and nothing of what the plugin answers is applied.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such plugin or function, or if the host fails. A call that fails is an outcome.
    pub fn call(&self, call: Call) -> Result<SavedCall, HostError> {
        let registry = self.registry();
        let nesting = nesting(&registry, call.limits, 0, None);
        let report = registry.plugin(&call.plugin.name)?.plugin().call(&call, &nesting)?;
        Ok(SavedCall { call, report })
    }

    /// The sandbox's fingerprint: what compiled code depends on besides the plugin.
    #[must_use]
    pub fn engine_fingerprint(&self) -> String {
        self.sandbox.fingerprint()
    }

    /// The plugins that are registered now.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The limits of every run.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The greatest memory that a plugin's instance can have here, in bytes.
    #[cfg(feature = "journal")]
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.sandbox.memory_bytes()
    }

    /// Whether a file may ask for these limits here.
    #[cfg(feature = "journal")]
    pub(crate) fn takes(&self, limits: &Limits) -> Result<(), sortie_engine::LimitTooGreat> {
        if self.trust.allows_limits {
            return limits.within(&Limits::GREATEST);
        }
        limits.within(&Limits::GREATEST_OF_A_FILE.or_greater(&self.limits))
    }

    /// A host with other limits that shares all else with this one: what is registered or unregistered in one is so in
    /// the other. Its memory limit is at most that of this host, which is what instances have room for.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        let memory_bytes = limits.memory_bytes.min(self.limits.memory_bytes);
        Self { limits: Limits { memory_bytes, ..limits }, ..self.clone() }
    }

    /// Checks a plugin and registers it, while runs go on. `origin` is how messages name it.
    ///
    /// # Errors
    ///
    /// It is an error if the plugin is rejected, or if another one has its name.
    pub fn register(&self, bytes: Vec<u8>, origin: impl Into<String>) -> Result<(), HostError> {
        let origin = origin.into();
        self.add(RegisteredPlugin::new(self.load(bytes, &origin)?, origin)?)
    }

    /// Checks a plugin and registers it if it has that name: what was decided for the name is then decided for it.
    pub fn register_named(&self, name: &str, bytes: Vec<u8>, origin: impl Into<String>) -> Result<(), HostError> {
        let origin = origin.into();
        let plugin = self.load(bytes, &origin)?;
        let found = &plugin.manifest().name;
        if found != name {
            let (expected, found) = (name.to_owned(), found.clone());
            return Err(RegistryError::OtherName { origin, expected, found }.into());
        }
        self.add(RegisteredPlugin::new(plugin, origin)?)
    }

    /// Registers the plugins that come with the host, which were checked when it was built.
    #[cfg(feature = "first-party")]
    pub(crate) fn register_first_party(&self) -> Result<(), HostError> {
        const ORIGIN: &str = "first-party";
        crate::first_party::BUILT_IN.iter().try_for_each(|built_in| {
            let plugin = Plugin::load_built_in(&self.sandbox, built_in)
                .map_err(|rejection| HostError::Plugin { origin: ORIGIN.to_owned(), rejection })?;
            self.add(RegisteredPlugin::built_in(plugin, ORIGIN.to_owned()))
        })
    }

    fn load(&self, bytes: Vec<u8>, origin: &str) -> Result<Plugin, HostError> {
        Plugin::load(&self.sandbox, bytes)
            .map_err(|rejection| HostError::Plugin { origin: origin.to_owned(), rejection })
    }

    fn add(&self, plugin: RegisteredPlugin) -> Result<(), HostError> {
        if self.trust.refuses_orchestrating && plugin.is_orchestrating_guest() {
            return Err(HostError::Orchestrates { origin: plugin.origin().to_owned() });
        }
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        *registry = Arc::new(registry.with(plugin)?);
        Ok(())
    }

    /// Registers a plugin's file, or every `.wasm` file of a folder, in the order of their names.
    ///
    /// # Errors
    ///
    /// It is an error if a file cannot be read, if a plugin is rejected, or if two have one name.
    pub fn register_path(&self, path: &Path) -> Result<(), HostError> {
        let failed = |error| HostError::PluginFile { path: path.display().to_string(), error };
        if path.is_dir() {
            let entries = FolderWalk::new().entries(path).map_err(failed)?;
            let mut files = entries.iter().map(DirEntry::path);
            return files.try_for_each(|file| match file.extension() {
                Some(extension) if extension == "wasm" => self.register_path(&file),
                _ => Ok(()),
            });
        }
        self.register(Plugin::read(path).map_err(failed)?, format!("`{}`", path.display()))
    }

    /// Decides limits and access for the plugin of a name, in place of what was decided before, whether it is
    /// registered yet or not. Runs that have begun keep what they began with.
    ///
    /// # Errors
    ///
    /// It is an error if the policy gives more memory than the host was built for, or allows what no operation
    /// declares.
    pub fn set_policy(&self, plugin: &str, policy: PluginPolicy) -> Result<(), HostError> {
        let greatest = self.sandbox.memory_bytes();
        if let Some(memory_bytes) = policy.memory_bytes.filter(|wanted| *wanted > greatest) {
            return Err(HostError::PolicyMemory { plugin: plugin.to_owned(), memory_bytes, greatest });
        }
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        *registry = Arc::new(registry.with_policy(plugin, policy));
        Ok(())
    }

    /// Unregisters a plugin, while runs go on: those that have begun keep it.
    ///
    /// # Errors
    ///
    /// It is an error if there is no such plugin.
    pub fn unregister(&self, name: &str) -> Result<(), HostError> {
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        *registry = Arc::new(registry.without(name)?);
        Ok(())
    }
}
