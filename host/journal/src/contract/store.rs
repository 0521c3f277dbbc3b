//! Events in, events out, compare-and-set.

use serde_json::{Value, json};

use super::fixture::{
    Stage, TTL, approved, asked, cancelled, decided, engine, expired, fails, finished, make, note, ok, run, same,
    setback, started, time,
};
use super::{Case, Outcome};
use crate::{Event, Filter, Journal, Lease, MemoryJournal, NewRun, Owner, Position, Status, Timestamp, Version};

pub(super) const CASES: &[Case] = &[
    ("a run reads back as it was written", a_run_reads_back),
    ("what is odd but allowed is kept as it is", what_is_odd_is_kept),
    ("a name is taken once", a_name_is_taken_once),
    ("an unknown run is unknown to every method", an_unknown_run_is_unknown),
    ("an append at another version is a conflict and writes nothing", another_version_conflicts),
    ("an append without events only checks the version", nothing_appended),
    ("events are added all or none", all_or_none),
    ("the status follows from the events", the_status_follows),
    ("an event that cannot follow is refused", what_cannot_follow_is_refused),
    ("what is not I-JSON is refused", what_is_not_i_json_is_refused),
    ("time does not go back in a run", time_does_not_go_back),
    ("the chain hash is a function of the history", the_chain_is_a_function),
    ("a run of another journal is restored as it was there", a_run_is_restored),
];

fn a_run_reads_back(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let events = [started("daily"), engine(1), note()];
    let more = [engine(2), asked("confirm")];
    let lease = Lease { owner: Owner::new("me"), until: time(60) };
    let new = NewRun { run: run("r1")?, at: time(0), events: events.to_vec(), lease: Some(lease.clone()) };
    let made = ok(journal.create(&new))?;
    same("the lease", &made.lease, &Some(lease))?;
    let waiting = ok(journal.append(&made.run, made.version, time(5), &more))?;
    let record = ok(journal.read(&made.run))?;
    same("the summary", &record.summary, &waiting)?;
    same("the list", &ok(journal.list(&Filter::default()))?, &vec![waiting.clone()])?;
    let found: Vec<_> = record.events.iter().map(|recorded| recorded.event.clone()).collect();
    same("the events", &found, &[events.as_slice(), more.as_slice()].concat())?;
    let times: Vec<_> = record.events.iter().map(|recorded| recorded.at).collect();
    same("the times", &times, &vec![time(0), time(0), time(0), time(5), time(5)])?;
    let sequence: Vec<_> = record.events.iter().map(|recorded| recorded.sequence).collect();
    same("the sequence", &sequence, &vec![1, 2, 3, 4, 5])?;
    same("the version", &record.version(), &Version::new(5))?;
    same("the mission", &waiting.mission, &"daily".to_owned())?;
    same("the creation", &(waiting.created_at, waiting.updated_at), &(time(0), time(5)))?;
    let wait = waiting.wait.ok_or("there is no wait in the summary")?;
    same("the step", &wait.step, &"confirm".to_owned())?;
    same("the deadline", &(wait.asked_at, wait.deadline), &(time(5), Some(time(1000))))?;
    same("the assignees", &wait.assignees, &vec!["ann".to_owned(), "ben".to_owned()])
}

fn a_run_is_restored(stage: &Stage<'_>) -> Outcome {
    let (journal, other) = (stage.journal, MemoryJournal::new());
    let made = make(&other, "r1", time(0), &[engine(1), asked("step")])?;
    let answered = ok(other.append(&made.run, made.version, time(7), &[decided("step", &json!(1))]))?;
    ok(other.append(&made.run, answered.version, time(9), &[note(), engine(2)]))?;
    ok(other.claim(&made.run, &Owner::new("me"), TTL))?;
    let mut there = ok(other.read(&made.run))?;
    let restored = ok(journal.restore(&there))?;
    there.summary.lease = None;
    same("the run", &restored, &there.summary)?;
    same("what is kept of it", &ok(journal.read(&made.run))?, &there)?;
    fails("to restore it again", journal.restore(&there), "run_exists")?;
    let change = ok(journal.changes(Position::START, 10))?.pop().ok_or("nothing changed")?;
    same("the change", &(change.from, change.to), &(Version::default(), there.version()))?;
    let next = ok(journal.claim_next(&Owner::new("you"), TTL))?.ok_or("it cannot be driven")?;
    ok(journal.append(&next.run, next.version, time(10), &[finished(true)])).map(|_| ())
}

