//! Writing: the transactions of several threads in one commit.
//!
//! A durable commit waits for the disk, and while one thread commits, others come to write. They queue, and the first
//! of them *leads*: it does the work of all in one transaction, a *group*, and commits for all. Each write after the
//! first of a group is behind a savepoint, so that one that fails takes back its own changes alone. Nobody is told
//! anything, good or bad, before the commit of its group: what they would be told may follow from what another one
//! wrote. A thread that meets no other does its own work and commits it, as if there were no groups.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

use sortie_journal::JournalError;

use crate::faults::Failure;
use crate::kill_point;

/// The greatest number of writes in a group: nobody waits for ever because others keep coming.
const MAX_WRITES: usize = 64;

/// What a commit survives from the moment that it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Survives {
    /// Every process: `synchronous=NORMAL`.
    Processes,
    /// The machine too: `synchronous=FULL`.
    TheMachine,
}

/// The connection that writes, and those who wait for it.
pub(crate) struct Writer {
    path: PathBuf,
    queue: Mutex<Queue>,
    /// Whoever leads has it to itself.
    connection: Mutex<WriteState>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<dyn QueueEntry>>,
    /// Whether a thread leads now, or was told to.
    led: bool,
}

/// A write in the queue.
trait QueueEntry: Send + Sync {
    fn survives(&self) -> Survives;
    /// Does its work in the open transaction. Its thread is not told yet.
    fn work(&self, connection: &Connection, path: &Path) -> Result<(), JournalError>;
    /// Tells its thread how the transaction ended.
    fn end(&self, ended: &Result<(), JournalError>);
    /// Tells its thread to lead.
    fn promote(&self);
}

type Work<T> = Box<dyn FnOnce(&Connection) -> Result<T, Failure> + Send>;

struct Write<T> {
    survives: Survives,
    work: Mutex<Option<Work<T>>>,
    standing: Mutex<WritePhase<T>>,
    changed: Condvar,
}

/// How far a write has come.
enum WritePhase<T> {
    /// It waits for a leader.
    Waits,
    /// Its own thread leads.
    Leads,
    /// It is done, in a transaction that is still open.
    Done(Result<T, JournalError>),
    /// Its thread may be told.
    Ended(Result<T, JournalError>),
}

/// What the leader has.
struct WriteState {
    connection: Connection,
    /// What the connection is set to at present.
    survives: Survives,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Writer {
    /// A connection that is set to [`Survives::TheMachine`].
    pub(crate) fn new(path: PathBuf, connection: Connection) -> Self {
        let connection = Mutex::new(WriteState { connection, survives: Survives::TheMachine });
        Self { path, queue: Mutex::default(), connection }
    }

    /// Has some work done in a transaction, all of it or nothing, and returns when that is committed.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        survives: Survives,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, JournalError> {
        kill_point::reach();
        let mut queue = lock(&self.queue);
        let leads = !queue.led;
        let write = Arc::new(Write {
            survives,
            work: Mutex::new(Some(Box::new(work))),
            standing: Mutex::new(if leads { WritePhase::Leads } else { WritePhase::Waits }),
            changed: Condvar::new(),
        });
        queue.waiting.push_back(Arc::clone(&write) as Arc<dyn QueueEntry>);
        queue.led = true;
        drop(queue);
        let told = loop {
            match write.told() {
                Some(told) => break told,
                None => self.lead(),
            }
        };
        kill_point::reach();
        told
    }

