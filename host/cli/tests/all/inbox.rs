//! The inbox, case by case: each folder of `tests/inbox` has command lines (`cmd`, one each line), its input files, and
//! `expected`: for each command its exit code, standard output and standard error, compared whole. Runs, tokens, times
//! and processes, which are never the same, stand there as `RUN`, `TOKEN`, `TIME` and `PROCESS`, filled up to the
//! width that they have.
//!
//! In a command line `$RUN` and `$TOKEN` are those that the commands before it printed last; `$RUN1` is the first run.
//! A line that begins with `!` does something to the journal: see [`interfere`].
//!
//! `SORTIE_BLESS=1 cargo test -p sortie inbox::` writes what the binary prints now into `expected`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{copy, sortie};
use regex::{Captures, Regex};
use serde_json::json;
use sortie_journal::{Claim, Driver, Journal};
use sortie_journal_sqlite::{Presence, SqliteJournal};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/inbox");
    let folders = fs::read_dir(root).expect("the cases").map(|entry| entry.expect("a case").path());
    let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Splits a command line at spaces, but not within single quotes.
fn words(line: &str) -> Vec<String> {
    let pattern = Regex::new(r"'([^']*)'|(\S+)").expect("a pattern");
    let word = |found: Captures<'_>| found.get(1).or_else(|| found.get(2)).map(|word| word.as_str().to_owned());
    pattern.captures_iter(line).filter_map(word).collect()
}

