//! What a journal in PostgreSQL can do on this machine: worker processes that resume answered runs, and a million runs that wait.
//!
//! `cargo run --release -p sortie-journal-postgres --features server --example scale -- all 4000 1000000`.
//! A server of its own is started, with `fsync` as it is by default. What plugins cost comes on top: here a run's events are
//! written, of the size that they have, and no plugin is called.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::doc_markdown,
    reason = "a measurement stops at what it does not expect"
)]

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use sortie_journal::wait::{AnswerMismatch, Authority, Expires, NewAnswer, WaitRequest, Waits, Which};
use sortie_journal::{
    Actor, Event, ExpiryAction, Filter, Finish, Journal, NewRun, Order, Owner, RunId, Start, Status, SystemClock,
};
use sortie_journal_postgres::{Address, PostgresJournal, PostgresServer};

const TTL: Duration = Duration::from_mins(5);

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
    PostgresServer::start(&["fsync=on", "shared_buffers=512MB", "max_wal_size=4GB"]).unwrap().unwrap()
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
    let (wait, _) = question().ask(sortie_journal::Clock::now(&SystemClock)).unwrap();
    let events = vec![started, outcome(1), Event::Asked(wait)];
    let at = sortie_journal::Clock::now(&SystemClock);
    journal.create(&NewRun { run: run.clone(), at, events, lease: None }).unwrap();
}

fn decide(journal: &PostgresJournal, run: &RunId) {
    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(run, Authority::Owner(Which::Last), &value, &actor);
    Waits::new(journal, &SystemClock).decide::<AnswerMismatch>(&answer, &|_, _| Ok(())).unwrap();
}

/// A worker process: resumes what was answered, until it is killed.
fn work(address: &Address) {
    let journal = PostgresJournal::open(address).unwrap();
    let owner = Owner::new(format!("worker {}", std::process::id()));
    loop {
        let Some(claimed) = journal.claim_next(&owner, TTL).unwrap() else {
            thread::sleep(Duration::from_millis(2));
            continue;
        };
        let record = journal.read(&claimed.run).unwrap();
        let finish = Event::Finished(Finish { success: true, result: json!({"result_hash": "0".repeat(64)}) });
        let at = sortie_journal::Clock::now(&SystemClock);
        journal.append(&claimed.run, record.version(), at, &[outcome(2), finish]).unwrap();
    }
}

fn begin(address: &Address) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["worker", &address.to_string()]).stdout(Stdio::null()).spawn().unwrap()
}

fn number(server: &PostgresServer, sql: &str) -> f64 {
    server.sql(sql).unwrap().trim().parse().unwrap()
}

/// How many runs N processes resume in a second when there are always some, and how long one takes when there are few.
fn workers(runs: usize) {
    let server = server();
    println!("workers  runs/s  p50 ms  p99 ms  WAL bytes/run  table bytes/run");
    for workers in [1, 2, 4, 8, 16] {
        let address = server.journal(&format!("with_{workers}")).unwrap();
        let journal = PostgresJournal::open(&address).unwrap();
        prepare(&journal, runs);
        let log = number(&server, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn");
        let mut crew: Vec<Child> = (0..workers).map(|_| begin(&address)).collect();
        let first = until_ended(&server, &address, 1);
        let took = until_ended(&server, &address, runs).saturating_sub(first);
        let log = number(&server, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn") - log;
        let schema = format!("with_{workers}");
        let sizes = format!(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE nspname = '{schema}' AND relkind = 'r'"
        );
        let size = number(&server, &sizes);
        let latencies = latencies(&journal);
        for child in &mut crew {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        println!(
            "{workers:>7} {:>7.0} {:>7.1} {:>7.1} {:>14.0} {:>16.0}",
            runs as f64 / took.as_secs_f64(),
            latencies.0,
            latencies.1,
            log / runs as f64,
            size / runs as f64,
        );
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

fn until_ended(server: &PostgresServer, address: &Address, runs: usize) -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let began = BEGAN.get_or_init(Instant::now);
    let schema = address.to_string();
    let schema = schema.split("schema=").nth(1).unwrap();
    let sql = format!("SELECT count(*) FROM {schema}.runs WHERE status = 'done'");
    while (number(server, &sql) as usize) < runs {
        thread::sleep(Duration::from_millis(20));
    }
    began.elapsed()
}

/// The time from a decision to the end of its run, at twenty a second.
fn latencies(journal: &PostgresJournal) -> (f64, f64) {
    let mut taken = Vec::new();
    for number in 0..60 {
        let run: RunId = format!("single-{number}").parse().unwrap();
        make(journal, &run);
        let began = Instant::now();
        decide(journal, &run);
        while journal.read(&run).unwrap().summary.status != Status::Done {
            thread::sleep(Duration::from_micros(500));
        }
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
        thread::sleep(Duration::from_millis(20));
    }
    percentiles(taken)
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
    for (what, taken) in [
        ("inbox, oldest first", list(page.clone())),
        ("inbox, second page", list(Filter { after: Some(page.order.cursor(&bottom)), ..page.clone() })),
        ("inbox, nearest deadline first", list(Filter { order: Order::Due, ..page.clone() })),
        ("inbox of one person", list(Filter { assignee: Some(Actor::new("ann")), ..page.clone() })),
        (
            "nothing is due",
            list(Filter { limit: Some(1), ..Filter::expired(sortie_journal::Clock::now(&SystemClock)) }),
        ),
        ("answer", answers),
        ("claim_next", granted),
    ] {
        let (p50, p99) = percentiles(taken);
        println!("{what:<30} p50 {p50:>6.2} ms  p99 {p99:>6.2} ms");
    }
    let size = number(
        &server,
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = 'sortie' AND relkind = 'r'",
    );
    println!("{:.0} bytes for each run that waits", size / runs as f64);
}

fn time(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}
