//! What lies in folders: no more of it is read than there may be, and what is kept in one has a bound.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files and folders that are looked at, all folders of a walk together.
const MOST_ENTRIES: usize = 100_000;

/// A walk through a folder and those within it, or through one alone.
///
/// ```
/// use sortie_sandbox::FolderWalk;
///
/// # let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("b"), "")?;
/// std::fs::write(folder.path().join("a"), "")?;
/// let names: Vec<_> = FolderWalk::new().entries(folder.path())?.iter().map(|entry| entry.file_name()).collect();
/// assert_eq!(names, ["a", "b"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FolderWalk {
    left: usize,
    most: usize,
}

impl FolderWalk {
    /// A walk that looks at 100,000 files and folders at the most.
    #[must_use]
    pub fn new() -> Self {
        Self::of(MOST_ENTRIES)
    }

    fn of(most: usize) -> Self {
        Self { left: most, most }
    }

    /// What lies in a folder, in the order of the names: folders have no order of their own.
    ///
    /// # Errors
    ///
    /// Those of the operating system, and `QuotaExceeded` with a sentence where there is more in it than is left of the walk.
    pub fn entries(&mut self, folder: &Path) -> io::Result<Vec<DirEntry>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let Some(left) = self.left.checked_sub(1) else {
                let most = self.most;
                let message = format!("it has more than {most} files and folders, with those within it");
                return Err(io::Error::new(io::ErrorKind::QuotaExceeded, message));
            };
            self.left = left;
            found.push(entry?);
        }
        found.sort_by_key(DirEntry::file_name);
        Ok(found)
    }
}

impl Default for FolderWalk {
    fn default() -> Self {
        Self::new()
    }
}

/// Removes those files of a folder that were written longest ago, until the rest has at most so many bytes: of what is kept
/// there for convenience. What cannot be read or removed stays.
///
/// ```
/// use sortie_sandbox::keep_newest;
///
/// # let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("kept"), "twelve bytes")?;
/// keep_newest(folder.path(), 12, |_| true);
/// assert!(folder.path().join("kept").exists());
/// keep_newest(folder.path(), 11, |_| true);
/// assert!(!folder.path().join("kept").exists());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn keep_newest(folder: &Path, most_bytes: u64, counts: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter(|entry| counts(&entry.file_name().to_string_lossy()))
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    files.sort_unstable();
    let mut together: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in files {
        if together <= most_bytes {
            break;
        }
        // Another process may have it open: what it read stays.
        let _ = fs::remove_file(path);
        together = together.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn as_much_is_looked_at_in_folders_as_may_be_and_not_one_more() {
        let folder = tempfile::tempdir().unwrap();
        let within = folder.path().join("b");
        fs::create_dir(&within).unwrap();
        for name in ["a", "c", "b/d", "b/e"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let walk = |most| {
            let mut walk = FolderWalk::of(most);
            Ok::<_, io::Error>(walk.entries(folder.path())?.len() + walk.entries(&within)?.len())
        };
        assert_eq!(walk(5).unwrap(), 5);
        let error = walk(4).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 4 files and folders, with those within it");
    }

    #[test]
    fn there_are_a_hundred_thousand_files_in_a_folder_at_the_most() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("0");
        fs::write(&file, "").unwrap();
        let more = |from: usize, to: usize| {
            // Names of the same file take little.
            (from..to).for_each(|name| {
                if fs::hard_link(&file, folder.path().join(name.to_string())).is_err() {
                    fs::write(folder.path().join(name.to_string()), "").unwrap();
                }
            });
        };
        more(1, MOST_ENTRIES);
        assert_eq!(FolderWalk::new().entries(folder.path()).unwrap().len(), MOST_ENTRIES);
        more(MOST_ENTRIES, MOST_ENTRIES + 1);
        assert_eq!(FolderWalk::new().entries(folder.path()).unwrap_err().kind(), io::ErrorKind::QuotaExceeded);
    }
}
