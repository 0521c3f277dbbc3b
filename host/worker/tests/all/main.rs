//! Workers by a clock that the test sets: no test waits for time to pass.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sortie_host::journal::{
    Actor, Authority, Clock, Filter, Journal, MemoryJournal, NewAnswer, Owner, RunId, Segment, Status, Timestamp, Which,
};
use sortie_host::{ExecutionContext, Host, SandboxConfig, WorkflowDefinition};
use sortie_worker::{Pace, Stop, Work, Worker};

mod day;
#[cfg(unix)]
mod kill;
#[cfg(unix)]
mod namespaces;
mod notifications;
#[cfg(unix)]
mod plugins;

/// Seconds that a test counts.
#[derive(Default)]
struct Hand(AtomicI64);

impl Hand {
    fn forward(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        // 2026-01-01T00:00:00Z and on.
        Timestamp::from_millis((1_767_225_600 + self.0.load(Ordering::SeqCst)) * 1000).unwrap()
    }
}

struct Desk {
    host: Host,
    clock: Arc<Hand>,
    journal: MemoryJournal,
    driver: Owner,
}

impl Desk {
    fn new() -> Self {
        let clock = Arc::new(Hand::default());
        let journal = MemoryJournal::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let host = Host::builder().first_party().build().unwrap();
        Self { host, clock, journal, driver: Owner::new("worker 1") }
    }

    fn worker(&self) -> Worker<'_> {
        Worker::new(&self.host, &self.journal, &*self.clock, &self.driver)
    }

    /// Starts a run that asks, and then sets `/done`.
    fn start(&self, payload: Value) -> RunId {
        let steps = json!([
            {"id": "ask", "kind": "human", "payload": payload},
            {"id": "after", "kind": "runtime", "payload": {"operation": "core/set", "path": "/done", "value": true}},
        ]);
        let workflow = WorkflowDefinition::from_json(&json!({"id": "asks", "steps": steps})).unwrap();
        let context = ExecutionContext::new(json!({})).unwrap();
        let runs = self.host.runs(&self.journal, &*self.clock, &self.driver);
        let started = runs.start(self.host.draft(workflow), &context, &BTreeMap::new()).unwrap();
        assert!(matches!(started.segment, Segment::Asked(_)));
        started.run
    }

    fn decide(&self, run: &RunId) {
        let (value, actor) = (json!("yes"), Actor::new("ann"));
        let answer = NewAnswer::new(run, Authority::Owner(Which::Last), &value, &actor);
        self.host.runs(&self.journal, &*self.clock, &self.driver).decide(&answer).unwrap();
    }

    fn status(&self, run: &RunId) -> Status {
        self.journal.read(run).unwrap().summary.status
    }
}

/// The codes of all that there is to do.
fn drain(worker: &Worker<'_>) -> Vec<&'static str> {
    std::iter::from_fn(|| worker.work_once().unwrap()).map(|work| work.code()).collect()
}

#[test]
fn waits_end_at_their_time_through_a_day_and_not_before() {
    let desk = Desk::new();
    let runs: Vec<RunId> = (1..=24)
        .map(|hour| {
            let on_expiry = if hour % 2 == 0 { "default" } else { "fail" };
            desk.start(json!({"expires": format!("{hour}h"), "default": "no", "on_expiry": on_expiry}))
        })
        .collect();
    let forever = desk.start(json!({}));
    let worker = desk.worker();
    for (hour, run) in (1..=24).zip(&runs) {
        desk.clock.forward(Duration::from_secs(60 * 60 - 1));
        assert_eq!(drain(&worker), [""; 0], "a second before hour {hour}");
        desk.clock.forward(Duration::from_secs(1));
        let (ended, status) = if hour % 2 == 0 { ("done", Status::Done) } else { ("failed", Status::Failed) };
        assert_eq!(drain(&worker), ["expired", ended], "hour {hour}");
        assert_eq!(desk.status(run), status);
    }
    assert_eq!(desk.status(&forever), Status::Waiting);
}

#[test]
fn what_was_decided_is_resumed_by_a_worker_that_runs_until_it_is_stopped() {
    let desk = Desk::new();
    let runs: Vec<RunId> = (0..8).map(|_| desk.start(json!({}))).collect();
    let (stop, done) = (Stop::new(), Mutex::new(Vec::new()));
    let worker = desk.worker().with_pace(Pace { idle: Duration::from_hours(1), ..Pace::default() });
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                worker.run(&stop, &|work| {
                    done.lock().unwrap().push((work.run().unwrap().clone(), work.code()));
                });
            });
        }
        for run in &runs {
            desk.decide(run);
            stop.call();
        }
        while done.lock().unwrap().len() < runs.len() {
            std::thread::yield_now();
        }
        stop.stop();
    });
    let mut done = done.into_inner().unwrap();
    done.sort();
    let mut expected: Vec<_> = runs.into_iter().map(|run| (run, "done")).collect();
    expected.sort();
    assert_eq!(done, expected, "each run is driven once");
}

#[test]
fn a_run_that_cannot_be_driven_is_set_aside_with_its_reason_until_it_is_to_be_retried() {
    let desk = Desk::new();
    let run = desk.start(json!({}));
    desk.decide(&run);
    let bare = Host::builder().build().unwrap();
    let worker = Worker::new(&bare, &desk.journal, &*desk.clock, &desk.driver);
    let Some(Work::SetBack { setback, .. }) = worker.work_once().unwrap() else { panic!("it is driven") };
    assert_eq!((setback.code.as_str(), setback.retry_at), ("plugin_missing", None));
    assert!(setback.reason.contains("core"), "{}", setback.reason);
    desk.clock.forward(Duration::from_hours(1000));
    assert_eq!(drain(&desk.worker()), [""; 0], "nobody takes it, who has the plugin neither");
    let aside = desk.journal.list(&Filter::set_aside()).unwrap();
    assert_eq!(aside.first().and_then(|summary| summary.setback.clone()), Some(setback));
    desk.worker().retry(&run).unwrap();
    assert_eq!(drain(&desk.worker()), ["done"]);
    assert_eq!(desk.journal.read(&run).unwrap().summary.setback, None);
}

#[test]
fn a_fault_of_the_host_is_tried_again_later_and_later_and_then_set_aside() {
    let desk = Desk::new();
    let run = desk.start(json!({}));
    desk.decide(&run);
    // No call has any time here.
    let sandbox = SandboxConfig { watchdog: Duration::ZERO, ..SandboxConfig::default() };
    let faulty = Host::builder().first_party().sandbox(sandbox).build().unwrap();
    let pace = Pace { attempts: 4, ..Pace::default() };
    let worker = Worker::new(&faulty, &desk.journal, &*desk.clock, &desk.driver).with_pace(pace);
    let mut waits = Vec::new();
    for _ in 0..4 {
        let Some(Work::SetBack { setback, .. }) = worker.work_once().unwrap() else { panic!("it is driven") };
        assert_eq!(worker.work_once().unwrap().map(|work| work.code()), None, "not before its time");
        let wait = setback.retry_at.map(|time| (time.as_millis() - desk.clock.now().as_millis()) / 1000);
        desk.clock.forward(Duration::from_secs(wait.unwrap_or_default().unsigned_abs()));
        waits.push(wait);
    }
    assert_eq!(waits, [Some(1), Some(2), Some(4), None]);
    desk.worker().retry(&run).unwrap();
    assert_eq!(drain(&desk.worker()), ["done"]);
}
