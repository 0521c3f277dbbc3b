//! Answers that are written with what follows from them.

use std::thread;

use serde_json::json;
use sortie_host::Host;
use sortie_host::journal::{
    Actor, AnsweredRun, Clock, DecideOutcome, Event, Journal, MemoryJournal, Position, ResumeOutcome, Segment, Status,
    SystemClock,
};

use super::{answer, ask, driver, host, log, no_answers, seconds, waits, workflow};
use crate::support::{context, sandbox};

#[test]
fn an_answer_and_what_follows_are_one_write_and_the_same_as_in_two() {
    let clock = || seconds(1000);
    let (host, ann, owner) = (host(), Actor::new("ann"), driver());
    let steps = [log("before"), ask("first", json!({})), log("between"), ask("second", json!({})), log("end")];
    let at_hand = [("second".to_owned(), json!(2))].into();
    let run = "the-same".parse().unwrap();
    let go = |journal: &MemoryJournal, at_once: bool| {
        let runs = host.runs(journal, &clock, &owner);
        runs.start_as(&run, host.draft(workflow(&steps)), &context(json!({"log": []})), &at_hand).unwrap();
        let value = json!(1);
        let given = answer(&run, "first", &value, &ann);
        let completed = if at_once {
            let AnsweredRun { outcome, followed } = runs.answer(&given).unwrap();
            assert_eq!(outcome, DecideOutcome::Accepted { at: clock.now() });
            let Some((Segment::Done(completed), summary)) = followed else { panic!("it has ended: {followed:?}") };
            assert_eq!(*summary, journal.read(&run).unwrap().summary);
            completed
        } else {
            runs.decide(&given).unwrap();
            let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&run).unwrap() else { panic!() };
            completed
        };
        assert_eq!(runs.answer(&given).unwrap().outcome.code(), "already_decided");
        let ResumeOutcome::HadEnded(read) = runs.resume(&run).unwrap() else { panic!("it has ended") };
        assert_eq!(read.result, completed.result, "what is read is what was told");
        (completed.result, journal.changes(Position::START, 100).unwrap().len())
    };
    let (once, twice) = (MemoryJournal::new(), MemoryJournal::new());
    let (at_once, writes) = go(&once, true);
    let (in_two, more_writes) = go(&twice, false);
    assert_eq!(at_once, in_two);
    assert_eq!((writes, more_writes), (2, 3));
    // But for the hash of the token, which is drawn.
    let events = |journal: &MemoryJournal| -> Vec<Event> {
        let events = journal.read(&run).unwrap().events.into_iter().map(|recorded| recorded.event);
        events.filter(|event| !matches!(event, Event::Asked(_))).collect()
    };
    assert_eq!(events(&once), events(&twice));
}

#[test]
fn a_run_that_asks_again_gives_a_token_that_answers() {
    let (host, journal, ann, owner) = (host(), MemoryJournal::new(), Actor::new("ann"), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let steps = [ask("first", json!({})), ask("second", json!({"expires": 60})), log("end")];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
    let Some((Segment::Asked(asked), summary)) = runs.answer(&answer(&run, "first", &json!(1), &ann)).unwrap().followed
    else {
        panic!("it asks again")
    };
    assert_eq!((summary.status, &asked.waiting.summary), (Status::Waiting, &*summary));
    assert!(summary.wait.as_ref().is_some_and(|wait| wait.deadline.is_some() && wait.token_hash.fits(&asked.token)));
    let ended = runs.answer(&answer(&run, "second", &json!(2), &ann)).unwrap().followed;
    assert!(matches!(ended, Some((Segment::Done(_), _))));
}

#[test]
fn an_answer_is_kept_alone_where_it_cannot_be_tried_out_and_where_more_have_to_agree() {
    let (host, journal, owner) = (host(), MemoryJournal::new(), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let (ann, ben) = (Actor::new("ann"), Actor::new("ben"));
    let steps = [ask("ship", json!({"choices": [1, 2], "approvals": 2})), log("end")];
    let start =
        || waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
    let (run, elsewhere) = (start(), start());
    let first = runs.answer(&answer(&run, "ship", &json!(1), &ann)).unwrap();
    assert_eq!((first.outcome.code(), first.followed.is_none()), ("approved", true));
    let agreement = |run| journal.read(run).unwrap().summary.wait.unwrap().agreement.unwrap();
    assert_eq!((agreement(&run).reached(), agreement(&run).needed), (1, 2));
    // Who changes their mind agrees to the last answer alone; who gives another one agrees with nobody.
    runs.answer(&answer(&run, "ship", &json!(2), &ann)).unwrap();
    runs.answer(&answer(&run, "ship", &json!(1), &Actor::new("cem"))).unwrap();
    assert_eq!((agreement(&run).reached(), agreement(&run).given.len()), (1, 2));
    let second = runs.answer(&answer(&run, "ship", &json!(2), &ben)).unwrap();
    assert!(matches!(second.followed, Some((Segment::Done(_), _))), "{second:?}");

    let without = Host::builder().sandbox(sandbox()).build().unwrap();
    let other = without.runs(&journal, &SystemClock, &owner);
    other.answer(&answer(&elsewhere, "ship", &json!(1), &ann)).unwrap();
    let alone = other.answer(&answer(&elsewhere, "ship", &json!(1), &ben)).unwrap();
    assert_eq!((alone.outcome.code(), alone.followed.is_none()), ("decided", true));
    assert_eq!(journal.read(&elsewhere).unwrap().summary.status, Status::Decided);
    assert!(matches!(runs.resume(&elsewhere).unwrap(), ResumeOutcome::Drove(Segment::Done(_))));
}

#[test]
fn of_answers_that_race_one_stands_with_its_end() {
    let (host, journal, owner) = (host(), MemoryJournal::new(), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let steps = [ask("ask", json!({})), log("end")];
    for _ in 0..20 {
        let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
        let codes: Vec<&str> = thread::scope(|scope| {
            let one = |number: u32| {
                let (runs, run) = (&runs, &run);
                move || match runs.answer(&answer(run, "ask", &json!(number), &Actor::new("ann"))) {
                    Ok(answered) => {
                        assert!(matches!(answered.followed, Some((Segment::Done(_), _))));
                        answered.outcome.code()
                    }
                    Err(error) => error.code(),
                }
            };
            let threads: Vec<_> = (0..4).map(|number| scope.spawn(one(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(codes.iter().filter(|code| **code == "decided").count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == "conflict").count(), 3, "{codes:?}");
        let kinds: Vec<_> =
            journal.read(&run).unwrap().events.iter().map(|recorded| recorded.event.kind().code()).collect();
        assert_eq!(kinds, ["started", "asked", "decided", "engine", "finished"]);
    }
}
