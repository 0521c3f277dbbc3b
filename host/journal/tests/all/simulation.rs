//! A world in one process: workers, people and a reader of the feed on one journal, over a network that loses requests and
//! answers, by a clock that jumps, with crashes at any call. One actor does one call at a time, chosen by a seed that is printed:
//! a schedule that fails fails again.
//!
//! `SORTIE_SCHEDULES=10000 cargo test -p sortie-journal simulation -- --nocapture` tries many; `SORTIE_SEED=N` begins elsewhere.
#![allow(clippy::unwrap_used, clippy::panic, clippy::doc_markdown, reason = "a test stops at what it does not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{
    AnswerMismatch, Authority, CancelError, CancelOutcome, DecideError, DecideOutcome, ExpireOutcome, Expires,
    NewAnswer, WaitRequest, Waits, Which,
};
use sortie_journal::{
    Actor, Bookmark, Claim, Clock, Event, EventKind, ExpiryAction, FeedEntry, Filter, Finish, Journal, JournalError,
    MemoryJournal, NewRun, Owner, Position, RunId, RunRecord, RunSummary, Setback, Start, Status, Timestamp, Version,
    settle,
};

/// How many runs there are in a world, and how many calls before the network heals.
const RUNS: u64 = 3;
const TROUBLED_CALLS: u32 = 160;
const TTL: Duration = Duration::from_secs(20);

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passes,
    /// It is not made, and the caller knows.
    Refused,
    /// It is not made, and the caller does not know.
    LostBefore,
    /// It is made, and the caller does not know.
    LostAfter,
    /// The caller is gone: this call and all that follow are not made.
    Crash,
}

/// Who may make a call, and what becomes of it.
#[derive(Default)]
struct Stage {
    turn: Option<(usize, Fate)>,
    /// Actors that wait for their turn.
    ready: BTreeSet<usize>,
    /// Actors that have not ended.
    present: BTreeSet<usize>,
}

struct World {
    journal: MemoryJournal,
    clock: Arc<AtomicI64>,
    stage: Mutex<Stage>,
    changed: Condvar,
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst)).unwrap()
    }
}

/// The journal as one actor reaches it.
struct Line<'w> {
    world: &'w World,
    actor: usize,
    is_gone: Mutex<bool>,
}

impl Line<'_> {
    /// Waits for the turn, and makes the call as its fate has it.
    fn call<T>(&self, call: impl FnOnce(&MemoryJournal) -> Result<T, JournalError>) -> Result<T, JournalError> {
        let unavailable = || JournalError::Unavailable { detail: "the network".to_owned() };
        if *self.is_gone.lock().unwrap() {
            return Err(unavailable());
        }
        let mut stage = self.world.stage.lock().unwrap();
        stage.ready.insert(self.actor);
        self.world.changed.notify_all();
        let fate = loop {
            match stage.turn {
                Some((actor, fate)) if actor == self.actor => break fate,
                _ => stage = self.world.changed.wait(stage).unwrap(),
            }
        };
        let lost = || JournalError::UnknownOutcome { detail: "the network".to_owned() };
        let told = match fate {
            Fate::Passes => call(&self.world.journal),
            Fate::Refused => Err(unavailable()),
            Fate::LostBefore => Err(lost()),
            Fate::LostAfter => call(&self.world.journal).and(Err(lost())),
            Fate::Crash => {
                *self.is_gone.lock().unwrap() = true;
                Err(unavailable())
            }
        };
        stage.ready.remove(&self.actor);
        stage.turn = None;
        drop(stage);
        self.world.changed.notify_all();
        told
    }

    fn is_gone(&self) -> bool {
        *self.is_gone.lock().unwrap()
    }
}

