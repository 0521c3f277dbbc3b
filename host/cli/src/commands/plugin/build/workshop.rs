//! Running a tool that makes a component: its input stands in the folder `.sortie` of the project while it works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sortie_runner::files::FileError;

use super::{INTERFACE, missing, not_compiled};
use crate::error::CliError;
use crate::render;

/// The plugin interface, by the project's folder.
pub(super) const INTERFACE_FILE: &str = ".sortie/plugin.wit";
/// Where the tool writes the component.
pub(super) const COMPONENT_FILE: &str = ".sortie/component.wasm";

/// The folder, which goes when this does.
pub(super) struct Workshop<'a> {
    project: &'a Path,
    folder: PathBuf,
}

/// Makes the folder, with the interface and these files.
pub(super) fn open<'a>(project: &'a Path, files: &[(&str, &str)]) -> Result<Workshop<'a>, CliError> {
    let workshop = Workshop { project, folder: project.join(".sortie") };
    let failed = |error| FileError::writing(&workshop.folder, error);
    fs::create_dir_all(&workshop.folder).map_err(failed)?;
    for (name, text) in files.iter().chain(&[("plugin.wit", INTERFACE)]) {
        fs::write(workshop.folder.join(name), text).map_err(failed)?;
    }
    Ok(workshop)
}

impl Workshop<'_> {
    /// Runs the tool, and returns the component. What it says is the author's to read if it fails.
    pub(super) fn run(&self, mut command: Command) -> Result<Vec<u8>, CliError> {
        let output = command.output().map_err(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            missing(format!("`{program}` cannot be run: {error}"), "install it again")
        })?;
        if !output.status.success() {
            let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
            render::to_stderr(&String::from_utf8_lossy(said));
            return Err(not_compiled(self.project));
        }
        fs::read(self.project.join(COMPONENT_FILE)).map_err(|_| not_compiled(self.project))
    }
}

impl Drop for Workshop<'_> {
    fn drop(&mut self) {
        // What cannot be removed is in `.gitignore`, and is written over by the next build.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The path from the root: a tool is run in the project's folder, where a relative path would be another's.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
