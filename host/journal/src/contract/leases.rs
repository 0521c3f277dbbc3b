//! Leases.

use serde_json::json;

use super::fixture::{Stage, TTL, asked, decided, engine, finished, make, ok, run, same, setback, time};
use super::{Case, Outcome};
use crate::{Claim, Filter, Lease, Owner, RunSummary, Status};

pub(super) const CASES: &[Case] = &[
    ("a claim is granted once until it runs out", granted_once),
    ("a claim under the same name renews", the_same_name_renews),
    ("a lease is released by its owner's name alone", released_by_name),
    ("a run that waits or has ended is not claimed", nothing_to_drive),
    ("a lease ends when the run comes to wait or to its end", a_lease_ends),
    ("a claim does not change the version", the_version_stays),
    ("what is claimed is listed, whatever else can be resumed", what_is_claimed),
];

fn held(owner: &str, until: i64) -> Lease {
    Lease { owner: Owner::new(owner), until: time(until) }
}

fn granted(run: &RunSummary, owner: &str, until: i64) -> Claim {
    Claim::Granted(Box::new(RunSummary { lease: Some(held(owner, until)), ..run.clone() }))
}

fn granted_once(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = make(journal, "r1", time(0), &[])?;
    let claim = |owner: &str, at: i64| {
        stage.clock.set(at);
        ok(journal.claim(&run.run, &Owner::new(owner), TTL))
    };
    same("the first claim", &claim("one", 0)?, &granted(&run, "one", 60))?;
    same("a second claim", &claim("two", 1)?, &Claim::Held(held("one", 60)))?;
    same("a claim at the last moment", &claim("two", 59)?, &Claim::Held(held("one", 60)))?;
    same("a claim by a clock that jumped back", &claim("two", -500)?, &Claim::Held(held("one", 60)))?;
    same("a claim when it has run out", &claim("two", 60)?, &granted(&run, "two", 120))?;
    same("a claim of who was too slow", &claim("one", 61)?, &Claim::Held(held("two", 120)))
}

fn the_same_name_renews(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = make(journal, "r1", time(0), &[])?;
    let claim = |at: i64| {
        stage.clock.set(at);
        ok(journal.claim(&run.run, &Owner::new("one"), TTL))
    };
    same("the first claim", &claim(0)?, &granted(&run, "one", 60))?;
    same("the second claim", &claim(30)?, &granted(&run, "one", 90))?;
    same("the stored lease", &ok(journal.read(&run.run))?.summary.lease, &Some(held("one", 90)))
}

fn released_by_name(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = make(journal, "r1", time(0), &[])?;
    ok(journal.release(&run.run, &Owner::new("nobody")))?;
    ok(journal.claim(&run.run, &Owner::new("one"), TTL))?;
    ok(journal.release(&run.run, &Owner::new("two")))?;
    same("the lease of another", &ok(journal.read(&run.run))?.summary.lease, &Some(held("one", 60)))?;
    ok(journal.release(&run.run, &Owner::new("one")))?;
    same("the lease", &ok(journal.read(&run.run))?.summary.lease, &None)?;
    stage.clock.set(1);
    let claim = ok(journal.claim(&run.run, &Owner::new("two"), TTL))?;
    same("the next claim", &claim, &granted(&run, "two", 61))
}

fn nothing_to_drive(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let me = Owner::new("me");
    let waiting = make(journal, "waiting", time(0), &[asked("step")])?;
    let done = make(journal, "done", time(0), &[finished(true)])?;
    let answered = make(journal, "decided", time(0), &[asked("step"), decided("step", &json!(1))])?;
    let claim = |run: &RunSummary| ok(journal.claim(&run.run, &me, TTL));
    same("a run that waits", &claim(&waiting)?, &Claim::Idle(Status::Waiting))?;
    same("a run that is done", &claim(&done)?, &Claim::Idle(Status::Done))?;
    same("a run that is decided", &claim(&answered)?, &granted(&answered, "me", 60))
}

fn a_lease_ends(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let me = Owner::new("me");
    let run = make(journal, "r1", time(0), &[])?;
    let claimed = match ok(journal.claim(&run.run, &me, TTL))? {
        Claim::Granted(summary) => *summary,
        other => return Err(format!("the claim gave {other:?}")),
    };
    let driven = ok(journal.append(&run.run, claimed.version, time(1), &[engine(1)]))?;
    same("the lease while driven", &driven.lease, &claimed.lease)?;
    let waiting = ok(journal.append(&run.run, driven.version, time(2), &[asked("step")]))?;
    same("the lease while waiting", &waiting.lease, &None)?;
    let decided = ok(journal.append(&run.run, waiting.version, time(3), &[decided("step", &json!(1))]))?;
    same("the lease when decided", &decided.lease, &None)?;
    ok(journal.claim(&run.run, &me, TTL))?;
    let done = ok(journal.append(&run.run, decided.version, time(5), &[finished(true)]))?;
    same("the lease when done", &done.lease, &None)?;
    same("the stored lease", &ok(journal.read(&run.run))?.summary.lease, &None)
}

fn the_version_stays(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let run = make(journal, "r1", time(0), &[])?;
    ok(journal.claim(&run.run, &Owner::new("one"), TTL))?;
    let record = ok(journal.read(&run.run))?;
    same("the version", &record.version(), &run.version)?;
    same("the time of the change", &record.summary.updated_at, &run.updated_at)?;
    ok(journal.append(&run.run, run.version, time(1), &[engine(1)])).map(|_| ())
}

fn what_is_claimed(stage: &Stage<'_>) -> Outcome {
    let (journal, me) = (stage.journal, Owner::new("me"));
    let claimed = || -> Result<String, String> {
        let found = ok(journal.list(&Filter::claimed()))?;
        Ok(found.iter().map(|summary| summary.run.as_str()).collect::<Vec<_>>().join(" "))
    };
    for (number, name) in ["free", "held", "aside", "later", "done"].into_iter().enumerate() {
        make(journal, name, time(i64::try_from(number).unwrap_or_default()), &[])?;
    }
    same("before any claim", &claimed()?.as_str(), &"")?;
    for (name, setback) in [("aside", setback(3, None)), ("later", setback(1, Some(500)))] {
        ok(journal.claim(&run(name)?, &me, TTL))?;
        ok(journal.set_back(&run(name)?, &me, &setback))?;
    }
    same("what was set back", &claimed()?.as_str(), &"")?;
    for name in ["held", "aside", "later", "done"] {
        ok(journal.claim(&run(name)?, &me, TTL))?;
    }
    let version = ok(journal.read(&run("done")?))?.version();
    ok(journal.append(&run("done")?, version, time(9), &[finished(true)]))?;
    same("what is claimed", &claimed()?.as_str(), &"held later")?;
    stage.clock.set(1_000_000);
    same("long after", &claimed()?.as_str(), &"held later")?;
    let all = Filter { leased: true, ..Filter::default() };
    same("what has a lease", &ok(journal.list(&all))?.len(), &3)?;
    ok(journal.release(&run("held")?, &me))?;
    same("what was not released", &claimed()?.as_str(), &"later")
}
