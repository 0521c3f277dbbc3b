//! Worker processes on one database, killed at random moments, and the database with them: nothing is lost, nothing is there
//! twice, and each result is the one that the run has without any of that.
//!
//! `SORTIE_KILLS=500` kills that often; with `SORTIE_NAMESPACES=1`, which takes the rights to make them, each worker is in a network
//! namespace of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_host::journal::{
    Actor, Authority, Clock, Event, Filter, Journal, MemoryJournal, NewAnswer, Order, Owner, RunId, RunRecord, Status,
    SystemClock, Which,
};
use sortie_host::{CacheDir, ExecutionContext, Host, WorkflowDefinition};
use sortie_journal_postgres::{PostgresJournal, PostgresOptions, PostgresServer, Presence, Pulse};
use sortie_worker::{Pace, Stop, Worker};

use super::namespaces::Namespaces;

/// What the children of this test are told. Unset in the parent.
const ADDRESS: &str = "SORTIE_TEST_ADDRESS";
const CACHE: &str = "SORTIE_TEST_CACHE";

/// How many worker processes there are at a time.
const WORKERS: usize = 3;

fn host(cache: &Path) -> Host {
    Host::builder().first_party().cache(CacheDir::at(cache)).build().unwrap()
}

fn pace() -> Pace {
    Pace { idle: Duration::from_millis(50), look: Duration::from_millis(500), ..Pace::default() }
}

fn pulse() -> Pulse {
    Pulse { every: Duration::from_millis(200), gone_after: Duration::from_secs(2) }
}

#[test]
#[ignore = "runs as a child of the test below"]
fn child() {
    let host = host(&PathBuf::from(std::env::var_os(CACHE).unwrap()));
    let journal = PostgresJournal::open(&std::env::var(ADDRESS).unwrap().parse().unwrap()).unwrap();
    let presence = Presence::announce_with(&journal, pulse()).unwrap();
    let worker = Worker::new(&host, &journal, &SystemClock, &presence).with_pace(pace());
    let stop = Stop::new();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| worker.run(&stop, &|_| ()));
        }
    });
}

/// Two questions with work before, between and behind them.
fn workflow() -> WorkflowDefinition {
    let set = |id: &str, path: &str| json!({"id": id, "kind": "runtime", "payload": {"operation": "core/set", "path": path, "value": true}});
    let ask = |id: &str, more: Value| {
        let mut payload = json!({"description": "Go on?", "choices": ["yes", "no"]});
        payload.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({"id": id, "kind": "human", "payload": payload})
    };
    let steps = json!([
        set("one", "/one"),
        ask("first", json!({})),
        set("two", "/two"),
        // Nobody answers this one.
        ask("second", json!({"expires": "1s", "on_expiry": "default", "default": "no"})),
        set("three", "/three"),
    ]);
    WorkflowDefinition::from_json(&json!({"id": "killed", "steps": steps})).unwrap()
}

fn context(number: usize) -> ExecutionContext {
    ExecutionContext::new(json!({"number": number})).unwrap()
}

fn decide(host: &Host, journal: &dyn Journal, run: &RunId) -> Result<(), String> {
    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(run, Authority::Owner(Which::Step("first")), &value, &actor);
    let nobody = Owner::new("ann's machine");
    host.runs(journal, &SystemClock, &nobody).decide(&answer).map(drop).map_err(|error| error.to_string())
}

fn start(host: &Host, journal: &dyn Journal, number: usize) -> Result<RunId, String> {
    let (run, nobody) = (format!("run-{number}").parse().unwrap(), Owner::new("the starter"));
    let runs = host.runs(journal, &SystemClock, &nobody);
    let started = runs.start_as(&run, host.draft(workflow()), &context(number), &BTreeMap::new());
    started.map(|_| run).map_err(|error| error.to_string())
}

/// What a run came to: the kinds of its events, and the hash of its result.
fn outcome(record: &RunRecord) -> (Vec<&'static str>, String) {
    let kinds = record.events.iter().map(|recorded| recorded.event.kind().code()).collect();
    let hash = record.events.iter().find_map(|recorded| match &recorded.event {
        Event::Finished(finish) => finish.result.get("result_hash").map(Value::to_string),
        _ => None,
    });
    (kinds, hash.unwrap_or_default())
}

/// The same run where nothing is killed, and time passes quickly.
fn expected(host: &Host, number: usize) -> (Vec<&'static str>, String) {
    let (journal, me) = (MemoryJournal::new(), Owner::new("me"));
    let run = start(host, &journal, number).unwrap();
    decide(host, &journal, &run).unwrap();
    let seconds = AtomicUsize::new(0);
    let clock = || SystemClock.now().plus(Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed) as u64));
    let worker = Worker::new(host, &journal, &clock, &me);
    while journal.read(&run).unwrap().summary.status != Status::Done {
        worker.work_once().unwrap();
    }
    outcome(&journal.read(&run).unwrap())
}

