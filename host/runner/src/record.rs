//! Which scenarios failed when they last ran: what `--last-failed` chooses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sortie_json::ContentHash;
use sortie_sandbox::{keep_newest, read_regular, write_whole};

use crate::files::MAX_BYTES;

/// What is kept of all suites together: 64 MiB.
const MOST_BYTES: u64 = 64 << 20;
const SCHEMA_VERSION: &str = "failed_scenarios@1";

/// Where it is kept which scenarios failed: a file for each suite, in a folder. It is a convenience: what is missing or
/// damaged counts as nothing, and what cannot be written is not.
///
/// ```
/// use sortie_runner::{FailureRecord, Options};
///
/// let mut options = Options::of(["suites"]);
/// options.last_failed = Some(FailureRecord::at(".cache/failed"));
/// ```
#[derive(Debug, Clone)]
pub struct FailureRecord {
    folder: PathBuf,
}

impl FailureRecord {
    /// A record in a folder, which is made when it is needed.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The scenarios of a suite that failed when they last ran, by name.
    #[must_use]
    pub(crate) fn failed(&self, suite: &Path) -> BTreeSet<String> {
        let read =
            || -> Option<Value> { serde_json::from_slice(&read_regular(&self.file(suite)?, MAX_BYTES).ok()?).ok() };
        let Some(record) = read().filter(|record| record.get("schema_version") == Some(&json!(SCHEMA_VERSION))) else {
            return BTreeSet::new();
        };
        let names = record.get("failed").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The file of a suite that is a file: named by the whole path, so that a suite has one wherever it is named from.
    pub(crate) fn file(&self, suite: &Path) -> Option<PathBuf> {
        let path = suite.canonicalize().ok().filter(|path| path.is_file())?;
        let name = ContentHash::of_bytes(path.to_string_lossy().as_bytes()).to_string();
        Some(self.folder.join(format!("{name}.json")))
    }

    /// Writes down the scenarios of a suite that failed.
    pub(crate) fn write(&self, file: &Path, suite: &str, failed: &BTreeSet<String>) {
        let record = json!({"schema_version": SCHEMA_VERSION, "suite": suite, "failed": failed});
        // A disk that is full or read-only costs this convenience, nothing else.
        let _ = fs::create_dir_all(&self.folder).and_then(|()| write_whole(file, record.to_string().as_bytes()));
    }

    /// Suites that are gone leave their files: what was written longest ago gives way. All of the folder is looked at, so this is for
    /// the end of a test run.
    pub(crate) fn make_room(&self) {
        self.keep(MOST_BYTES);
    }

    fn keep(&self, most: u64) {
        keep_newest(&self.folder, most, |_| true);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn of_suites_that_failed_long_ago_it_is_forgotten_where_there_is_no_room() {
        let here = tempfile::tempdir().unwrap();
        let record = FailureRecord::at(here.path().join("failed"));
        let suite = |name: &str| {
            let path = here.path().join(name);
            fs::write(&path, "").unwrap();
            let file = record.file(&path).unwrap();
            record.write(&file, name, &BTreeSet::from(["a".to_owned()]));
            (path, file)
        };
        let ((old, file), (new, _)) = (suite("old.yaml"), suite("new.yaml"));
        let before = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
        fs::File::options().append(true).open(&file).unwrap().set_modified(before).unwrap();
        let both = 2 * file.metadata().unwrap().len();
        record.keep(both);
        assert_eq!((record.failed(&old).len(), record.failed(&new).len()), (1, 1));
        record.keep(both - 1);
        assert_eq!((record.failed(&old).len(), record.failed(&new).len()), (0, 1));
    }
}
