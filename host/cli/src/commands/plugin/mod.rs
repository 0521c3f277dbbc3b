//! `sortie plugin`: one subcommand, one file, each with its arguments.

pub(crate) mod add;
pub(crate) mod build;
mod check;
mod inspect;
pub(crate) mod new;
mod pull;
mod push;
mod registry;
mod replay;
mod test;
pub(crate) mod toolchain;
mod update;

use clap::Subcommand;

use crate::error::{CliError, Exit};
use crate::options::Format;

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make the project of a new plugin, in Rust, JavaScript, TypeScript or Python.
    New(new::Arguments),
    /// Make a plugin of a project, or of a WebAssembly file: one component with its manifest.
    Build(build::Arguments),
    /// Check a plugin, and write it into the project's `sortie.toml` and `sortie.lock`.
    Add(add::Arguments),
    /// Push a plugin to a registry of OCI, in the form that WebAssembly has there.
    Push(push::Arguments),
    /// Pull a plugin from a registry; or all that the project needs, as they were locked.
    Pull(pull::Arguments),
    /// Look what the project's plugins are in their registries now, tell what changed, and lock it.
    Update(update::Arguments),
    /// Check all that loading checks and more: examples, determinism, budgets. A verdict a line.
    Check(check::Arguments),
    /// Show what a plugin's file is and has. Nothing of it is run.
    Inspect(inspect::Arguments),
    /// Make a call again that `--save-failure` saved, and say whether it ends the same.
    Replay(replay::Arguments),
    /// Build a project, run its suites, and tell what of the plugin they did not reach.
    Test(test::Arguments),
}

/// Runs one of them.
pub(crate) fn plugin(command: &PluginCommand, format: Format) -> Result<Exit, CliError> {
    match command {
        PluginCommand::Add(arguments) => add::add(arguments, format),
        PluginCommand::Push(arguments) => push::push(arguments, format),
        PluginCommand::Pull(arguments) => pull::pull(arguments, format),
        PluginCommand::Update(arguments) => update::update(arguments, format),
        PluginCommand::New(arguments) => new::new(arguments, format),
        PluginCommand::Build(arguments) => build::build(arguments, format),
        PluginCommand::Check(arguments) => check::check(arguments, format),
        PluginCommand::Inspect(arguments) => inspect::inspect(arguments, format),
        PluginCommand::Replay(arguments) => replay::replay(arguments, format),
        PluginCommand::Test(arguments) => test::test(arguments, format),
    }
}