    /// The connection, if nobody writes: what it reads is committed.
    pub(crate) fn idle(&self) -> Option<Idle<'_>> {
        match self.connection.try_lock() {
            Ok(writing) => Some(Idle(writing)),
            Err(TryLockError::Poisoned(writing)) => Some(Idle(writing.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Does what is in the queue, the own write with it, commits, and hands the lead on.
    fn lead(&self) {
        let mut writing = lock(&self.connection);
        let mut group = Vec::new();
        let mut ended = Ok(());
        if let Some(survives) = self.needed() {
            ended = writing.begin(survives).map_err(|error| Failure::from(error).at(&self.path));
            kill_point::reach();
            while let Some(write) = self.next(survives, group.len()) {
                if ended.is_ok() {
                    ended = writing.work(&*write, group.is_empty(), &self.path);
                }
                group.push(write);
            }
            ended = ended.and_then(|()| writing.run("COMMIT").map_err(|error| Failure::from(error).at(&self.path)));
            if ended.is_err() {
                writing.roll_back();
            }
        }
        drop(writing);
        self.hand_on();
        for write in group {
            write.end(&ended);
        }
    }

    /// What the commit of those who wait now has to survive; nothing, if nobody does.
    fn needed(&self) -> Option<Survives> {
        lock(&self.queue).waiting.iter().map(|write| write.survives()).max()
    }

    /// The next write of a group; nothing, if it is complete.
    fn next(&self, survives: Survives, writes: usize) -> Option<Arc<dyn QueueEntry>> {
        let mut queue = lock(&self.queue);
        let joins = queue.waiting.front().is_some_and(|write| write.survives() <= survives);
        if joins && writes < MAX_WRITES { queue.waiting.pop_front() } else { None }
    }

    fn hand_on(&self) {
        let mut queue = lock(&self.queue);
        match queue.waiting.front() {
            Some(write) => write.promote(),
            None => queue.led = false,
        }
    }
}

/// A lock whose holder never leaves what it guards half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection while nobody writes.
pub(crate) struct Idle<'w>(MutexGuard<'w, WriteState>);

impl Idle<'_> {
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.0.connection
    }
}

impl WriteState {
    /// Sets the connection to what is needed, and begins. Nothing is written if it cannot be set.
    fn begin(&mut self, survives: Survives) -> rusqlite::Result<()> {
        if self.survives != survives {
            let synchronous = match survives {
                Survives::Processes => "NORMAL",
                Survives::TheMachine => "FULL",
            };
            self.connection.pragma_update(None, "synchronous", synchronous)?;
            self.survives = survives;
        }
        self.run("BEGIN IMMEDIATE")
    }

    /// Does a write in the open transaction. If it fails, what it did is taken back; an error is that of the
    /// transaction, which cannot go on.
    fn work(&self, write: &dyn QueueEntry, is_first: bool, path: &Path) -> Result<(), JournalError> {
        let at = |error: rusqlite::Error| Failure::from(error).at(path);
        if is_first {
            // There is nothing yet that it could take back with its own.
            return match write.work(&self.connection, path) {
                Ok(()) => Ok(()),
                Err(error) if self.connection.is_autocommit() => Err(error),
                Err(_) => self.run("ROLLBACK").and_then(|()| self.run("BEGIN IMMEDIATE")).map_err(at),
            };
        }
        self.run("SAVEPOINT write").map_err(at)?;
        match write.work(&self.connection, path) {
            Ok(()) => self.run("RELEASE write").map_err(at),
            // SQLite itself takes back the whole transaction after some errors.
            Err(error) if self.connection.is_autocommit() => Err(error),
            Err(_) => self.run("ROLLBACK TO write").and_then(|()| self.run("RELEASE write")).map_err(at),
        }
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            // What failed before is what is to be told; SQLite undoes an open transaction when it is closed, too.
            let _ = self.run("ROLLBACK");
        }
    }

    fn run(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }
}

