//! How fast runs go through a journal, against the floor of as many bare commits of SQLite on the same disk.
//!
//! ```sh
//! cargo run --release -p sortie-host --features journal --example throughput               # 480 runs each
//! cargo run --release -p sortie-host --features journal --example throughput -- 1920 /data  # 1920, on that disk
//! ```
//!
//! Each run is a workflow of three steps on a state of about a kilobyte: it is started and pauses, is answered, and is
//! resumed to its end: four commits, of which three have to survive the machine and one, the lease, the process alone.
//! Bare commits insert one short row each, on one connection. Both take turns, so that they meet the same disk, with as
//! many threads. SQLite lets one commit at a time: bare ones wait for one another, where those of runs that come
//! together share one. So it is shown for one run at a time, for a few and for many.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;
use sortie_host::journal::{Actor, Authority, NewAnswer, Owner, ResumeOutcome, Segment, SystemClock, Which};
use sortie_host::{ExecutionContext, Host, WorkflowDefinition};
use sortie_journal_sqlite::SqliteJournal;

/// Made and asked, decided, claimed, finished.
const COMMITS_OF_A_RUN: u32 = 4;

/// How many runs are done before it is the other's turn.
const TURN: u32 = 160;

/// How many threads drive runs, at a time.
const THREADS: [u32; 3] = [1, 4, 16];

/// The command's allocator, which serves a host that drives many runs as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let runs: u32 = arguments.next().map_or(Ok(480), |runs| runs.parse())?;
    let parent = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let host = Host::builder().first_party().build()?;
    println!("commits per second, in {}", parent.display());
    println!("threads  all durable  three of four  of runs (runs/s)  ratio to all durable  to three of four");
    for threads in THREADS {
        let directory = tempfile::tempdir_in(&parent)?;
        let journal = SqliteJournal::open(directory.path().join("journal"))?;
        let bare = Mutex::new(bare_database(&directory.path().join("bare"))?);
        one_run(&host, &journal)?;
        let (mut of_runs, mut of_durable, mut of_alike) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        let mut done = 0;
        while done < runs {
            of_durable += timed(threads, &|| bare_commits(&bare, "FULL"))?;
            of_alike += timed(threads, &|| bare_commits(&bare, "NORMAL"))?;
            of_runs += timed(threads, &|| one_run(&host, &journal))?;
            done += TURN;
        }
        let commits = f64::from(done) * f64::from(COMMITS_OF_A_RUN);
        let rate = |time: Duration| commits / time.as_secs_f64();
        let (durable, alike, host) = (rate(of_durable), rate(of_alike), rate(of_runs));
        let runs = host / f64::from(COMMITS_OF_A_RUN);
        let (to_durable, to_alike) = (host / durable, host / alike);
        println!(
            "{threads:7}  {durable:11.0}  {alike:13.0}  {host:7.0} ({runs:6.0})  {to_durable:20.2}  {to_alike:16.2}"
        );
    }
    Ok(())
}

fn bare_database(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)",
    )?;
    Ok(connection)
}

/// As many commits as a run has, the last of them of that durability.
fn bare_commits(connection: &Mutex<Connection>, last: &str) -> Result<(), Failure> {
    for number in 1..=COMMITS_OF_A_RUN {
        let connection = connection.lock().map_err(|_| "a thread died")?;
        if number == COMMITS_OF_A_RUN {
            connection.pragma_update(None, "synchronous", last)?;
        }
        connection.prepare_cached("INSERT INTO rows (body) VALUES (?1)")?.execute([number])?;
        if number == COMMITS_OF_A_RUN {
            connection.pragma_update(None, "synchronous", "FULL")?;
        }
    }
    Ok(())
}

/// The time that a turn takes all threads together.
fn timed(threads: u32, work: &(impl Fn() -> Result<(), Failure> + Sync)) -> Result<Duration, Failure> {
    let start = Instant::now();
    thread::scope(|scope| {
        let share = || (0..TURN / threads).try_for_each(|_| work());
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread died")?)
    })?;
    Ok(start.elapsed())
}

fn one_run(host: &Host, journal: &SqliteJournal) -> Result<(), Failure> {
    let driver = Owner::new(format!("{:?}", thread::current().id()));
    let runs = host.runs(journal, &SystemClock, &driver);
    let tasks: Vec<_> =
        (0..10).map(|task| json!({"id": task, "description": "water the plants", "late": true})).collect();
    let context = ExecutionContext::new(json!({"tasks": tasks}))?;
    let append = |id: &str| json!({"id": id, "kind": "runtime", "payload": {"operation": "core/append", "path": "/log", "value": id}});
    let confirm = json!({"id": "confirm", "kind": "human", "payload": {
        "description": "Go on?", "assignees": ["ann"], "expires": "1h", "choices": ["yes", "no"]}});
    let steps = json!([append("before"), confirm, append("behind")]);
    let workflow = WorkflowDefinition::from_json(&json!({"id": "daily", "steps": steps}))?;
    let started = runs.start(host.draft(workflow), &context, &BTreeMap::new())?;

    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(&started.run, Authority::Owner(Which::Last), &value, &actor);
    runs.decide(&answer)?;
    match runs.resume(&started.run)? {
        ResumeOutcome::Drove(Segment::Done(completed)) if completed.result.success => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
