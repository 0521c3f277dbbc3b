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
    /// Create a project for a new plugin, in Rust, JavaScript, TypeScript or Python.
    New(new::Arguments),
    /// Build a plugin from a project or a WebAssembly file: one component with its manifest.
    Build(build::Arguments),
    /// Check a plugin, and add it to the project's `sortie.toml` and `sortie.lock`.
    Add(add::Arguments),
    /// Push a plugin to an OCI registry, as a WebAssembly artifact.
    Push(push::Arguments),
    /// Pull a plugin from an OCI registry, or all that the project has locked.
    Pull(pull::Arguments),
    /// Look up the project's plugins in their registries, report what changed, and lock it.
    Update(update::Arguments),
    /// Check a plugin more thoroughly than loading does: examples, determinism, budgets. One verdict a line.
    Check(check::Arguments),
    /// Show what a plugin's file contains, without running it.
    Inspect(inspect::Arguments),
    /// Repeat a call that `--save-failure` saved, and say whether it ends in the same way.
    Replay(replay::Arguments),
    /// Build a project, run its suites, and report which parts of the plugin they did not reach.
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
