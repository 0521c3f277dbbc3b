//! The real binary with a journal, for the tests of runs that wait.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "each test uses its part, and says what it expected"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A folder that plugins are compiled to once, for all tests.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// The command in a folder, whose journal is `journal.sqlite` there, on behalf of `ann`.
pub fn sortie(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
    command
        .current_dir(folder)
        .env("SORTIE_JOURNAL", "journal.sqlite")
        .env("SORTIE_CACHE_DIR", cache())
        .env("USER", "ann")
        .env_remove("SORTIE_ACTOR")
        .env_remove("SORTIE_TOKEN")
        .env_remove("SORTIE_KILL_POINT")
        .env("NO_COLOR", "1")
        .env("TZ", "UTC")
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}

/// Runs the command; gives its output.
pub fn run<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
    sortie(folder).args(arguments).output().expect("the command runs")
}

/// Runs the command, which prints JSON.
pub fn json_of<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Value {
    let output = sortie(folder).args(["--format", "json"]).args(arguments).output().expect("the command runs");
    parsed(&output)
}

/// What a command printed, as JSON.
pub fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("no JSON: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// The member of a value that has to be text.
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no `{pointer}` in {value}"))
}

/// A step that appends a word to `/log`: were it applied twice, the word would stand there twice.
pub fn log_step(id: &str) -> Value {
    json!({"id": id, "kind": "runtime", "payload": {"operation": "core/append", "path": "/log", "value": id}})
}

/// Writes a workflow of these steps as `workflow.json`.
pub fn write_workflow(folder: &Path, steps: &[Value]) {
    let workflow = json!({"id": "release", "steps": steps});
    fs::write(folder.join("workflow.json"), workflow.to_string()).expect("the workflow is written");
}

/// Copies the files of one folder to another.
pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the folder") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("the file is copied");
    }
}

/// Random numbers from a seed (splitmix64): the same on every machine.
pub struct Random(pub u64);

impl Random {
    /// The next number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
