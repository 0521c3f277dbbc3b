//! Compiled functions on disk. A plugin that carries an interpreter, as one in Python or JavaScript does, has nearly all of its
//! functions again after each edit: these are looked up instead of compiled. The code that comes out is the same, to the
//! byte. As with the cache of plugins, nothing about it can fail a compilation.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use wasmtime::CacheStore;

use crate::cache;

/// The file has no more bytes: functions that the latest compilation did not need give way.
const MOST_BYTES: usize = 128 << 20;

/// What the compiler names a function by: a hash of its code and of all that decides what it is compiled to.
type Key = [u8; 32];

/// A file of compiled functions, read whole and, when something was compiled, written anew.
#[derive(Debug)]
pub(crate) struct FunctionCache {
    path: PathBuf,
    bytes: Vec<u8>,
    places: HashMap<Key, Range<usize>>,
    used: Mutex<HashSet<Key>>,
    compiled: Mutex<BTreeMap<Key, Vec<u8>>>,
}

impl FunctionCache {
    /// The functions in a file; none, if it is not there or damaged.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = cache::read_sealed(path, MOST_BYTES as u64).unwrap_or_default();
        let places = places(&bytes).unwrap_or_default();
        Self { path: path.to_owned(), bytes, places, used: Mutex::default(), compiled: Mutex::default() }
    }

    /// Writes the file anew if a function was compiled: those of this compilation first, then older ones while there is room.
    pub(crate) fn write(&self) {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if compiled.is_empty() {
            return;
        }
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let mut older: Vec<&Key> = self.places.keys().collect();
        older.sort_unstable_by_key(|key| (!used.contains(*key), **key));
        let older = older.into_iter().filter_map(|key| Some((key, self.kept(key)?)));
        let mut file = Vec::with_capacity(self.bytes.len());
        for (key, code) in compiled.iter().map(|(key, code)| (key, code.as_slice())).chain(older) {
            let Ok(length) = u32::try_from(code.len()) else { continue };
            if file.len() + key.len() + size_of_val(&length) + code.len() > MOST_BYTES {
                break;
            }
            file.extend_from_slice(key);
            file.extend_from_slice(&length.to_le_bytes());
            file.extend_from_slice(code);
        }
        cache::write_sealed(&self.path, &file);
    }

    fn kept(&self, key: &Key) -> Option<&[u8]> {
        self.bytes.get(self.places.get(key)?.clone())
    }
}

/// Where each function of a file is: a key, its length as four bytes, the least significant first, and the function. `None`
/// if it ends in the middle of one.
fn places(bytes: &[u8]) -> Option<HashMap<Key, Range<usize>>> {
    let mut places = HashMap::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (key, after) = rest.split_first_chunk()?;
        let (length, after) = after.split_first_chunk()?;
        let (code, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let end = bytes.len() - after.len();
        places.insert(*key, end - code.len()..end);
        rest = after;
    }
    Some(places)
}

impl CacheStore for FunctionCache {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let key = key.try_into().ok()?;
        if let Some(code) = self.kept(&key) {
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
            return Some(Cow::Borrowed(code));
        }
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(&key).map(|code| Cow::Owned(code.clone()))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let Ok(key) = key.try_into() else { return false };
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    fn key(byte: u8) -> Key {
        [byte; 32]
    }

    #[test]
    fn what_was_compiled_is_found_by_the_next_compilation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("functions");
        let first = FunctionCache::read(&path);
        assert_eq!(first.get(&key(1)), None);
        assert!(first.insert(&key(1), b"one".to_vec()));
        assert!(first.insert(&key(2), Vec::new()));
        assert_eq!(first.get(&key(1)).as_deref(), Some(b"one".as_slice()), "already within one compilation");
        assert!(!first.insert(b"no key", b"code".to_vec()));
        first.write();

        let second = FunctionCache::read(&path);
        assert_eq!(second.get(&key(1)).as_deref(), Some(b"one".as_slice()));
        assert!(second.insert(&key(3), b"three".to_vec()));
        second.write();

        let third = FunctionCache::read(&path);
        for (byte, code) in [(1, b"one".as_slice()), (2, b""), (3, b"three")] {
            assert_eq!(third.get(&key(byte)).as_deref(), Some(code));
        }
    }

    #[test]
    fn a_file_that_is_damaged_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("functions");
        let first = FunctionCache::read(&path);
        first.insert(&key(1), b"one".to_vec());
        first.write();
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(FunctionCache::read(&path).get(&key(1)), None, "byte {place}");
            std::fs::write(&path, &whole[..place]).unwrap();
            assert_eq!(FunctionCache::read(&path).get(&key(1)), None, "cut at {place}");
        }
    }

    #[test]
    fn what_the_latest_compilation_did_not_need_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("functions");
        let third = vec![7; MOST_BYTES / 3];
        let first = FunctionCache::read(&path);
        first.insert(&key(1), third.clone());
        first.insert(&key(2), third.clone());
        first.write();
        let second = FunctionCache::read(&path);
        assert!(second.get(&key(2)).is_some());
        second.insert(&key(3), third);
        second.write();
        let third = FunctionCache::read(&path);
        assert_eq!((1..=3).map(|byte| third.get(&key(byte)).is_some()).collect::<Vec<_>>(), [false, true, true]);
        // Two that fill it to its last byte are kept; with one more, the second gives way.
        let both = |more: usize| {
            let path = folder.path().join(more.to_string());
            let cache = FunctionCache::read(&path);
            cache.insert(&key(1), vec![7; 1000]);
            cache.insert(&key(2), vec![7; MOST_BYTES - 2 * (size_of::<Key>() + size_of::<u32>()) - 1000 + more]);
            cache.write();
            let again = FunctionCache::read(&path);
            [1, 2].map(|byte| again.get(&key(byte)).is_some())
        };
        assert_eq!((both(0), both(1)), ([true, true], [true, false]));
    }
}
