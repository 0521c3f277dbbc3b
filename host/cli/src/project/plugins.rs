//! The plugins that a command has: those that come with it, the project's, those of the environment, those it is given.

use std::env;
use std::path::PathBuf;

use sortie_host::{CacheDir, SandboxConfig};

use super::Project;
use crate::compiler::compiler;
use crate::error::CliError;
use crate::options::PluginArguments;
use crate::progress;
use crate::refusal::Refusal;

/// The variable that names plugins' files and folders, as `PATH` names those of programs.
const PLUGIN_PATH: &str = "SORTIE_PLUGIN_PATH";

/// How the command executes plugins: what is compiled is kept in the user's cache folder, and what takes long is told.
pub(crate) fn sandbox() -> SandboxConfig {
    let (cache, observer) = (CacheDir::from_environment(), Some(progress::of_compilation()));
    SandboxConfig { cache, observer, compiler: compiler(), ..SandboxConfig::default() }
}

/// A host with the first-party plugins, those of the project, those of `SORTIE_PLUGIN_PATH`, and those that were
/// given.
pub(crate) fn host(arguments: &PluginArguments) -> Result<sortie_host::Host, CliError> {
    host_of(sortie_host::Host::builder(), arguments)
}

/// The same of a builder.
pub(crate) fn host_of(
    builder: sortie_host::HostBuilder,
    arguments: &PluginArguments,
) -> Result<sortie_host::Host, CliError> {
    let builder = Plugins::of_surroundings()?.add_to(builder.first_party());
    Ok(arguments.paths.iter().fold(arguments.allow(builder), sortie_host::HostBuilder::plugin_file).build()?)
}

/// The plugins that no argument names.
pub(crate) struct Plugins {
    project: Project,
    paths: Vec<PathBuf>,
}

impl Plugins {
    /// Those of the project that the current folder is in, and those of `SORTIE_PLUGIN_PATH`.
    pub(crate) fn of_surroundings() -> Result<Self, CliError> {
        let paths = env::var_os(PLUGIN_PATH).unwrap_or_default();
        let paths: Vec<PathBuf> = env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()).collect();
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            return Err(Refusal::PluginPathMissing { variable: PLUGIN_PATH, path: Refusal::shown(missing) }.into());
        }
        Ok(Self { project: Project::here()?, paths })
    }

    /// Registers them.
    pub(crate) fn add_to(&self, builder: sortie_host::HostBuilder) -> sortie_host::HostBuilder {
        let builder = builder
            .compiler(compiler())
            .cache(CacheDir::from_environment())
            .observe_compilation(progress::of_compilation());
        self.paths.iter().fold(self.project.add_to(builder), sortie_host::HostBuilder::plugin_file)
    }
}
