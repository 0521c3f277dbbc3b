//! Compiled code on disk: under a key of all that it depends on, verified when it is loaded, rebuilt when it is
//! damaged. Nothing about the cache can fail a call: at worst, a plugin is compiled again.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

#[cfg(not(target_family = "wasm"))]
use etcetera::BaseStrategy;
use sortie_json::ContentHash;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::files::{is_of_another_user, open_regular};
use crate::folders::keep_newest;
use crate::stack;

const HASH_BYTES: usize = 32;
/// No compiled plugin is larger: 1 GiB.
pub(crate) const MAX_CODE_BYTES: u64 = 1 << 30;
/// What is compiled takes no more room on disk: 2 GiB, some fifty plugins in Python, or a thousand in Rust.
const MOST_KEPT_BYTES: u64 = 2 << 30;
/// How the last part of a name begins while the file is written.
const TEMPORARY: &str = "tmp-";
/// How exactly it is known when a file was used last.
const USE_RESOLUTION: Duration = Duration::from_hours(1);

/// A folder with compiled plugins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheDir(PathBuf);

impl CacheDir {
    /// A folder; it is made when it is first needed.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// `SORTIE_CACHE_DIR`, else `sortie` in the user's cache folder (XDG Base Directory Specification). `None` when
    /// neither is known, or the variable is empty: then nothing is cached.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        match std::env::var_os("SORTIE_CACHE_DIR") {
            Some(path) if path.is_empty() => None,
            Some(path) => Some(Self(path.into())),
            #[cfg(target_family = "wasm")]
            None => None,
            #[cfg(not(target_family = "wasm"))]
            None => etcetera::choose_base_strategy().ok().map(|base| Self(base.cache_dir().join("sortie"))),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the names of a plugin's functions are kept, as `sortie plugin build` found them.
    #[must_use]
    pub fn symbols(&self, plugin: ContentHash) -> PathBuf {
        self.0.join("symbols").join(format!("{plugin}.json"))
    }

    /// Where it is kept which scenarios of suites failed when they last ran.
    #[must_use]
    pub fn failed_scenarios(&self) -> PathBuf {
        self.0.join("failed-scenarios")
    }

    /// The compiled form of a plugin, if it is here and whole.
    pub(crate) fn load(&self, engine: &Engine, plugin: ContentHash) -> Option<Component> {
        let path = self.file(engine, plugin);
        let code = read_sealed(&path, MAX_CODE_BYTES)?;
        mark_used(&path);
        deserialize(engine, &code).ok()
    }

    /// Keeps the compiled form of a plugin.
    pub(crate) fn store(&self, engine: &Engine, plugin: ContentHash, component: &Component) {
        if let Ok(code) = component.serialize() {
            write_sealed(&self.file(engine, plugin), &code);
            make_room(&self.0, MOST_KEPT_BYTES);
        }
    }

    /// Where functions are kept that one plugin may have as another had them.
    pub(crate) fn functions(&self, engine: &Engine) -> PathBuf {
        self.0.join(format!("functions-{}", fingerprint(engine)))
    }

    fn file(&self, engine: &Engine, plugin: ContentHash) -> PathBuf {
        self.0.join(format!("{plugin}-{}.cwasm", fingerprint(engine)))
    }
}

/// Takes compiled code that was made here: read from the cache under its seal, or from a compiler that this process began.
pub(crate) fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    #[allow(unsafe_code)]
    // SAFETY: the bytes are what `store` wrote under the name of the plugin's digest and the engine's fingerprint, to the bit,
    // as their seal is right, or what our own program wrote to a pipe that nobody else has; wasmtime checks besides that they
    // fit the engine. A file that another user wrote, or may write to, is not read. Who can replace the program is trusted.
    unsafe {
        Component::deserialize(engine, code)
    }
}

/// What compiled code depends on besides the plugin, in 16 hexadecimal digits.
pub(crate) fn fingerprint(engine: &Engine) -> String {
    let mut fingerprint = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut fingerprint);
    stack::VERSION.hash(&mut fingerprint);
    format!("{:016x}", fingerprint.finish())
}

