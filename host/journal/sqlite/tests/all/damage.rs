//! Damaged files: what is wrong is named, and nothing wrong is ever taken for right.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};
use sortie_journal::{Event, Filter, Journal, JournalError, NewRun, RunId, RunRecord, Start, Timestamp, Version};
use sortie_journal_sqlite::{SqliteJournal, SqliteOptions};
use tempfile::TempDir;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

fn run(name: &str) -> RunId {
    name.parse().unwrap()
}

/// A closed journal with two runs of four events each, all in one file.
struct Closed {
    directory: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
    runs: Vec<RunRecord>,
}

impl Closed {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let journal = SqliteJournal::open(&path).unwrap();
        let runs = ["one", "two"].map(|name| {
            let body = json!({"params": format!("params of {name}")});
            let events = vec![Event::Started(Start { mission: "daily".to_owned(), by: None, body })];
            journal.create(&NewRun { run: run(name), at: time(0), events, lease: None }).unwrap();
            let more: Vec<_> = (2..5).map(|number| Event::Engine(json!(format!("event {number} of {name}")))).collect();
            journal.append(&run(name), Version::new(1), time(1), &more).unwrap();
            journal.read(&run(name)).unwrap()
        });
        drop(journal);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the log was folded into the file");
        let bytes = fs::read(&path).unwrap();
        Self { directory, path, bytes, runs: runs.into() }
    }

    /// The error code of opening and verifying these bytes; for an intact journal, that all is as it was.
    fn code_of(&self, bytes: &[u8]) -> Option<&'static str> {
        for file in fs::read_dir(self.directory.path()).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        fs::write(&self.path, bytes).unwrap();
        let journal = match SqliteJournal::open(&self.path) {
            Ok(journal) => journal,
            Err(error) => return Some(error.code()),
        };
        for expected in &self.runs {
            if let Ok(found) = journal.read(&expected.summary.run) {
                assert_eq!(found, *expected, "what is read is what was written");
            }
        }
        let verified = journal.verify();
        if verified.is_ok() {
            let listed = journal.list(&Filter::default()).unwrap();
            assert_eq!(listed, self.runs.iter().map(|record| record.summary.clone()).collect::<Vec<_>>());
        }
        verified.err().map(|error| error.code())
    }
}

#[test]
fn an_untouched_journal_verifies() {
    let closed = Closed::new();
    assert_eq!(closed.code_of(&closed.bytes), None);
}

#[test]
fn a_flipped_byte_names_the_run_and_the_event_and_spares_the_others() {
    let closed = Closed::new();
    for number in 2..5 {
        let text = format!("event {number} of two");
        let place = closed.bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
        for offset in 0..text.len() {
            let mut bytes = closed.bytes.clone();
            bytes[place + offset] ^= 0x01;
            fs::write(&closed.path, &bytes).unwrap();
            let journal = SqliteJournal::open(&closed.path).unwrap();
            let error = journal.read(&run("two")).unwrap_err();
            assert_eq!(error.code(), "corrupt_event");
            let JournalError::CorruptEvent { run: name, sequence, .. } = error else { panic!("{error}") };
            assert_eq!((name, sequence), (run("two"), number));
            assert_eq!(journal.read(&run("one")).unwrap(), closed.runs[0]);
        }
    }
}

#[test]
fn no_flipped_byte_anywhere_changes_what_is_read() {
    let closed = Closed::new();
    let mut noticed = 0;
    // A stride that is coprime to the page size comes by every kind of place.
    for place in (0..closed.bytes.len()).step_by(61) {
        let mut bytes = closed.bytes.clone();
        bytes[place] ^= 0x10;
        noticed += usize::from(closed.code_of(&bytes).is_some());
    }
    assert!(noticed > 10, "{noticed}");
}

#[test]
fn no_truncation_is_taken_for_a_journal() {
    let closed = Closed::new();
    let pages = (1..closed.bytes.len() / 4096).map(|page| page * 4096);
    // SQLite takes a file of no byte, or of one, for an empty database.
    let lengths = [2, 15, 16, 17, 99, 100, 101, 511, 512, 513, 4095];
    for length in pages.chain(lengths) {
        assert_eq!(closed.code_of(&closed.bytes[..length]), Some("journal_truncated"), "{length} bytes");
    }
    // Of the last page SQLite does not miss a part; if an event ended there, that does.
    let code = closed.code_of(&closed.bytes[..closed.bytes.len() - 1]);
    assert!(matches!(code, None | Some("corrupt_event")), "{code:?}");
}

