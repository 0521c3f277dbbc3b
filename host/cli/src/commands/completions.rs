//! `sortie completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::error::{CliError, Exit};
use crate::render;

/// Prints a script that completes the command's arguments.
pub(crate) fn completions(shell: Shell) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sortie", &mut script);
    render::print_bytes(&script)?;
    Ok(Exit::Done)
}
