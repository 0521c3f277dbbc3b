//! What is registered, and what a name means.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use sortie_engine::PluginPolicy;
use sortie_interface::{MissionInfo, OperationInfo};
use sortie_sandbox::Plugin;

use crate::schema::{Formats, Schema, SchemaBudget};
use sortie_json::{MAX_QUOTED_BYTES, excerpt, nearest};

/// The plugin whose operations are reachable by short name from any mission.
const CORE: &str = "core";

/// Whose a plugin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provenance {
    /// It comes with the host: what its short names mean stays, whatever is registered besides.
    #[cfg(feature = "first-party")]
    FirstParty,
    /// It was added.
    Guest,
}

/// A registered plugin: with where it came from, and its schemas compiled.
#[derive(Clone)]
pub struct RegisteredPlugin {
    plugin: Plugin,
    origin: String,
    provenance: Provenance,
    params: Schemas,
    payloads: Schemas,
}

/// By the name of a mission or an operation. Those of plugins that come with the host are compiled when they are needed.
type Schemas = BTreeMap<String, OnceLock<Option<Schema>>>;

impl std::fmt::Debug for RegisteredPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegisteredPlugin")
            .field("plugin", &self.plugin)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// What a name is the name of. Closed: nothing else in a registry has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A plugin.
    Plugin,
    /// A mission.
    Mission,
    /// An operation.
    Operation,
}

impl NameKind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Mission => "mission",
            Self::Operation => "operation",
        }
    }

    /// The word with its article.
    fn a_word(self) -> &'static str {
        match self {
            Self::Plugin => "a plugin",
            Self::Mission => "a mission",
            Self::Operation => "an operation",
        }
    }
}

/// A plugin that cannot be registered, or a name that cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two plugins of one name.
    #[error("two plugins have the name `{name}`: {first} and {second}")]
    Clash {
        /// The name.
        name: String,
        /// Where the registered one came from.
        first: String,
        /// Where the other came from.
        second: String,
    },
    /// A plugin that has another name than it is registered under.
    #[error("the plugin {origin} is registered as `{expected}`, but its name is `{found}`")]
    OtherName {
        /// Where it came from.
        origin: String,
        /// The name that it should have.
        expected: String,
        /// The name that it has.
        found: String,
    },
    /// A schema in a manifest that is none.
    #[error("the plugin `{plugin}` ({origin}): the schema of {} `{name}` is not a JSON Schema: {message}", .what.word())]
    InvalidSchema {
        /// The plugin.
        plugin: String,
        /// Where it came from.
        origin: String,
        /// Whose schema it is.
        what: NameKind,
        /// The mission or operation.
        name: String,
        /// Why.
        message: String,
    },
    /// A name that nothing has.
    #[error("there is no {} `{}`", .what.word(), excerpt(.name, MAX_QUOTED_BYTES))]
    Unknown {
        /// What it should be the name of.
        what: NameKind,
        /// The name.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// A short name that several plugins have.
    #[error("several plugins have {} `{}`: {}", .what.a_word(), excerpt(.name, MAX_QUOTED_BYTES), .candidates.join(", "))]
    Ambiguous {
        /// What it is the name of.
        what: NameKind,
        /// The name.
        name: String,
        /// The full names.
        candidates: Vec<String>,
    },
}

impl RegistryError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Clash { .. } => "plugin_name_clash",
            Self::OtherName { .. } => "plugin_name_mismatch",
            Self::InvalidSchema { .. } => "broken_manifest",
            Self::Unknown { what: NameKind::Mission, .. } => "unknown_mission",
            Self::Unknown { what: NameKind::Operation, .. } => "unknown_operation",
            Self::Unknown { what: NameKind::Plugin, .. } => "unknown_plugin",
            Self::Ambiguous { .. } => "ambiguous_name",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Clash { .. } => Some("rename one of them, or register only one".to_owned()),
            Self::OtherName { found, .. } => Some(format!("call it `{found}`")),
            Self::InvalidSchema { .. } => Some("fix the schema, and rebuild the plugin".to_owned()),
            Self::Unknown { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::Unknown { what, nearest: None, .. } => Some(format!("`sortie {}s` lists what there is", what.word())),
            Self::Ambiguous { .. } => Some("write the full name".to_owned()),
        }
    }
}

/// The registered plugins, as they were at one moment. A run keeps the one that it started with.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    plugins: BTreeMap<String, Arc<RegisteredPlugin>>,
    policies: Arc<BTreeMap<String, PluginPolicy>>,
    refuses_orchestrating: bool,
}

impl Registry {
    /// A registry without plugins. It may be told that plugins that did not come with the host have no missions run for
    /// them by those that did.
    pub(crate) fn new(refuses_orchestrating: bool) -> Self {
        Self { refuses_orchestrating, ..Self::default() }
    }

    /// The plugins, by name.
    pub fn plugins(&self) -> impl Iterator<Item = &RegisteredPlugin> {
        self.plugins.values().map(AsRef::as_ref)
    }