/// Changes a journal behind its back.
fn tamper(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let triggers = |column: &str| -> Vec<String> {
        let sql = format!("SELECT {column} FROM sqlite_schema WHERE type = 'trigger'");
        let mut rows = connection.prepare(&sql).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let made = triggers("sql");
    for name in triggers("name") {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection.execute_batch(sql).unwrap();
    // Whoever meddles leaves the schema as it was: otherwise it would not be opened.
    connection.execute_batch(&made.join(";")).unwrap();
}

#[test]
fn what_was_changed_behind_its_back_is_named() {
    let cases = [
        ("UPDATE events SET kind = 'note' WHERE run_id = 2 AND sequence = 3", "corrupt_event", Some(3)),
        ("UPDATE events SET kind = 'other' WHERE run_id = 2 AND sequence = 3", "corrupt_event", Some(3)),
        ("UPDATE events SET at = at + 1 WHERE run_id = 2 AND sequence = 2", "corrupt_event", Some(2)),
        ("UPDATE events SET chain = zeroblob(32) WHERE run_id = 2 AND sequence = 4", "corrupt_event", Some(4)),
        ("UPDATE events SET chain = zeroblob(31) WHERE run_id = 2 AND sequence = 4", "corrupt_event", Some(4)),
        ("DELETE FROM events WHERE run_id = 2 AND sequence = 4", "corrupt_event", Some(4)),
        ("DELETE FROM events WHERE run_id = 2 AND sequence = 2", "corrupt_event", Some(2)),
        ("DELETE FROM events WHERE run_id = 2", "corrupt_event", Some(1)),
        (
            "UPDATE events SET sequence = 9 WHERE run_id = 2 AND sequence = 1;
             UPDATE events SET sequence = 1 WHERE run_id = 2 AND sequence = 2",
            "corrupt_event",
            Some(1),
        ),
        (
            "DELETE FROM events WHERE run_id = 2;
             INSERT INTO events SELECT 2, sequence, at, kind, body, chain FROM events WHERE run_id = 1",
            "corrupt_event",
            Some(1),
        ),
        ("UPDATE runs SET mission = 'weekly' WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET status = 'done' WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET status = 'sleeping' WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET version = 3 WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET version = -3 WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET created_at = 9223372036854775807 WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET step = 'confirm' WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET started_by = 'mallory' WHERE id = 2", "corrupt_index", None),
        ("UPDATE runs SET setback = '7' WHERE id = 2", "corrupt_index", None),
    ];
    for (sql, code, sequence) in cases {
        let closed = Closed::new();
        tamper(&closed.path, sql);
        let journal = SqliteJournal::open(&closed.path).unwrap();
        let error = journal.read(&run("two")).unwrap_err();
        assert_eq!(error.code(), code, "{sql}: {error}");
        if let JournalError::CorruptEvent { sequence: found, .. } = error {
            assert_eq!(Some(found), sequence, "{sql}");
        }
        assert_eq!(journal.read(&run("one")).unwrap(), closed.runs[0], "{sql}");
        assert!(journal.verify().is_err(), "{sql}");
    }
}

#[test]
fn events_cannot_be_changed_or_removed_by_sql() {
    let closed = Closed::new();
    let connection = Connection::open(&closed.path).unwrap();
    for sql in ["UPDATE events SET kind = 'note'", "DELETE FROM events WHERE run_id = 2"] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn a_feed_that_was_changed_is_noticed() {
    for sql in [
        "UPDATE changes SET status = 'sleeping' WHERE position = 2",
        "UPDATE changes SET to_version = -1 WHERE position = 2",
        "UPDATE changes SET to_version = 9 WHERE position = 2",
        "UPDATE changes SET from_version = 3 WHERE position = 2",
    ] {
        let closed = Closed::new();
        tamper(&closed.path, sql);
        assert_eq!(SqliteJournal::open(&closed.path).unwrap().verify().unwrap_err().code(), "journal_corrupt", "{sql}");
    }
}

/// Opens a file that is no journal of ours, and sees that it is left as it is.
fn refused(bytes: &[u8]) -> JournalError {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, bytes).unwrap();
    let error = SqliteJournal::open(&path).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), bytes, "the file is left as it is");
    error
}

fn database(sql: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    fs::read(&path).unwrap()
}

