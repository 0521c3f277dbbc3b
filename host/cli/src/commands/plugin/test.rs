//! `sortie plugin test`.

use std::path::{Path, PathBuf};

use clap::Args;
use sortie_runner::files;

use super::build;
use crate::commands::test::TestArguments;
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render::{printable, to_stderr};
use crate::watch::Watch;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The project's folder, or a plugin's file, whose folder has the suites.
    #[arg(value_name = "PROJECT|FILE", default_value = ".")]
    path: PathBuf,
    /// Build and test again whenever a file changes, until interrupted.
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
    let (folder, counts): (PathBuf, fn(&Path) -> bool) = if arguments.path.is_dir() {
        (arguments.path.clone(), is_source)
    } else {
        (folder_of(&arguments.path), is_no_list_of_names)
    };
    let watch = Watch::new(vec![folder.clone()], &counts);
    loop {
        // As it was before the build: what changes meanwhile is tested again.
        let before = watch.look()?;
        if let Err(error) = once(arguments, format) {
            error.report(format);
        }
        to_stderr(&format!(
            "watching `{}`: change a file to test again, or press Ctrl-C",
            printable(&folder.display().to_string())
        ));
        watch.wait(&before, || false)?;
    }
}

/// Whether a file of a project is none that a build writes.
fn is_source(file: &Path) -> bool {
    let built = file.extension().is_some_and(|end| end == "wasm") || file.ends_with("Cargo.lock");
    !built && is_no_list_of_names(file)
}

fn is_no_list_of_names(file: &Path) -> bool {
    !file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".symbols.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_a_build_is_no_source() {
        for (file, of_a_project, of_a_file) in [
            ("src/lib.rs", true, true),
            ("suite.yaml", true, true),
            ("a.wasm", false, true),
            ("a.symbols.json", false, false),
            ("Cargo.lock", false, true),
        ] {
            let file = Path::new(file);
            assert_eq!((is_source(file), is_no_list_of_names(file)), (of_a_project, of_a_file), "{file:?}");
        }
    }
}
