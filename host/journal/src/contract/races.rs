//! Many threads at once: one wins, the others are told.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use super::fixture::{Stage, TTL, engine, make, ok, question, same, time};
use super::{Case, Outcome};
use crate::wait::{Authority, DecideError, DecideOutcome, NewAnswer, Waits};
use crate::{Actor, Claim, Event, Journal, JournalError, NewRun, Owner, Version};

pub(super) const CASES: &[Case] = &[
    ("of sixteen appends at one version one is kept", one_append_is_kept),
    ("of sixteen runs of one name one is made", one_run_is_made),
    ("of sixteen claims one is granted", one_claim_is_granted),
    ("of sixteen different decisions one stands", one_decision_stands),
    ("of sixteen equal decisions all stand", equal_decisions_stand),
    ("sixteen threads that append by compare-and-set lose nothing", nothing_is_lost),
];

const THREADS: u32 = 16;

/// What each of sixteen threads gave that began at once.
fn race<T: Send>(run: impl Fn(u32) -> T + Sync) -> Result<Vec<T>, String> {
    let start = Barrier::new(16);
    thread::scope(|scope| {
        let (start, run) = (&start, &run);
        let spawn = |number| {
            scope.spawn(move || {
                start.wait();
                run(number)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| thread.join().map_err(|_| "a thread panicked".to_owned());
        threads.into_iter().map(join).collect()
    })
}

fn one_append_is_kept(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[])?;
    let results = race(|number| journal.append(&made.run, made.version, time(1), &[engine(number)]))?;
    let kept = results.iter().filter(|result| result.is_ok()).count();
    let told = results.iter().filter(|result| matches!(result, Err(JournalError::Conflict { .. }))).count();
    same("(kept, told)", &(kept, told), &(1, 15))?;
    same("the version", &ok(journal.read(&made.run))?.version(), &Version::new(2))
}

fn one_run_is_made(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = super::fixture::run("r1")?;
    let results = race(|number| {
        let events = vec![super::fixture::started(&format!("mission-{number}"))];
        journal.create(&NewRun { run: run.clone(), at: time(0), events, lease: None })
    })?;
    let made = results.iter().filter(|result| result.is_ok()).count();
    let told = results.iter().filter(|result| matches!(result, Err(JournalError::RunExists { .. }))).count();
    same("(made, told)", &(made, told), &(1, 15))
}

fn one_claim_is_granted(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[])?;
    let claims = race(|number| journal.claim(&made.run, &Owner::new(format!("owner-{number}")), TTL))?;
    let granted = claims.iter().filter(|claim| matches!(claim, Ok(Claim::Granted(_)))).count();
    let lease = ok(journal.read(&made.run))?.summary.lease.ok_or("nobody holds the lease")?;
    let told = claims.iter().filter(|claim| matches!(claim, Ok(Claim::Held(held)) if *held == lease)).count();
    same("(granted, told)", &(granted, told), &(1, 15))
}

/// Sixteen threads answer one wait.
fn decisions(
    journal: &dyn Journal,
    value: impl Fn(u32) -> Value + Sync,
) -> Result<Vec<Result<DecideOutcome, DecideError>>, String> {
    let clock = || time(1);
    let waits = Waits::new(journal, &clock);
    let made = make(journal, "r1", time(0), &[])?;
    let asked = ok(waits.ask(&made, vec![engine(0)], question("confirm")))?;
    race(|number| {
        let (value, actor) = (value(number), Actor::new(format!("actor-{number}")));
        let answer = NewAnswer::new(&made.run, Authority::Token(&asked.token), &value, &actor);
        waits.decide(&answer, &|_, _| Ok(()))
    })
}

/// The actor of the one decision in the run.
fn who_decided(journal: &dyn Journal) -> Result<Actor, String> {
    let record = ok(journal.read(&super::fixture::run("r1")?))?;
    let mut actors = record.events.into_iter().filter_map(|recorded| match recorded.event {
        Event::Decided(decision) => Some(decision.actor),
        _ => None,
    });
    match (actors.next(), actors.next()) {
        (Some(actor), None) => Ok(actor),
        found => Err(format!("not one decision stands, but {found:?}")),
    }
}

fn one_decision_stands(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let results = decisions(journal, |number| json!({ "choice": number }))?;
    let winner = who_decided(journal)?;
    let accepted = results.iter().filter(|result| matches!(result, Ok(DecideOutcome::Accepted { .. }))).count();
    let conflict = |result: &&Result<_, _>| matches!(result, Err(DecideError::Conflict { by, .. }) if *by == winner);
    same("(accepted, conflicts)", &(accepted, results.iter().filter(conflict).count()), &(1, 15))
}

fn equal_decisions_stand(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let results = decisions(journal, |_| json!({"choice": 1.0}))?;
    let winner = who_decided(journal)?;
    let accepted = results.iter().filter(|result| matches!(result, Ok(DecideOutcome::Accepted { .. }))).count();
    let already = |result: &&Result<_, _>| matches!(result, Ok(DecideOutcome::Already { by, .. }) if *by == winner);
    same("(accepted, already)", &(accepted, results.iter().filter(already).count()), &(1, 15))
}

fn nothing_is_lost(stage: &Stage<'_>) -> Outcome {
    const EACH: u32 = 8;
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[])?;
    let append_all = |number: u32| -> Result<(), JournalError> {
        for turn in 0..EACH {
            let mut version = made.version;
            while let Err(error) = journal.append(&made.run, version, time(1), &[engine(number * EACH + turn)]) {
                match error {
                    JournalError::Conflict { current, .. } => version = current,
                    other => return Err(other),
                }
            }
        }
        Ok(())
    };
    race(append_all)?.into_iter().try_for_each(ok)?;
    let record = ok(journal.read(&made.run))?;
    let mut numbers: Vec<_> = record.events.iter().skip(1).map(|recorded| format!("{:?}", recorded.event)).collect();
    numbers.sort();
    let mut expected: Vec<_> = (0..THREADS * EACH).map(|number| format!("{:?}", engine(number))).collect();
    expected.sort();
    same("what was appended", &numbers, &expected)
}
