//! A day by a clock that the test sets: runs that are started, answered, cancelled, forgotten and retried, by workers of which some
//! fail and some vanish. Nothing is lost, nothing is there twice, and each result is the one that the run has in memory.
//!
//! `SORTIE_DAY=20000 cargo test -p sortie-worker day:: -- --nocapture` starts that many runs, in a file, and holds the memory of the
//! process to what it had after some hours. The seed is printed; `SORTIE_SEED=N` is the same day again.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sortie_host::journal::{
    Actor, Authority, Clock, Filter, Journal, MemoryJournal, NewAnswer, Owner, Position, RunError, RunId, Runs,
    Segment, Status, Timestamp, Version, Which,
};
use sortie_host::{Answer, CacheDir, ExecutionContext, Host, HumanPolicy, SandboxConfig, WorkflowDefinition};
use sortie_journal_sqlite::SqliteJournal;
use sortie_worker::{Delivery, Message, Notifier, Receiver, Work, Worker};

use super::Hand;

const MINUTES: u64 = 24 * 60;

/// How long ended runs are kept.
const KEPT: Duration = Duration::from_hours(2);

/// What memory may grow by between the sixth hour and the end, in kilobytes.
const MAX_GROWTH: i64 = 32 << 10;

/// Numbers that look random, the same from the same seed: splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % bound
    }
}

/// What a run asks, and what becomes of whom nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Fails after so many minutes.
    Fails(u64),
    /// Has the default after so many minutes.
    Defaults(u64),
    /// Waits.
    Waits,
    /// Waits, and asks again: that has the default after so many minutes.
    Twice(u64),
}

impl Kind {
    fn any(chance: &mut Chance) -> Self {
        let minutes = 1 + chance.below(6 * 60);
        match chance.below(4) {
            0 => Self::Fails(minutes),
            1 => Self::Defaults(minutes),
            2 => Self::Waits,
            _ => Self::Twice(minutes),
        }
    }

    fn workflow(self) -> WorkflowDefinition {
        let ask = |id: &str, more: Value| {
            let mut payload = json!({"description": "Go on?", "choices": ["yes", "no"]});
            payload.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            json!({"id": id, "kind": "human", "payload": payload})
        };
        let set = |path: &str| {
            json!({"id": path.trim_start_matches('/'), "kind": "runtime",
                "payload": {"operation": "core/set", "path": path, "value": true}})
        };
        let defaults = |minutes| json!({"expires": format!("{minutes}m"), "on_expiry": "default", "default": "no"});
        let steps = match self {
            Self::Fails(minutes) => {
                vec![set("/before"), ask("first", json!({"expires": format!("{minutes}m")})), set("/after")]
            }
            Self::Defaults(minutes) => vec![set("/before"), ask("first", defaults(minutes)), set("/after")],
            Self::Waits => vec![ask("first", json!({})), set("/after")],
            Self::Twice(minutes) => {
                vec![ask("first", json!({})), set("/between"), ask("second", defaults(minutes)), set("/after")]
            }
        };
        WorkflowDefinition::from_json(&json!({"id": "a-day", "steps": steps})).unwrap()
    }
}

/// What is known of a run that has not ended, by who started it.
struct OpenRun {
    kind: Kind,
    /// What stands at each step so far. A step that expired is silent.
    answers: BTreeMap<String, Answer>,
}

/// What a day is made of.
struct Day<'d> {
    host: &'d Host,
    journal: &'d dyn Journal,
    clock: &'d Hand,
    driver: Owner,
    chance: Chance,
    open: BTreeMap<RunId, OpenRun>,
    /// What somebody means to do, by the minute: the run, and what.
    plans: BTreeMap<u64, Vec<(RunId, Plan)>>,
    /// The hashes that results have in memory.
    hashes: BTreeMap<String, String>,
    read: Position,
    counts: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Clone, Copy)]
