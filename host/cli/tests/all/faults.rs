//! Disks that are full or read-only, under the real binary: it says so, and nothing that was acknowledged is lost.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{self, cache, json_of, log_step, run, sortie, text, write_workflow};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A workflow that waits, with a state that fills a disk soon.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let ask = json!({"id": "ask", "kind": "human", "payload": {"description": "Go on?"}});
    write_workflow(folder.path(), &[log_step("before"), ask, log_step("behind")]);
    let state = json!({"ballast": "x".repeat(50_000)});
    fs::write(folder.path().join("state.json"), state.to_string()).expect("the state");
    folder
}

/// A script for a shell, in which `$0` is the command, `$1` the folder with the workflow and `$2` that of the journal.
/// It pauses runs until one is refused, and leaves what each said in `out-N.json`.
const FILL: &str = r#"
number=0
while
    "$0" --format json exec "$1/workflow.json" --state "$1/state.json" --mode pause --journal "$2/journal.sqlite" \
        > "$1/out-$number.json" 2> "$1/err-$number"
    code=$?
    [ $code = 4 ] && [ $number -lt 500 ]
do
    number=$((number + 1))
done
echo $code > "$1/code"
"#;

fn shell(folder: &Path, journal: &Path, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_sortie")]).arg(folder).arg(journal);
    shell.env("SORTIE_CACHE_DIR", cache()).env_remove("SORTIE_JOURNAL");
    shell
}

/// The runs that were acknowledged, and the error behind them.
fn said(folder: &Path) -> (Vec<String>, Value) {
    let mut runs = Vec::new();
    for number in 0.. {
        let output = fs::read(folder.join(format!("out-{number}.json"))).expect("what it said");
        let said: Value = serde_json::from_slice(&output).expect("JSON");
        match said.get("error") {
            None => runs.push(text(&said, "/run").to_owned()),
            Some(error) => return (runs, error.clone()),
        }
    }
    unreachable!("the numbers do not end")
}

/// All that was acknowledged waits, and one of it can be answered.
fn is_whole(folder: &Path, runs: &[String]) {
    let listed = json_of(folder, ["inbox"]);
    let waiting = listed["waiting"].as_array().expect("a list");
    let mut listed: Vec<_> = waiting.iter().map(|entry| text(entry, "/run").to_owned()).collect();
    let mut runs = runs.to_vec();
    listed.sort();
    runs.sort();
    assert_eq!(listed, runs);
    let result = json_of(folder, ["inbox", "answer", &runs[0], "--value", "1"]);
    assert_eq!(result["final_state"]["log"], json!(["before", "behind"]));
}

#[test]
fn a_limit_on_the_size_of_files_is_told_and_loses_nothing() {
    let folder = folder();
    let folder = folder.path();
    let script = format!("ulimit -f 600; {FILL}");
    assert!(shell(folder, folder, &script).status().expect("a shell").success());
    let (runs, error) = said(folder);
    assert!(!runs.is_empty());
    assert!(matches!(text(&error, "/code"), "journal_io" | "journal_full"), "{error}");
    assert_eq!(fs::read_to_string(folder.join("code")).expect("a code").trim(), "70");
    is_whole(folder, &runs);
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let (folder, mount) = (folder(), tempfile::tempdir().expect("a folder"));
    let (folder, mount) = (folder.path(), mount.path());
    let mounted = |then: &str| format!("mount -t tmpfs -o size=1m tmpfs \"$2\" || exit 77; {then}");
    let unshared = |script: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_sortie")]).arg(folder).arg(mount);
        unshare.env("SORTIE_CACHE_DIR", cache()).env_remove("SORTIE_JOURNAL");
        unshare.status().is_ok_and(|status| status.success())
    };
    if !unshared(&mounted("true")) {
        eprintln!("skipped: no file system can be mounted here");
        return;
    }
    // What is on the disk goes with it: so the journal is copied when there is room again.
    let copied = "rm \"$2/ballast\"; \"$0\" inbox --journal \"$2/journal.sqlite\" > /dev/null && cp \"$2\"/journal.sqlite* \"$1\"";
    assert!(unshared(&mounted(&format!("head -c 300000 /dev/zero > \"$2/ballast\"; {FILL} {copied}"))));
    let (runs, error) = said(folder);
    assert!(!runs.is_empty());
    assert_eq!(text(&error, "/code"), "journal_full");
    assert_eq!(text(&error, "/help"), "make room and try again: nothing that was acknowledged is lost");
    assert_eq!(fs::read_to_string(folder.join("code")).expect("a code").trim(), "70");
    is_whole(folder, &runs);
}

/// The command as somebody to whom a read-only file is one: nothing is read-only to root.
fn as_nobody(folder: &Path, arguments: &[&str]) -> Output {
    const NOBODY: u32 = 65_534;
    let mut command = sortie(folder);
    command.args(["--format", "json"]).args(arguments);
    if fs::metadata(folder).expect("the folder").uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().expect("the command runs")
}

#[test]
fn a_read_only_journal_is_told_and_left_as_it_is() {
    let folder = folder();
    let folder = folder.path();
    let asked = json_of(folder, ["exec", "workflow.json", "--mode", "pause"]);
    let waiting = text(&asked, "/run");
    for entry in fs::read_dir(folder).expect("the folder") {
        fs::set_permissions(entry.expect("a file").path(), Permissions::from_mode(0o444)).expect("permissions");
    }
    fs::set_permissions(folder, Permissions::from_mode(0o555)).expect("permissions");
    let before = fs::read(folder.join("journal.sqlite")).expect("the journal");
    for arguments in [
        ["inbox", "answer", waiting, "--value", "1"].as_slice(),
        &["exec", "workflow.json", "--mode", "pause"],
        &["exec", "workflow.json", "--mode", "pause", "--journal", "new.sqlite"],
        &["inbox"],
    ] {
        let output = as_nobody(folder, arguments);
        let error = support::parsed(&output);
        assert_eq!(text(&error, "/error/code"), "journal_read_only", "{arguments:?}");
        assert_eq!(output.status.code(), Some(3));
    }
    assert_eq!(fs::read(folder.join("journal.sqlite")).expect("the journal"), before);
    fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("permissions");
    for entry in fs::read_dir(folder).expect("the folder") {
        fs::set_permissions(entry.expect("a file").path(), Permissions::from_mode(0o644)).expect("permissions");
    }
    assert_eq!(run(folder, ["inbox", "answer", waiting, "--value", "1"]).status.code(), Some(0));
}

/// A program that reads standard output gets nothing; whoever looks at the terminal learns why.
#[test]
fn what_cannot_be_printed_is_said_on_standard_error_with_the_exit_code_of_what_happened() {
    for (arguments, exit, code) in [
        (&["--help"][..], 70, "output_failed"),
        (&["missions"], 70, "output_failed"),
        (&["--format", "json", "run", "echo"], 70, "output_failed"),
        (&["--format", "json", "run", "nope"], 3, "unknown_mission"),
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a disk that is full");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
        let output = command.args(arguments).env("SORTIE_CACHE_DIR", cache()).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
        assert!(said.starts_with(&format!("error[{code}]")), "{arguments:?}: {said}");
    }
}