impl<T> Write<T> {
    /// Waits for what the thread is to be told; nothing, if it is to lead.
    fn told(&self) -> Option<Result<T, JournalError>> {
        let mut standing = lock(&self.standing);
        loop {
            match std::mem::replace(&mut *standing, WritePhase::Waits) {
                WritePhase::Ended(told) => return Some(told),
                WritePhase::Leads => return None,
                still @ (WritePhase::Waits | WritePhase::Done(_)) => {
                    *standing = still;
                    standing = self.changed.wait(standing).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl<T: Send> QueueEntry for Write<T> {
    fn survives(&self) -> Survives {
        self.survives
    }

    fn work(&self, connection: &Connection, path: &Path) -> Result<(), JournalError> {
        let unexpected = |detail: &str| Failure::from(JournalError::Unexpected { detail: detail.to_owned() });
        let done = match lock(&self.work).take() {
            // A mistake of one write is not to keep the others waiting.
            Some(work) => catch_unwind(AssertUnwindSafe(|| work(connection)))
                .unwrap_or_else(|_| Err(unexpected("this is a bug in Sortie: a write panicked"))),
            None => Err(unexpected("this is a bug in Sortie: a write was to be done twice")),
        };
        let done = done.map_err(|failure| failure.at(path));
        let outcome = done.as_ref().map(drop).map_err(JournalError::clone);
        *lock(&self.standing) = WritePhase::Done(done);
        outcome
    }

    fn end(&self, ended: &Result<(), JournalError>) {
        let mut standing = lock(&self.standing);
        let told = match (std::mem::replace(&mut *standing, WritePhase::Waits), ended) {
            (_, Err(error)) => Err(error.clone()),
            (WritePhase::Done(done), Ok(())) => done,
            (WritePhase::Waits | WritePhase::Leads | WritePhase::Ended(_), Ok(())) => {
                let detail = "this is a bug in Sortie: a write was not done".to_owned();
                Err(JournalError::Unexpected { detail })
            }
        };
        *standing = WritePhase::Ended(told);
        self.changed.notify_one();
    }

    fn promote(&self) {
        *lock(&self.standing) = WritePhase::Leads;
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    struct Database {
        writer: Writer,
        path: PathBuf,
        _folder: tempfile::TempDir,
    }

    impl Database {
        fn new() -> Arc<Self> {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("database");
            let connection = Connection::open(&path).unwrap();
            let tables =
                "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; CREATE TABLE parents (id INTEGER PRIMARY KEY);
                CREATE TABLE rows (id INTEGER PRIMARY KEY, parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED)";
            connection.execute_batch(tables).unwrap();
            Arc::new(Self { writer: Writer::new(path.clone(), connection), path, _folder: folder })
        }

        /// What others see.
        fn rows(&self) -> Vec<i64> {
            rows(&self.path)
        }

        /// Does the works in one group, the first of them first, and gives what each was told.
        fn group(self: &Arc<Self>, works: Vec<Work<()>>) -> Vec<Result<(), JournalError>> {
            let (others, begun) = (works.len() - 1, Arc::new(Barrier::new(2)));
            let mut works = works.into_iter();
            let first = works.next().unwrap();
            let write = |survives, work: Work<()>| {
                let database = Arc::clone(self);
                thread::spawn(move || database.writer.write(survives, work))
            };
            let (database, leads) = (Arc::clone(self), Arc::clone(&begun));
            let first = write(
                Survives::TheMachine,
                Box::new(move |connection| {
                    leads.wait();
                    while lock(&database.writer.queue).waiting.len() < others {
                        thread::yield_now();
                    }
                    first(connection)
                }),
            );
            begun.wait();
            let others: Vec<_> = works.map(|work| write(Survives::Processes, work)).collect();
            std::iter::once(first).chain(others).map(|thread| thread.join().unwrap()).collect()
        }
    }

    fn rows(path: &PathBuf) -> Vec<i64> {
        let connection = Connection::open(path).unwrap();
        let mut statement = connection.prepare("SELECT id FROM rows ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn insert(id: i64) -> Work<()> {
        statement(format!("INSERT INTO rows (id) VALUES ({id})"))
    }

    fn statement(sql: String) -> Work<()> {
        Box::new(move |connection| Ok(connection.execute(&sql, []).map(drop)?))
    }

    fn refusal() -> JournalError {
        JournalError::UnknownRun { run: "run".parse().unwrap() }
    }

    #[test]
    fn a_group_is_seen_by_nobody_before_its_end_and_a_write_that_fails_takes_back_its_own() {
        let database = Database::new();
        let sees_nothing = |id: i64| -> Work<()> {
            let path = database.path.clone();
            Box::new(move |connection| {
                insert(id)(connection)?;
                assert!(rows(&path).is_empty());
                Ok(())
            })
        };
        let refused: Work<()> = Box::new(|connection| {
            insert(30)(connection)?;
            Err(refusal().into())
        });
        let twice = Box::new(|connection: &Connection| insert(40)(connection).and_then(|()| insert(40)(connection)));
        let told = database.group(vec![insert(1), sees_nothing(10), refused, twice, sees_nothing(20)]);
        assert_eq!(told[0], Ok(()));
        assert_eq!((&told[1], &told[2], &told[4]), (&Ok(()), &Err(refusal()), &Ok(())));
        assert!(matches!(&told[3], Err(JournalError::Unexpected { .. })), "{:?}", told[3]);
        assert_eq!(database.rows(), [1, 10, 20]);
    }

    #[test]
    fn a_commit_that_fails_is_told_to_all_of_the_group_and_to_nobody_after_it() {
        let database = Database::new();
        let dangling = statement("INSERT INTO rows (id, parent) VALUES (2, 7)".to_owned());
        let told = database.group(vec![insert(1), dangling, insert(3)]);
        assert!(told.iter().all(|told| matches!(told, Err(JournalError::Unexpected { .. }))), "{told:?}");
        assert_eq!(database.writer.write(Survives::TheMachine, insert(4)), Ok(()));
        assert_eq!(database.rows(), [4]);
    }

    #[test]
    fn a_transaction_that_sqlite_takes_back_is_told_to_all_who_wrote_in_it() {
        let database = Database::new();
        let conflict = statement("INSERT OR ROLLBACK INTO rows (id) VALUES (1)".to_owned());
        let told = database.group(vec![insert(1), conflict]);
        assert!(told.iter().all(|told| matches!(told, Err(JournalError::Unexpected { .. }))), "{told:?}");
        assert_eq!(database.writer.write(Survives::Processes, insert(1)), Ok(()));
        assert_eq!(database.rows(), [1]);
    }

    #[test]
    fn a_write_that_panics_keeps_nobody_waiting() {
        let database = Database::new();
        let panics = |id: i64| -> Work<()> {
            Box::new(move |connection| {
                insert(id)(connection)?;
                panic!("as it should")
            })
        };
        for works in [vec![insert(1), panics(2), insert(3)], vec![panics(4), insert(5)]] {
            let told = database.group(works);
            let panicked = told.iter().filter(|told| matches!(told, Err(JournalError::Unexpected { .. }))).count();
            assert_eq!((panicked, told.iter().filter(|told| told.is_ok()).count()), (1, told.len() - 1), "{told:?}");
        }
        assert_eq!(database.rows(), [1, 3, 5]);
    }

    #[test]
    fn what_has_to_survive_the_machine_is_not_committed_with_less() {
        let database = Database::new();
        let set_to = |connection: &Connection| -> i64 {
            connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
        };
        let (normal, full) = (1, 2);
        for (survives, expected) in [(Survives::Processes, normal), (Survives::TheMachine, full)] {
            assert_eq!(database.writer.write(survives, move |connection| Ok(set_to(connection))), Ok(expected));
        }
        // It joins what is open: nothing is lost by more.
        let joins: Work<()> = Box::new(move |connection| {
            assert_eq!(set_to(connection), full);
            insert(2)(connection)
        });
        assert!(database.group(vec![insert(1), joins]).iter().all(Result::is_ok));
        assert_eq!(database.rows(), [1, 2]);
    }
}
