//! The cache of compiled plugins, as processes share it: it can cost time, and nothing else.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const RUN: [&str; 5] = ["run", "echo", "--param", "a=1", "--format=json"];

fn command(cache: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
    command.args(RUN).env("SORTIE_CACHE_DIR", cache).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).expect("the cache").map(|entry| entry.expect("a file").path());
    files.map(|file| (file.display().to_string(), fs::read(&file).expect("its bytes"))).collect()
}

#[test]
fn processes_that_race_for_an_empty_cache_leave_it_whole() {
    let here = tempfile::tempdir().expect("a folder");
    let cache = here.path().join("cache");
    let processes: Vec<_> = (0..8).map(|_| command(&cache).spawn().expect("the command starts")).collect();
    let outputs: Vec<_> =
        processes.into_iter().map(|process| process.wait_with_output().expect("the command ends")).collect();
    for output in &outputs {
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stdout, outputs.first().expect("an output").stdout);
    }
    let whole = contents(&cache);
    assert!(
        !whole.is_empty()
            && whole.keys().all(|name| Path::new(name).extension().is_some_and(|extension| extension == "cwasm")),
        "{:?}",
        whole.keys()
    );
    assert!(command(&cache).output().expect("the command runs").status.success());
    assert!(contents(&cache) == whole, "a whole cache is not written again");
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_alone() {
    let here = tempfile::tempdir().expect("a folder");
    let usual = command(&here.path().join("cache")).output().expect("the command runs");
    // A folder cannot be made within a file.
    let file = here.path().join("file");
    fs::write(&file, "").expect("a file");
    let nowhere = command(&file.join("cache")).output().expect("the command runs");
    assert_eq!((nowhere.status.code(), &nowhere.stdout), (Some(0), &usual.stdout));
}

#[test]
fn a_cache_on_a_full_disk_costs_time_alone() {
    let here = tempfile::tempdir().expect("a folder");
    let usual = command(&here.path().join("cache")).output().expect("the command runs");
    let full = here.path().join("full");
    fs::create_dir(&full).expect("a folder");
    // A small file system that only this shell sees, and no other process can come to see: it needs privileges.
    let script =
        "mount -t tmpfs -o size=64k none \"$SORTIE_CACHE_DIR\" || exit 99; \"$0\" \"$@\" && ls $SORTIE_CACHE_DIR >&2";
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_sortie")]).args(RUN).env("SORTIE_CACHE_DIR", &full);
    match shell.output() {
        Ok(output) if output.status.code() != Some(99) && output.status.code() != Some(1) => {
            assert_eq!((output.status.code(), &output.stdout), (Some(0), &usual.stdout));
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing half is left");
        }
        Ok(_) | Err(_) => eprintln!("skipped: a small file system cannot be mounted here"),
    }
}
