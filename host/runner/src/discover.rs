//! From paths to suite files.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sortie_harness::golden::Golden;
use sortie_json::{Diagnostic, Document, ParseLimits, Report};
use sortie_sandbox::{FolderWalk, read_regular};

use crate::codes;
use crate::documents::document;
use crate::files::FileError;

const EXTENSIONS: [&str; 4] = ["yaml", "yml", "json", "toml"];

/// What stands beside suites and is none.
const NOT_SUITES: [&str; 3] = [".golden", ".expectations", ".schema"];

/// Folders that hold what was built or fetched.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "node_modules"];

/// What paths name.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// Suite files.
    pub(crate) suites: Vec<PathBuf>,
    /// Files in folders that are called like golden files.
    pub(crate) goldens: Vec<PathBuf>,
    /// Files in folders that are suites and are not called like any.
    misnamed: Vec<PathBuf>,
}

/// What may still be looked at of a folder and those within it.
struct Search {
    walk: FolderWalk,
    /// Of files that may be suites, and are not called like any.
    bytes: u64,
}

impl Search {
    fn new() -> Self {
        Self { walk: FolderWalk::new(), bytes: MOST_LOOKED_INTO }
    }
}

/// The suite files that paths name: a file is itself; a folder is searched for `suite.yaml`, `NAME.suite.yaml` and
/// `suites/NAME.yaml` (and `.yml`, `.json`, `.toml`), without following links and without hidden folders. Files come in
/// the order of the paths, those of a folder by name, each once.
pub(crate) fn suite_files(paths: &[PathBuf]) -> Result<Discovery, Vec<Report>> {
    let mut found = Discovery::default();
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for path in paths {
        let before = found.suites.len();
        let searched = if path.is_dir() {
            search(path, &mut Search::new(), &mut found)
        } else {
            path.metadata().map(|_| found.suites.push(path.clone()))
        };
        let problem = match searched {
            Err(error) => Some(FileError::reading(&path.display().to_string(), error).to_diagnostic()),
            Ok(()) if found.suites.len() == before => Some(
                Diagnostic::error(codes::NO_SUITES.as_str(), "there is no suite in this folder")
                    .help("name suites `suite.yaml` or `NAME.suite.yaml`, or put them in a folder `suites`"),
            ),
            Ok(()) => None,
        };
        problems.extend(problem.map(|problem| Report::without_text(&path.display().to_string(), vec![problem])));
    }
    problems.extend(found.misnamed.iter().filter(|file| !found.suites.contains(file)).map(|file| {
        let problem =
            Diagnostic::error(codes::SUITE_NOT_TAKEN.as_str(), "this is a suite, and its name does not say so").help(
                "rename it to `NAME.suite.yaml`, move it into a folder `suites`, or name it as well as the folder",
            );
        Report::without_text(&file.display().to_string(), vec![problem])
    }));
    if !problems.is_empty() {
        return Err(problems);
    }
    // The same file may be reached by several paths.
    found.suites.retain(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    Ok(found)
}

fn search(folder: &Path, left: &mut Search, found: &mut Discovery) -> io::Result<()> {
    let entries = left.walk.entries(folder)?;
    // `.` and `..` have no name of their own, and `suites` may be where we are.
    let in_suites = folder.canonicalize().is_ok_and(|folder| folder.file_name().is_some_and(|name| name == "suites"));
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&name.as_str()) {
            search(&entry.path(), left, found)?;
        } else if kind.is_file() && is_suite(&name, in_suites) {
            found.suites.push(entry.path());
        } else if kind.is_file() && name.ends_with(".golden.json") {
            found.goldens.push(entry.path());
        } else if kind.is_file() && is_document(&name) && has_scenarios(&entry.path(), left)? {
            found.misnamed.push(entry.path());
        }
    }
    Ok(())
}