#[test]
fn what_is_not_sqlite_is_not_a_journal() {
    for bytes in [b"hello".as_slice(), &[0; 5000], "{\"a\": 1}\n".repeat(1000).as_bytes()] {
        assert_eq!(refused(bytes).code(), "not_a_journal");
    }
}

#[test]
fn a_database_of_another_program_is_not_a_journal() {
    for sql in [
        "CREATE TABLE runs (a)",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 1397904458; CREATE TABLE a (b)",
    ] {
        assert_eq!(refused(&database(sql)).code(), "not_a_journal", "{sql}");
    }
}

#[test]
fn a_journal_of_a_newer_version_is_refused_with_both_versions() {
    let closed = Closed::new();
    Connection::open(&closed.path).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    let error = SqliteJournal::open(&closed.path).unwrap_err();
    let JournalError::NewerVersion { found, supported, .. } = &error else { panic!("{error}") };
    assert_eq!((*found, *supported, error.code()), (7, 3, "journal_newer_version"));
}

#[test]
fn an_empty_file_is_a_new_journal_and_a_new_journal_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    fs::write(&path, b"").unwrap();
    SqliteJournal::open(&path).unwrap().verify().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = directory.path().join("new");
        let journal = SqliteJournal::open(&path).unwrap();
        journal.list(&Filter::default()).unwrap();
        for name in ["new", "new-wal", "new-shm"] {
            let mode = fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}

#[test]
fn a_path_that_is_no_file_cannot_be_opened() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteOptions::default();
    let places = [
        (directory.path().to_owned(), "not_a_journal"),
        (directory.path().join("missing/journal"), "journal_cannot_open"),
    ];
    for (path, code) in places {
        let error = SqliteJournal::open_with(&path, &options).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn a_journal_is_a_file_whatever_its_name() {
    let directory = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:journal?mode=memory", "a b'ü"] {
        let path = directory.path().join(name);
        let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
        let new = NewRun { run: run("one"), at: time(0), events: vec![started], lease: None };
        SqliteJournal::open(&path).unwrap().create(&new).unwrap();
        assert!(path.is_file(), "{name}");
        assert_eq!(SqliteJournal::open(&path).unwrap().verify(), Ok(1), "{name}");
    }
}

#[test]
fn a_cell_has_as_many_bytes_as_it_may_have_and_not_one_more() {
    let most = 256 << 20;
    let read = |bytes: usize| {
        let closed = Closed::new();
        // An event after a gap: that is found before its body is looked at.
        let sql = format!(
            "INSERT INTO events SELECT run_id, 6, at, 'note', zeroblob({bytes}), chain FROM events WHERE sequence = 4;
            UPDATE runs SET version = 6"
        );
        Connection::open(&closed.path).unwrap().execute_batch(&sql).unwrap();
        SqliteJournal::open(&closed.path).unwrap().read(&run("one")).unwrap_err().code()
    };
    assert_eq!((read(most), read(most + 1)), ("corrupt_event", "journal_corrupt"));
}

#[test]
fn what_lists_show_of_a_run_has_as_many_bytes_as_it_may_have_and_not_one_more() {
    let most = 2 << 20;
    let list = |bytes: usize| {
        let closed = Closed::new();
        let sql = format!("UPDATE runs SET mission = CAST(zeroblob({bytes}) AS TEXT) WHERE run = 'one'");
        Connection::open(&closed.path).unwrap().execute_batch(&sql).unwrap();
        let journal = SqliteJournal::open(&closed.path).unwrap();
        journal.list(&Filter::default()).map(|runs| runs.len()).map_err(|error| error.code())
    };
    assert_eq!((list(most), list(most + 1)), (Ok(2), Err("corrupt_index")));
}