impl Journal for Line<'_> {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        self.call(|journal| journal.create(new))
    }
    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        self.call(|journal| journal.restore(record))
    }
    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        self.call(|journal| journal.read(run))
    }
    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        self.call(|journal| journal.append(run, expected, at, events))
    }
    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        self.call(|journal| journal.list(filter))
    }
    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        self.call(|journal| journal.claim(run, owner, ttl))
    }
    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        self.call(|journal| journal.claim_next(owner, ttl))
    }
    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        self.call(|journal| journal.release(run, owner))
    }
    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        self.call(|journal| journal.set_back(run, owner, setback))
    }
    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.call(|journal| journal.retry(run))
    }
    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.call(|journal| journal.changes(after, limit))
    }
    fn position(&self) -> Result<Position, JournalError> {
        self.call(Journal::position)
    }
    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        self.call(|journal| journal.hold_bookmark(purpose, owner, ttl))
    }
    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        self.call(|journal| journal.move_bookmark(purpose, owner, to))
    }
    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        self.call(|journal| journal.prune(ended_before))
    }
}

/// What actors were told. It has to be true for ever.
#[derive(Debug, Default)]
struct Told {
    made: BTreeSet<RunId>,
    accepted: Vec<(RunId, String, Value)>,
    conflicts: Vec<(RunId, String, Value)>,
    expired: Vec<(RunId, String)>,
    cancelled: BTreeSet<RunId>,
    /// What the reader of the feed has passed on, in order.
    delivered: Vec<(RunId, u64)>,
}

fn question(step: &str) -> WaitRequest {
    WaitRequest {
        step: step.to_owned(),
        description: "Go on?".to_owned(),
        assignees: Vec::new(),
        expires: Expires::After(Duration::from_mins(1)),
        on_expiry: ExpiryAction::Default(json!("default")),
        details: Value::Null,
        question_hash: None,
        approvals: 1,
        not_starter: false,
    }
}

/// What a run's decisions make of it: nothing else may.
fn result(record: &RunRecord) -> Value {
    let answers = record.events.iter().filter_map(|recorded| match &recorded.event {
        Event::Decided(decision) => Some(decision.value.clone()),
        Event::Expired(_) => Some(json!("default")),
        _ => None,
    });
    json!({"run": record.summary.run, "answers": answers.collect::<Vec<_>>()})
}

/// What a driver writes next, by what the run is.
fn segment(record: &RunRecord, at: Timestamp) -> Vec<Event> {
    let waits = record.events.iter().filter(|recorded| recorded.event.kind() == EventKind::Asked).count();
    let called = Event::Engine(json!({"segment": waits}));
    match waits {
        0 | 1 => vec![called, Event::Asked(question(["first", "second"][waits]).ask(at).unwrap().0)],
        _ => vec![called, Event::Finished(Finish { success: true, result: result(record) })],
    }
}

/// A worker: ends waits, claims what can be driven, and drives it. Says whether there was anything to do.
fn work(line: &Line<'_>, owner: &Owner) -> Result<bool, JournalError> {
    let (world, waits) = (line.world, Waits::new(line, line.world));
    if let Some(due) = line.list(&Filter { limit: Some(1), ..Filter::expired(world.now()) })?.pop() {
        return waits.expire(&due.run).map(|expired| matches!(expired, ExpireOutcome::Now { .. }));
    }
    let Some(claimed) = line.claim_next(owner, TTL)? else { return Ok(false) };
    let record = line.read(&claimed.run)?;
    match settle::append(line, &claimed.run, claimed.version, world.now(), &segment(&record, world.now())) {
        Ok(_) => Ok(true),
        // Somebody else was faster.
        Err(JournalError::Conflict { .. }) => line.release(&claimed.run, owner).map(|()| true),
        Err(error) => Err(error),
    }
}

