//! Invariant 7: pausing is invisible. Whatever process takes which part, the result is the one of a straight run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use sortie_host::journal::{
    Actor, Clock, Journal, MemoryJournal, ResumeOutcome, RunId, Segment, SystemClock, Timestamp,
};
use sortie_host::{Decision, Host, HumanPolicy, OrchestrationResult, Progress};
use sortie_journal_sqlite::SqliteJournal;

use super::{answer, ask, driver, host, log, workflow};
use crate::support::context;

/// How a human step comes to its decision.
#[derive(Debug, Clone, PartialEq)]
enum Human {
    /// The answer was at hand when the run began.
    AtHand(Value),
    /// The run paused, and the answer came; in the same process as what followed, or not.
    Answered { value: Value, apart: bool },
    /// The run paused, and nobody answered: the default was taken, or the step failed.
    Expired { default: Option<Value> },
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Log,
    Calc(i64),
    Human(Human),
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        (-10.0_f64..10.0).prop_map(Value::from),
        "[a-zé\u{1f600}\"\\\\]{0,6}".prop_map(Value::from),
        prop::collection::btree_map("[a-c]{1,2}", any::<i32>(), 0..3).prop_map(|members| json!(members)),
    ]
}

fn human() -> impl Strategy<Value = Human> {
    prop_oneof![
        1 => value().prop_map(Human::AtHand),
        3 => (value(), any::<bool>()).prop_map(|(value, apart)| Human::Answered { value, apart }),
        2 => prop::option::of(value()).prop_map(|default| Human::Expired { default }),
    ]
}

/// Up to five steps, of which up to two are human.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let runtime = prop_oneof![Just(Step::Log), (-5_i64..5).prop_map(Step::Calc)];
    let runtimes = prop::collection::vec(runtime, 0..=3);
    let humans = prop::collection::vec(human().prop_map(Step::Human), 0..=2);
    (runtimes, humans).prop_map(|(runtimes, humans)| [runtimes, humans].concat()).prop_shuffle()
}

fn definition(index: usize, step: &Step) -> Value {
    let id = format!("s{index}");
    match step {
        Step::Log => log(&id),
        // A division by zero fails the step.
        Step::Calc(by) => json!({"id": id, "kind": "runtime", "payload": {
            "operation": "core/calc", "into": "/n", "expression": format!("100 / {by}")}}),
        Step::Human(Human::AtHand(_) | Human::Answered { .. }) => ask(&id, json!({"context": "/log"})),
        Step::Human(Human::Expired { default: Some(default) }) => {
            ask(&id, json!({"expires": 1, "on_expiry": "default", "default": default}))
        }
        Step::Human(Human::Expired { default: None }) => ask(&id, json!({"expires": 1})),
    }
}

fn definitions(steps: &[Step]) -> Vec<Value> {
    steps.iter().enumerate().map(|(index, step)| definition(index, step)).collect()
}

/// All in one session, without a journal.
fn straight(host: &Host, steps: &[Step]) -> OrchestrationResult {
    let mut session = host.start(workflow(&definitions(steps)), &context(json!({"log": []}))).unwrap();
    loop {
        let question = match session.advance().unwrap() {
            Progress::Done(completed) => return completed.result,
            Progress::Waiting(question) => question,
        };
        let index: usize = question.step.id[1..].parse().unwrap();
        let decision = match &steps[index] {
            Step::Human(Human::AtHand(value) | Human::Answered { value, .. }) => Decision::answered(value.clone()),
            Step::Human(Human::Expired { default: Some(default) }) => Decision::defaulted(default.clone()),
            Step::Human(Human::Expired { default: None }) => {
                let mut run = session.run().clone();
                run.expired().unwrap();
                let sortie_engine::Next::Done(result) = run.next() else { panic!("an expired step ends the run") };
                return *result;
            }
            Step::Log | Step::Calc(_) => panic!("{question:?}"),
        };
        session.decide(decision).unwrap();
    }
}

/// Where the journal is between the processes.
enum Place<'a> {
    Memory(&'a MemoryJournal),
    File(&'a Path),
}

impl Place<'_> {
    /// What one process does: it has a journal of its own opening, and a host of its own.
    fn process<T>(&self, host: &Host, work: impl FnOnce(&Host, &dyn Journal) -> T) -> T {
        match self {
            Self::Memory(journal) => work(host, *journal),
            Self::File(path) => work(&super::host(), &SqliteJournal::open(path).unwrap()),
        }
    }
}