/// What is never the same, as what it is.
struct Masks {
    folder: String,
    patterns: Vec<(Regex, &'static str)>,
}

impl Masks {
    fn new(folder: &Path) -> Self {
        let pattern = |text: &str| Regex::new(text).expect("a pattern");
        Self {
            folder: folder.display().to_string(),
            patterns: vec![
                (pattern(r"\b[0-9a-f]{64}\b"), "TOKEN"),
                (pattern(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"), "TIME"),
                (pattern(r"process-\d+-[0-9a-z]{12}"), "PROCESS"),
            ],
        }
    }

    fn masked(&self, text: &str, seen: &Seen) -> String {
        let mut text = text.replace(&self.folder, "FOLDER");
        for (pattern, name) in &self.patterns {
            let hides_nothing = |found: &str| *name == "TOKEN" && !seen.tokens.iter().any(|token| token == found);
            text = pattern
                .replace_all(&text, |found: &Captures<'_>| {
                    let found = found.get(0).map_or("", |found| found.as_str());
                    match *name {
                        _ if hides_nothing(found) => found.to_owned(),
                        // The number of a process has any length.
                        "PROCESS" => "PROCESS".to_owned(),
                        name => format!("{name:-<width$}", width = found.len()),
                    }
                })
                .into_owned();
        }
        for (index, run) in seen.runs.iter().enumerate() {
            text = text.replace(run, &format!("{:-<12}", format!("RUN{}", index + 1)));
        }
        // Fuel changes with every change of a plugin's code, which has tests of its own; so do its digest and all
        // hashes that cover them.
        let fuel = Regex::new(r#"(?m)(fuel | )\d{4,}$|("fuel":)\d+"#).expect("a pattern");
        let hashes = Regex::new(
            r#"("(?:chain|id|input_hash|digest|question_hash)":"|digest |`mine`: |instead of )[0-9a-f]{64}"#,
        );
        let text = hashes.expect("a pattern").replace_all(&text, "${1}HASH").into_owned();
        fuel.replace_all(&text, "${1}${2}FUEL").into_owned()
    }
}

/// The runs and tokens that were printed so far.
#[derive(Default)]
struct Seen {
    runs: Vec<String>,
    tokens: Vec<String>,
}

impl Seen {
    fn look(&mut self, output: &str) {
        let run = Regex::new(r#"(?:: run |"run":")([0-9a-z]{12})\b"#).expect("a pattern");
        let token = Regex::new(r#"(?:--token |"token":")([0-9a-f]{64})"#).expect("a pattern");
        let found =
            |pattern: &Regex| pattern.captures_iter(output).map(|found| found[1].to_owned()).collect::<Vec<_>>();
        for run in found(&run) {
            if !self.runs.contains(&run) {
                self.runs.push(run);
            }
        }
        self.tokens.extend(found(&token));
    }

    fn fill(&self, line: &str) -> String {
        let last = |seen: &[String]| seen.last().cloned().unwrap_or_default();
        let first = self.runs.first().cloned().unwrap_or_default();
        line.replace("$RUN1", &first).replace("$RUN", &last(&self.runs)).replace("$TOKEN", &last(&self.tokens))
    }
}

/// What holds on to the journal until the case is over.
#[derive(Default)]
struct Held {
    drivers: Vec<Presence>,
    connections: Vec<rusqlite::Connection>,
}

/// Does something to the journal behind the command's back.
fn interfere(line: &str, folder: &Path, held: &mut Held) {
    let path = folder.join("journal.sqlite");
    let sql = |text: &str| rusqlite::Connection::open(&path).expect("the file").execute_batch(text).expect("the SQL");
    let words = words(line);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Another process drives the run.
        ["!drive", run] => {
            let journal = SqliteJournal::open(&path).expect("the journal");
            let driver = Presence::announce(&path).expect("a driver");
            let (run, ttl) = (run.parse().expect("a run"), Duration::from_mins(5));
            let claim = journal.claim(&run, driver.owner(), ttl).expect("a claim");
            assert!(matches!(claim, Claim::Granted(_)));
            held.drivers.push(driver);
        }
        // Another process writes, and does not come to an end.
        ["!lock"] => {
            let connection = rusqlite::Connection::open(&path).expect("the file");
            connection.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
            held.connections.push(connection);
        }
        // The shortest deadline there is passes.
        ["!expire"] => std::thread::sleep(Duration::from_millis(1_100)),
        ["!newer"] => sql("PRAGMA user_version = 7"),
        ["!overwrite", text] => fs::write(&path, text).expect("the file"),
        ["!truncate"] => {
            let bytes = fs::read(&path).expect("the file");
            fs::write(&path, &bytes[..bytes.len() / 2]).expect("the file");
        }
        // One byte of what stands in the file as this text is another.
        ["!flip", text] => {
            let mut bytes = fs::read(&path).expect("the file");
            let at = bytes.windows(text.len()).position(|found| found == text.as_bytes()).expect("the text");
            bytes[at] ^= 1;
            fs::write(&path, bytes).expect("the file");
        }
        // A plugin of that name, whose file differs with its description.
        ["!plugin", file, description] => {
            let bytes = echo_plugin();
            fs::write(folder.join(file), altered(&bytes, description)).expect("the plugin");
        }
        other => panic!("nothing is known of {other:?}"),
    }
}

/// The first-party plugin `echo`, as a host has it.
fn echo_plugin() -> Vec<u8> {
    let plugins = sortie_host::FIRST_PARTY.iter();
    let mut found = plugins.filter(|bytes| {
        let host = sortie_host::Host::builder().plugin_bytes(bytes.to_vec(), "a test").build().expect("a host");
        host.registry().plugin("echo").is_ok()
    });
    found.next().expect("there is one").to_vec()
}

fn altered(bytes: &[u8], description: &str) -> Vec<u8> {
    let host = sortie_host::Host::builder().plugin_bytes(bytes.to_vec(), "a test").build().expect("a host");
    let registry = host.registry();
    let mut manifest = registry.plugin("echo").expect("the plugin").plugin().manifest().clone();
    "mine".clone_into(&mut manifest.name);
    description.clone_into(&mut manifest.description);
    sortie_packager::with_manifest(bytes, &json!(manifest)).expect("a plugin")
}

fn perform(case: &Path, database: Option<&str>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = fs::canonicalize(folder.path()).map(|path| (path, folder)).expect("the folder");
    copy(case, &folder.0);
    let (masks, mut seen, mut held, mut printed) =
        (Masks::new(&folder.0), Seen::default(), Held::default(), String::new());
    for line in fs::read_to_string(case.join("cmd")).expect("command lines").lines() {
        printed.push_str(&format!("$ {line}\n"));
        let line = seen.fill(line);
        if line.starts_with('!') {
            interfere(&line, &folder.0, &mut held);
            continue;
        }
        let mut command = sortie(&folder.0);
        if let Some(database) = database {
            command.env("SORTIE_JOURNAL", database);
        }
        let output = command.args(words(&line)).output().expect("the command runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        seen.look(&out);
        let exit = output.status.code().expect("an exit code");
        let text = format!("exit {exit}\n--- stdout\n{out}--- stderr\n{err}\n");
        let text = masks.masked(&text, &seen);
        // Where a command names its journal, it names the other one.
        printed.push_str(&database.map_or(text.clone(), |database| text.replace(database, "FOLDER/journal.sqlite")));
    }
    printed
}

#[test]
fn every_case_prints_what_it_should() {
    let bless = std::env::var_os("SORTIE_BLESS").is_some();
    let only = std::env::var("SORTIE_CASE").ok();
    let cases: Vec<_> =
        cases().into_iter().filter(|case| only.as_ref().is_none_or(|only| case.ends_with(only))).collect();
    assert!(only.is_some() || cases.len() > 15, "only {} cases were found", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let actual = perform(&case, None);
        if bless {
            fs::write(case.join("expected"), &actual).expect("the expectation is written");
        }
        let expected = fs::read_to_string(case.join("expected")).unwrap_or_default();
        if actual != expected {
            wrong.push(format!("=== {}\n--- expected\n{expected}\n--- actual\n{actual}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What only a file can be: damaged, locked, or there without anybody having made it; and a driver that holds a lock beside it.
fn is_of_files(case: &Path) -> bool {
    let name = case.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with("journal-") || name == "run-held"
}

#[cfg(unix)]
#[test]
fn every_case_prints_the_same_where_the_journal_is_a_database() {
    let Some(server) = sortie_journal_postgres::PostgresServer::start(&[]).expect("a server") else { return };
    let cases: Vec<_> = cases().into_iter().filter(|case| !is_of_files(case)).collect();
    assert!(cases.len() > 15, "only {} cases were found", cases.len());
    let bless = std::env::var_os("SORTIE_BLESS").is_some();
    let wrong = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    // Each waits for processes: two at a time.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let name = case.file_name().expect("a name").to_string_lossy().replace('-', "_");
                    server.sql(&format!("CREATE DATABASE {name}")).expect("a database");
                    let database = format!("postgres://sortie@localhost:{}/{name}", server.port());
                    let actual = perform(case, Some(&database));
                    // A database keeps plugins beside its runs, so that less is missing.
                    let own = case.join("expected-of-a-database");
                    if bless && own.exists() {
                        fs::write(&own, &actual).expect("the expectation is written");
                    }
                    let expected = fs::read_to_string(own).or_else(|_| fs::read_to_string(case.join("expected")));
                    let expected = expected.unwrap_or_default();
                    if actual != expected {
                        let text = format!("=== {}\n--- expected\n{expected}\n--- actual\n{actual}", case.display());
                        wrong.lock().expect("the list").push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("the list");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
