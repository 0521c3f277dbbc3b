//! Running a tool that makes a component: its input stands in a folder `.sortie` while it works.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sortie_runner::files::FileError;
use tempfile::TempDir;

use super::{INTERFACE, missing, not_compiled};
use crate::error::CliError;
use crate::progress::Spinner;
use crate::refusal::Refusal;
use crate::render;

/// The plugin interface, by the folder that the tool is run in.
pub(super) const INTERFACE_FILE: &str = ".sortie/plugin.wit";
/// Where the tool writes the component.
pub(super) const COMPONENT_FILE: &str = ".sortie/component.wasm";

/// How much of a project is copied, and how much of what is installed for it.
const MOST_OF_A_PROJECT: Amount = Amount { files: 20_000, bytes: 256 << 20 };
const MOST_OF_AN_ENVIRONMENT: Amount = Amount { files: 100_000, bytes: 1 << 30 };
const MAX_DEPTH: usize = 32;

/// So many files, and so many bytes in them.
#[derive(Debug, Clone, Copy)]
struct Amount {
    files: usize,
    bytes: u64,
}

impl Amount {
    fn is_used_up(self) -> bool {
        self.files == 0 || self.bytes == 0
    }
}

/// The folder, which goes when this does.
pub(super) struct Workshop<'a> {
    project: &'a Path,
    /// Where tools are run: the project's own folder, or that of its copy.
    root: PathBuf,
    folder: PathBuf,
    /// Removes the copy.
    _copy: Option<TempDir>,
}

/// Makes the folder in the project's own, with the interface and these files.
pub(super) fn open<'a>(project: &'a Path, files: &[(&str, &str)]) -> Result<Workshop<'a>, CliError> {
    furnish(Workshop { project, root: project.to_owned(), folder: project.join(".sortie"), _copy: None }, files)
}

/// The same, in a copy of the project: a tool that runs the project's code can write to the folder that it is run in.
pub(super) fn open_copy<'a>(project: &'a Path, files: &[(&str, &str)]) -> Result<Workshop<'a>, CliError> {
    let failed = |error| FileError::writing(&std::env::temp_dir(), error);
    let copy = tempfile::Builder::new().prefix("sortie-").tempdir().map_err(failed)?;
    let mut left = MOST_OF_A_PROJECT;
    copy_files(project, copy.path(), &mut left, MAX_DEPTH, &is_no_source)
        .map_err(|error| FileError::reading(&project.display().to_string(), error))?;
    if left.is_used_up() {
        let limit = "20,000 files or 256 MiB besides what is installed in it";
        return Err(Refusal::ProjectTooLarge { folder: Refusal::shown(project), limit }.into());
    }
    let (root, folder) = (copy.path().to_owned(), copy.path().join(".sortie"));
    furnish(Workshop { project, root, folder, _copy: Some(copy) }, files)
}

fn furnish<'a>(workshop: Workshop<'a>, files: &[(&str, &str)]) -> Result<Workshop<'a>, CliError> {
    let failed = |error| FileError::writing(&workshop.folder, error);
    fs::create_dir_all(&workshop.folder).map_err(failed)?;
    for (name, text) in files.iter().chain(&[("plugin.wit", INTERFACE)]) {
        fs::write(workshop.folder.join(name), text).map_err(failed)?;
    }
    Ok(workshop)
}

/// What is no source of a project: what is hidden, was built or was installed.
fn is_no_source(path: &Path, name: &str) -> bool {
    name.starts_with('.')
        || ["node_modules", "target", "__pycache__"].contains(&name)
        || path.extension().is_some_and(|extension| extension == "wasm")
        || path.join("pyvenv.cfg").exists()
}

