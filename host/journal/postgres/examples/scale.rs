//! What a journal in PostgreSQL can do on this machine: worker processes that resume answered runs, and a million runs that wait.
//!
//! `cargo run --release -p sortie-journal-postgres --features server --example scale -- all 4000 1000000`.
//! A server of its own is started, with `fsync` as it is by default. What plugins cost comes on top: here a run's events are
//! written, of the size that they have, and no plugin is called. It prints the tables of the book's page on journals. For Linux:
//! what processes used is read from `/proc`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::doc_markdown,
    reason = "a measurement stops at what it does not expect"
)]

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use sortie_journal::wait::{AnswerMismatch, Authority, Expires, NewAnswer, WaitRequest, Waits, Which};
use sortie_journal::{
    Actor, Clock, Event, ExpiryAction, Filter, Finish, Journal, JournalError, NewRun, Order, Owner, RunId, Start,
    SystemClock,
};
use sortie_journal_postgres::{Address, PostgresJournal, PostgresServer};

const TTL: Duration = Duration::from_mins(5);

/// How long a worker pauses that nobody wakes.
const IDLE: Duration = Duration::from_millis(250);

/// What times are taken of: so many answers, one after the other.
const PACED: usize = 500;
const PACE: Duration = Duration::from_millis(10);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["worker", address] => work(&address.parse().unwrap()),
        ["workers", runs] => workers(runs.parse().unwrap()),
        ["waiting", runs] => waiting(runs.parse().unwrap()),
        ["all", resumed, waits] => {
            workers(resumed.parse().unwrap());
            waiting(waits.parse().unwrap());
        }
        _ => eprintln!("workers RUNS | waiting RUNS | all RUNS RUNS"),
    }
}

fn server() -> PostgresServer {
    let settings = ["fsync=on", "shared_buffers=512MB", "max_wal_size=4GB", "track_commit_timestamp=on"];
    let server = PostgresServer::start(&settings).unwrap().unwrap();
    let build = if cfg!(debug_assertions) { "an unoptimised build" } else { "an optimised build" };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let version = server.sql("SHOW server_version").unwrap();
    println!("\n{build}, {processors} processors, PostgreSQL {}, load before: {}\n", version.trim(), load());
    server
}

/// How many processes want to run, over the last minute.
fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap().split(' ').next().unwrap().to_owned()
}

fn now() -> sortie_journal::Timestamp {
    SystemClock.now()
}

/// Some three hundred bytes, as what a call of a plugin gives.
fn outcome(number: usize) -> Event {
    Event::Engine(json!({"called": {"operation": "core/set", "patch": [{"op": "add", "path": "/n", "value": number}],
        "output": "x".repeat(180), "fuel": 12345}}))
}

fn question() -> WaitRequest {
    WaitRequest {
        step: "confirm".to_owned(),
        description: "Is this plan what you want to do today?".to_owned(),
        assignees: vec!["ann".to_owned()],
        expires: Expires::Never,
        on_expiry: ExpiryAction::Fail,
        details: json!({"choices": ["yes", "no"], "context": "x".repeat(200)}),
        question_hash: None,
        approvals: 1,
        not_starter: false,
    }
}

/// A run that waits.
fn make(journal: &PostgresJournal, run: &RunId) {
    let body = json!({"workflow": "x".repeat(600), "context": {"state": "x".repeat(300)}});
    let started = Event::Started(Start { mission: "daily_loop".to_owned(), by: Some(Actor::new("ben")), body });
    let (wait, _) = question().ask(now()).unwrap();
    let events = vec![started, outcome(1), Event::Asked(wait)];
    let at = now();
    journal.create(&NewRun { run: run.clone(), at, events, lease: None }).unwrap();
}

fn decide(journal: &PostgresJournal, run: &RunId) {
    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(run, Authority::Owner(Which::Last), &value, &actor);
    Waits::new(journal, &SystemClock).decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
}