/// A person: answers what waits, in their own way.
fn answer(line: &Line<'_>, actor: &str, told: &Mutex<Told>, number: u64) -> Result<(), JournalError> {
    let waiting = line.list(&Filter::waiting())?;
    let Some(summary) = waiting.get(usize::try_from(number).unwrap() % waiting.len().max(1)) else { return Ok(()) };
    let (run, step) = (&summary.run, summary.wait.as_ref().unwrap().step.clone());
    let value = json!({"by": actor, "number": number});
    let actor = Actor::new(actor);
    let answer = NewAnswer::new(run, Authority::Owner(Which::Step(&step)), &value, &actor);
    let decided = Waits::new(line, line.world).decide::<AnswerMismatch>(&answer, &|_, _| Ok(()));
    let mut told = told.lock().unwrap();
    match decided {
        Ok(DecideOutcome::Accepted { .. } | DecideOutcome::Already { .. }) => {
            told.accepted.push((run.clone(), step, value));
        }
        // No question asks for a second person.
        Ok(DecideOutcome::Approved { .. }) => panic!("one person decides"),
        Err(DecideError::Conflict { .. }) => told.conflicts.push((run.clone(), step, value)),
        Err(DecideError::Expired { .. }) => told.expired.push((run.clone(), step)),
        Err(_) => {}
    }
    Ok(())
}

/// Reads the feed on, and passes it on before it says so: at least once.
fn pass_on(line: &Line<'_>, owner: &Owner, told: &Mutex<Told>) -> Result<(), JournalError> {
    let Bookmark::Granted(at) = line.hold_bookmark("mail", owner, TTL)? else { return Ok(()) };
    let changes = line.changes(at.unwrap_or_default(), 3)?;
    for change in changes {
        told.lock().unwrap().delivered.push((change.run.clone(), change.to.get()));
        if !line.move_bookmark("mail", owner, change.position)? {
            return Ok(());
        }
    }
    Ok(())
}

/// What one actor does until it is done, or gone.
fn act(line: &Line<'_>, generation: u32, told: &Mutex<Told>, troubled: &AtomicI64) {
    let owner = Owner::new(format!("actor {} in life {generation}", line.actor));
    let mut number = line.actor as u64;
    // A call that was lost is known to an actor as such; it goes on as a program would that tries again.
    while troubled.load(Ordering::SeqCst) > 0 && !line.is_gone() {
        number += 7;
        let _ = match line.actor % 4 {
            0 => work(line, &owner).map(drop),
            1 => answer(line, &format!("person {}", line.actor), told, number),
            2 => pass_on(line, &owner, told),
            _ => {
                let run: RunId = format!("run-{}", number % RUNS).parse().unwrap();
                start_or_cancel(line, &run, told, number)
            }
        };
    }
}

