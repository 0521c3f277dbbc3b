//! Opening a journal file: finding out what it is, making it, bringing it up to date.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use sortie_journal::JournalError;

use crate::faults::Failure;
use crate::kill_point;

/// "SRTJ": what `file` and SQLite call the application id.
const APPLICATION_ID: i64 = 0x5352_544a;

/// How a file comes from each version to the next: the first entry makes version 1. Entries are only ever added.
const MIGRATIONS: [&str; 3] =
    [include_str!("version_1.sql"), include_str!("version_2.sql"), include_str!("version_3.sql")];

/// The pause between two attempts to set up a file that another process is setting up.
const PAUSE: Duration = Duration::from_millis(10);

/// How much of a file each connection may keep in memory: a few thousand runs. SQLite's default is 2 MiB, in which a
/// journal of a thousand runs has no place.
const CACHE_KIB: i64 = 16 << 10;

/// The greatest size of a text or a blob in a file: 256 MiB.
const MAX_CELL_BYTES: i32 = 256 << 20;

/// The version that the migrations lead to.
fn newest_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// How a journal is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long to wait for other processes that write before giving up as [`JournalError::Locked`]. Default: 10 s.
    pub busy_timeout: Duration,
    /// The greatest number of pages of 4 KiB that the file may have, beyond which it is
    /// [full](JournalError::DiskFull). Default: SQLite's own limit, about 4 billion.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(10), max_pages: None }
    }
}

