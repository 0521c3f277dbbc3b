//! A Rust project: cargo makes the module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use sortie_packager::{LINK_ARGUMENTS, TARGET};

use super::{missing, not_compiled};
use crate::commands::plugin::toolchain;
use crate::error::CliError;
use crate::refusal::Refusal;

/// Compiles the project to a core module. Its names stay in it.
pub(super) fn compile(folder: &Path) -> Result<Vec<u8>, CliError> {
    if let Some(need) = toolchain::rust(folder) {
        return Err(missing(need.message, need.help));
    }
    let output = Command::new("cargo")
        .current_dir(folder)
        .args(["rustc", "--lib", "--release", "--crate-type", "cdylib", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .env("CARGO_ENCODED_RUSTFLAGS", flags(folder).join("\u{1f}"))
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_LTO", "true")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        // The packager strips, and keeps the names.
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        // The compiler's own words go to the author as they come.
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| missing(toolchain::cannot_be_run("Rust", "cargo", &error), toolchain::INSTALL_RUST))?;
    if !output.status.success() {
        return Err(not_compiled(folder));
    }
    let no_module = || CliError::from(Refusal::NoModule { folder: Refusal::shown(folder) });
    let module = module(&String::from_utf8_lossy(&output.stdout)).ok_or_else(no_module)?;
    fs::read(&module).map_err(|_| no_module())
}

/// The flags, with which no path of this machine gets into the file: the same bytes in every folder.
fn flags(folder: &Path) -> Vec<String> {
    let mut flags: Vec<String> = LINK_ARGUMENTS.iter().map(ToString::to_string).collect();
    let folders = [(fs::canonicalize(folder).ok(), "/plugin"), (cargo_home(), "/cargo")];
    let remap = |(path, name): (Option<PathBuf>, &str)| Some(format!("--remap-path-prefix={}={name}", path?.display()));
    flags.extend(folders.into_iter().filter_map(remap));
    flags
}

/// The module that cargo says it made, last: those of dependencies come before.
fn module(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let files = messages.filter_map(|message| message.get("filenames").and_then(Value::as_array).cloned()).flatten();
    let mut files = files.filter_map(|file| file.as_str().map(PathBuf::from));
    files.rfind(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}
