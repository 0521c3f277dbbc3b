//! The real binary, case by case: each folder of `tests/cli` has a command line (`cmd`), its input files, perhaps
//! `stdin`, `env` (lines `NAME=VALUE`) and a plugin's text (made into `made.wasm`), and `expected`: the exit code, standard
//! output and standard error, compared whole. A case with a file `writes` runs in an empty folder, and `expected` ends
//! with the files that are there afterwards.
//!
//! `SORTIE_BLESS=1 cargo test -p sortie golden::` writes what the binary prints now into `expected`.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use sortie_tests::TextPlugin;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let folders = fs::read_dir(root).expect("the cases").map(|entry| entry.expect("a case").path());
    let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Splits a command line at spaces, but not within single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.trim().split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Fuel changes with every change of a plugin's code, and has tests of its own; and time changes every time. Which
/// scenarios were the slowest is left out. The digest of a first-party plugin changes as its fuel does.
fn without_fuel_and_time(text: &str) -> String {
    let is_fuel = |word: &str| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    let is_time = |word: &str| word.contains('.') && word.parse::<f64>().is_ok();
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "     slowest:" {
            while lines.next_if(|line| line.starts_with("       ")).is_some() {}
            continue;
        }
        if line.starts_with("  fuel  ") {
            kept.push_str("  fuel       FUEL\n");
            continue;
        }
        if let Some((rest, _)) = line.split_once("(first-party, ") {
            kept.push_str(&format!("{rest}(first-party, DIGEST)\n"));
            continue;
        }
        kept.push_str(&match (line.rsplit_once(' '), line.strip_suffix(" s").and_then(|line| line.rsplit_once(' '))) {
            (Some((rest, last)), _) if is_fuel(last) => format!("{rest} FUEL\n"),
            (_, Some((rest, last))) if is_time(last) => format!("{rest} TIME\n"),
            _ => format!("{line}\n"),
        });
    }
    kept
}

/// The plugin of a case: of the text of a component (`plugin.wat`), or of a core module (`module.wat`, with
/// `manifest.json` for its section and for what `describe` returns, `describe.json` where that is something else, and
/// `workflow.json` for what `build` returns).
fn plugin(case: &Path) -> Option<Vec<u8>> {
    if case.join("plugin.wat").exists() {
        return Some(wat::parse_file(case.join("plugin.wat")).expect("the plugin's text is one"));
    }
    let module = fs::read_to_string(case.join("module.wat")).ok()?;
    let json = |name: &str| -> Option<Value> {
        let text = fs::read_to_string(case.join(name)).ok()?;
        Some(serde_json::from_str(&text).expect("JSON"))
    };
    let (manifest, workflow) = (json("manifest.json"), json("workflow.json"));
    let describes_itself = module.contains("#describe");
    let describe = json("describe.json").or_else(|| manifest.clone().filter(|_| !describes_itself));
    let plugin = TextPlugin {
        module: &module,
        describe: describe.as_ref(),
        workflow: workflow.as_ref(),
        manifest: manifest.as_ref(),
        ..TextPlugin::default()
    };
    Some(plugin.bytes())
}

/// The files below a folder, by their paths from it, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).iter().map(|file| format!("{name}/{file}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

fn run(case: &Path, cache: &Path) -> String {
    if !case.join("writes").exists() {
        return run_in(case, case, cache);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let printed = run_in(case, folder.path(), cache);
    [vec![format!("{printed}--- files")], files(folder.path()), vec![String::new()]].concat().join("\n")
}

fn run_in(case: &Path, folder: &Path, cache: &Path) -> String {
    let env = fs::read_to_string(case.join("env")).unwrap_or_default();
    let env = env.lines().map(|line| line.split_once('=').expect("NAME=VALUE"));
    let cmd = fs::read_to_string(case.join("cmd")).expect("a command line");
    let made = plugin(case);
    if let Some(plugin) = &made {
        fs::write(case.join("made.wasm"), plugin).expect("the plugin is written");
    }
    // A plugin made of text is the same every time, but a test takes its time.
    let is_stable = made.is_some() && !cmd.starts_with("plugin test");
    let stable = |text: &str| if is_stable { text.to_owned() } else { without_fuel_and_time(text) };
    let stdin = File::open(case.join("stdin")).map_or_else(|_| Stdio::null(), Stdio::from);
    let output = Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(words(&cmd))
        .current_dir(folder)
        .env("SORTIE_CACHE_DIR", cache)
        .env("NO_COLOR", "1")
        .env("TZ", "UTC")
        .env("COLUMNS", "100")
        .envs(env)
        .stdin(stdin)
        .output()
        .expect("the command runs");
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().expect("an exit code"),
        stable(&String::from_utf8_lossy(&output.stdout)),
        without_progress(&String::from_utf8_lossy(&output.stderr)),
    )
}

