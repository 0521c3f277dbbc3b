//! `sortie plugin`: one subcommand, one file, each with its arguments.

pub(crate) mod build;

use clap::Subcommand;

use crate::arguments::Format;
use crate::error::{CliError, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a plugin of a Rust project, or of a WebAssembly file: one component with its manifest.
    Build(build::Arguments),
}

/// Runs one of them.
pub(crate) fn plugin(command: &PluginCommand, format: Format) -> Result<Exit, CliError> {
    match command {
        PluginCommand::Build(arguments) => build::build(arguments, format),
    }
}