/// Copies the files of a folder and those below it, but what is to be left out.
fn copy_files(
    from: &Path,
    to: &Path,
    left: &mut Amount,
    depth: usize,
    leave_out: &dyn Fn(&Path, &str) -> bool,
) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if leave_out(&path, &name.to_string_lossy()) {
            continue;
        }
        // Of a link, what it leads to; one that leads nowhere is none of the files.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_file() {
            left.files = left.files.saturating_sub(1);
            left.bytes = left.bytes.saturating_sub(metadata.len());
            if left.is_used_up() {
                return Ok(());
            }
            fs::copy(&path, to.join(&name))?;
        } else if metadata.is_dir() && depth > 0 {
            fs::create_dir(to.join(&name))?;
            copy_files(&path, &to.join(&name), left, depth - 1, leave_out)?;
        }
    }
    Ok(())
}

impl Workshop<'_> {
    /// Copies the packages of a Python environment, but these, and gives the environment that has the copies: a tool that
    /// runs code of theirs can write to where they lie. Without an environment, one that has none.
    pub(super) fn environment(&self, original: Option<&Path>, but: &[&str]) -> Result<PathBuf, CliError> {
        let environment = self.folder.join("environment");
        let to = environment.join("lib").join("site-packages");
        fs::create_dir_all(&to).map_err(|error| FileError::writing(&to, error))?;
        let Some(from) = original.and_then(site_packages) else { return Ok(environment) };
        let is_left_out = |_: &Path, name: &str| {
            let package = name.split('-').next().unwrap_or(name);
            name == "__pycache__" || but.contains(&package)
        };
        let mut left = MOST_OF_AN_ENVIRONMENT;
        copy_files(&from, &to, &mut left, MAX_DEPTH, &is_left_out)
            .map_err(|error| FileError::reading(&from.display().to_string(), error))?;
        if left.is_used_up() {
            let limit = "100,000 files or 1 GiB of packages";
            return Err(Refusal::ProjectTooLarge { folder: Refusal::shown(&from), limit }.into());
        }
        Ok(environment)
    }

    /// A command that is run in the folder.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Runs the tool, and returns the component. What it says is the author's to read if it fails, once it is mended.
    pub(super) fn run(&self, command: Command, mend: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Result<Vec<u8>, CliError> {
        self.check(command, mend)?;
        fs::read(self.root.join(COMPONENT_FILE)).map_err(|_| not_compiled(self.project))
    }

    /// Runs a tool that has to succeed.
    pub(super) fn check(&self, mut command: Command, mend: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Result<(), CliError> {
        let spinner = Spinner::begin(&format!("making a component of `{}`", self.project.display()));
        let Output { status, stdout, stderr } = command.output().map_err(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            missing(format!("`{program}` cannot be run: {error}"), "install it again")
        })?;
        if status.success() {
            return Ok(());
        }
        drop(spinner);
        let said = if stderr.is_empty() { stdout } else { stderr };
        render::to_stderr(&String::from_utf8_lossy(&mend(said)));
        Err(not_compiled(self.project))
    }
}

/// Where a Python environment has its packages: `lib/python3.N/site-packages`, on Windows `Lib/site-packages`.
fn site_packages(environment: &Path) -> Option<PathBuf> {
    let within = |folder: PathBuf| Some(folder.join("site-packages")).filter(|packages| packages.is_dir());
    let versions = fs::read_dir(environment.join("lib")).into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    versions.sort();
    versions.into_iter().rev().find_map(within).or_else(|| within(environment.join("Lib")))
}

/// What a program makes of a text; nothing, if it fails.
pub(super) fn piped(mut command: Command, text: &[u8]) -> Option<Vec<u8>> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    // The program reads all before it writes, so one does not wait for the other.
    child.stdin.take()?.write_all(text).ok()?;
    let output = child.wait_with_output().ok()?;
    (output.status.success() && !output.stdout.is_empty()).then_some(output.stdout)
}

impl Drop for Workshop<'_> {
    fn drop(&mut self) {
        // What cannot be removed is in `.gitignore`, and is written over by the next build.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The path from the root: a tool is run in another folder, where a relative path would be another's.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