fn what_is_odd_is_kept(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let texts = ["", "\0", "a\0b", "\u{fb33}\u{1f600}", "'; DROP TABLE runs; --", "\"\\\n\r\u{2028}"];
    let numbers = json!([0, -1, 9_007_199_254_740_991_i64, 1e300, 5e-324, 0.1, Value::Null, {"": [[], {}]}]);
    let large = Value::String("x".repeat(1 << 20));
    let mut events = vec![started("\0'ü")];
    events.extend(texts.iter().map(|text| Event::Note(json!({ *text: text }))));
    events.extend([Event::Note(numbers), Event::Engine(large), Event::Engine(Value::Null)]);
    let longest = "r".repeat(64);
    let new = NewRun { run: run(&longest)?, at: Timestamp::MIN, events: events.clone(), lease: None };
    let made = ok(journal.create(&new))?;
    same("the time", &made.created_at, &Timestamp::MIN)?;
    let late = ok(journal.append(&made.run, made.version, Timestamp::MAX, &[note()]))?;
    same("the time", &late.updated_at, &Timestamp::MAX)?;
    events.push(note());
    let record = ok(journal.read(&made.run))?;
    let found: Vec<_> = record.events.into_iter().map(|recorded| recorded.event).collect();
    same("the events", &found, &events)?;
    same("the mission", &record.summary.mission, &"\0'ü".to_owned())
}

fn a_name_is_taken_once(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let first = make(journal, "r1", time(0), &[])?;
    let again = NewRun { run: run("r1")?, at: time(1), events: vec![started("other")], lease: None };
    fails("making it again", journal.create(&again), "run_exists")?;
    same("the first", &ok(journal.read(&first.run))?.summary, &first)?;
    make(journal, "R1", time(0), &[]).map(|_| ())
}

fn an_unknown_run_is_unknown(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    make(journal, "r1", time(0), &[])?;
    let other = run("r2")?;
    let me = Owner::new("me");
    fails("read", journal.read(&other), "unknown_run")?;
    fails("append", journal.append(&other, Version::new(1), time(0), &[note()]), "unknown_run")?;
    fails("claim", journal.claim(&other, &me, TTL), "unknown_run")?;
    fails("release", journal.release(&other, &me), "unknown_run")?;
    fails("set back", journal.set_back(&other, &me, &setback(1, None)), "unknown_run")?;
    fails("retry", journal.retry(&other), "unknown_run")
}

fn another_version_conflicts(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[engine(1)])?;
    for wrong in [0, 1, 3, u64::MAX] {
        let refused = journal.append(&made.run, Version::new(wrong), time(1), &[engine(2)]);
        match refused {
            Err(crate::JournalError::Conflict { expected, current, .. }) => {
                same("the expected version", &expected.get(), &wrong)?;
                same("the current version", &current, &made.version)?;
            }
            other => return Err(format!("version {wrong} gave {other:?}")),
        }
    }
    same("the run", &ok(journal.read(&made.run))?.summary, &made)
}

fn nothing_appended(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[])?;
    same("the run", &ok(journal.append(&made.run, made.version, time(9), &[]))?, &made)?;
    same("the stored run", &ok(journal.read(&made.run))?.summary, &made)?;
    fails("version 7", journal.append(&made.run, Version::new(7), time(9), &[]), "version_conflict")
}

fn all_or_none(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[])?;
    let refused = journal.append(&made.run, made.version, time(1), &[engine(1), decided("nobody asked", &json!(1))]);
    fails("an append whose last event cannot follow", refused, "invalid_history")?;
    let record = ok(journal.read(&made.run))?;
    same("the summary", &record.summary, &made)?;
    same("the number of events", &record.events.len(), &1)
}

