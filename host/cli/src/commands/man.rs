//! `sortie man`.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use sortie_runner::files::FileError;

use crate::cli::Cli;
use crate::error::{CliError, Exit};

/// Writes a page for each command, `sortie-run.1` and so on.
pub(crate) fn man(folder: &Path) -> Result<Exit, CliError> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| FileError::writing(folder, error))?;
    Ok(Exit::Done)
}
