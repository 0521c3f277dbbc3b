//! `sortie plugin build`.

mod javascript;
mod project;
mod provenance;
mod python;
mod rust;
mod symbols;
mod workshop;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use sortie_attestation::Artifact;
use sortie_attestation::predicate::{self, Build};
use sortie_host::journal::{Clock, SystemClock};
use sortie_host::{HostError, NameKind, Plugin, RegistryError};
use sortie_interface::Manifest;
use sortie_packager::{PackError, StrippedComponent, componentize, strip, with_manifest};
use sortie_runner::Language;
use sortie_runner::files;
use sortie_sandbox::{CheckOutcome, Examination, Sandbox};

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render;
use crate::signing::AttestArguments;
use project::Project;

/// The plugin interface: what the tools of other languages make a component for.
const INTERFACE: &str = include_str!("../../../../sdk/wit/plugin.wit");

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The project's folder (Rust, JavaScript, TypeScript or Python), or a `.wasm` file that a compiler made.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Write the plugin to this file [default: `NAME.wasm` in the current folder].
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) attest: AttestArguments,
}

/// A plugin's file, about to be written.
struct Package {
    plugin: Plugin,
    functions: Vec<String>,
}

/// A plugin's file that was written.
pub(crate) struct BuiltPlugin {
    /// The file.
    pub(crate) file: PathBuf,
    symbols: Option<PathBuf>,
    plugin: Plugin,
}

/// Makes the plugin, and says what it is.
pub(crate) fn build(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    // Its place is only known once the plugin has its name; that the key signs is known before anything is done.
    arguments.attest.attester(Some(&arguments.path))?;
    let started = SystemClock.now();
    let materials = if arguments.attest.is_wanted() { provenance::materials(&arguments.path) } else { Vec::new() };
    let made = make(&arguments.path, |name| arguments.output.clone().unwrap_or_else(|| PathBuf::from(name)))?;
    if let Some(attester) = arguments.attest.attester(Some(&made.file))? {
        let (source, name) = (Refusal::shown(&arguments.path), Refusal::shown(&made.file));
        let plugin = Artifact::new(name, made.plugin.digest());
        let build =
            Build { source, language: provenance::language(&made.plugin), materials, tools: provenance::tools() };
        attester.attest(&predicate::of_build(plugin, &build, (started, SystemClock.now())))?;
    }
    show(&made, format)
}

/// Compiles, makes the component, asks it for its manifest in the sandbox, and embeds the answer. The file is written
/// where `output` says, which is told `NAME.wasm`.
pub(crate) fn make(origin: &Path, output: impl FnOnce(&str) -> PathBuf) -> Result<BuiltPlugin, CliError> {
    let compiled = if origin.is_dir() {
        match Project::of(origin)? {
            Project::Rust => rust::compile(origin)?,
            Project::JavaScript(project) => javascript::compile(origin, &project)?,
            Project::Python(project) => python::compile(origin, &project)?,
        }
    } else {
        files::plugin(origin)?
    };
    // What is compiled to ask the plugin for its manifest is what the first run will want.
    let sandbox = Sandbox::new(crate::project::sandbox()).map_err(HostError::from)?;
    let Package { plugin, functions } = pack(origin, compiled, &sandbox)?;
    let file = output(&format!("{}.wasm", plugin.manifest().name));
    files::write(&file, plugin.bytes())?;
    let symbols = symbols::write(&file, plugin.digest(), &functions)?;
    Ok(BuiltPlugin { file, symbols, plugin })
}

/// Which tool makes a component of the project in a folder, or what it lacks; nothing, where the folder holds no project,
/// or one whose language is all that it needs.
pub(crate) fn readiness(folder: &Path) -> Result<Option<&'static str>, CliError> {
    Ok(match Project::find(folder)? {
        Some(Project::JavaScript(project)) => {
            javascript::ready(folder, &project).map(|_| "a project in JavaScript, with componentize-qjs").map(Some)?
        }
        Some(Project::Python(_)) => {
            python::ready(folder).map(|_| "a project in Python, with componentize-py").map(Some)?
        }
        Some(Project::Rust) | None => None,
    })
}

