//! The real binary killed at every write of its journal, over run, answer, resume and expire.
//!
//! ```sh
//! SORTIE_KILL_POINTS=500 cargo test -p sortie kill:: -- --nocapture
//! ```
//!
//! kills at 500 points at least, and prints a summary. `SORTIE_SEED` chooses other missions, answers and expiries.
//! Without `SORTIE_KILL_POINTS` it is a smaller number, so that the ordinary tests are quick.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use crate::support::{Random, copy, log_step, parsed, sortie, text, write_workflow};
use serde_json::{Value, json};
use sortie_journal::{Event, EventKind, Filter, Journal, RunId};
use sortie_journal_sqlite::SqliteJournal;
use tempfile::TempDir;

/// The shortest deadline there is, a second, has passed after so long.
const DEADLINE: Duration = Duration::from_millis(1_050);

/// What is done to a run by one process after the other.
#[derive(Debug, Clone)]
enum Deed {
    /// `sortie exec … --mode pause`, or `sortie run`.
    Start(Vec<String>),
    /// `sortie inbox answer RUN …`
    Answer(Vec<String>),
    /// `sortie resume RUN`
    Resume,
    /// `sortie resume RUN`, when nobody answered in time.
    Expire,
}

/// A mission, what is done to it, and what has to come of it.
struct Scenario {
    folder: TempDir,
    deeds: Vec<Deed>,
    /// The result of the same answers at hand; nothing, where a wait expires.
    straight: Option<String>,
}

/// What an uninterrupted history is.
struct Reference {
    kinds: Vec<EventKind>,
    result_hash: String,
    /// The journal before each deed.
    before: Vec<TempDir>,
}

#[derive(Debug, Default)]
struct Tally {
    points: u64,
    runs: u64,
    processes: u64,
    losses: u64,
    duplicates: u64,
    faults: Vec<String>,
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// How a person reacts to a human step.
fn react(random: &mut Random, (id, deeds): (&str, &mut Vec<Deed>), payload: &mut Value) -> Option<Value> {
    match random.below(4) {
        0 => {
            *payload = json!({"description": "Go on?", "expires": 1, "on_expiry": "fail"});
            deeds.push(Deed::Expire);
            None
        }
        1 => {
            *payload = json!({"description": "Go on?", "expires": 1, "on_expiry": "default", "default": {"n": 1}});
            deeds.push(Deed::Expire);
            None
        }
        kind => {
            *payload = json!({"description": "Go on?", "choices": ["yes", "no", "later"]});
            let choice = ["yes", "no", "later"][usize::try_from(random.below(3)).expect("a small number")];
            let mut answer = words(&["--step", id, "--choice", choice, "--comment", "tested"]);
            if kind == 2 {
                answer.push("--no-resume".to_owned());
                deeds.extend([Deed::Answer(answer), Deed::Resume]);
            } else {
                deeds.push(Deed::Answer(answer));
            }
            Some(json!(choice))
        }
    }
}

impl Scenario {
    fn new(random: &mut Random) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if random.below(6) == 0 {
            return Self::daily_loop(folder);
        }
        // Mostly one human step or two, with something to do behind them.
        let humans = [1, 2, 1, 2, 1, 2, 0][usize::try_from(random.below(7)).expect("a small number")];
        let runtime = 1 + random.below(2);
        let mut kinds: Vec<bool> = (0..humans + runtime).map(|index| index < humans).collect();
        for index in (1..kinds.len()).rev() {
            kinds.swap(index, usize::try_from(random.below(u64::try_from(index).expect("small") + 1)).expect("small"));
        }
        let mut deeds = vec![Deed::Start(words(&["exec", "workflow.json", "--mode", "pause"]))];
        let (mut steps, mut answers, mut expires) = (Vec::new(), serde_json::Map::new(), false);
        for (index, human) in kinds.into_iter().enumerate() {
            let id = format!("s{index}");
            if !human {
                steps.push(log_step(&id));
                continue;
            }
            let mut payload = Value::Null;
            // What comes after a step that fails is never asked.
            let mut reaction = Vec::new();
            match react(random, (&id, &mut reaction), &mut payload) {
                Some(answer) => drop(answers.insert(id.clone(), answer)),
                None if payload["on_expiry"] == "fail" && !expires => expires = true,
                None => {
                    payload = json!({"description": "Go on?", "expires": 1, "on_expiry": "default", "default": 1});
                    expires = true;
                }
            }
            deeds.extend(reaction);
            steps.push(json!({"id": id, "kind": "human", "payload": payload}));
        }
        steps.push(log_step("end"));
        write_workflow(folder.path(), &steps);
        let failing = steps.iter().position(|step| step["payload"]["on_expiry"] == "fail");
        if let Some(failing) = failing {
            Self::cut(&mut deeds, &steps, failing);
        }
        let straight = (!expires).then(|| {
            fs::write(folder.path().join("answers.json"), Value::Object(answers).to_string()).expect("the answers");
            let output = sortie(folder.path())
                .args(["--format", "json", "exec", "workflow.json", "--answers", "answers.json"])
                .output()
                .expect("the command runs");
            text(&parsed(&output), "/receipt/result_hash").to_owned()
        });
        Self { folder, deeds, straight }
    }

