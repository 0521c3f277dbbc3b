//! `sortie plugin test`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use clap::Args;
use sortie_runner::files;

use super::build;
use crate::commands::test::TestArguments;
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render::{printable, to_stderr};

/// How often a watched project is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Folders that hold what was built or fetched.
const NOT_SOURCES: [&str; 4] = ["target", "node_modules", "__pycache__", "dist"];

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The project's folder, or a plugin's file: the suites are those in its folder.
    #[arg(value_name = "PROJECT|FILE", default_value = ".")]
    path: PathBuf,
    /// Build and test again whenever a file changes, until it is interrupted.
    #[arg(long)]
    watch: bool,
    /// Options of `sortie test`, such as `-- --filter 'tag:quick'`.
    #[arg(last = true, value_name = "OPTIONS")]
    options: Vec<String>,
}

/// Builds the plugin if it is a project, runs its suites, and tells what of it they did not reach.
pub(crate) fn test(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    if arguments.watch { watch(arguments, format) } else { once(arguments, format) }
}

fn once(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let path = &arguments.path;
    let (plugin, suites) = if path.is_dir() {
        (build::make(path, |name| path.join(name))?.file, path.clone())
    } else {
        // Told before the suites are looked for.
        files::plugin(path)?;
        (path.clone(), folder_of(path))
    };
    let test = TestArguments::of_plugin(&suites, &plugin, &arguments.options).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        CliError::from(Refusal::TestOptions { message: first.strip_prefix("error: ").unwrap_or(first).to_owned() })
    })?;
    crate::commands::test::test(test, format)
}

fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Ends only with the process: what is wrong is told, and may be mended.
fn watch(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let (folder, of) = if arguments.path.is_dir() {
        (arguments.path.clone(), Of::Project)
    } else {
        (folder_of(&arguments.path), Of::File)
    };
    loop {
        // As it was before the build: what changes meanwhile is tested again.
        let before = Sources::of(&folder, of);
        if let Err(error) = once(arguments, format) {
            error.report(format);
        }
        to_stderr(&format!(
            "watching `{}`: change a file to test again, or press Ctrl-C",
            printable(&folder.display().to_string())
        ));
        let mut last = before.clone();
        loop {
            thread::sleep(LOOK);
            let now = Sources::of(&folder, of);
            // An editor may write a file in several steps: it is done when two looks see the same.
            if now != before && now == last {
                break;
            }
            last = now;
        }
    }
}

/// The files of a project, by when they were written and how long they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sources(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A project, which a build makes the plugin of.
    Project,
    /// A plugin's file.
    File,
}

impl Of {
    /// What a build writes is no source of it.
    fn counts(self, name: &str) -> bool {
        let built = match self {
            Self::Project => Path::new(name).extension().is_some_and(|end| end == "wasm") || name == "Cargo.lock",
            Self::File => false,
        };
        !built && !name.ends_with(".symbols.json")
    }
}

impl Sources {
    fn of(folder: &Path, of: Of) -> Self {
        let mut found = Self::default();
        // A folder that goes away while it is read is a change like any other.
        let _ = found.collect(folder, of);
        found
    }

    fn collect(&mut self, folder: &Path, of: Of) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && !NOT_SOURCES.contains(&name.as_str()) {
                self.collect(&entry.path(), of)?;
            } else if kind.is_file() && of.counts(&name) {
                let metadata = entry.metadata()?;
                self.0.insert(entry.path(), (metadata.modified().ok(), metadata.len()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn what_is_written_by_a_build_is_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("src")).unwrap();
        fs::create_dir_all(at("target/release")).unwrap();
        fs::write(at("src/lib.rs"), "one").unwrap();
        let sources = || Sources::of(folder.path(), Of::Project);
        let before = sources();
        for built in ["target/release/a.wasm", "a.wasm", "a.symbols.json", ".hidden", "Cargo.lock"] {
            fs::write(at(built), "built").unwrap();
            assert_eq!(sources(), before, "{built}");
        }
        for source in ["src/lib.rs", "suite.yaml"] {
            let before = sources();
            fs::write(at(source), "other").unwrap();
            assert_ne!(sources(), before, "{source}");
        }
        let before = Sources::of(folder.path(), Of::File);
        fs::write(at("a.wasm"), "another").unwrap();
        assert_ne!(Sources::of(folder.path(), Of::File), before);
    }
}