    /// The plugin of a name.
    ///
    /// # Errors
    ///
    /// It is an error if there is none.
    pub fn plugin(&self, name: &str) -> Result<&RegisteredPlugin, RegistryError> {
        self.plugins.get(name).map(AsRef::as_ref).ok_or_else(|| RegistryError::Unknown {
            what: NameKind::Plugin,
            name: name.to_owned(),
            nearest: nearest(name, self.plugins.keys().map(String::as_str)).map(str::to_owned),
        })
    }

    /// What the host decided for the plugin of a name, if anything.
    pub fn policy(&self, name: &str) -> Option<&PluginPolicy> {
        self.policies.get(name)
    }

    /// Whether the host decided anything for any plugin.
    pub(crate) fn has_policies(&self) -> bool {
        !self.policies.is_empty()
    }

    /// The mission that a name means: `plugin/name`, or the short name while only one plugin has it, or only one of
    /// those that come with the host.
    ///
    /// # Errors
    ///
    /// It is an error if there is none, or if the short name means several.
    pub fn mission(&self, name: &str) -> Result<(&RegisteredPlugin, &MissionInfo), RegistryError> {
        let found = established(self.find(name, |plugin, name| plugin.plugin.manifest().mission(name)));
        self.one(found, name, NameKind::Mission, |plugin| {
            plugin.plugin.manifest().missions.iter().map(|mission| mission.name.as_str()).collect()
        })
    }

    /// Whether a name is a mission's, of one plugin or several. Takes less than to say which one was probably meant.
    pub(crate) fn has_mission(&self, name: &str) -> bool {
        !self.find(name, |plugin, name| plugin.plugin.manifest().mission(name)).is_empty()
    }

    /// The operation that a name means in a workflow that a plugin built: `plugin/name`, or the short name of an
    /// operation of that plugin, else of `core`, else of the only plugin that comes with the host or has it at all.
    ///
    /// # Errors
    ///
    /// It is an error if there is none, or if the short name means several.
    pub fn operation(
        &self,
        name: &str,
        builder: Option<&str>,
    ) -> Result<(&RegisteredPlugin, &OperationInfo), RegistryError> {
        let found = self.find(name, |plugin, name| plugin.plugin.manifest().operation(name));
        for preferred in builder.into_iter().chain([CORE]) {
            if let Some(found) = found.iter().find(|(plugin, _)| plugin.name() == preferred) {
                return Ok(*found);
            }
        }
        self.one(established(found), name, NameKind::Operation, |plugin| {
            plugin.plugin.manifest().operations.iter().map(|operation| operation.name.as_str()).collect()
        })
    }

    /// The registry with a plugin more.
    pub(crate) fn with(&self, registered: RegisteredPlugin) -> Result<Self, RegistryError> {
        let name = registered.name().to_owned();
        if let Some(first) = self.plugins.get(&name) {
            return Err(RegistryError::Clash { name, first: first.origin.clone(), second: registered.origin });
        }
        let mut plugins = self.plugins.clone();
        plugins.insert(name, Arc::new(registered));
        Ok(self.with_plugins(plugins))
    }

    /// The registry with these plugins alone, as far as it has them.
    #[cfg(feature = "journal")]
    pub(crate) fn only<'n>(&self, names: impl Iterator<Item = &'n str>) -> Self {
        let kept = |name: &'n str| Some((name.to_owned(), Arc::clone(self.plugins.get(name)?)));
        self.with_plugins(names.filter_map(kept).collect())
    }

    /// The registry with that decided for plugins, and nothing else.
    pub(crate) fn with_policies(self, policies: BTreeMap<String, PluginPolicy>) -> Self {
        Self { policies: Arc::new(policies), ..self }
    }

    /// The registry without a plugin.
    pub(crate) fn without(&self, name: &str) -> Result<Self, RegistryError> {
        self.plugin(name)?;
        let mut plugins = self.plugins.clone();
        plugins.remove(name);
        Ok(self.with_plugins(plugins))
    }

    /// The registry with that decided for a plugin, whether it is registered yet or not.
    pub(crate) fn with_policy(&self, name: &str, policy: PluginPolicy) -> Self {
        let mut policies = BTreeMap::clone(&self.policies);
        if policy == PluginPolicy::default() {
            policies.remove(name);
        } else {
            policies.insert(name.to_owned(), policy);
        }
        self.clone().with_policies(policies)
    }

    fn with_plugins(&self, plugins: BTreeMap<String, Arc<RegisteredPlugin>>) -> Self {
        Self { plugins, policies: Arc::clone(&self.policies), ..*self }
    }

    /// Whether a plugin may have steps of its workflow run missions, as operations of another one do.
    pub(crate) fn allows_missions_for(&self, builder: &str, plugin: &RegisteredPlugin) -> bool {
        let comes_with_host = |builder: &Arc<RegisteredPlugin>| builder.provenance != Provenance::Guest;
        !self.refuses_orchestrating
            || !plugin.plugin.orchestrates()
            || self.plugins.get(builder).is_some_and(comes_with_host)
    }

    fn find<'a, T>(
        &'a self,
        name: &str,
        part: impl Fn(&'a RegisteredPlugin, &str) -> Option<&'a T>,
    ) -> Vec<(&'a RegisteredPlugin, &'a T)> {
        let (plugin, short) = match name.split_once('/') {
            Some((plugin, short)) => (Some(plugin), short),
            None => (None, name),
        };
        self.plugins()
            .filter(|registered| plugin.is_none_or(|plugin| registered.name() == plugin))
            .filter_map(|registered| Some((registered, part(registered, short)?)))
            .collect()
    }

    fn one<'a, T>(
        &'a self,
        found: Vec<(&'a RegisteredPlugin, &'a T)>,
        name: &str,
        what: NameKind,
        names: impl Fn(&'a RegisteredPlugin) -> Vec<&'a str>,
    ) -> Result<(&'a RegisteredPlugin, &'a T), RegistryError> {
        if found.len() > 1 {
            let candidates = found.iter().map(|(plugin, _)| format!("{}/{name}", plugin.name())).collect();
            return Err(RegistryError::Ambiguous { what, name: name.to_owned(), candidates });
        }
        found.into_iter().next().ok_or_else(|| {
            let all: Vec<String> = self
                .plugins()
                .flat_map(|plugin| {
                    let full = |short: &str| format!("{}/{short}", plugin.name());
                    names(plugin)
                        .into_iter()
                        .map(move |short| if name.contains('/') { full(short) } else { short.to_owned() })
                })
                .collect();
            let nearest = nearest(name, all.iter().map(String::as_str)).map(str::to_owned);
            RegistryError::Unknown { what, name: name.to_owned(), nearest }
        })
    }
}