/// In as many processes as there are pauses, or more.
fn split(host: &Host, place: &Place<'_>, steps: &[Step]) -> OrchestrationResult {
    let at_hand = steps.iter().enumerate().filter_map(|(index, step)| match step {
        Step::Human(Human::AtHand(value)) => Some((format!("s{index}"), value.clone())),
        Step::Human(Human::Answered { .. } | Human::Expired { .. }) | Step::Log | Step::Calc(_) => None,
    });
    let at_hand: BTreeMap<String, Value> = at_hand.collect();
    let (definition, context, ann) = (workflow(&definitions(steps)), context(json!({"log": []})), Actor::new("ann"));
    let started = place.process(host, |host, journal| {
        host.runs(journal, &SystemClock, &driver()).start(host.draft(definition), &context, &at_hand).unwrap()
    });
    let (run, mut segment) = (started.run, started.segment);
    loop {
        let asked = match segment {
            Segment::Done(completed) => return completed.result,
            Segment::Asked(asked) => asked,
        };
        let id = asked.waiting.question.step.id.clone();
        let index: usize = id[1..].parse().unwrap();
        let resume = |host: &Host, journal: &dyn Journal| resumed(host, journal, &run);
        segment = match &steps[index] {
            Step::Human(Human::Answered { value, apart: true }) => {
                let decide = |host: &Host, journal: &dyn Journal| {
                    host.runs(journal, &SystemClock, &driver()).decide(&answer(&run, &id, value, &ann)).unwrap()
                };
                place.process(host, decide);
                place.process(host, resume)
            }
            Step::Human(Human::Answered { value, apart: false }) => place.process(host, |host, journal| {
                host.runs(journal, &SystemClock, &driver()).decide(&answer(&run, &id, value, &ann)).unwrap();
                resume(host, journal)
            }),
            Step::Human(Human::Expired { .. }) => {
                // Each an hour after the one before, whose clock its question was asked by.
                let clock = HoursAhead(u64::try_from(index).unwrap() + 1);
                place.process(host, |host, journal| resumed_at(host, journal, &run, &clock))
            }
            Step::Human(Human::AtHand(_)) | Step::Log | Step::Calc(_) => panic!("{id} is not asked"),
        };
    }
}

/// A clock by which deadlines have passed.
struct HoursAhead(u64);

impl Clock for HoursAhead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(Duration::from_hours(self.0))
    }
}

fn resumed(host: &Host, journal: &dyn Journal, run: &RunId) -> Segment {
    resumed_at(host, journal, run, &SystemClock)
}

fn resumed_at(host: &Host, journal: &dyn Journal, run: &RunId, clock: &dyn Clock) -> Segment {
    match host.runs(journal, clock, &driver()).resume(run).unwrap() {
        ResumeOutcome::Drove(segment) => segment,
        other => panic!("{other:?}"),
    }
}

/// The result without its audit, which alone may differ.
fn unaudited(mut result: OrchestrationResult) -> OrchestrationResult {
    result.receipt.audit.clear();
    result
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariant_7_a_run_in_pieces_has_the_result_of_a_straight_one(steps in steps()) {
        thread_local!(static HOST: Host = host());
        HOST.with(|host| {
            let journal = MemoryJournal::new();
            let (expected, found) = (straight(host, &steps), split(host, &Place::Memory(&journal), &steps));
            prop_assert_eq!(found.receipt.result_hash, expected.receipt.result_hash);
            prop_assert_eq!(unaudited(found), expected);
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariant_7_also_with_a_file_and_a_host_of_its_own_for_each_piece(steps in steps()) {
        let (folder, host) = (tempfile::tempdir().unwrap(), host());
        let found = split(&host, &Place::File(&folder.path().join("journal")), &steps);
        prop_assert_eq!(unaudited(found), straight(&host, &steps));
    }
}

#[test]
fn the_daily_loop_has_the_result_of_its_answers_at_hand() {
    let answers = BTreeMap::from([("confirm_priorities".to_owned(), json!({"accept": true}))]);
    let (context, params) = (tasks(), json!({"today": "2026-01-08"}));
    let humans = HumanPolicy::Answers(answers.clone());
    let scripted = sortie_host::Host::builder().first_party().sandbox(crate::support::sandbox()).human_steps(humans);
    let expected = scripted.build().unwrap().run_mission("daily_loop", &context, &params).unwrap();
    let (host, journal, ann) = (host(), MemoryJournal::new(), Actor::new("ann"));
    let owner = driver();
    let runs = host.runs(&journal, &SystemClock, &owner);
    let mission = host.build_mission("daily_loop", &params).unwrap();
    let run = super::waits(runs.start(mission, &context, &BTreeMap::new()).unwrap());
    runs.decide(&answer(&run, "confirm_priorities", &answers["confirm_priorities"], &ann)).unwrap();
    let Segment::Done(completed) = resumed(&host, &journal, &run) else { panic!("it waits again") };
    assert_eq!(completed.result.receipt.audit[0]["actor"], "ann");
    assert_eq!(unaudited(completed.result), expected);
}

fn tasks() -> sortie_host::ExecutionContext {
    context(serde_json::from_str(include_str!("../../../../../plugins/daily-loop/examples/tasks.json")).unwrap())
}
