//! Compiled code on disk: whatever happens to it, the plugin works.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sortie_sandbox::{CacheDir, CompileObserver, Plugin, Sandbox, SandboxConfig};

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

/// A sandbox that counts what it compiles.
fn counting(folder: &Path) -> (Sandbox, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let observer = CompileObserver::new(move |compilation| {
        if compilation.finished {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let config =
        SandboxConfig { cache: Some(CacheDir::at(folder)), observer: Some(observer), ..SandboxConfig::default() };
    (Sandbox::new(config).unwrap(), count)
}

#[test]
fn what_has_other_custom_sections_is_not_compiled_again_and_other_code_is() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, compiled) = counting(folder.path());
    let bytes = plugin_bytes("ok");
    let plugin = Plugin::load(&sandbox, bytes.clone()).unwrap();
    assert_eq!(ending(&execute(&plugin, FUEL)), r#"ok {"a":1}"#);
    // A custom section of the name `a`, without contents (WebAssembly Core Specification, section 5.5.3).
    let with_section = [bytes.as_slice(), &[0, 2, 1, b'a']].concat();
    let repacked = plugin.repacked(with_section.clone()).unwrap();
    assert!(repacked.digest() != plugin.digest());
    assert_eq!(ending(&execute(&repacked, FUEL)), r#"ok {"a":1}"#);
    assert_eq!((compiled.load(Ordering::Relaxed), files(folder.path()).len()), (1, 2));

    let other = plugin.repacked(plugin_bytes("division_by_zero")).unwrap();
    execute(&other, FUEL).unwrap();
    assert_eq!(compiled.load(Ordering::Relaxed), 2);

    // Another process.
    let (sandbox, compiled) = counting(folder.path());
    execute(&Plugin::load(&sandbox, with_section).unwrap(), FUEL).unwrap();
    assert_eq!(compiled.load(Ordering::Relaxed), 0);
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
