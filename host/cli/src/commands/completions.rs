//! `sortie completions`: a script by which a shell asks this command what could stand where its user is typing.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};

use crate::cli::Cli;
use crate::error::{CliError, Exit};
use crate::render;

/// The environment variable by which the script says that a shell asks.
const VARIABLE: &str = "SORTIE_COMPLETE";

/// Answers a shell that asks, and ends the process then.
pub(crate) fn answer_shell() {
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).bin("sortie").complete();
}

/// Prints the script.
pub(crate) fn completions(shell: Shell) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        completer
            .write_registration(VARIABLE, "sortie", "sortie", "sortie", &mut script)
            .map_err(render::PrintError)?;
    }
    render::print_bytes(&script)?;
    Ok(Exit::Done)
}
