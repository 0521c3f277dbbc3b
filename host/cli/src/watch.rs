//! Waiting until a file changes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use sortie_runner::files::FileError;
use sortie_sandbox::FolderWalk;

/// How often files are looked at. Looking works on every file system; being told does not, on those of containers and
/// other machines.
const LOOK: Duration = Duration::from_millis(300);

/// Folders that hold what was built or fetched.
const NOT_SOURCES: [&str; 4] = ["target", "node_modules", "__pycache__", "dist"];

/// What is watched: files, and folders with all that is below them but hidden files and what was built.
pub(crate) struct Watch<'w> {
    paths: Vec<PathBuf>,
    counts: &'w dyn Fn(&Path) -> bool,
}

/// Files, by when they were written and how long they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl<'w> Watch<'w> {
    /// Watches these files and folders, as far as a file counts.
    pub(crate) fn new(paths: Vec<PathBuf>, counts: &'w dyn Fn(&Path) -> bool) -> Self {
        Self { paths, counts }
    }

    /// The files as they are now.
    ///
    /// # Errors
    ///
    /// It is an error if there is more in a folder than is looked at: a change could go unseen.
    pub(crate) fn look(&self) -> Result<Snapshot, FileError> {
        let mut found = Snapshot::default();
        for path in &self.paths {
            let looked = if path.is_dir() {
                self.folder(path, &mut FolderWalk::new(), &mut found)
            } else {
                self.file(path, &mut found)
            };
            match looked {
                Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
                    return Err(FileError::reading(&path.display().to_string(), error));
                }
                // What goes away while it is read is a change like any other.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(found)
    }

    /// Waits until the files are not as they were, or there is a reason to stop; then it is false.
    ///
    /// # Errors
    ///
    /// It is an error if there comes to be more in a folder than is looked at.
    pub(crate) fn wait(&self, before: &Snapshot, stops: impl Fn() -> bool) -> Result<bool, FileError> {
        let mut last = before.clone();
        loop {
            if stops() {
                return Ok(false);
            }
            thread::sleep(LOOK);
            let now = self.look()?;
            // An editor may write a file in several steps: it is done when two looks see the same.
            if now != *before && now == last {
                return Ok(true);
            }
            last = now;
        }
    }

    fn folder(&self, folder: &Path, walk: &mut FolderWalk, found: &mut Snapshot) -> io::Result<()> {
        for entry in walk.entries(folder)? {
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && !NOT_SOURCES.contains(&name.as_str()) {
                self.folder(&entry.path(), walk, found)?;
            } else if kind.is_file() {
                self.file(&entry.path(), found)?;
            }
        }
        Ok(())
    }

    fn file(&self, path: &Path, found: &mut Snapshot) -> io::Result<()> {
        if (self.counts)(path) {
            let metadata = path.metadata()?;
            found.0.insert(path.to_owned(), (metadata.modified().ok(), metadata.len()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::fs;

    use super::*;

    #[test]
    fn what_counts_is_seen_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("src")).unwrap();
        fs::create_dir_all(at("target/release")).unwrap();
        fs::write(at("src/lib.rs"), "one").unwrap();
        let counts = |path: &Path| path.extension().is_none_or(|end| end != "wasm");
        let watch = Watch::new(vec![folder.path().to_owned()], &counts);
        let before = watch.look().unwrap();
        for built in ["target/release/a.rs", "a.wasm", ".hidden"] {
            fs::write(at(built), "built").unwrap();
            assert_eq!(watch.look().unwrap(), before, "{built}");
        }
        for source in ["src/lib.rs", "suite.yaml"] {
            let before = watch.look().unwrap();
            fs::write(at(source), "other").unwrap();
            assert_ne!(watch.look().unwrap(), before, "{source}");
            assert!(watch.wait(&before, || false).unwrap(), "{source}");
        }
        assert!(!watch.wait(&watch.look().unwrap(), || true).unwrap());
        let file = Watch::new(vec![at("suite.yaml"), at("missing.yaml")], &counts);
        let before = file.look().unwrap();
        fs::write(at("src/lib.rs"), "a third").unwrap();
        assert_eq!(file.look().unwrap(), before);
        fs::write(at("missing.yaml"), "there now").unwrap();
        assert_ne!(file.look().unwrap(), before);
    }

    #[test]
    fn a_folder_of_more_files_than_are_looked_at_is_not_watched_in_part() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..100_000 {
            fs::File::create(folder.path().join(number.to_string())).unwrap();
        }
        let watch = Watch::new(vec![folder.path().to_owned()], &|_| true);
        let before = watch.look().unwrap();
        assert_eq!(before.0.len(), 100_000);
        fs::File::create(folder.path().join("one more")).unwrap();
        let error = watch.look().unwrap_err().to_string();
        let shown = folder.path().display();
        assert_eq!(
            error,
            format!("cannot read `{shown}`: it has more than 100000 files and folders, with those within it")
        );
        assert!(watch.wait(&before, || false).is_err());
    }
}
