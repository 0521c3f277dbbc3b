//! What will be, before anybody decides; and how a run went, step by step.

use serde_json::{Value, json};
use sortie_host::journal::{Actor, MemoryJournal, ResumeOutcome, RunId, Runs, Segment, SystemClock};
use sortie_host::{Outlook, Preview, offered_answers};

use super::{answer, ask, driver, host, log, no_answers, seconds, waits, workflow};
use crate::support::context;

fn preview(runs: &Runs<'_>, run: &RunId, value: &Value) -> Preview {
    runs.waiting(run).unwrap().unwrap().preview(value).unwrap()
}

#[test]
fn the_hash_that_is_previewed_is_the_hash_that_comes_whatever_is_chosen() {
    let (host, owner, ann) = (host(), driver(), Actor::new("ann"));
    let steps = [
        log("before"),
        ask("ship", json!({"choices": ["ship", "hold"], "expires": 60, "on_expiry": "default", "default": "hold"})),
        json!({"id": "keep", "kind": "runtime", "payload": {"operation": "core/set", "path": "/kept", "value": 1}}),
    ];
    for choice in [json!("ship"), json!("hold")] {
        let journal = MemoryJournal::new();
        let runs = host.runs(&journal, &SystemClock, &owner);
        let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
        let events = runs.inbox().show(&run).unwrap().record.events.len();

        let seen = preview(&runs, &run, &choice);
        let Outlook::Ends(result) = seen.outlook else { panic!("it ends") };
        let changes = serde_json::to_value(&seen.changes.changes).unwrap();
        assert_eq!(changes, json!([{"path": "/kept", "after": 1}]));
        assert_eq!(seen.state, json!({"log": ["before"], "kept": 1}));
        // To look changes nothing.
        assert_eq!(runs.inbox().show(&run).unwrap().record.events.len(), events);

        runs.decide(&answer(&run, "ship", &choice, &ann)).unwrap();
        let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&run).unwrap() else { panic!("it goes on") };
        assert_eq!(completed.result.receipt.result_hash, result.receipt.result_hash);
        assert!(runs.waiting(&run).unwrap().is_none(), "a run that has ended has no future");
    }
}

#[test]
fn the_hash_of_what_follows_if_nobody_answers_is_previewed_too() {
    static NOW: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
    let clock = || seconds(NOW.load(std::sync::atomic::Ordering::SeqCst));
    let (host, owner) = (host(), driver());
    for (index, on_expiry) in ["fail", "default"].into_iter().enumerate() {
        let journal = MemoryJournal::new();
        let runs = host.runs(&journal, &clock, &owner);
        let steps = [ask("ask", json!({"expires": 60, "on_expiry": on_expiry, "default": 7})), log("end")];
        let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
        let session = runs.waiting(&run).unwrap().unwrap();
        let Outlook::Ends(result) = session.preview_of_expiry().unwrap().unwrap().outlook else { panic!("it ends") };
        NOW.fetch_add(1000 * (i64::try_from(index).unwrap() + 1), std::sync::atomic::Ordering::SeqCst);
        let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&run).unwrap() else { panic!("it goes on") };
        assert_eq!(completed.result.receipt.result_hash, result.receipt.result_hash, "{on_expiry}");
    }
}

#[test]
fn an_answer_that_would_be_refused_is_refused_in_the_preview_and_a_second_question_is_shown() {
    let (host, owner, journal) = (host(), driver(), MemoryJournal::new());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let steps = [ask("first", json!({"schema": {"type": "integer"}})), ask("second", json!({})), log("end")];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    let session = runs.waiting(&run).unwrap().unwrap();
    assert_eq!(session.preview(&json!("one")).unwrap_err().code(), "schema_mismatch");
    let Outlook::Asks(question) = session.preview(&json!(1)).unwrap().outlook else { panic!("it asks") };
    assert_eq!(question.step.id, "second");
    assert_eq!(session.preview_of_expiry().unwrap(), None, "it waits for ever");
}

#[test]
fn a_step_offers_its_choices_what_its_schema_lists_and_its_default_and_no_more_than_eight() {
    for (payload, expected) in [
        (json!({}), json!([])),
        (json!({"choices": [1, 2], "schema": {"type": "boolean"}}), json!([1, 2])),
        (json!({"schema": {"type": "boolean"}, "default": false}), json!([true, false])),
        (json!({"schema": {"enum": ["a", "b"]}, "default": "c"}), json!(["a", "b", "c"])),
        (json!({"schema": {"type": "integer"}, "default": 3}), json!([3])),
        (json!({"choices": (0..8).collect::<Vec<_>>()}), json!([0, 1, 2, 3, 4, 5, 6, 7])),
        (json!({"choices": (0..9).collect::<Vec<_>>()}), json!([0, 1, 2, 3, 4, 5, 6, 7])),
        (json!({"schema": {"enum": [0, 1, 2, 3, 4, 5, 6]}, "default": "d"}), json!([0, 1, 2, 3, 4, 5, 6, "d"])),
        (json!({"schema": {"enum": [0, 1, 2, 3, 4, 5, 6, 7]}, "default": "d"}), json!([0, 1, 2, 3, 4, 5, 6, 7])),
    ] {
        let step = sortie_engine::HumanStep::from_payload("ask", &payload).unwrap();
        assert_eq!(json!(offered_answers(&step)), expected, "{payload}");
    }
}

#[test]
fn a_timeline_has_each_step_with_what_it_changed_and_the_state_after_it() {
    let (host, owner, journal, ann) = (host(), driver(), MemoryJournal::new(), Actor::new("ann"));
    let runs = host.runs(&journal, &SystemClock, &owner);
    let steps = [log("one"), ask("ask", json!({})), log("two")];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
    let steps_of = |run: &RunId| {
        let timeline = runs.inbox().timeline(run).unwrap();
        let step = |step: &sortie_host::journal::TimelineStep| (step.step.step_id().to_owned(), step.changes.count());
        (timeline.steps.iter().map(step).collect::<Vec<_>>(), timeline.state)
    };
    assert_eq!(steps_of(&run), (vec![("one".to_owned(), 1)], json!({"log": ["one"]})));
    runs.decide(&answer(&run, "ask", &json!(1), &ann)).unwrap();
    runs.resume(&run).unwrap();
    let all = [("one", 1), ("ask", 0), ("two", 1)].map(|(step, count)| (step.to_owned(), count));
    assert_eq!(steps_of(&run), (all.to_vec(), json!({"log": ["one", "two"]})));
    for (step, expected) in [
        (None, Some(json!({"log": []}))),
        (Some("one"), Some(json!({"log": ["one"]}))),
        (Some("ask"), Some(json!({"log": ["one"]}))),
        (Some("two"), Some(json!({"log": ["one", "two"]}))),
        (Some("three"), None),
    ] {
        assert_eq!(runs.inbox().state_after(&run, step).unwrap(), expected, "{step:?}");
    }
}