enum Plan {
    /// Answer, and drive the run with it.
    Answer(&'static str),
    /// Answer, and leave the rest to a worker.
    Decide(&'static str),
    Cancel,
}

impl Day<'_> {
    fn runs(&self) -> Runs<'_> {
        self.host.runs(self.journal, self.clock, &self.driver)
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn counted(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or_default()
    }

    fn start(&mut self, minute: u64) {
        let kind = Kind::any(&mut self.chance);
        let context = ExecutionContext::new(json!({})).unwrap();
        let started = self.runs().start(self.host.draft(kind.workflow()), &context, &BTreeMap::new()).unwrap();
        self.count("started");
        self.open.insert(started.run.clone(), OpenRun { kind, answers: BTreeMap::new() });
        let value = if self.chance.below(2) == 0 { "yes" } else { "no" };
        let plan = match self.chance.below(10) {
            0..=3 => Plan::Answer(value),
            4..=6 => Plan::Decide(value),
            7 => Plan::Cancel,
            // Nobody does anything.
            _ => return,
        };
        let at = minute + 1 + self.chance.below(8 * 60);
        self.plans.entry(at).or_default().push((started.run, plan));
    }

    /// Does what somebody means to do, twice, as people do who did not see that it was done, and then something else.
    fn carry_out(&mut self, run: &RunId, plan: Plan) {
        let ann = Actor::new("ann");
        let value = match plan {
            Plan::Answer(value) | Plan::Decide(value) => json!(value),
            Plan::Cancel => {
                let cancelled = self.runs().cancel(run, "not today", &ann);
                if self.open.contains_key(run) {
                    cancelled.unwrap();
                    self.count("cancelled");
                    self.runs().cancel(run, "not today", &ann).unwrap();
                    self.open.remove(run).unwrap();
                }
                return;
            }
        };
        let answer = NewAnswer::new(run, Authority::Owner(Which::Step("first")), &value, &ann);
        let code = |outcome: Result<&'static str, RunError>| outcome.unwrap_or_else(|error| error.code());
        let first = if matches!(plan, Plan::Answer(_)) {
            let answered = self.runs().answer(&answer);
            let followed = answered.map(|answered| (answered.outcome.code(), answered.followed));
            match followed {
                Ok((code, followed)) => {
                    self.open.get_mut(run).unwrap().answers.insert("first".to_owned(), Answer::Value(value.clone()));
                    if let (Segment::Done(_), _) = followed.expect("the plugin is here") {
                        self.ended(run);
                    }
                    code
                }
                Err(error) => error.code(),
            }
        } else {
            let code = code(self.runs().decide(&answer).map(|outcome| outcome.code()));
            if code == "decided" {
                self.open.get_mut(run).unwrap().answers.insert("first".to_owned(), Answer::Value(value.clone()));
            }
            code
        };
        let second = code(self.runs().answer(&answer).map(|answered| answered.outcome.code()));
        let other = json!(if value == json!("yes") { "no" } else { "yes" });
        let answer = NewAnswer::new(run, Authority::Owner(Which::Step("first")), &other, &ann);
        let third = code(self.runs().answer(&answer).map(|answered| answered.outcome.code()));
        match first {
            "decided" => assert_eq!((second, third), ("already_decided", "conflict"), "{run}"),
            "expired" => {
                assert_eq!((second, third), ("expired", "expired"), "{run}");
                // Who comes too late writes down that the wait has ended, unless a worker did.
                if let Some(open) = self.open.get_mut(run) {
                    open.answers.insert("first".to_owned(), Answer::Expire);
                }
            }
            // Its end was so long ago that nothing is kept of it.
            "unknown_run" | "unknown_wait" => assert!(!self.open.contains_key(run), "{run}: {first}"),
            other => panic!("{run}: {other}"),
        }
        self.count(first);
    }

    /// A worker does so much, at most.
    fn work(&mut self, worker: &Worker<'_>, at_most: usize) {
        for _ in 0..at_most {
            let Some(work) = worker.work_once().unwrap() else { return };
            self.count(match &work {
                Work::Drove { segment: Segment::Asked(_), .. } => "asked again",
                Work::Drove { .. } => "driven",
                Work::Expired { .. } => "ended at its time",
                Work::SetBack { setback, .. } if setback.retry_at.is_none() => "set aside",
                Work::SetBack { .. } => "set back",
                other => panic!("{other}"),
            });
            match &work {
                Work::Expired { run } => {
                    let open = self.open.get_mut(run).expect("a run that has ended cannot expire");
                    let step = if open.answers.contains_key("first") { "second" } else { "first" };
                    open.answers.insert(step.to_owned(), Answer::Expire);
                }
                Work::Drove { run, segment: Segment::Done(_) } => self.ended(run),
                _ => {}
            }
        }
    }

    /// A run has ended, for the first time, and as it ends in memory.
    fn ended(&mut self, run: &RunId) {
        let OpenRun { kind, answers, .. } = self.open.get(run).expect("a run ends once");
        let shown = self.runs().inbox().show(run).unwrap().completed.unwrap().result;
        let key = format!("{kind:?} {answers:?}");
        let policy = HumanPolicy::Script(answers.clone());
        let host = self.host;
        let expected = self.hashes.entry(key).or_insert_with(|| {
            let context = ExecutionContext::new(json!({})).unwrap();
            let session = host.draft(kind.workflow()).start(&context).unwrap();
            session.finish(&policy).unwrap().result.receipt.result_hash.to_string()
        });
        assert_eq!(shown.receipt.result_hash.to_string(), *expected, "{run}: {kind:?} {answers:?}");
        self.open.remove(run).unwrap();
        self.count("ended");
    }

    /// Reads on in the feed: each change of a run begins where the one before ended. What has ended changes no more.
    fn follow(&mut self, versions: &mut BTreeMap<RunId, Version>) {
        loop {
            let changes = self.journal.changes(self.read, 1000).unwrap();
            let Some(last) = changes.last() else { return };
            self.read = last.position;
            for change in changes {
                let before = versions.remove(&change.run).unwrap_or(Version::new(0));
                assert_eq!(change.from, before, "{}: told once, in order", change.run);
                if !matches!(change.status, Status::Done | Status::Failed | Status::Cancelled) {
                    versions.insert(change.run, change.to);
                }
            }
        }
    }
}

/// A receiver that is away for two hours of the day. It is told of each event once, and of those of a run in their order.
struct Letterbox<'d> {
    clock: &'d Hand,
    /// The number of the event of each run that was told last; how many were told to have ended.
    told: Mutex<(BTreeMap<String, u64>, usize)>,
}