fn the_status_follows(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let script = [
        (engine(1), Status::Running),
        (asked("one"), Status::Waiting),
        (note(), Status::Waiting),
        (approved("one", &json!("yes")), Status::Waiting),
        (decided("one", &json!("yes")), Status::Decided),
        (asked("two"), Status::Waiting),
        (expired("two"), Status::Decided),
        (engine(2), Status::Running),
    ];
    let mut summary = make(journal, "r1", time(0), &[])?;
    same("the status", &summary.status, &Status::Running)?;
    for (event, status) in script {
        summary = ok(journal.append(&summary.run, summary.version, time(0), std::slice::from_ref(&event)))?;
        same(event.kind().code(), &summary.status, &status)?;
        same("the stored summary", &ok(journal.read(&summary.run))?.summary, &summary)?;
    }
    let endings = [(finished(true), Status::Done), (finished(false), Status::Failed), (cancelled(), Status::Cancelled)];
    for (event, status) in endings {
        let ended = make(journal, &format!("end-{status}"), time(0), std::slice::from_ref(&event))?;
        same(event.kind().code(), &ended.status, &status)?;
        let noted = ok(journal.append(&ended.run, ended.version, time(1), &[note()]))?;
        same("the status behind a note", &noted.status, &status)?;
    }
    Ok(())
}

fn what_cannot_follow_is_refused(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let no_start = NewRun { run: run("r0")?, at: time(0), events: vec![engine(1)], lease: None };
    fails("a run without a start", journal.create(&no_start), "invalid_history")?;
    let empty = NewRun { events: Vec::new(), ..no_start };
    fails("a run without events", journal.create(&empty), "invalid_history")?;
    let answer = || decided("step", &json!(1));
    let situations: [(&str, &[Event], &[Event]); 6] = [
        ("running", &[], &[started("daily"), answer(), expired("step")]),
        (
            "waiting",
            &[asked("step")],
            &[
                started("daily"),
                engine(1),
                asked("b"),
                finished(true),
                approved("b", &json!(1)),
                decided("b", &json!(1)),
                expired("b"),
            ],
        ),
        (
            "decided",
            &[asked("step"), answer()],
            &[started("daily"), approved("step", &json!(1)), answer(), expired("step")],
        ),
        (
            "done",
            &[finished(true)],
            &[started("daily"), engine(1), asked("step"), answer(), expired("step"), cancelled(), finished(true)],
        ),
        ("failed", &[finished(false)], &[engine(1), asked("step"), cancelled(), finished(true)]),
        ("cancelled", &[asked("step"), cancelled()], &[engine(1), answer(), expired("step"), cancelled()]),
    ];
    for (name, history, refused) in situations {
        let made = make(journal, name, time(0), history)?;
        for event in refused {
            let tried = journal.append(&made.run, made.version, time(1), std::slice::from_ref(event));
            fails(&format!("{} while {name}", event.kind().code()), tried, "invalid_history")?;
        }
        same(name, &ok(journal.read(&made.run))?.summary, &made)?;
    }
    Ok(())
}

fn what_is_not_i_json_is_refused(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(0), &[])?;
    for body in [json!(u64::MAX), json!({"a": [-9_007_199_254_740_992_i64]})] {
        let refused = journal.append(&made.run, made.version, time(1), &[Event::Engine(body)]);
        fails("an integer out of range", refused, "invalid_history")?;
    }
    Ok(())
}

fn time_does_not_go_back(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let made = make(journal, "r1", time(10), &[])?;
    let back = ok(journal.append(&made.run, made.version, time(3), &[asked("one")]))?;
    same("the time of the change", &back.updated_at, &time(10))?;
    same("the time of the question", &back.wait.map(|wait| wait.asked_at), &Some(time(10)))?;
    let on = ok(journal.append(&made.run, back.version, time(11), &[note()]))?;
    same("the next time", &(on.created_at, on.updated_at), &(time(10), time(11)))
}

fn the_chain_is_a_function(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    // Nothing but the history counts: not the place in the journal, not in how many writes it came, not a lease.
    let made = make(journal, "r1", time(0), &[engine(1), engine(2)])?;
    ok(journal.claim(&made.run, &Owner::new("me"), TTL))?;
    let found = ok(journal.read(&made.run))?.chain.to_string();
    same("the chain hash", &found.as_str(), &"7a6952677c3029bea012333dc0eab0e46ebdc8183fb4432c035456c0c1e79988")
}