/// A worker process: does what `sortie worker` does with the journal, until its standard input ends. Then it says how many runs it
/// resumed, how often it looked in vain, and how often another one had been faster.
fn work(address: &Address) {
    let journal = PostgresJournal::open(address).unwrap();
    let owner = Owner::new(format!("worker {}", std::process::id()));
    let is_over = Arc::new(AtomicBool::new(false));
    let (wake, woken) = mpsc::sync_channel(1);
    let (over, last) = (Arc::clone(&is_over), wake.clone());
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        over.store(true, Ordering::SeqCst);
        let _ = last.try_send(());
    });
    journal.on_drivable(Arc::new(move || {
        // Who is to be woken already is woken with it.
        let _ = wake.try_send(());
    }));
    let (mut resumed, mut in_vain, mut overtaken) = (0, 0, 0);
    let mut looked: Option<Instant> = None;
    while !is_over.load(Ordering::SeqCst) {
        if looked.is_none_or(|looked| looked.elapsed() >= IDLE) {
            looked = Some(Instant::now());
            let due = Filter { limit: Some(1), ..Filter::expired(now()) };
            assert!(journal.list(&due).unwrap().is_empty(), "no run here has a deadline");
        }
        let Some(claimed) = journal.take_next(&owner, TTL).unwrap() else {
            in_vain += 1;
            let _ = woken.recv_timeout(IDLE);
            continue;
        };
        let record = claimed.record.unwrap();
        let finish = Event::Finished(Finish { success: true, result: json!({"result_hash": "0".repeat(64)}) });
        match journal.append(&record.summary.run, record.version(), now(), &[outcome(2), finish]) {
            Ok(_) => resumed += 1,
            Err(JournalError::Conflict { .. }) => overtaken += 1,
            Err(error) => panic!("{error}"),
        }
    }
    println!("{resumed} {in_vain} {overtaken}");
}

fn begin(address: &Address) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["worker", &address.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

fn number(server: &PostgresServer, sql: &str) -> f64 {
    server.sql(sql).unwrap().trim().parse().unwrap()
}

/// The numbers of a row.
fn row<const N: usize>(server: &PostgresServer, sql: &str) -> [f64; N] {
    let text = server.sql(sql).unwrap();
    let numbers: Vec<f64> = text.trim().split('|').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// How many runs N processes resume in a second when there are always some, how long one takes when there are fewer, and what
/// that uses.
fn workers(runs: usize) {
    let server = server();
    let rows = [1, 2, 4, 8, 16].map(|workers| with(&server, workers, runs));
    println!(
        "| worker processes | runs resumed a second | from an answer to the end, p50 | p99 |\n|{}",
        "---|".repeat(4)
    );
    for Row { workers, rate, p50, p99, .. } in &rows {
        println!("| {workers} | {rate:.0} | {p50:.1} ms | {p99:.0} ms |");
    }
    println!(
        "\n| worker processes | CPU of the workers | of the database | log written | sessions that wait for the disk | for a lock | \
         looks for work that find none |\n|{}",
        "---|".repeat(7)
    );
    for Row { workers, own, database, written, disk, locks, in_vain, .. } in &rows {
        println!(
            "| {workers} | {own:.2} ms | {database:.2} ms | {written:.1} kB | {disk:.0} % | {locks:.0} % | {in_vain:.1} |"
        );
    }
    let finished = size(&server, "with_1") / (runs + PACED) as f64;
    let overtaken: f64 = rows.iter().map(|row| row.overtaken).sum();
    println!(
        "\n{finished:.0} bytes of tables and indexes for each finished run; {overtaken} lost races; load after: {}",
        load()
    );
}

/// What so many workers did. Times are in milliseconds, shares in percent, all else is for each run.
struct Row {
    workers: usize,
    rate: f64,
    p50: f64,
    p99: f64,
    own: f64,
    database: f64,
    /// In kilobytes.
    written: f64,
    disk: f64,
    locks: f64,
    in_vain: f64,
    /// How many runs had been changed by somebody else when they were to be written.
    overtaken: f64,
}

fn with(server: &PostgresServer, workers: usize, runs: usize) -> Row {
    let schema = format!("with_{workers}");
    let address = server.journal(&schema).unwrap();
    let journal = PostgresJournal::open(&address).unwrap();
    prepare(&journal, runs);
    server.sql("ANALYZE").unwrap();
    let wal = || number(server, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn");
    let (written, worked) = (wal(), cpu_of_database(server));
    let mut crew: Vec<Child> = (0..workers).map(|_| begin(&address)).collect();
    let [rate, busy, disk, locks] = until_ended(server, &schema, runs);
    let millis = |seconds: f64| seconds * 1000.0 / runs as f64;
    let (written, database) = ((wal() - written) / runs as f64, millis(cpu_of_database(server) - worked));
    let own = millis(crew.iter().map(|worker| cpu(worker.id()).0).sum());
    let [p50, p99] = paced(server, &journal, &schema);
    let mut tally = [0.0; 3];
    for worker in &mut crew {
        drop(worker.stdin.take());
        let mut said = String::new();
        worker.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(worker.wait().unwrap().success(), "a worker failed");
        for (sum, told) in tally.iter_mut().zip(said.split_whitespace()) {
            *sum += told.parse::<f64>().unwrap();
        }
    }
    let [resumed, in_vain, overtaken] = tally;
    assert!(resumed as usize == runs + PACED, "each run is resumed once: {resumed}");
    let share = |part: f64| 100.0 * part / busy.max(1.0);
    Row {
        workers,
        rate,
        p50,
        p99,
        own,
        database,
        written: written / 1000.0,
        disk: share(disk),
        locks: share(locks),
        in_vain: in_vain / resumed,
        overtaken,
    }
}

/// Runs that are answered, by threads.
fn prepare(journal: &PostgresJournal, runs: usize) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::SeqCst)).filter(|number| *number < runs) {
                    let run = format!("run-{number}").parse().unwrap();
                    make(journal, &run);
                    decide(journal, &run);
                }
            });
        }
    });
}

