//! Compiled code on disk: whatever happens to it, the plugin works.

use std::fs;
use std::path::{Path, PathBuf};

use sortie_sandbox::{CacheDir, Plugin, Sandbox, SandboxConfig};

use super::component::{FUEL, ending, execute, plugin_bytes};

/// A fresh engine on this folder, as another process has one, and how a call of `ok` ends there.
fn works(folder: &Path) {
    assert_eq!(call(folder, "ok"), r#"ok {"a":1}"#);
}

fn call(folder: &Path, name: &str) -> String {
    let cache = Some(CacheDir::at(folder));
    let sandbox = Sandbox::new(SandboxConfig { cache, concurrent_calls: 2, ..SandboxConfig::default() }).unwrap();
    ending(&execute(&Plugin::load(&sandbox, plugin_bytes(name)).unwrap(), FUEL))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_damaged_file_is_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    works(folder.path());
    let [file] = files(folder.path()).try_into().expect("one file");
    let whole = fs::read(&file).unwrap();
    let middle = whole.len() / 2;
    let altered = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damaged = [
        Vec::new(),
        whole[..31].to_vec(),
        whole[..32].to_vec(),
        whole[..middle].to_vec(),
        altered(0),
        altered(middle),
        altered(whole.len() - 1),
        b"something else entirely, longer than a hash is".to_vec(),
    ];
    for bytes in damaged {
        fs::write(&file, &bytes).unwrap();
        works(folder.path());
        let rebuilt = fs::read(&file).unwrap();
        assert!(rebuilt != bytes && rebuilt.len() == whole.len());
    }
    // A file that is whole is left as it is.
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    works(folder.path());
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
}

#[test]
fn a_whole_file_of_another_plugin_is_not_taken_for_this_one() {
    let folder = tempfile::tempdir().unwrap();
    works(folder.path());
    let [ok] = files(folder.path()).try_into().expect("one file");
    assert_eq!(call(folder.path(), "unreachable"), "trap unreachable");
    let other = files(folder.path()).into_iter().find(|file| *file != ok).expect("another file");
    fs::copy(other, &ok).unwrap();
    works(folder.path());
}

#[test]
fn a_folder_that_cannot_be_written_costs_only_time() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be: so that it holds for root, too, whom no permission stops.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    works(&file.join("cache"));
    let read_only = folder.path().join("read-only");
    fs::create_dir(&read_only).unwrap();
    let mut permissions = fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&read_only, permissions).unwrap();
    works(&read_only);
}

#[test]
fn engines_that_race_for_a_file_all_work_and_leave_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| works(folder.path()));
        }
    });
    assert_eq!(files(folder.path()).len(), 1);
    works(folder.path());
}
