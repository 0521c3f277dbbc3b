//! Journals that cannot be written: locked, full, read-only. Each says so, and loses nothing.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use sortie_journal::{Event, Filter, Journal, JournalError, NewRun, Owner, RunId, Start, Timestamp};
use sortie_journal_sqlite::{SqliteJournal, SqliteOptions};

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

fn new_run(name: &str) -> NewRun {
    let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
    NewRun { run: name.parse().unwrap(), at: time(0), events: vec![started], lease: None }
}

fn impatient() -> SqliteOptions {
    SqliteOptions { busy_timeout: Duration::from_millis(50), ..SqliteOptions::default() }
}

#[test]
fn a_journal_that_another_process_writes_is_locked_and_can_still_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let journal = SqliteJournal::open_with(&path, &impatient()).unwrap();
    let made = journal.create(&new_run("one")).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let me = Owner::new("me");
    let refused = [
        journal.create(&new_run("two")).unwrap_err(),
        journal.append(&made.run, made.version, time(1), &[Event::Note(json!(1))]).unwrap_err(),
        journal.claim(&made.run, &me, Duration::from_mins(1)).unwrap_err(),
        journal.release(&made.run, &me).unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error, JournalError::Locked { path: path.clone() });
    }
    assert_eq!(journal.read(&made.run).unwrap().summary, made);
    assert_eq!(SqliteJournal::open_with(&path, &impatient()).unwrap().verify(), Ok(1));
    other.execute_batch("ROLLBACK").unwrap();
    journal.append(&made.run, made.version, time(1), &[Event::Note(json!(1))]).unwrap();
}

#[cfg(unix)]
#[test]
fn a_pipe_where_sqlite_looks_for_a_file_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    drop(SqliteJournal::open(&path).unwrap());
    for suffix in ["-journal", "-wal", "-shm"] {
        let beside = directory.path().join(format!("journal{suffix}"));
        assert!(std::process::Command::new("mkfifo").arg(&beside).status().unwrap().success());
        let error = SqliteJournal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal { .. }), "{error}");
        std::fs::remove_file(&beside).unwrap();
    }
    assert_eq!(SqliteJournal::open(&path).unwrap().verify(), Ok(0));
}

/// `/proc/kmsg` says that it is a regular file, as all there does, and whoever may read it waits for what the kernel says next.
#[cfg(target_os = "linux")]
#[test]
fn what_the_system_makes_up_as_it_is_read_is_no_journal() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("/proc/self/status", &link).unwrap();
    let kept = directory.path().join("journal");
    drop(SqliteJournal::open(&kept).unwrap());
    std::os::unix::fs::symlink("/proc/self/status", directory.path().join("journal-wal")).unwrap();
    for path in [link, kept, "/proc/self/status".into()] {
        let error = SqliteJournal::open(&path).unwrap_err();
        assert!(error.to_string().contains("is not a regular file"), "{error}");
    }
}

#[test]
fn a_journal_that_another_process_has_for_itself_is_locked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    drop(SqliteJournal::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    assert_eq!(SqliteJournal::open_with(&path, &impatient()).unwrap_err().code(), "journal_locked");
    drop(other);
    assert_eq!(SqliteJournal::open(&path).unwrap().verify(), Ok(0));
}

/// Adds events to a run until the journal refuses; gives the error. What was acknowledged is there, and no more.
fn fill(journal: &SqliteJournal) -> JournalError {
    let mut last = journal.create(&new_run("one")).unwrap();
    let body = Value::String("x".repeat(3000));
    let error = loop {
        match journal.append(&last.run, last.version, time(1), &[Event::Engine(body.clone())]) {
            Ok(summary) => last = summary,
            Err(error) => break error,
        }
        assert!(last.version.get() < 100_000, "the journal is never full");
    };
    assert_eq!(journal.read(&last.run).unwrap().summary, last, "what was acknowledged is kept");
    assert!(last.version.get() > 2);
    error
}

/// What is left when there is room again.
fn goes_on(path: &Path) {
    let journal = SqliteJournal::open(path).unwrap();
    assert_eq!(journal.verify(), Ok(1));
    let run: RunId = "one".parse().unwrap();
    let version = journal.read(&run).unwrap().version();
    journal.append(&run, version, time(2), &[Event::Note(json!(1))]).unwrap();
    assert_eq!(journal.verify(), Ok(1));
}

#[test]
fn a_journal_at_its_limit_is_full_and_goes_on_when_the_limit_is_raised() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let options = SqliteOptions { max_pages: Some(40), ..SqliteOptions::default() };
    let journal = SqliteJournal::open_with(&path, &options).unwrap();
    assert_eq!(fill(&journal), JournalError::DiskFull { path: path.clone() });
    drop(journal);
    goes_on(&path);
}