impl Receiver for Letterbox<'_> {
    fn deliver(&self, message: &Message) -> Result<(), String> {
        let hour = (self.clock.now().as_millis() - Hand::default().now().as_millis()) / 3_600_000;
        if matches!(hour, 5 | 17) {
            return Err("away".to_owned());
        }
        let (run, number) = message.id.rsplit_once('.').unwrap();
        let number: u64 = number.parse().unwrap();
        let mut told = self.told.lock().unwrap();
        let before = told.0.insert(run.to_owned(), number);
        assert!(before.is_none_or(|before| before < number), "{}: told once, in order", message.id);
        if matches!(message.kind, "run.done" | "run.failed" | "run.cancelled") {
            told.0.remove(run);
            told.1 += 1;
        }
        Ok(())
    }
}

/// A day with so many runs, on a journal whose leases count by this clock.
fn a_day(journal: &dyn Journal, clock: &Hand, runs: u64, seed: u64) -> (BTreeMap<&'static str, usize>, Vec<i64>) {
    // Both have the same plugins, compiled once.
    let cache = tempfile::tempdir().unwrap();
    let cached = || SandboxConfig { cache: Some(CacheDir::at(cache.path())), ..SandboxConfig::default() };
    let host = Host::builder().first_party().sandbox(cached()).build().unwrap();
    let sandbox = SandboxConfig { watchdog: Duration::ZERO, ..cached() };
    let faulty = Host::builder().first_party().sandbox(sandbox).build().unwrap();
    let bare = Host::builder().build().unwrap();
    let [one, two, three] = ["worker", "a worker without time", "a worker without plugins"].map(Owner::new);
    let good = Worker::new(&host, journal, clock, &one);
    let faulty = Worker::new(&faulty, journal, clock, &two);
    let bare = Worker::new(&bare, journal, clock, &three);
    let letterbox = Letterbox { clock, told: Mutex::default() };
    let notifier = Notifier::new(journal, clock, &one, "box", &letterbox);
    let mut day = Day {
        host: &host,
        journal,
        clock,
        driver: Owner::new("people"),
        chance: Chance(seed),
        open: BTreeMap::new(),
        plans: BTreeMap::new(),
        hashes: BTreeMap::new(),
        read: Position::START,
        counts: BTreeMap::new(),
    };
    let (mut versions, mut memory) = (BTreeMap::new(), Vec::new());
    let notify = || notifier.notify(&|told| assert!(!matches!(told, Delivery::Dropped { .. }), "{told:?}")).unwrap();
    notify();
    for minute in 0..MINUTES {
        clock.forward(Duration::from_mins(1));
        for _ in runs * minute / MINUTES..runs * (minute + 1) / MINUTES {
            day.start(minute);
        }
        for (run, plan) in day.plans.remove(&minute).unwrap_or_default() {
            day.carry_out(&run, plan);
        }
        if minute % 7 == 0 {
            day.work(&faulty, 2);
        }
        if minute % 11 == 0 {
            day.work(&bare, 2);
        }
        // One that claims a run and is gone: somebody else has it once the lease is over.
        if minute % 13 == 0
            && journal.claim_next(&Owner::new(format!("gone at {minute}")), Duration::from_mins(5)).unwrap().is_some()
        {
            day.count("abandoned");
        }
        day.work(&good, usize::MAX);
        day.follow(&mut versions);
        notify();
        if minute % 60 == 59 {
            for aside in journal.list(&Filter::set_aside()).unwrap() {
                good.retry(&aside.run).unwrap();
            }
            let before =
                Timestamp::from_millis(clock.now().as_millis() - i64::try_from(KEPT.as_millis()).unwrap()).unwrap();
            journal.prune(before).unwrap();
            memory.push(resident());
        }
    }
    // What was claimed, set back or set aside last.
    for aside in journal.list(&Filter::set_aside()).unwrap() {
        good.retry(&aside.run).unwrap();
    }
    clock.forward(Duration::from_mins(10));
    day.work(&good, usize::MAX);
    day.follow(&mut versions);
    notify();
    let waiting = journal.list(&Filter::waiting()).unwrap();
    let open: Vec<RunId> = day.open.keys().cloned().collect();
    let mut left: Vec<RunId> = waiting.iter().map(|summary| summary.run.clone()).collect();
    left.sort();
    assert_eq!(left, open, "what has not ended waits");
    assert_eq!(versions.keys().cloned().collect::<Vec<_>>(), open, "as the feed tells it");
    assert_eq!(journal.list(&Filter::drivable()).unwrap().len(), 0);
    let is_over = |deadline: Option<Timestamp>| deadline.is_some_and(|deadline| deadline <= clock.now());
    assert!(waiting.iter().all(|summary| !is_over(summary.wait.as_ref().and_then(|wait| wait.deadline))));
    let ended = day.counted("ended") + day.counted("cancelled");
    assert_eq!(day.counted("started"), ended + open.len(), "nothing is lost");
    assert_eq!(letterbox.told.into_inner().unwrap().1, ended, "each end was told");
    (day.counts, memory)
}