/// Numbers that look random, and are the same for a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn number_of(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn begin(place: usize, address: &str, cache: &Path, namespaces: Option<&Namespaces>) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = match namespaces {
        Some(namespaces) => {
            let mut command = namespaces.command(place);
            command.arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(["--exact", "kill::child", "--ignored"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.env(ADDRESS, address).env(CACHE, cache).spawn().unwrap()
}

/// Ends the workers with the test, however it ends.
struct Crew(Vec<Child>);

impl Drop for Crew {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn workers_and_the_database_killed_at_any_moment_lose_nothing_and_repeat_nothing() {
    let seed = number_of("SORTIE_SEED", u64::from(std::process::id()) * 2_654_435_761 + 1);
    let kills = number_of("SORTIE_KILLS", 16);
    eprintln!("SORTIE_SEED={seed} SORTIE_KILLS={kills}");
    let namespaces = Namespaces::wanted(WORKERS);
    let listens = namespaces.as_ref().map(|of| format!("listen_addresses=127.0.0.1,{}", of.address()));
    let settings: Vec<&str> = listens.as_deref().into_iter().collect();
    let Some(server) = PostgresServer::start(&settings).unwrap() else { return };
    let of_workers = match &namespaces {
        None => server.journal("sortie").unwrap().to_string(),
        Some(namespaces) => {
            server.allow(&namespaces.rules()).unwrap();
            // Of this machine and no other: no TLS.
            format!(
                "postgres://sortie@{}:{}/postgres?schema=sortie&sslmode=disable",
                namespaces.address(),
                server.port()
            )
        }
    };
    let cache = tempfile::tempdir().unwrap();
    let begin = |place| begin(place, &of_workers, cache.path(), namespaces.as_ref());
    let (host, address) = (host(cache.path()), server.journal("sortie").unwrap());
    // A restart takes as long as the machine is busy.
    let options = PostgresOptions { patience: Duration::from_mins(2), ..PostgresOptions::default() };
    let journal = PostgresJournal::open_with(&address, options).unwrap();
    let (is_over, started) = (AtomicBool::new(false), AtomicUsize::new(0));
    let acknowledged = Mutex::new(Vec::new());
    let mut dice = Dice(seed);
    let mut crew = Crew((0..WORKERS).map(begin).collect());
    let (mut workers_killed, mut servers_killed) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                let number = started.fetch_add(1, Ordering::SeqCst);
                start(&host, &journal, number).unwrap();
                thread::sleep(Duration::from_millis(40));
            }
        });
        let answers = scope.spawn(|| {
            loop {
                let is_last = is_over.load(Ordering::SeqCst);
                let waiting = journal.list(&Filter { order: Order::Oldest, ..Filter::waiting() }).unwrap();
                let first = waiting.iter().filter(|run| run.wait.as_ref().is_some_and(|wait| wait.step == "first"));
                let mut count = 0;
                for summary in first {
                    decide(&host, &journal, &summary.run).unwrap();
                    acknowledged.lock().unwrap().push(summary.run.clone());
                    count += 1;
                }
                if is_last && count == 0 {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
        });
        for _ in 0..kills {
            thread::sleep(Duration::from_millis(200 + dice.roll(500)));
            if dice.roll(4) == 0 {
                server.kill();
                servers_killed += 1;
                thread::sleep(Duration::from_millis(dice.roll(300)));
                server.begin().unwrap();
            } else {
                let one = usize::try_from(dice.roll(WORKERS as u64)).unwrap();
                crew.0[one].kill().unwrap();
                crew.0[one].wait().unwrap();
                workers_killed += 1;
                crew.0[one] = begin(one);
            }
        }
        is_over.store(true, Ordering::SeqCst);
        answers.join().unwrap();
    });
    let (count, end) = (started.load(Ordering::SeqCst), Instant::now() + Duration::from_mins(3));
    let open = Filter {
        statuses: vec![Status::Running, Status::Waiting, Status::Decided],
        limit: Some(3),
        ..Filter::default()
    };
    loop {
        let left = journal.list(&open).unwrap();
        // One that was started last may not have been answered.
        for summary in left.iter().filter(|run| run.wait.as_ref().is_some_and(|wait| wait.step == "first")) {
            if summary.status == Status::Waiting {
                decide(&host, &journal, &summary.run).unwrap();
            }
        }
        if left.is_empty() {
            break;
        }
        assert!(Instant::now() < end, "SORTIE_SEED={seed}: these do not end: {left:?}");
        thread::sleep(Duration::from_millis(100));
    }
    for number in 0..count {
        let record = journal.read(&format!("run-{number}").parse().unwrap()).unwrap();
        assert_eq!(outcome(&record), expected(&host, number), "SORTIE_SEED={seed}: run-{number}");
    }
    assert_eq!(sortie_journal::verify(&journal, Path::new("the journal")), Ok(count), "SORTIE_SEED={seed}");
    eprintln!(
        "{count} runs, {} answers, {workers_killed} kills of workers and {servers_killed} of the server: nothing lost, nothing twice",
        acknowledged.lock().unwrap().len(),
    );
}
