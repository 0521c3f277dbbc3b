//! The real binary killed while it writes files, and at moments spread over what it does.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use sortie_host::Host;
use sortie_host::journal::{Filter, Journal as _};
use sortie_journal_sqlite::SqliteJournal;
use sortie_tests::TextPlugin;
use tempfile::TempDir;

use crate::support::{copy, json_of, log_step, parsed, sortie, text, write_workflow};

/// What stood in each file before: it has to stay, or be replaced as a whole.
const BEFORE: &[u8] = b"what was there before";

/// At how many moments of what it does a process is killed.
const MOMENTS: u32 = 24;

fn manifest() -> Value {
    json!({
        "name": "demo", "version": "1.0.0", "sdk": "none", "description": "d".repeat(4000), "missions": [],
        "operations": [],
    })
}

/// A folder with a plugin to build, a workflow, and a bundle of it.
fn desk() -> TempDir {
    let here = tempfile::tempdir().expect("a folder");
    let manifest = manifest();
    let plugin = TextPlugin { describe: Some(&manifest), ..TextPlugin::default() };
    fs::write(here.path().join("in.wasm"), plugin.bytes()).expect("the plugin");
    write_workflow(here.path(), &[log_step("one"), log_step("two")]);
    let state = json!({"log": [], "text": "x".repeat(4000)});
    fs::write(here.path().join("state.json"), state.to_string()).expect("the state");
    let exec = ["exec", "workflow.json", "--state", "state.json", "--bundle", "kept.json"];
    assert!(sortie(here.path()).args(exec).output().expect("the command runs").status.success());
    here
}

/// Runs the command, none of whose files may have more than so many blocks of 512 bytes: in the middle of the first that would it is
/// ended by a signal or, where whoever began the tests ignores that signal, told that it cannot write more. Gives whether it was.
fn run_with_files_of(blocks: usize, folder: &Path, arguments: &[&str]) -> bool {
    let command = sortie(folder);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -c 0; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
    limited.arg(command.get_program()).args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    !limited.output().expect("the command runs").status.success()
}

#[test]
fn a_process_that_ends_while_it_writes_a_file_leaves_what_was_there() {
    let here = desk();
    let here = here.path();
    let host = Host::builder().first_party().build().expect("a host");
    let core = host.registry().plugin("core").expect("the plugin").plugin().bytes().to_vec();
    fs::write(here.join("core.wasm"), core).expect("a candidate");
    let cases: [(&[&str], &str); 4] = [
        (&["plugin", "build", "in.wasm", "--output", "file"], "file"),
        (&["exec", "workflow.json", "--state", "state.json", "--bundle", "file"], "file"),
        (&["exec", "workflow.json", "--state", "state.json", "--save-state", "file"], "file"),
        (&["replay", "kept.json", "--plugin", "core.wasm", "--reporter", "json", "--output", "file"], "file"),
    ];
    for (arguments, file) in cases {
        let file = here.join(file);
        let names = || {
            let names = fs::read_dir(here).expect("the folder").map(|entry| entry.expect("a file").file_name());
            let mut names: Vec<OsString> = names.filter(|name| !name.to_string_lossy().ends_with(".tmp")).collect();
            names.sort();
            names
        };
        let output = sortie(here).args(arguments).output().expect("the command runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let (after, there) = (fs::read(&file).expect("the file"), names());
        let blocks = after.len() / 512;
        let mut ended = 0;
        for blocks in [0, 1, blocks / 2, blocks] {
            fs::write(&file, BEFORE).expect("the file");
            ended += usize::from(run_with_files_of(blocks, here, arguments));
            let left = fs::read(&file).expect("the file");
            assert!(left == BEFORE || left == after, "{arguments:?} with {blocks} blocks leaves {} bytes", left.len());
            assert_eq!(names(), there, "{arguments:?}");
        }
        assert!(ended >= 2, "{arguments:?} was ended {ended} times");
        // What it left beside does not stand in the way.
        assert!(sortie(here).args(arguments).output().expect("the command runs").status.success());
        assert_eq!(fs::read(&file).expect("the file"), after);
    }
}

/// Runs a process to its end once for its time, then kills it at moments spread over that.
fn killed_at_moments(mut prepare: impl FnMut() -> (TempDir, Command), mut check: impl FnMut(&Path, bool)) {
    let (folder, mut command) = prepare();
    let begun = Instant::now();
    assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the command runs").success());
    let took = begun.elapsed();
    check(folder.path(), false);
    for moment in 0..MOMENTS {
        let (folder, mut command) = prepare();
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command runs");
        std::thread::sleep(took * moment / (MOMENTS - 4));
        process.kill().expect("it is killed");
        let killed = process.wait().expect("it ended").signal().is_some();
        check(folder.path(), killed);
    }
}

#[test]
fn a_build_that_is_killed_leaves_the_old_plugin_or_the_new_one() {
    let original = desk();
    let build = ["plugin", "build", "in.wasm", "--output", "out.wasm"];
    assert!(sortie(original.path()).args(build).output().expect("the command runs").status.success());
    let after = fs::read(original.path().join("out.wasm")).expect("the plugin");
    let prepare = || {
        let folder = tempfile::tempdir().expect("a folder");
        copy(original.path(), folder.path());
        fs::write(folder.path().join("out.wasm"), BEFORE).expect("the old plugin");
        let mut command = sortie(folder.path());
        command.args(build);
        (folder, command)
    };
    killed_at_moments(prepare, |folder, killed| {
        let left = fs::read(folder.join("out.wasm")).expect("the plugin");
        assert!(left == after || killed && left == BEFORE, "{} bytes are left", left.len());
    });
}

#[test]
fn an_answer_that_is_killed_was_given_or_was_not() {
    let original = tempfile::tempdir().expect("a folder");
    let ask = json!({"id": "ask", "kind": "human", "payload": {"description": "Go on?", "choices": ["yes", "no"]}});
    write_workflow(original.path(), &[log_step("one"), ask, log_step("two")]);
    let waits = json_of(original.path(), ["exec", "workflow.json", "--mode", "pause"]);
    let run = text(&waits, "/run").to_owned();
    let answer = ["inbox", "answer", &run, "--choice", "yes"];
    let prepare = || {
        let folder = tempfile::tempdir().expect("a folder");
        copy(original.path(), folder.path());
        let mut command = sortie(folder.path());
        command.args(answer);
        (folder, command)
    };
    let mut hashes = Vec::new();
    killed_at_moments(prepare, |folder, _| {
        let journal = SqliteJournal::open(folder.join("journal.sqlite")).expect("the journal opens");
        assert_eq!(journal.verify().expect("the journal is whole"), 1);
        let status = journal.list(&Filter::default()).expect("a list").pop().expect("the run").status.to_string();
        drop(journal);
        match status.as_str() {
            "waiting" => {
                drop(parsed(&sortie(folder).args(["--format", "json"]).args(answer).output().expect("it runs")));
            }
            "decided" | "done" => {}
            other => panic!("the run is {other}"),
        }
        let result = json_of(folder, ["resume", run.as_str()]);
        hashes.push(text(&result, "/receipt/result_hash").to_owned());
    });
    hashes.dedup();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
}
