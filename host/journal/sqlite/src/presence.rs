//! This process as a driver: present as long as it holds a lock on a file beside the journal, which the operating
//! system takes from it when it ends, however it ends.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sortie_journal::{Driver, JournalError, Owner, RunId};

/// A process that drives runs of a journal file. Others that find its lease ask whether it is still there.
///
/// ```
/// use sortie_journal::Driver;
/// use sortie_journal_sqlite::Presence;
///
/// # let folder = tempfile::tempdir()?;
/// # let journal = folder.path().join("runs.sqlite");
/// let here = Presence::announce(&journal)?;
/// let other = Presence::announce(&journal)?;
/// assert_ne!(here.owner(), other.owner());
/// assert!(!here.is_gone(other.owner()));
/// let owner = other.owner().clone();
/// drop(other);
/// assert!(here.is_gone(&owner), "as it is when the process ends");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Presence {
    journal: PathBuf,
    owner: Owner,
    file: PathBuf,
    /// Locked until it is closed.
    _lock: File,
}

impl Presence {
    /// Announces this process to the other drivers of a journal file.
    pub fn announce(journal: &Path) -> Result<Self, JournalError> {
        let name = format!("process-{}-{}", std::process::id(), RunId::random()?);
        // One name for all who come to the journal by different ones.
        let journal = fs::canonicalize(journal).unwrap_or_else(|_| journal.to_owned());
        let file = file_of(&journal, &name);
        let lock = made(&file).map_err(|error| refused(&journal, &error))?;
        Ok(Self { journal, owner: Owner::new(name), file, _lock: lock })
    }
}

impl Driver for Presence {
    fn owner(&self) -> &Owner {
        &self.owner
    }

    /// A process that was here has left its file without a lock, or, if it ended in order, no file at all.
    fn is_gone(&self, other: &Owner) -> bool {
        if *other == self.owner || !is_name_of_ours(other.as_str()) {
            return false;
        }
        let path = file_of(&self.journal, other.as_str());
        // To open a pipe that stands there would be to wait for who writes to it.
        let file = fs::metadata(&path).and_then(|metadata| {
            if metadata.is_file() { File::open(&path) } else { Err(ErrorKind::InvalidInput.into()) }
        });
        let file = match file {
            Ok(file) => file,
            Err(error) => return error.kind() == ErrorKind::NotFound,
        };
        let gone = file.try_lock().is_ok();
        if gone {
            // Its lease is found no more; should the file stay, that does no harm.
            let _ = fs::remove_file(&path);
        }
        gone
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

fn file_of(journal: &Path, name: &str) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(format!("-{name}"));
    path.into()
}

/// A journal may come from anywhere: a name in it is no path.
fn is_name_of_ours(name: &str) -> bool {
    name.starts_with("process-") && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn made(path: &Path) -> std::io::Result<File> {
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let file = new.open(path)?;
    file.lock()?;
    Ok(file)
}

fn refused(journal: &Path, error: &std::io::Error) -> JournalError {
    let path = journal.to_owned();
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => JournalError::ReadOnly { path },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => JournalError::DiskFull { path },
        _ => JournalError::CannotOpen { path, detail: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_gone_once_its_lock_is_and_not_before() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        let (one, other) = (Presence::announce(&journal).unwrap(), Presence::announce(&journal).unwrap());
        assert!(!one.is_gone(other.owner()));
        assert!(!one.is_gone(one.owner()));
        let owner = other.owner().clone();

        // As when it is killed: the lock goes, the file stays.
        let left = directory.path().join("left");
        fs::rename(&other.file, &left).unwrap();
        let file = other.file.clone();
        drop(other);
        fs::rename(&left, &file).unwrap();
        assert!(one.is_gone(&owner));
        assert!(!file.exists());

        // As when it ended in order.
        assert!(one.is_gone(&owner));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_the_place_of_a_drivers_file_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        let one = Presence::announce(&journal).unwrap();
        let pipe = file_of(&fs::canonicalize(directory.path()).unwrap().join("journal"), "process-1-x");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(!one.is_gone(&Owner::new("process-1-x")), "nobody can tell");
    }

    #[test]
    fn a_name_of_another_kind_is_never_taken_for_gone() {
        let directory = tempfile::tempdir().unwrap();
        let one = Presence::announce(&directory.path().join("journal")).unwrap();
        for name in ["node 7", "process-../../x", "", "process-1/2"] {
            assert!(!one.is_gone(&Owner::new(name)), "{name}");
        }
    }
}