/// The memory of this process, in kilobytes, where the system tells.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().unwrap())
}

#[test]
fn a_day_of_answers_deadlines_faults_and_retries_loses_nothing_and_does_nothing_twice() {
    let seed = number("SORTIE_SEED").unwrap_or(20_260_101);
    let runs = number("SORTIE_DAY");
    println!("SORTIE_SEED={seed}");
    let clock = Arc::new(Hand::default());
    let leases = Arc::clone(&clock) as Arc<dyn Clock>;
    let (counts, memory) = if let Some(runs) = runs {
        let folder = tempfile::tempdir().unwrap();
        let journal = SqliteJournal::open(folder.path().join("day.sqlite")).unwrap().with_clock(leases);
        a_day(&journal, &clock, runs, seed)
    } else {
        a_day(&MemoryJournal::with_clock(leases), &clock, 300, seed)
    };
    println!("{counts:?}\nmemory after each hour, in kilobytes: {memory:?}");
    for what in [
        "ended",
        "cancelled",
        "decided",
        "driven",
        "asked again",
        "ended at its time",
        "set back",
        "set aside",
        "abandoned",
    ] {
        assert!(counts.contains_key(what), "{what}: {counts:?}");
    }
    if runs.is_some() {
        let grown = memory[23] - memory[5];
        assert!(grown < MAX_GROWTH, "memory grew by {grown} kB: {memory:?}");
    }
}