/// What [`write_sealed`] wrote, if it is there, whole, and of at most so many bytes. A seal is no secret: what another user
/// wrote, or may write to, is not read, wherever the folder is.
pub(crate) fn read_sealed(path: &Path, most: u64) -> Option<Vec<u8>> {
    let opened = open_regular(path).ok()?;
    if may_be_written_by_another(&opened.metadata().ok()?) {
        return None;
    }
    let most = most.saturating_add(HASH_BYTES as u64);
    let mut file = Vec::new();
    opened.take(most.saturating_add(1)).read_to_end(&mut file).ok()?;
    if u64::try_from(file.len()).ok()? > most {
        return None;
    }
    let (hash, content) = file.split_at_checked(HASH_BYTES)?;
    if seal(path, content).as_bytes() != hash {
        return None;
    }
    file.drain(..HASH_BYTES);
    Some(file)
}

/// Whether anybody but this user and the administrator wrote a file, or may.
fn may_be_written_by_another(file: &fs::Metadata) -> bool {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(file) & 0o022 != 0 {
        return true;
    }
    is_of_another_user(file)
}

/// Writes a file under its seal. It appears whole or not at all, whoever else writes it; where that fails, as on a full or
/// read-only disk, it costs time, and nothing else.
pub(crate) fn write_sealed(target: &Path, content: &[u8]) {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let unique = format!("{TEMPORARY}{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let temporary = target.with_extension(unique);
    if write(&temporary, seal(target, content), content).and_then(|()| fs::rename(&temporary, target)).is_err() {
        let _ = fs::remove_file(&temporary);
    }
}

/// Remembers that a file was used just now: its time of modification says so.
fn mark_used(path: &Path) {
    let now = SystemTime::now();
    let recently = fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|modified| now.duration_since(modified).is_ok_and(|since| since < USE_RESOLUTION));
    if !recently {
        let _ = fs::File::options().append(true).open(path).and_then(|file| file.set_modified(now));
    }
}

/// Removes what was not used for longest until the rest has at most so many bytes: code of plugins and of versions of this
/// program that are gone would stay for ever, and so would what a process had begun to write when it was killed.
fn make_room(folder: &Path, most: u64) {
    keep_newest(folder, most, |name| {
        let extension = Path::new(name).extension().unwrap_or_default().to_string_lossy();
        extension == "cwasm" || extension.starts_with(TEMPORARY) || name.starts_with("functions-")
    });
}

/// The hash of the code and of the name that it is kept under: a whole file in another's place is not taken for it.
fn seal(path: &Path, code: &[u8]) -> ContentHash {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    ContentHash::of(&serde_json::json!([name, ContentHash::of_bytes(code)]))
}

fn write(path: &Path, seal: ContentHash, code: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    // Others may read it, whatever the process lets them do with its files, and not write to it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let mut file = options.open(path)?;
    file.write_all(seal.as_bytes())?;
    file.write_all(code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn what_was_not_used_for_longest_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let hours_ago = |hours| SystemTime::now() - Duration::from_hours(hours);
        let file = |name: &str, hours| {
            let path = folder.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            fs::File::options().append(true).open(&path).unwrap().set_modified(hours_ago(hours)).unwrap();
            path
        };
        let old = file("old.cwasm", 5);
        let functions = file("functions-1", 4);
        let used = file("used.cwasm", 6);
        let new = file("new.cwasm", 0);
        let foreign = file("failed-scenarios", 9);
        // A process that was killed left it.
        let begun = file("begun.tmp-12-0", 8);
        mark_used(&used);
        make_room(folder.path(), 500);
        assert!([&begun, &old, &functions, &used, &new].into_iter().all(|path| path.exists()), "there is room");
        make_room(folder.path(), 400);
        assert!(!begun.exists() && old.exists(), "the oldest goes");
        make_room(folder.path(), 399);
        assert!(!old.exists() && functions.exists(), "the oldest goes");
        make_room(folder.path(), 200);
        assert!(!functions.exists() && used.exists() && new.exists() && foreign.exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_another_user_wrote_or_may_write_to_is_not_read() {
        use std::os::unix::fs::{PermissionsExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cwasm");
        write_sealed(&path, b"code");
        let read = || read_sealed(&path, 4);
        let with = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            read()
        };
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o022, 0);
        for (mode, is_read) in [(0o644, true), (0o600, true), (0o664, false), (0o646, false), (0o622, false)] {
            assert_eq!(with(mode).is_some(), is_read, "{mode:o}");
        }
        // It is written anew, as what is damaged is.
        write_sealed(&path, b"code");
        assert_eq!(read().as_deref(), Some(b"code".as_slice()));
        assert_eq!(read_sealed(&path, 3), None, "one byte more than there may be");
        match chown(&path, Some(65534), None) {
            Ok(()) => assert_eq!(read(), None),
            Err(_) => eprintln!("skipped: only the administrator gives files away"),
        }
    }
}