/// Waits until so many runs have ended. Gives how many ended in a second, how many sessions were at work when it looked, and how
/// many of these waited for the disk and for each other. The database looks itself, fifty times a second.
fn until_ended(server: &PostgresServer, schema: &str, runs: usize) -> [f64; 4] {
    server
        .sql("CREATE UNLOGGED TABLE IF NOT EXISTS public.seen (rate float, busy float, disk float, locks float)")
        .unwrap();
    server.sql("TRUNCATE public.seen").unwrap();
    let look = format!(
        "DO $$
        DECLARE
          ended bigint; early bigint; began timestamptz; now record;
          busy bigint := 0; disk bigint := 0; locks bigint := 0;
        BEGIN
          LOOP
            SELECT count(*) INTO ended FROM {schema}.runs WHERE status = 'done';
            IF began IS NULL AND ended > 0 THEN began := clock_timestamp(); early := ended; END IF;
            EXIT WHEN ended >= {runs};
            SELECT count(*) AS busy,
                count(*) FILTER (WHERE wait_event_type = 'IO' OR wait_event IN ('WALWrite', 'WALInsert', 'WALSync')) AS disk,
                count(*) FILTER (WHERE wait_event_type IN ('Lock', 'LWLock') AND wait_event NOT IN ('WALWrite', 'WALInsert')) AS locks
              INTO now FROM pg_stat_activity
              WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid();
            busy := busy + now.busy; disk := disk + now.disk; locks := locks + now.locks;
            COMMIT;
            PERFORM pg_sleep(0.02);
          END LOOP;
          INSERT INTO public.seen
            VALUES ((ended - early) / extract(epoch FROM clock_timestamp() - began), busy, disk, locks);
        END $$"
    );
    server.sql(&look).unwrap();
    row(server, "SELECT rate, busy, disk, locks FROM public.seen")
}

/// What it takes from an answer to the end of its run, in milliseconds: half of them took less than the first, all but one in a
/// hundred less than the second. Both moments are those that the database gave to the commits.
fn paced(server: &PostgresServer, journal: &PostgresJournal, schema: &str) -> [f64; 2] {
    let runs: Vec<RunId> = (0..PACED).map(|number| format!("paced-{number}").parse().unwrap()).collect();
    thread::scope(|scope| {
        for some in runs.chunks(PACED.div_ceil(8)) {
            scope.spawn(move || some.iter().for_each(|run| make(journal, run)));
        }
    });
    let began = Instant::now();
    thread::scope(|scope| {
        for first in 0..4 {
            let runs = &runs;
            scope.spawn(move || {
                for number in (first..PACED).step_by(4) {
                    let time = began + PACE * u32::try_from(number).unwrap();
                    thread::sleep(time.saturating_duration_since(Instant::now()));
                    decide(journal, &runs[number]);
                }
            });
        }
    });
    let left = format!("SELECT count(*) FROM {schema}.runs WHERE status <> 'done'");
    while number(server, &left) > 0.0 {
        thread::sleep(Duration::from_millis(100));
    }
    let times = format!(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY took), percentile_disc(0.99) WITHIN GROUP (ORDER BY took) FROM (
           SELECT 1000 * extract(epoch FROM max(pg_xact_commit_timestamp(events.xmin)) FILTER (WHERE kind = 'finished')
             - max(pg_xact_commit_timestamp(events.xmin)) FILTER (WHERE kind = 'decided')) AS took
           FROM {schema}.events JOIN {schema}.runs ON runs.id = run_id WHERE run LIKE 'paced-%' GROUP BY run_id) AS each"
    );
    row(server, &times)
}