/// Of several that have a short name, the one that comes with the host, if one does.
fn established<'a, T>(found: Vec<(&'a RegisteredPlugin, &'a T)>) -> Vec<(&'a RegisteredPlugin, &'a T)> {
    let of_host = |(plugin, _): &&(&RegisteredPlugin, &T)| plugin.provenance != Provenance::Guest;
    let mut first_party = found.iter().filter(of_host);
    match (first_party.next(), first_party.next()) {
        (Some(one), None) => vec![*one],
        _ => found,
    }
}

impl RegisteredPlugin {
    /// A plugin whose schemas have to be compiled before they can be relied on.
    pub(crate) fn new(plugin: Plugin, origin: String) -> Result<Self, RegistryError> {
        let manifest = plugin.manifest();
        let mut budget = SchemaBudget::default();
        let mut compile = |what, name: &str, schema, formats| {
            Schema::compile_within(&mut budget, schema, formats)
                .map(|schema| (name.to_owned(), Some(schema).into()))
                .map_err(|message| RegistryError::InvalidSchema {
                    plugin: manifest.name.clone(),
                    origin: origin.clone(),
                    what,
                    name: name.to_owned(),
                    message,
                })
        };
        let missions = manifest.missions.iter();
        let params =
            missions.map(|info| compile(NameKind::Mission, &info.name, &info.params_schema, Formats::Asserted));
        let params = params.collect::<Result<_, _>>()?;
        let operations = manifest.operations.iter();
        let payloads =
            operations.map(|info| compile(NameKind::Operation, &info.name, &info.payload_schema, Formats::Annotated));
        let payloads = payloads.collect::<Result<_, _>>()?;
        Ok(Self { plugin, origin, provenance: Provenance::Guest, params, payloads })
    }

    /// A plugin that comes with the host: a test compiles its schemas, and so does a run that needs them.
    #[cfg(feature = "first-party")]
    pub(crate) fn built_in(plugin: Plugin, origin: String) -> Self {
        let manifest = plugin.manifest();
        let params = manifest.missions.iter().map(|info| (info.name.clone(), OnceLock::new())).collect();
        let payloads = manifest.operations.iter().map(|info| (info.name.clone(), OnceLock::new())).collect();
        Self { plugin, origin, provenance: Provenance::FirstParty, params, payloads }
    }

    /// Whether it did not come with the host.
    #[cfg(feature = "journal")]
    pub(crate) fn is_guest(&self) -> bool {
        self.provenance == Provenance::Guest
    }

    /// Whether it runs missions itself, and did not come with the host.
    pub(crate) fn is_orchestrating_guest(&self) -> bool {
        self.provenance == Provenance::Guest && self.plugin.orchestrates()
    }

    /// The plugin's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plugin.manifest().name
    }

    /// The plugin.
    #[must_use]
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// Where it came from: a file name in quotes, `first-party`, or what the host program said.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn params_schema(&self, mission: &str) -> Option<&Schema> {
        let compile = || {
            let schema = &self.plugin.manifest().mission(mission)?.params_schema;
            Schema::compile_within(&mut SchemaBudget::default(), schema, Formats::Asserted).ok()
        };
        self.params.get(mission)?.get_or_init(compile).as_ref()
    }

    pub(crate) fn payload_schema(&self, operation: &str) -> Option<&Schema> {
        let compile = || Schema::compile(&self.plugin.manifest().operation(operation)?.payload_schema).ok();
        self.payloads.get(operation)?.get_or_init(compile).as_ref()
    }
}