    /// Drops what would be done to the steps behind one that fails.
    fn cut(deeds: &mut Vec<Deed>, steps: &[Value], failing: usize) {
        let humans_before = steps[..failing].iter().filter(|step| step["kind"] == "human").count();
        // Each human step is one `resume` that expires it, or one answer with or without a `resume` behind it.
        let mut kept = vec![deeds[0].clone()];
        let (mut seen, mut rest) = (0, deeds[1..].iter().peekable());
        while let Some(deed) = rest.next() {
            kept.push(deed.clone());
            if let Deed::Answer(words) = deed
                && words.iter().any(|word| word == "--no-resume")
            {
                kept.extend(rest.next().cloned());
            }
            seen += 1;
            if seen > humans_before {
                break;
            }
        }
        *deeds = kept;
    }

    fn daily_loop(folder: TempDir) -> Self {
        let tasks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/daily-loop/examples/tasks.json");
        fs::copy(tasks, folder.path().join("tasks.json")).expect("the tasks");
        fs::write(folder.path().join("answers.json"), r#"{"confirm_priorities": {"accept": true}}"#).expect("answers");
        let run = ["run", "daily_loop", "--state", "tasks.json", "--param", "today=2026-01-08"];
        let straight = sortie(folder.path())
            .args(["--format", "json"])
            .args(run)
            .args(["--answers", "answers.json"])
            .output()
            .expect("the command runs");
        let straight = Some(text(&parsed(&straight), "/receipt/result_hash").to_owned());
        let start = [words(&run), words(&["--mode", "pause"])].concat();
        let answer = Deed::Answer(words(&["--value", r#"{"accept": true}"#]));
        Self { folder, deeds: vec![Deed::Start(start), answer], straight }
    }

    /// Runs everything without a kill, and keeps the journal before each deed.
    fn reference(&self, tally: &mut Tally) -> Reference {
        let folder = tempfile::tempdir().expect("a folder");
        copy(self.folder.path(), folder.path());
        let (mut before, mut last) = (Vec::new(), None);
        for deed in &self.deeds {
            let kept = tempfile::tempdir().expect("a folder");
            copy(folder.path(), kept.path());
            before.push(kept);
            last = Some(perform(deed, folder.path(), None, tally));
        }
        let last = parsed(&last.expect("there is a deed"));
        let result_hash = text(&last, "/receipt/result_hash").to_owned();
        if let Some(straight) = &self.straight {
            assert_eq!(result_hash, *straight, "pausing changes the result of {:?}", self.deeds);
        }
        let (_, events) = history(folder.path()).expect("a run");
        tally.runs += 1;
        Reference { kinds: events.iter().map(Event::kind).collect(), result_hash, before }
    }
}

/// Runs the process of a deed, to its end or to its death at a write.
fn perform(deed: &Deed, folder: &Path, kill_point: Option<u64>, tally: &mut Tally) -> Output {
    let mut command = sortie(folder);
    command.args(["--format", "json"]);
    let run = || history(folder).expect("a run").0.to_string();
    match deed {
        Deed::Start(words) => command.args(words),
        Deed::Answer(words) => command.args(["inbox", "answer", &run()]).args(words),
        Deed::Resume => command.args(["resume", &run()]),
        Deed::Expire => {
            std::thread::sleep(DEADLINE);
            command.args(["resume", &run()])
        }
    };
    if let Some(point) = kill_point {
        command.env("SORTIE_KILL_POINT", point.to_string());
    }
    tally.processes += 1;
    command.output().expect("the command runs")
}

/// The one run of the journal, whole and checked; nothing, if there is none.
fn history(folder: &Path) -> Option<(RunId, Vec<Event>)> {
    let path = folder.join("journal.sqlite");
    if !path.exists() {
        return None;
    }
    let journal = SqliteJournal::open(path).expect("the journal opens");
    let runs = journal.verify().expect("the journal is whole");
    assert!(runs <= 1, "{runs} runs");
    let found = journal.list(&Filter::default()).expect("a list").pop()?;
    let record = journal.read(&found.run).expect("a run");
    Some((found.run, record.events.into_iter().map(|recorded| recorded.event).collect()))
}

fn kinds(folder: &Path) -> Vec<EventKind> {
    history(folder).map(|(_, events)| events.iter().map(Event::kind).collect()).unwrap_or_default()
}

/// Whether a history can end here: nothing is between the commits.
fn is_boundary(reference: &[EventKind], length: usize) -> bool {
    match length.checked_sub(1).and_then(|last| reference.get(last)) {
        None => length == 0,
        Some(
            EventKind::Asked | EventKind::Approved | EventKind::Decided | EventKind::Expired | EventKind::Finished,
        ) => true,
        Some(EventKind::Started | EventKind::Engine | EventKind::Cancelled | EventKind::Note) => false,
    }
}

/// Kills one deed at one point, checks what is left, and has others go on from there. Gives whether it was killed.
fn kill(scenario: &Scenario, reference: &Reference, (deed, point): (usize, u64), tally: &mut Tally) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    copy(reference.before[deed].path(), folder);
    let earlier = kinds(folder).len();
    let output = perform(&scenario.deeds[deed], folder, Some(point), tally);
    if output.status.code().is_some() {
        return false;
    }
    tally.points += 1;
    let mut fault = |what: String| tally.faults.push(format!("{:?} at {point}: {what}", scenario.deeds[deed]));

    // A state that an uninterrupted history could have, with all that was acknowledged.
    let left = kinds(folder);
    if reference.kinds.get(..left.len()) != Some(left.as_slice()) || !is_boundary(&reference.kinds, left.len()) {
        fault(format!("no history ends so: {left:?}"));
    }
    let acknowledged = String::from_utf8_lossy(&output.stderr).contains("note[decided]");
    let missing = left.len() < earlier || acknowledged && left.len() <= earlier || !output.stdout.is_empty();
    if missing {
        fault(format!("only {left:?} is left"));
    }

    // Others go on: with the same deed, if it has not been done already, and with those behind it.
    let mut last = Value::Null;
    for (index, next) in scenario.deeds.iter().enumerate().skip(deed) {
        let done = index == deed && matches!(next, Deed::Start(_)) && !left.is_empty();
        if done && scenario.deeds.len() > 1 {
            continue;
        }
        let next = if done { &Deed::Resume } else { next };
        last = parsed(&perform(next, folder, None, tally));
    }
    tally.runs += 1;
    let finally = kinds(folder);
    let mut fault = |what: String| tally.faults.push(format!("{:?} at {point}: {what}", scenario.deeds[deed]));
    let repeated = finally.len() > reference.kinds.len();
    if finally != reference.kinds {
        fault(format!("it became {finally:?}"));
    }
    let hash = last.pointer("/receipt/result_hash").and_then(Value::as_str);
    let wrong = hash != Some(reference.result_hash.as_str());
    if wrong {
        fault(format!("the result is {last}"));
    }
    tally.losses += u64::from(missing || (wrong && !repeated));
    tally.duplicates += u64::from(repeated);
    true
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
}

#[test]
fn a_process_killed_at_any_write_of_the_journal_loses_nothing_and_repeats_nothing() {
    let wanted = from_environment("SORTIE_KILL_POINTS", 30);
    let seed = from_environment("SORTIE_SEED", 4);
    let mut random = Random(seed);
    let mut tally = Tally::default();
    while tally.points < wanted {
        let scenario = Scenario::new(&mut random);
        let reference = scenario.reference(&mut tally);
        // A small number is spread over more scenarios.
        let stride = if wanted < 200 { 3 } else { 1 };
        for deed in 0..scenario.deeds.len() {
            let mut points = (1 + random.below(stride)..).step_by(usize::try_from(stride).expect("a small number"));
            while tally.points < wanted
                && let Some(point) = points.next()
                && kill(&scenario, &reference, (deed, point), &mut tally)
            {}
        }
    }
    let Tally { points, runs, processes, losses, duplicates, faults } = &tally;
    println!(
        "killed at {points} points of {runs} runs ({processes} processes): \
         losses {losses}, duplicates {duplicates}, seed {seed}"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!((*losses, *duplicates), (0, 0));
}
