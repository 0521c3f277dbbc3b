//! From paths to suite files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sortie_json::{Diagnostic, Report};

const EXTENSIONS: [&str; 4] = ["yaml", "yml", "json", "toml"];

/// What stands beside suites and is none.
const NOT_SUITES: [&str; 3] = [".golden", ".expectations", ".schema"];

/// Folders that hold what was built or fetched.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "node_modules"];

/// What paths name.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Suite files.
    pub(crate) suites: Vec<PathBuf>,
    /// Files in folders that are called like golden files.
    pub(crate) goldens: Vec<PathBuf>,
}

/// The suite files that paths name: a file is itself; a folder is searched for `suite.yaml`, `NAME.suite.yaml` and
/// `suites/NAME.yaml` (and `.yml`, `.json`, `.toml`), without following links and without hidden folders. Files come in
/// the order of the paths, those of a folder by name, each once.
pub(crate) fn suite_files(paths: &[PathBuf]) -> Result<Found, Vec<Report>> {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for path in paths {
        let before = found.suites.len();
        let searched = if path.is_dir() {
            search(path, &mut found)
        } else {
            path.metadata().map(|_| found.suites.push(path.clone()))
        };
        let problem = match searched {
            Err(error) => Some(
                Diagnostic::error("file_not_readable", format!("cannot read it: {error}"))
                    .help("check the name, and that it can be read"),
            ),
            Ok(()) if found.suites.len() == before => Some(
                Diagnostic::error("no_suites", "there is no suite in this folder")
                    .help("a suite is called `suite.yaml` or `NAME.suite.yaml`, or stands in a folder `suites`"),
            ),
            Ok(()) => None,
        };
        problems.extend(problem.map(|problem| Report::without_text(&path.display().to_string(), vec![problem])));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // The same file may be reached by several paths.
    found.suites.retain(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    Ok(found)
}

fn search(folder: &Path, found: &mut Found) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    // `.` and `..` have no name of their own, and `suites` may be where we are.
    let in_suites = folder.canonicalize().is_ok_and(|folder| folder.file_name().is_some_and(|name| name == "suites"));
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&name.as_str()) {
            search(&entry.path(), found)?;
        } else if kind.is_file() && is_suite(&name, in_suites) {
            found.suites.push(entry.path());
        } else if kind.is_file() && name.ends_with(".golden.json") {
            found.goldens.push(entry.path());
        }
    }
    Ok(())
}

fn is_suite(name: &str, in_suites: bool) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let named = stem.rsplit('.').next() == Some("suite");
    EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str())
        && !stem.is_empty()
        && !stem.starts_with('.')
        && !NOT_SUITES.iter().any(|other| stem.ends_with(other))
        && (named || in_suites)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn files_are_found_in_order_and_each_once() {
        let here = folder(&[
            ("b.suite.yml", ""),
            ("suite.toml", ""),
            ("other.yaml", ""),
            ("a/suites/z.json", ""),
            ("a/suites/z.golden.json", ""),
            ("a/suites/z.expectations.yaml", ""),
            ("a/suites/fixtures/x.yaml", ""),
            (".git/suite.yaml", ""),
            ("target/suite.yaml", ""),
        ]);
        let paths = [here.path().to_owned(), here.path().join("suite.toml")];
        let found = suite_files(&paths).unwrap().suites;
        let names: Vec<_> =
            found.iter().map(|file| file.strip_prefix(here.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a/suites/z.json", "b.suite.yml", "suite.toml"]);
        assert_eq!(suite_files(&[here.path().join("target/none")]).unwrap_err().len(), 1);
    }
}