#[test]
fn a_journal_whose_schema_is_another_is_refused() {
    let endless = "SELECT 1 AS id, run, mission, status, version, chain, created_at, updated_at, step, description,
        assignees, asked_at, deadline, token_hash, lease_owner, lease_until FROM kept, kept AS b, kept AS c";
    let alterations = [
        format!("DROP INDEX runs_by_creation; ALTER TABLE runs RENAME TO kept; CREATE VIEW runs AS {endless}"),
        "DROP TRIGGER events_are_removed_with_their_run".to_owned(),
        "CREATE TRIGGER more AFTER INSERT ON runs BEGIN DELETE FROM runs; END".to_owned(),
        "ALTER TABLE runs ADD COLUMN more TEXT".to_owned(),
        "DROP INDEX runs_by_creation".to_owned(),
        "CREATE TABLE more (a)".to_owned(),
    ];
    for sql in alterations {
        let closed = Closed::new();
        Connection::open(&closed.path).unwrap().execute_batch(&sql).unwrap();
        assert_eq!(SqliteJournal::open(&closed.path).unwrap_err().code(), "not_a_journal", "{sql}");
    }
    // Nor are those SQLite's statistics that have their names: whoever writes the schema as it is kept can give them to anything.
    for (kind, of, sql) in [
        ("trigger", "runs", "CREATE TRIGGER sqlite_stat1 AFTER INSERT ON runs BEGIN DELETE FROM runs; END"),
        ("view", "sqlite_stat1", "CREATE VIEW sqlite_stat1 AS SELECT 1"),
    ] {
        let closed = Closed::new();
        let connection = Connection::open(&closed.path).unwrap();
        connection.pragma_update(None, "writable_schema", true).unwrap();
        let insert = "INSERT INTO sqlite_schema VALUES (?1, 'sqlite_stat1', ?2, 0, ?3)";
        connection.execute(insert, [kind, of, sql]).unwrap();
        drop(connection);
        assert_eq!(SqliteJournal::open(&closed.path).unwrap_err().code(), "not_a_journal", "{sql}");
    }
    // SQLite's own statistics do no harm.
    let closed = Closed::new();
    Connection::open(&closed.path).unwrap().execute_batch("ANALYZE").unwrap();
    assert!(SqliteJournal::open(&closed.path).is_ok());
}

/// An index of 86 kB can list one run without an end: its pages lead to the same page again and again.
#[test]
fn an_index_that_lists_a_run_twice_is_refused_where_it_does() {
    let closed = Closed::new();
    let connection = Connection::open(&closed.path).unwrap();
    let page = |index: &str| -> usize {
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        connection.query_row(root, [index], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
    };
    let page = (page("runs_by_creation") - 1) * 4096;
    drop(connection);
    let mut bytes = closed.bytes.clone();
    // A leaf of an index, whose cells have their places behind its head; both are the first now.
    assert_eq!((bytes[page], &bytes[page + 3..page + 5]), (10, &[0, 2][..]));
    let first = [bytes[page + 8], bytes[page + 9]];
    bytes[page + 10..page + 12].copy_from_slice(&first);
    // Checking the whole file says so, too.
    assert_eq!(closed.code_of(&bytes), Some("journal_corrupt"));
    let listed = SqliteJournal::open(&closed.path).unwrap().list(&Filter::default());
    assert_eq!(listed.unwrap_err().code(), "corrupt_index");
}

/// A rollback journal of nothing, as of a process that ended while it wrote to several databases: it ends with a file's name.
fn rollback_journal(of: &[u8], name: &Path) -> Vec<u8> {
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    const PAGE: u32 = 4096;
    let (name, pages) = (name.to_str().unwrap().as_bytes(), u32::try_from(of.len()).unwrap() / PAGE);
    let of_name =
        [0x4000_0000 / PAGE + 1, u32::try_from(name.len()).unwrap(), name.iter().copied().map(u32::from).sum()];
    let [place, length, sum] = of_name.map(u32::to_be_bytes);
    // Records, the seed of their checksums, pages of the database, the size of a sector and that of a page.
    let mut header = [MAGIC.as_slice(), &[0, 0, pages, 512, PAGE].map(u32::to_be_bytes).concat()].concat();
    header.resize(512, 0);
    [header.as_slice(), &place, name, &length, &sum, &MAGIC].concat()
}

#[test]
fn a_rollback_journal_beside_it_gets_no_other_file_deleted() {
    let closed = Closed::new();
    let victim = closed.directory.path().join("victim");
    let beside = closed.directory.path().join("journal-journal");
    let lay = || {
        fs::write(&victim, "dear to somebody").unwrap();
        fs::write(&beside, rollback_journal(&closed.bytes, &victim)).unwrap();
    };
    lay();
    let error = SqliteJournal::open(&closed.path).unwrap_err();
    assert_eq!(error.code(), "not_a_journal");
    assert!(error.to_string().contains("journal-journal"), "{error}");
    assert!(victim.exists());
    // SQLite alone does delete it: else this shows nothing.
    let connection = Connection::open(&closed.path).unwrap();
    connection.query_row("SELECT count(*) FROM runs", [], |row| row.get::<_, i64>(0)).unwrap();
    assert!(!victim.exists());
}