/// From a compiler's module or component to the plugin's file.
fn pack(origin: &Path, compiled: Vec<u8>, sandbox: &Sandbox) -> Result<Package, CliError> {
    let path = Refusal::shown(origin);
    let packed = |error: PackError| {
        let path = path.clone();
        CliError::from(match error {
            PackError::ForeignImport { module, name } => Refusal::ForeignImport { path, module, name },
            error => Refusal::NotPackable { path, detail: error.to_string() },
        })
    };
    // A core module has version 1 in its first eight bytes; a component has more there.
    let is_module = compiled.starts_with(b"\0asm\x01\0\0\0");
    let component = if is_module { componentize(&compiled).map_err(packed)? } else { compiled };
    // All checks come first: what is not a plugin is told as such.
    let checks = Examination::of(&component, sandbox.memory_bytes()).checks;
    for (_, checked) in checks {
        if let CheckOutcome::Failed(rejections) = checked
            && let Some(rejection) = rejections.into_iter().next()
        {
            return Err(rejected(origin, rejection));
        }
    }
    let StrippedComponent { component, functions } = strip(&component).map_err(packed)?;
    let bare = Plugin::load(sandbox, component.clone()).map_err(|rejection| rejected(origin, rejection))?;
    let manifest = bare.describe().map_err(|rejection| rejected(origin, rejection))?;
    check_schemas(origin, &manifest)?;
    let manifest_json = serde_json::to_value(&manifest).unwrap_or(Value::Null);
    let component = with_manifest(&component, &manifest_json).map_err(packed)?;
    // Loaded as anybody would load it.
    let plugin = bare.repacked(component).map_err(|rejection| rejected(origin, rejection))?;
    // An interpreter's functions are no author's.
    let interpreted = Language::of_manifest(&manifest).is_some_and(Language::is_interpreted);
    let functions = if interpreted { Vec::new() } else { functions };
    Ok(Package { plugin, functions })
}

/// Refuses schemas that are none, and those that hold for less than they seem to.
fn check_schemas(origin: &Path, manifest: &Manifest) -> Result<(), CliError> {
    let missions = manifest.missions.iter().map(|info| (NameKind::Mission, &info.name, &info.params_schema));
    let operations = manifest.operations.iter().map(|info| (NameKind::Operation, &info.name, &info.payload_schema));
    for (what, name, schema) in missions.chain(operations) {
        sortie_host::check_schema(schema).map_err(|message| {
            let (plugin, origin) = (manifest.name.clone(), format!("`{}`", origin.display()));
            HostError::Registry(RegistryError::InvalidSchema { plugin, origin, what, name: name.clone(), message })
        })?;
        if let Some(misspelling) = sortie_host::misspelt_keywords(schema).first() {
            let (path, subject) = (Refusal::shown(origin), format!("the schema of the {} `{name}`", what.word()));
            return Err(Refusal::MisspeltKeyword { path, subject, detail: misspelling.to_string() }.into());
        }
    }
    Ok(())
}

fn show(made: &BuiltPlugin, format: Format) -> Result<Exit, CliError> {
    let (plugin, manifest, file) = (&made.plugin, made.plugin.manifest(), made.file.display().to_string());
    let missions: Vec<&str> = manifest.missions.iter().map(|mission| mission.name.as_str()).collect();
    let operations: Vec<&str> = manifest.operations.iter().map(|operation| operation.name.as_str()).collect();
    let symbols = made.symbols.as_ref().map(|path| path.display().to_string());
    match format {
        Format::Json => render::print_json(&json!({
            "file": file,
            "symbols": symbols,
            "name": manifest.name,
            "version": manifest.version,
            "digest": plugin.digest(),
            "bytes": plugin.size(),
            "missions": missions,
            "operations": operations,
        }))?,
        Format::Human => {
            let symbols = symbols.map_or_else(String::new, |path| format!("symbols     {path}\n"));
            render::print(&format!(
                "{} {}\nfile        {}\n{symbols}digest      {}\nbytes       {}\nmissions    {}\noperations  {}\n",
                manifest.name,
                manifest.version,
                file,
                plugin.digest(),
                plugin.size(),
                missions.join(", "),
                operations.join(", "),
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn rejected(origin: &Path, rejection: sortie_host::PluginRejection) -> CliError {
    HostError::Plugin { origin: format!("`{}`", origin.display()), rejection }.into()
}

/// A project that its language's tool makes no component of. The tool's own words were printed before.
fn not_compiled(folder: &Path) -> CliError {
    Refusal::NotCompiled { folder: Refusal::shown(folder) }.into()
}

/// A tool that is missing, and the one thing to do.
fn missing(message: impl Into<String>, help: impl Into<String>) -> CliError {
    Refusal::ToolMissing { message: message.into(), help: help.into() }.into()
}