/// What the names of the files end in that SQLite has beside a database. <https://sqlite.org/tempfiles.html>
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// The absolute path, a connection that writes and one that reads.
pub(crate) fn open(path: &Path, options: &SqliteOptions) -> Result<(PathBuf, Connection, Connection), JournalError> {
    let cannot = |error: std::io::Error| JournalError::CannotOpen { path: path.to_owned(), detail: error.to_string() };
    // Absolute, so that SQLite takes no name for a URI or for a database in memory.
    let path = std::path::absolute(path).map_err(cannot)?;
    make_file(&path)?;
    if !is_kept(&path).map_err(cannot)? {
        return Err(JournalError::NotAJournal { path, detail: "it is not a regular file".to_owned() });
    }
    // SQLite reads them before anything else, and would wait for a pipe.
    for suffix in BESIDE {
        let mut beside = path.clone().into_os_string();
        beside.push(suffix);
        if is_kept(Path::new(&beside)).is_ok_and(|is_kept| !is_kept) {
            let detail = format!("`{}` beside it is not a regular file", Path::new(&beside).display());
            return Err(JournalError::NotAJournal { path, detail });
        }
        if names_another(Path::new(&beside)).unwrap_or(false) {
            let detail =
                format!("`{}` beside it names one more file, which SQLite would delete", Path::new(&beside).display());
            return Err(JournalError::NotAJournal { path, detail });
        }
    }
    let connect = || -> Result<(Connection, Connection), Failure> {
        let mut writer = connect(&path, options)?;
        set_up(&mut writer, &path)?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        if let Some(pages) = options.max_pages {
            writer.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
        let reader = connect(&path, options)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok((writer, reader))
    };
    let (writer, reader) = connect().map_err(|failure| failure.at(&path))?;
    Ok((path, writer, reader))
}

/// Whether a rollback journal ends with the name of a super-journal: SQLite reads the whole of that file, and deletes it, be
/// it what it may. Only transactions of several databases have one, and ours have one database each.
/// <https://sqlite.org/atomiccommit.html>, section 5.
fn names_another(beside: &Path) -> std::io::Result<bool> {
    /// What begins a rollback journal, and ends one that has such a name.
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let mut file = File::open(beside)?;
    file.seek(SeekFrom::End(-8))?;
    let mut end = [0; 8];
    file.read_exact(&mut end)?;
    Ok(end == MAGIC)
}

/// Whether a file is a regular one that a disk keeps. SQLite would wait for one that Linux makes up as it is read, and that has
/// nothing to say yet (`/proc/kmsg`).
fn is_kept(path: &Path) -> std::io::Result<bool> {
    let made_up = ["/proc", "/sys"];
    let is_regular = std::fs::metadata(path)?.is_file();
    Ok(is_regular && !made_up.iter().any(|folder| path.canonicalize().is_ok_and(|path| path.starts_with(folder))))
}

/// Makes an empty file if there is none, for its owner alone: a journal holds the state of missions. SQLite gives
/// the files beside it the same mode.
pub(crate) fn make_file(path: &Path) -> Result<(), JournalError> {
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let Err(error) = new.open(path) else { return Ok(()) };
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::AlreadyExists => Ok(()),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem if !path.exists() => {
            Err(JournalError::ReadOnly { path })
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Err(JournalError::DiskFull { path }),
        _ if path.exists() => Ok(()),
        _ => Err(JournalError::CannotOpen { path, detail: error.to_string() }),
    }
}

fn connect(path: &Path, options: &SqliteOptions) -> Result<Connection, Failure> {
    // Each connection is behind a lock of ours, so SQLite need not lock it again.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    // A file may come from anywhere: neither its schema nor its cells are trusted.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // No event is so large; a file that says otherwise is not read into memory.
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_CELL_BYTES)?;
    // Negative: in KiB, not in pages.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// What a file is, before anything in it is touched.
enum FileState {
    /// Nothing yet.
    Empty,
    /// A journal of that version.
    Journal(usize),
}

fn inspect(connection: &Connection, path: &Path) -> Result<FileState, Failure> {
    let integer = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application_id = integer("PRAGMA application_id")?;
    let version = integer("PRAGMA user_version")?;
    let of_other = |detail: String| JournalError::NotAJournal { path: path.to_owned(), detail };
    match (application_id, version) {
        (APPLICATION_ID, 1..) => match usize::try_from(version) {
            Ok(version) if version <= MIGRATIONS.len() => {
                if !has_schema_of(connection, version)? {
                    return Err(of_other(format!("its tables are not those of a journal of version {version}")).into());
                }
                Ok(FileState::Journal(version))
            }
            Ok(_) | Err(_) => {
                let supported = newest_version();
                Err(JournalError::NewerVersion { path: path.to_owned(), found: version, supported }.into())
            }
        },
        (0, 0) if integer("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(FileState::Empty),
        _ => Err(of_other(format!("it is an SQLite database with application id {application_id}")).into()),
    }
}

/// What a file has, as its schema tells: kind, name, table and text of each.
type Schema = Vec<(String, String, String, Option<String>)>;

/// Whether a file has what a journal of that version has, and nothing else. A view in a table's place could take any
/// time to read, and a trigger could do anything. The two tables in which SQLite keeps statistics do no harm, if they are these
/// tables: whoever writes a schema as it is kept can give their names to anything.
fn has_schema_of(connection: &Connection, version: usize) -> Result<bool, Failure> {
    let blank = Connection::open_in_memory()?;
    for migration in MIGRATIONS.iter().take(version) {
        blank.execute_batch(migration)?;
    }
    let expected = schema(&blank, i64::MAX)?;
    let most = i64::try_from(expected.len()).unwrap_or(i64::MAX).saturating_add(1);
    Ok(schema(connection, most)? == expected)
}

fn schema(connection: &Connection, most: i64) -> Result<Schema, Failure> {
    let mut rows = connection.prepare(
        "SELECT type, name, tbl_name, substr(sql, 1, 100000) FROM sqlite_schema
         WHERE sql IS NULL OR type != 'table' OR name != tbl_name OR sql NOT IN (
            'CREATE TABLE sqlite_stat1(tbl,idx,stat)', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')
         ORDER BY type, name LIMIT ?1",
    )?;
    let rows = rows.query_map([most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes a new file a journal, and an older journal one of today. Touches nothing else.
fn set_up(connection: &mut Connection, path: &Path) -> Result<(), Failure> {
    let found = {
        // One state of the file, though another process may be setting it up.
        let tx = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        inspect(&tx, path)?
    };
    match found {
        FileState::Journal(version) if version == MIGRATIONS.len() && is_wal(connection)? => return Ok(()),
        FileState::Journal(_) | FileState::Empty => {}
    }
    use_wal(connection)?;
    kill_point::reach();
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let version = match inspect(&tx, path)? {
        FileState::Empty => 0,
        FileState::Journal(version) => version,
    };
    for migration in MIGRATIONS.iter().skip(version) {
        tx.execute_batch(migration)?;
        kill_point::reach();
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", newest_version())?;
    kill_point::reach();
    tx.commit()?;
    kill_point::reach();
    Ok(())
}

fn is_wal(connection: &Connection) -> Result<bool, Failure> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    Ok(mode == "wal")
}

/// Turns the write-ahead log on. To do so SQLite wants the file for itself, and does not wait for it as it does
/// elsewhere: of many processes that begin at once, all but one are told that it is busy. So this waits.
fn use_wal(connection: &Connection) -> Result<(), Failure> {
    let mut attempts = 500;
    loop {
        let switched = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match switched {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let detail = format!("its file system has no write-ahead logs (SQLite stays with `{mode}`)");
                return Err(JournalError::Unexpected { detail }.into());
            }
            Err(error) if is_busy(&error) && attempts > 0 => {
                attempts -= 1;
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}