/// What a process has used of processors, and what those of its children that have ended had, in seconds: `proc(5)`.
fn cpu(process: u32) -> (f64, f64) {
    let Ok(text) = fs::read_to_string(format!("/proc/{process}/stat")) else { return (0.0, 0.0) };
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().unwrap() / TICKS;
    (ticks(11) + ticks(12), ticks(13) + ticks(14))
}

/// In a second, on Linux.
const TICKS: f64 = 100.0;

/// What all processes of the database have used.
fn cpu_of_database(server: &PostgresServer) -> f64 {
    let first = server.sql("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)").unwrap();
    let first: u32 = first.trim().parse().unwrap();
    let (own, ended) = cpu(first);
    let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
    own + ended + children.split_whitespace().map(|child| cpu(child.parse().unwrap()).0).sum::<f64>()
}

/// The bytes of a journal's tables and indexes.
fn size(server: &PostgresServer, schema: &str) -> f64 {
    let sizes = format!(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = '{schema}' AND relkind = 'r'"
    );
    number(server, &sizes)
}

fn percentiles(mut taken: Vec<f64>) -> (f64, f64) {
    taken.sort_by(f64::total_cmp);
    (taken[taken.len() / 2], taken[(taken.len() * 99 / 100).min(taken.len() - 1)])
}

/// What lists, claims and answers take where so many runs wait.
fn waiting(runs: usize) {
    let server = server();
    let journal = PostgresJournal::open(&server.journal("sortie").unwrap()).unwrap();
    make(&journal, &"template".parse().unwrap());
    let began = Instant::now();
    // Copies of one run under other names: enough to be listed, and to be in the way.
    let statements = format!(
        "SET search_path TO sortie;
         INSERT INTO runs (run, mission, started_by, status, version, chain, created_at, updated_at, wait, assignees, asked_at, deadline)
           SELECT 'bulk-' || n, mission, started_by, status, version, chain, created_at + n % 100000, updated_at, wait, assignees,
             asked_at, CASE WHEN n % 2 = 0 THEN created_at + 86400000 + n END
           FROM runs, generate_series(1, {runs}) n WHERE run = 'template';
         INSERT INTO events (run_id, sequence, at, kind, body, chain)
           SELECT runs.id, sequence, at, kind, body, events.chain FROM runs, events
           WHERE runs.run LIKE 'bulk-%' AND run_id = (SELECT id FROM runs WHERE run = 'template');
         ANALYZE"
    );
    server.sql(&statements).unwrap();
    println!("{runs} runs inserted in {:.0} s", began.elapsed().as_secs_f64());
    let owner = Owner::new("me");
    let mut answers = Vec::new();
    let mut granted = Vec::new();
    for number in 0..100 {
        let run: RunId = format!("own-{number}").parse().unwrap();
        make(&journal, &run);
        answers.push(time(|| decide(&journal, &run)));
        granted.push(time(|| drop(journal.claim_next(&owner, TTL).unwrap().unwrap())));
    }
    let list = |filter: Filter| (0..100).map(|_| time(|| drop(journal.list(&filter).unwrap()))).collect::<Vec<_>>();
    let page = Filter { limit: Some(50), ..Filter::waiting() };
    let bottom = journal.list(&page).unwrap().pop().unwrap();
    println!("| while {runs} runs wait | p50 | p99 |\n|---|---|---|");
    for (what, taken) in [
        ("a page of the inbox, oldest first", list(page.clone())),
        ("the page behind it", list(Filter { after: Some(page.order.cursor(&bottom)), ..page.clone() })),
        ("the nearest deadlines", list(Filter { order: Order::Due, ..page.clone() })),
        ("what waits for one person", list(Filter { assignee: Some(Actor::new("ann")), ..page.clone() })),
        ("whether a deadline has passed", list(Filter { limit: Some(1), ..Filter::expired(now()) })),
        ("an answer, to the disk", answers),
        ("claiming the next run", granted),
    ] {
        let (p50, p99) = percentiles(taken);
        println!("| {what} | {p50:.2} ms | {p99:.1} ms |");
    }
    println!("\n{:.0} bytes for each run that waits; load after: {}", size(&server, "sortie") / runs as f64, load());
}

fn time(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}