fn start_or_cancel(line: &Line<'_>, run: &RunId, told: &Mutex<Told>, number: u64) -> Result<(), JournalError> {
    if number.is_multiple_of(11) {
        let cancelled = Waits::new(line, line.world).cancel(run, "no longer wanted", &Actor::new("eve"));
        match cancelled {
            Ok(CancelOutcome::Now { .. } | CancelOutcome::Already { .. }) => {
                told.lock().unwrap().cancelled.insert(run.clone());
            }
            Err(CancelError::Journal(error)) => return Err(error),
            Err(_) => {}
        }
        return Ok(());
    }
    let body = json!({"run": run});
    let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body });
    let new = NewRun { run: run.clone(), at: line.world.now(), events: vec![started], lease: None };
    match settle::create(line, &new) {
        Ok(_) | Err(JournalError::RunExists { .. }) => {
            told.lock().unwrap().made.insert(run.clone());
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Lets a world live by a seed, and gives what was told in it.
fn live(seed: u64) -> (World, Told) {
    const ACTORS: usize = 8;
    let clock = Arc::new(AtomicI64::new(1_767_225_600_000));
    let of_journal = Arc::clone(&clock);
    let journal =
        MemoryJournal::with_clock(Arc::new(move || Timestamp::from_millis(of_journal.load(Ordering::SeqCst)).unwrap()));
    let stage = Stage { present: (0..ACTORS).collect(), ..Stage::default() };
    let world = World { journal, clock, stage: Mutex::new(stage), changed: Condvar::new() };
    let (told, troubled) = (Mutex::new(Told::default()), AtomicI64::new(i64::from(TROUBLED_CALLS)));
    let mut dice = dice(seed);
    thread::scope(|scope| {
        for actor in 0..ACTORS {
            let (world, told, troubled) = (&world, &told, &troubled);
            scope.spawn(move || {
                // Who crashes begins anew, under another name.
                let mut generation = 0;
                while troubled.load(Ordering::SeqCst) > 0 {
                    let line = Line { world, actor, is_gone: Mutex::new(false) };
                    act(&line, generation, told, troubled);
                    generation += 1;
                }
                let mut stage = world.stage.lock().unwrap();
                stage.present.remove(&actor);
                world.changed.notify_all();
            });
        }
        loop {
            let mut stage = world.stage.lock().unwrap();
            // All who are there wait for their turn: what comes next hangs on the dice alone.
            while stage.turn.is_some() || stage.ready != stage.present {
                stage = world.changed.wait(stage).unwrap();
            }
            if stage.present.is_empty() {
                break;
            }
            let left = troubled.fetch_sub(1, Ordering::SeqCst);
            let nth = usize::try_from(dice() % stage.ready.len() as u64).unwrap();
            let actor = *stage.ready.iter().nth(nth).unwrap();
            let fate = match dice() % 20 {
                // Whoever is within something when the trouble ends comes to its end.
                _ if left <= 0 => Fate::Passes,
                0 => Fate::Refused,
                1 => Fate::LostBefore,
                2 => Fate::LostAfter,
                3 => Fate::Crash,
                _ => Fate::Passes,
            };
            // Mostly forwards; sometimes back.
            let jump = match dice() % 12 {
                0 => -5_000,
                1 => 30_000,
                _ => i64::try_from(dice() % 2_000).unwrap(),
            };
            world.clock.fetch_add(jump, Ordering::SeqCst);
            stage.turn = Some((actor, fate));
            drop(stage);
            world.changed.notify_all();
        }
    });
    (world, told.into_inner().unwrap())
}

/// SplitMix64: numbers that look random, and are the same for a seed.
fn dice(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Brings all runs to their end where nothing fails any more, and the feed too.
fn settle_down(world: &World, told: &Mutex<Told>) {
    let stage = |actor| Line { world, actor, is_gone: Mutex::new(false) };
    let alone = |call: &(dyn Fn(&Line<'_>) + Sync)| {
        // The stage is empty: whoever comes has the turn.
        let line = stage(0);
        thread::scope(|scope| {
            let caller = scope.spawn(|| {
                call(&line);
                world.stage.lock().unwrap().present.clear();
                world.changed.notify_all();
            });
            loop {
                let mut stage = world.stage.lock().unwrap();
                while stage.turn.is_some() || (stage.ready.is_empty() && !stage.present.is_empty()) {
                    stage = world.changed.wait(stage).unwrap();
                }
                if stage.present.is_empty() {
                    break;
                }
                stage.turn = Some((0, Fate::Passes));
                drop(stage);
                world.changed.notify_all();
            }
            caller.join().unwrap();
        });
    };
    world.stage.lock().unwrap().present.insert(0);
    alone(&|line| {
        let me = Owner::new("the last");
        loop {
            world.clock.fetch_add(120_000, Ordering::SeqCst);
            let is_idle = !work(line, &me).unwrap();
            if is_idle
                && line.list(&Filter::drivable()).unwrap().is_empty()
                && line.list(&Filter::waiting()).unwrap().is_empty()
            {
                break;
            }
        }
        let end = line.position().unwrap();
        while !matches!(line.hold_bookmark("mail", &me, TTL).unwrap(), Bookmark::Granted(at) if at.unwrap_or_default() == end)
        {
            world.clock.fetch_add(120_000, Ordering::SeqCst);
            pass_on(line, &me, told).unwrap();
        }
    });
}

fn check(world: &World, told: &Told) {
    let runs: BTreeMap<RunId, RunRecord> = world
        .journal
        .list(&Filter::default())
        .unwrap()
        .into_iter()
        .map(|summary| (summary.run.clone(), world.journal.read(&summary.run).unwrap()))
        .collect();
    assert!(told.made.iter().all(|run| runs.contains_key(run)), "what was said to be made is there");
    for (run, record) in &runs {
        let kinds: Vec<&str> = record.events.iter().map(|recorded| recorded.event.kind().code()).collect();
        // A history that nothing interrupted, cut off by a cancellation at most; each wait was ended once.
        let whole = ["started", "engine", "asked", "?", "engine", "asked", "?", "engine", "finished"];
        let answered = |kind: &&str| ["decided", "expired"].contains(kind);
        let (end, is_cancelled) = match kinds.split_last() {
            Some((&"cancelled", rest)) => (rest, true),
            _ => (kinds.as_slice(), false),
        };
        let fits = end
            .iter()
            .zip(whole)
            .all(|(kind, expected)| if expected == "?" { answered(kind) } else { *kind == expected });
        assert!(fits && (is_cancelled || end.len() == whole.len()), "{run}: {kinds:?}");
        assert_eq!(record.summary.status, if is_cancelled { Status::Cancelled } else { Status::Done });
        let finish = record.events.iter().find_map(|recorded| match &recorded.event {
            Event::Finished(finish) => Some(&finish.result),
            _ => None,
        });
        assert!(
            finish.is_none_or(|found| *found == result(record)),
            "{run}: a result follows from the decisions alone"
        );
        assert!(record.events.is_sorted_by_key(|recorded| recorded.at));
    }
    let decided = |run: &RunId, step: &str| {
        runs[run].events.iter().find_map(|recorded| match &recorded.event {
            Event::Decided(decision) if decision.step == step => Some(decision.value.clone()),
            _ => None,
        })
    };
    for (run, step, value) in &told.accepted {
        assert_eq!(decided(run, step).as_ref(), Some(value), "what was accepted stands");
    }
    for (run, step, value) in &told.conflicts {
        assert_ne!(
            decided(run, step).as_ref(),
            Some(value),
            "who was told that another decision stands has not decided"
        );
    }
    for (run, step) in &told.expired {
        assert_eq!(decided(run, step), None, "who was told that it is too late is never told otherwise");
    }
    for run in &told.cancelled {
        assert_eq!(runs[run].summary.status, Status::Cancelled);
    }
    // Each write was passed on, at least once, and for the first time in the order in which they were made.
    let mut first: Vec<&(RunId, u64)> = Vec::new();
    for delivered in &told.delivered {
        if !first.contains(&delivered) {
            first.push(delivered);
        }
    }
    let changes = world.journal.changes(Position::START, usize::MAX).unwrap();
    let expected: Vec<_> = changes.iter().map(|change| (change.run.clone(), change.to.get())).collect();
    assert_eq!(first.into_iter().cloned().collect::<Vec<_>>(), expected);
}

fn number_of(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn whatever_the_schedule_what_was_said_stays_true_and_each_run_ends_as_its_decisions_have_it() {
    let (first, schedules) = (number_of("SORTIE_SEED", 1), number_of("SORTIE_SCHEDULES", 300));
    let (mut ended, mut answers) = (0, 0);
    for seed in first..first + schedules {
        let lived = std::panic::catch_unwind(|| {
            let (world, told) = live(seed);
            let told = Mutex::new(told);
            settle_down(&world, &told);
            let told = told.into_inner().unwrap();
            check(&world, &told);
            (world.journal.list(&Filter::default()).unwrap().len(), told.accepted.len())
        });
        let (runs, accepted) = lived.unwrap_or_else(|_| panic!("SORTIE_SEED={seed} SORTIE_SCHEDULES=1"));
        ended += runs;
        answers += accepted;
    }
    assert!(ended > 0 && answers > 0, "nothing happened");
    println!("{schedules} schedules from seed {first}: {ended} runs ended, {answers} answers stand");
}

#[test]
fn a_schedule_is_the_same_each_time() {
    let trace = |seed| {
        let (world, told) = live(seed);
        (world.journal.changes(Position::START, usize::MAX).unwrap(), format!("{told:?}"))
    };
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7).1, trace(8).1);
}
