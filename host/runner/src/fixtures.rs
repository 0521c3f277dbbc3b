//! Fixtures: files of a suite's own folder.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;
use sortie_harness::definition::Fixtures;
use sortie_json::{Document, ParseLimits, Report, nearest};
use sortie_sandbox::FolderWalk;

/// How many bytes all fixtures of a suite may have together: all are kept while it runs.
const MAX_FIXTURE_BYTES: usize = 128 << 20;

/// The fixtures of a suite. What is wrong in them is collected, with its places.
pub(crate) struct Folder {
    path: PathBuf,
    rejected: RefCell<Vec<Report>>,
    loaded: RefCell<Vec<PathBuf>>,
    /// How many bytes there may be yet.
    left: Cell<usize>,
}

impl Folder {
    /// The folder of a suite file.
    pub(crate) fn of(suite: &Path) -> Self {
        let folder = suite.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self {
            path: folder.to_owned(),
            rejected: RefCell::default(),
            loaded: RefCell::default(),
            left: Cell::new(MAX_FIXTURE_BYTES),
        }
    }

    /// What is wrong in the fixtures that were loaded, and their files.
    pub(crate) fn into_parts(self) -> (Vec<Report>, Vec<PathBuf>) {
        (self.rejected.into_inner(), self.loaded.into_inner())
    }

    fn find(&self, name: &str) -> Result<PathBuf, String> {
        let path = Path::new(name);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if name.contains('\\') {
            return Err("write `/` in place of `\\`: suites are read on every system".to_owned());
        }
        // A drive of Windows is nothing to other systems, and no folder of a suite.
        let has_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        if !inside || has_drive {
            return Err("it is outside of the suite's folder; write its name relative to it, without `..`".to_owned());
        }
        let file = self.path.join(path);
        let describe = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                let missing = "there is no such file in the suite's folder";
                meant(&file).map_or(missing.to_owned(), |near| format!("{missing}; did you mean `{near}`?"))
            }
            _ => error.to_string(),
        };
        let real = file.canonicalize().map_err(describe)?;
        let folder = self.path.canonicalize().map_err(describe)?;
        if !real.starts_with(&folder) {
            return Err("it is a link that leads out of the suite's folder".to_owned());
        }
        if !real.is_file() {
            return Err("it is not a file".to_owned());
        }
        Ok(file)
    }
}

/// The file beside a missing one that was probably meant, by its name.
fn meant(missing: &Path) -> Option<String> {
    let entries = FolderWalk::new().entries(missing.parent()?).ok()?;
    let names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let name = missing.file_name()?.to_string_lossy();
    nearest(&name, names.iter().map(String::as_str)).map(str::to_owned)
}

impl Fixtures for Folder {
    fn load(&self, name: &str) -> Result<Value, String> {
        let file = self.find(name)?;
        self.loaded.borrow_mut().push(file.clone());
        let shown = file.display().to_string();
        let bytes = read(&file).map_err(|error| error.to_string())?;
        let left = self.left.get().checked_sub(bytes.len()).ok_or_else(|| {
            format!(
                "with it, the fixtures of the suite have more than the {} MiB that they may have",
                MAX_FIXTURE_BYTES >> 20
            )
        })?;
        self.left.set(left);
        Document::parse(&shown, bytes, ParseLimits::default()).map(Document::into_value).map_err(|report| {
            self.rejected.borrow_mut().push(report);
            format!("`{shown}` has errors")
        })
    }
}

/// Reads a file, of one that is too large no more than it takes to know.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(ParseLimits::default().bytes).unwrap_or(u64::MAX).saturating_add(1);
    sortie_sandbox::read_regular_up_to(path, most.saturating_sub(1))
}
