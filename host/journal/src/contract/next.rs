//! The next run to drive, and runs that are set back.

use serde_json::json;

use super::fixture::{Stage, TTL, asked, cancelled, decided, engine, finished, make, note, ok, same, setback, time};
use super::{Case, Outcome};
use crate::{Claim, Filter, Journal, Lease, Owner};

pub(super) const CASES: &[Case] = &[
    ("the next run is the one that could be driven for the longest time", the_longest_first),
    ("a run that is claimed is not the next, for its owner either", claimed_is_not_next),
    ("a run that is set back is the next when its time has come", set_back_until),
    ("a run that is set aside is never the next until it is to be retried", set_aside),
    ("a setback ends when anything but a note happens", a_setback_ends),
    ("only who has the lease sets a run back", only_the_owner),
];

fn next(journal: &dyn Journal, owner: &str) -> Result<String, String> {
    let next = ok(journal.claim_next(&Owner::new(owner), TTL))?;
    Ok(next.map(|summary| summary.run.to_string()).unwrap_or_default())
}

fn the_longest_first(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    same("the next of none", &next(journal, "me")?.as_str(), &"")?;
    make(journal, "waiting", time(0), &[asked("step")])?;
    make(journal, "b", time(1), &[])?;
    make(journal, "a", time(2), &[asked("step"), decided("step", &json!(1))])?;
    make(journal, "done", time(3), &[finished(true)])?;
    make(journal, "gone", time(4), &[cancelled()])?;
    let claimed = ok(journal.claim_next(&Owner::new("me"), TTL))?.ok_or("there is no next run")?;
    same("the next", &claimed.run.as_str(), &"b")?;
    let lease = Lease { owner: Owner::new("me"), until: time(60) };
    same("its lease", &claimed.lease, &Some(lease))?;
    same("the stored run", &ok(journal.read(&claimed.run))?.summary, &claimed)?;
    same("the one after it", &next(journal, "me")?.as_str(), &"a")?;
    same("the one after all", &next(journal, "me")?.as_str(), &"")
}

fn claimed_is_not_next(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = make(journal, "r1", time(0), &[])?.run;
    same("the first", &next(journal, "me")?.as_str(), &"r1")?;
    same("the same owner again", &next(journal, "me")?.as_str(), &"")?;
    stage.clock.set(59);
    same("another at the last moment", &next(journal, "you")?.as_str(), &"")?;
    stage.clock.set(60);
    same("another when it has run out", &next(journal, "you")?.as_str(), &"r1")?;
    ok(journal.release(&run, &Owner::new("you")))?;
    same("once it is released", &next(journal, "me")?.as_str(), &"r1")
}

fn set_back_until(stage: &Stage<'_>) -> Outcome {
    let (journal, me) = (stage.journal, Owner::new("me"));
    let run = make(journal, "r1", time(0), &[])?.run;
    next(journal, "me")?;
    ok(journal.set_back(&run, &me, &setback(1, Some(30))))?;
    let stored = ok(journal.read(&run))?.summary;
    same("the setback", &stored.setback, &Some(setback(1, Some(30))))?;
    same("the lease", &stored.lease, &None)?;
    stage.clock.set(29);
    same("before its time", &next(journal, "me")?.as_str(), &"")?;
    stage.clock.set(30);
    let again = ok(journal.claim_next(&me, TTL))?.ok_or("its time has not come")?;
    same("the setback that is known", &again.setback, &Some(setback(1, Some(30))))
}

fn set_aside(stage: &Stage<'_>) -> Outcome {
    let (journal, me) = (stage.journal, Owner::new("me"));
    let run = make(journal, "r1", time(0), &[])?.run;
    make(journal, "r2", time(0), &[])?;
    ok(journal.claim(&run, &me, TTL))?;
    ok(journal.set_back(&run, &me, &setback(3, None)))?;
    let found = ok(journal.list(&Filter::set_aside()))?;
    same("what is set aside", &found.iter().map(|run| run.run.as_str()).collect::<Vec<_>>(), &vec!["r1"])?;
    same("the next", &next(journal, "me")?.as_str(), &"r2")?;
    stage.clock.set(1_000_000);
    same("the next, long after", &next(journal, "me")?.as_str(), &"r2")?;
    same("none is left", &next(journal, "me")?.as_str(), &"")?;
    // Who names it may drive it.
    match ok(journal.claim(&run, &me, TTL))? {
        Claim::Granted(summary) => same("its setback", &summary.setback, &Some(setback(3, None)))?,
        other => return Err(format!("a claim by name gave {other:?}")),
    }
    ok(journal.release(&run, &me))?;
    ok(journal.retry(&run))?;
    same("what is set aside then", &ok(journal.list(&Filter::set_aside()))?.len(), &0)?;
    same("the next then", &next(journal, "me")?.as_str(), &"r1")
}

fn a_setback_ends(stage: &Stage<'_>) -> Outcome {
    let (journal, me) = (stage.journal, Owner::new("me"));
    let made = make(journal, "r1", time(0), &[])?;
    ok(journal.claim(&made.run, &me, TTL))?;
    ok(journal.set_back(&made.run, &me, &setback(1, None)))?;
    let noted = ok(journal.append(&made.run, made.version, time(1), &[note()]))?;
    same("behind a note", &noted.setback, &Some(setback(1, None)))?;
    let driven = ok(journal.append(&made.run, noted.version, time(1), &[engine(1)]))?;
    same("behind progress", &driven.setback, &None)?;
    same("the stored one", &ok(journal.read(&made.run))?.summary.setback, &None)
}

fn only_the_owner(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = make(journal, "r1", time(0), &[])?.run;
    ok(journal.claim(&run, &Owner::new("me"), TTL))?;
    ok(journal.set_back(&run, &Owner::new("you"), &setback(1, None)))?;
    let stored = ok(journal.read(&run))?.summary;
    same("the setback", &stored.setback, &None)?;
    same("who has it", &stored.lease.map(|lease| lease.owner), &Some(Owner::new("me")))
}