/// Where a suite has got to is told every few seconds: on a loaded machine, where it is told of no other.
fn without_progress(text: &str) -> String {
    let is_progress = |line: &str| {
        line.strip_suffix(" scenarios").is_some_and(|line| line.split(" of ").all(|n| n.parse::<usize>().is_ok()))
    };
    text.split_inclusive('\n').filter(|line| !is_progress(line.trim_end())).collect()
}

#[test]
fn every_case_prints_what_it_should() {
    let cache = tempfile::tempdir().expect("a folder");
    let bless = std::env::var_os("SORTIE_BLESS").is_some();
    let cases = cases();
    assert!(cases.len() > 40, "only {} cases were found", cases.len());
    let wrong = |case: &PathBuf| {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        let actual = run(case, cache.path());
        if bless {
            fs::write(case.join("expected"), &actual).expect("the expectation is written");
        }
        let expected = fs::read_to_string(case.join("expected")).unwrap_or_default();
        (actual != expected).then(|| format!("=== {name}\n--- expected\n{expected}\n--- actual\n{actual}"))
    };
    let next = AtomicUsize::new(0);
    let work = || -> Vec<String> {
        std::iter::from_fn(|| cases.get(next.fetch_add(1, Ordering::Relaxed))).filter_map(wrong).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_state_over_its_limit_is_rejected_with_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state.json");
    // {"a":"…"} takes eight bytes besides the text.
    for (length, code) in [((32 << 20) - 8, Some(0)), ((32 << 20) - 7, Some(3))] {
        fs::write(&state, format!(r#"{{"a":"{}"}}"#, "x".repeat(length))).expect("the state is written");
        let output = Command::new(env!("CARGO_BIN_EXE_sortie"))
            .args(["run", "echo", "--format", "json", "--state"])
            .arg(&state)
            .env("SORTIE_CACHE_DIR", folder.path())
            .output()
            .expect("the command runs");
        assert_eq!(output.status.code(), code);
        if code == Some(3) {
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                concat!(
                    r#"{"error":{"code":"state_too_large","help":"remove what the mission does not need, or raise "#,
                    r#"the host's limit","location":null,"message":"the state has 33554433 bytes, more than the "#,
                    "limit of 33554432\"}}\n"
                )
            );
        }
    }
}

#[test]
fn a_workflow_is_as_large_as_a_builder_may_make_it_and_no_larger() {
    const LIMIT: usize = 8 << 20;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("workflow.json");
    let text = |payload: &str| {
        format!(
            r#"{{"id":"w","steps":[{{"id":"s","kind":"runtime","payload":{{"operation":"noop","x":{payload}}}}}]}}"#
        )
    };
    let room = sortie_json::room(&serde_json::from_str(&text("[]")).expect("a workflow"));
    // Many small values, or one long text: eight bytes of room each, or a byte of text.
    let zeros = |count: usize| text(&format!("[{}]", vec!["0"; count].join(",")));
    let long = |bytes: usize| text(&format!(r#""{}""#, "x".repeat(bytes)));
    let (most_zeros, most_bytes) = ((LIMIT - room) / 8, LIMIT - text(r#""""#).len());
    for (workflow, code) in [
        (zeros(most_zeros), None),
        (zeros(most_zeros + 1), Some("too_many_values")),
        (long(most_bytes), None),
        (long(most_bytes + 1), Some("document_too_large")),
    ] {
        fs::write(&file, workflow).expect("the workflow is written");
        let output = Command::new(env!("CARGO_BIN_EXE_sortie"))
            .arg("exec")
            .arg(&file)
            .env("SORTIE_CACHE_DIR", folder.path())
            .output()
            .expect("the command runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(if code.is_some() { 3 } else { 0 }), "{told}");
        assert!(told.starts_with(&code.map_or_else(String::new, |code| format!("error[{code}]: "))), "{told}");
    }
}

#[test]
fn a_closed_standard_input_is_an_empty_document() {
    let output = Command::new("sh")
        .args(["-c", "exec \"$0\" hash - <&-", env!("CARGO_BIN_EXE_sortie")])
        .env("NO_COLOR", "1")
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(3));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.starts_with("error[empty_document]") || message.starts_with("error[file_not_readable]"),
        "{message}"
    );
}