/// `<suite file stem>.golden.json`, beside the suite.
pub(crate) fn golden_of(suite: &Path) -> PathBuf {
    let stem = suite.file_stem().unwrap_or_default().to_string_lossy();
    suite.with_file_name(format!("{stem}.golden.json"))
}

/// Whether a golden file, which has to look like one, stands beside none of these suites.
pub(crate) fn belongs_to_none(path: &Path, suites: &[PathBuf]) -> bool {
    let is_golden = || document(path).is_ok_and(|document| Golden::from_value(document.value()).is_ok());
    !suites.iter().any(|suite| golden_of(suite) == path) && is_golden()
}

/// The greatest size of a file that is looked into for whether it is a suite.
const MAX_LOOKED_INTO: u64 = 1 << 20;
/// What such files of one folder and those within it may have together: 512 MiB, as all suites of a test run.
const MOST_LOOKED_INTO: u64 = 512 << 20;

fn is_document(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str())
            && !stem.is_empty()
            && !stem.starts_with('.')
            && !NOT_SUITES.iter().any(|other| stem.ends_with(other))
    })
}

/// Whether a file has what only a suite has.
fn has_scenarios(path: &Path, left: &mut Search) -> io::Result<bool> {
    let Ok(bytes) = read_regular(path, MAX_LOOKED_INTO) else { return Ok(false) };
    left.bytes = left.bytes.checked_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX)).ok_or_else(|| {
        let most = MOST_LOOKED_INTO >> 20;
        let message = format!("the documents in it that are not called suites have more than {most} MiB together");
        io::Error::new(io::ErrorKind::QuotaExceeded, message)
    })?;
    let Ok(text) = String::from_utf8(bytes) else { return Ok(false) };
    if !["suite_name", "scenarios", "missions"].iter().all(|word| text.contains(word)) {
        return Ok(false);
    }
    let document = Document::parse(&path.display().to_string(), text.into_bytes(), ParseLimits::default());
    Ok(document.is_ok_and(|document| {
        let scenarios = document.value().get("scenarios").and_then(Value::as_array);
        document.value().get("suite_name").is_some()
            && scenarios.is_some_and(|all| all.iter().any(|one| one.get("missions").is_some()))
    }))
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
    use std::fs;

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

    #[test]
    fn a_suite_that_is_not_called_one_is_not_passed_over_in_silence() {
        let suite = "suite_name: s\nscenarios: [{scenario_name: a, missions: [{name: echo}]}]\n";
        let here = folder(&[
            ("suite.yaml", ""),
            ("tests.yaml", suite),
            ("results.json", "{\"suite_name\": \"missions scenarios\"}"),
        ]);
        let wrong = suite_files(&[here.path().to_owned()]).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|report| report.source.name().to_owned()).collect();
        assert_eq!(names, [here.path().join("tests.yaml").display().to_string()]);
        let found = suite_files(&[here.path().to_owned(), here.path().join("tests.yaml")]).unwrap();
        assert_eq!(found.suites.len(), 2);
    }

    #[test]
    #[cfg(unix)]
    fn a_pipe_that_lies_in_a_folder_is_not_waited_for() {
        let here = folder(&[("suite.yaml", "")]);
        let pipe = here.path().join("tests.yaml");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(suite_files(&[here.path().to_owned()]).unwrap().suites.len(), 1);
    }

    #[test]
    fn documents_that_are_no_suites_are_looked_into_up_to_a_bound() {
        let here = folder(&[("suite.yaml", ""), ("a.json", "{}"), ("b/c.json", "[1]")]);
        let search_up_to = |bytes| {
            let mut left = Search { bytes, ..Search::new() };
            search(here.path(), &mut left, &mut Discovery::default()).map_err(|error| error.to_string())
        };
        assert_eq!(search_up_to(5), Ok(()));
        let error = "the documents in it that are not called suites have more than 512 MiB together";
        assert_eq!(search_up_to(4), Err(error.to_owned()));
    }
}