/// Tests in a process of their own, under a limit or another user.
#[cfg(unix)]
mod confined {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Output};

    use super::*;

    /// The directory that a child of this test works in; unset in the parent.
    const DIRECTORY: &str = "SORTIE_TEST_DIRECTORY";

    fn directory() -> Option<std::path::PathBuf> {
        std::env::var_os(DIRECTORY).map(Into::into)
    }

    /// Runs one of the tests below in a shell that first sets a limit.
    fn child(test: &str, directory: &Path, prelude: &str) -> Output {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{prelude} exec \"$0\" --exact faults::confined::{test} --ignored --nocapture")]);
        shell.arg(std::env::current_exe().unwrap()).env(DIRECTORY, directory);
        shell.output().unwrap()
    }

    fn succeeded(output: &Output) {
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    #[test]
    #[ignore = "runs as a child of the test below"]
    fn fill_within_a_limit() {
        let path = directory().unwrap().join("journal");
        let error = fill(&SqliteJournal::open(path).unwrap());
        // SQLite tells a limit on the size of a file from a full disk no further than this.
        assert!(matches!(error, JournalError::Io { .. } | JournalError::DiskFull { .. }), "{error}");
    }

    #[test]
    fn a_limit_on_the_size_of_files_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        succeeded(&child("fill_within_a_limit", directory.path(), "trap '' XFSZ; ulimit -f 400;"));
        goes_on(&directory.path().join("journal"));
    }

    #[test]
    #[ignore = "runs as a child of the test below"]
    fn fill_a_small_disk() {
        let small = directory().unwrap();
        let ballast = small.join("ballast");
        fs::write(&ballast, vec![0; 700 << 10]).unwrap();
        let path = small.join("journal");
        let journal = SqliteJournal::open(&path).unwrap();
        assert_eq!(fill(&journal), JournalError::DiskFull { path: path.clone() });
        // A disk that is full from the beginning.
        fs::write(small.join("rest"), vec![0; 1 << 20]).unwrap_err();
        let error = SqliteJournal::open(small.join("new")).map(|journal| journal.create(&new_run("one")));
        let error = error.map_or_else(Some, Result::err).unwrap();
        assert_eq!(error.code(), "journal_full", "{error}");
        drop(journal);
        fs::remove_file(ballast).unwrap();
        goes_on(&path);
    }

    #[test]
    fn a_full_disk_is_full_and_goes_on_when_there_is_room() {
        let directory = tempfile::tempdir().unwrap();
        let mount = format!("mount -t tmpfs -o size=1m tmpfs '{}'", directory.path().display());
        let unshare = ["unshare -m", "unshare -Urm"].into_iter().find(|unshare| {
            let tried = Command::new("sh").args(["-c", &format!("{unshare} sh -c \"{mount}\"")]).output();
            tried.is_ok_and(|output| output.status.success())
        });
        let Some(unshare) = unshare else {
            eprintln!("skipped: no file system can be mounted here");
            return;
        };
        let prelude = format!(
            "exec {unshare} sh -c \"{mount} && exec '$0' --exact faults::confined::fill_a_small_disk --ignored --nocapture\";"
        );
        let prelude = prelude.replace("$0", &std::env::current_exe().unwrap().display().to_string());
        succeeded(&child("fill_a_small_disk", directory.path(), &prelude));
    }

    #[test]
    #[ignore = "runs as a child of the test below"]
    fn use_what_is_read_only() {
        let directory = directory().unwrap();
        let check = |result: Result<(), JournalError>| {
            let error = result.unwrap_err();
            assert_eq!(error.code(), "journal_read_only", "{error}");
        };
        check(SqliteJournal::open(directory.join("new")).map(|_| ()));
        check(SqliteJournal::open(directory.join("closed")).and_then(|journal| journal.verify()).map(|_| ()));
        // Another process has it open, so that all its files are there: it can be read.
        let journal = SqliteJournal::open(directory.join("open")).unwrap();
        assert_eq!(journal.verify(), Ok(1));
        assert_eq!(journal.list(&Filter::default()).unwrap().len(), 1);
        check(journal.create(&new_run("two")).map(|_| ()));
    }

    #[test]
    fn a_read_only_directory_is_read_only() {
        const NOBODY: u32 = 65_534;
        let parent = tempfile::tempdir().unwrap();
        fs::set_permissions(parent.path(), Permissions::from_mode(0o755)).unwrap();
        let directory = parent.path().join("read-only");
        fs::create_dir(&directory).unwrap();
        SqliteJournal::open(directory.join("closed")).unwrap().create(&new_run("one")).unwrap();
        let open = SqliteJournal::open(directory.join("open")).unwrap();
        open.create(&new_run("one")).unwrap();
        for file in fs::read_dir(&directory).unwrap() {
            fs::set_permissions(file.unwrap().path(), Permissions::from_mode(0o444)).unwrap();
        }
        fs::set_permissions(&directory, Permissions::from_mode(0o555)).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "faults::confined::use_what_is_read_only", "--ignored", "--nocapture"]);
        command.env(DIRECTORY, &directory);
        if fs::metadata(&directory).unwrap().uid() == 0 {
            // Nothing is read-only to root.
            command.uid(NOBODY).gid(NOBODY);
        }
        succeeded(&command.output().unwrap());
        fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    }
}
