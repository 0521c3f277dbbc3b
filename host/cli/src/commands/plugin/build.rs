//! `sortie plugin build`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::{Value, json};
use sortie_host::{HostError, Plugin, SandboxConfig};
use sortie_packager::{LINK_ARGUMENTS, TARGET, componentize, with_manifest};
use sortie_sandbox::Sandbox;

use crate::arguments::Format;
use crate::error::{CliError, Exit};
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The project's folder (with `Cargo.toml`), or a `.wasm` file that a compiler made.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Where to write the plugin. Without it: `NAME.wasm` in the folder that the command is given in.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A plugin's file that was written.
pub(crate) struct Made {
    /// The file.
    pub(crate) file: PathBuf,
    plugin: Plugin,
}

/// Makes the plugin, and says what it is.
pub(crate) fn build(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let made = make(&arguments.path, |name| arguments.output.clone().unwrap_or_else(|| PathBuf::from(name)))?;
    show(&made, format)
}

/// Compiles, makes the component, asks it for its manifest in the sandbox, and embeds the answer. The file is written
/// where `output` says, which is told `NAME.wasm`.
pub(crate) fn make(path: &Path, output: impl FnOnce(&str) -> PathBuf) -> Result<Made, CliError> {
    let module = if path.is_dir() { compile(path)? } else { path.to_owned() };
    let bytes = fs::read(&module).map_err(|error| unreadable(&module, &error))?;
    let rejected =
        |rejection| CliError::from(HostError::Plugin { origin: format!("`{}`", module.display()), rejection });
    let packed = |error: sortie_packager::PackError| CliError::Input {
        code: "not_packable",
        message: format!("`{}`: {error}", module.display()),
        help: Some("declare the plugin with `plugin!(…)`, and set `crate-type = [\"cdylib\"]`".to_owned()),
    };
    // A core module has version 1 in its first eight bytes; a component has more there.
    let is_module = bytes.starts_with(b"\0asm\x01\0\0\0");
    let component = if is_module { componentize(&bytes).map_err(packed)? } else { bytes };
    let sandbox = Sandbox::new(SandboxConfig { cache: None, ..SandboxConfig::default() }).map_err(HostError::from)?;
    let manifest = Plugin::load(&sandbox, component.clone()).and_then(|plugin| plugin.describe()).map_err(rejected)?;
    let manifest_json = serde_json::to_value(&manifest).unwrap_or(Value::Null);
    let component = with_manifest(&component, &manifest_json).map_err(packed)?;
    let plugin = Plugin::load(&sandbox, component.clone()).map_err(rejected)?;
    let file = output(&format!("{}.wasm", manifest.name));
    fs::write(&file, &component).map_err(|error| CliError::Input {
        code: "file_not_writable",
        message: format!("cannot write `{}`: {error}", file.display()),
        help: Some("choose another file with `--output`".to_owned()),
    })?;
    Ok(Made { file, plugin })
}

fn show(made: &Made, format: Format) -> Result<Exit, CliError> {
    let (manifest, file) = (made.plugin.manifest(), made.file.display().to_string());
    let names = |names: Vec<&str>| names.join(", ");
    let missions: Vec<&str> = manifest.missions.iter().map(|mission| mission.name.as_str()).collect();
    let operations: Vec<&str> = manifest.operations.iter().map(|operation| operation.name.as_str()).collect();
    match format {
        Format::Json => render::print_json(&json!({
            "file": file,
            "name": manifest.name,
            "version": manifest.version,
            "digest": made.plugin.digest(),
            "bytes": made.plugin.size(),
            "missions": missions,
            "operations": operations,
        }))?,
        Format::Human => render::print(&format!(
            "{} {}\nfile        {}\ndigest      {}\nbytes       {}\nmissions    {}\noperations  {}\n",
            manifest.name,
            manifest.version,
            file,
            made.plugin.digest(),
            made.plugin.size(),
            names(missions),
            names(operations),
        ))?,
    }
    Ok(Exit::Done)
}

/// Compiles a Rust project, and returns the module that cargo made.
fn compile(folder: &Path) -> Result<PathBuf, CliError> {
    let failed =
        |message: String, help: &str| CliError::Input { code: "not_compiled", message, help: Some(help.to_owned()) };
    if !folder.join("Cargo.toml").is_file() {
        let message = format!("`{}` is no Rust project: it has no `Cargo.toml`", folder.display());
        return Err(failed(message, "give the project's folder, or a `.wasm` file"));
    }
    let mut flags: Vec<String> = LINK_ARGUMENTS.iter().map(ToString::to_string).collect();
    // The same bytes in every folder: no path of this machine in them.
    let folders = [(fs::canonicalize(folder).ok(), "/plugin"), (cargo_home(), "/cargo")];
    let remap = |(path, name): (Option<PathBuf>, &str)| Some(format!("--remap-path-prefix={}={name}", path?.display()));
    flags.extend(folders.into_iter().filter_map(remap));
    let output = Command::new("cargo")
        .current_dir(folder)
        .args(["rustc", "--lib", "--release", "--crate-type", "cdylib", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_LTO", "true")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true")
        // The compiler's own words go to the author as they come.
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cargo cannot be run: {error}"), "install Rust"))?;
    if !output.status.success() {
        let help = format!("see above; where the target is missing, type: rustup target add {TARGET}");
        return Err(failed(format!("`{}` does not compile", folder.display()), &help));
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let modules = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let files = modules.filter_map(|message| message.get("filenames").and_then(Value::as_array).cloned()).flatten();
    let files = files.filter_map(|file| file.as_str().map(PathBuf::from));
    let mut modules = files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    modules.next().ok_or_else(|| {
        failed(format!("`{}` made no WebAssembly file", folder.display()), "declare the plugin with `plugin!(…)`")
    })
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

fn unreadable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::Input {
        code: "file_not_readable",
        message: format!("cannot read `{}`: {error}", path.display()),
        help: Some("give the project's folder, or a `.wasm` file".to_owned()),
    }
}
