//! Deciding, expiring and cancelling, through the host.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use sortie_host::Host;
use sortie_host::journal::{
    Actor, CancelOutcome, DecideError, DecideOutcome, MAX_REMARK_BYTES, MemoryJournal, NewAnswer, Owner, ResumeOutcome,
    RunError, Segment, SystemClock, Timestamp,
};
use sortie_tests::TextPlugin;

use super::{answer, ask, driver, host, log, no_answers, seconds, waits, workflow};
use crate::support::{context, sandbox};

fn code(error: &RunError) -> &'static str {
    error.code()
}

#[test]
fn a_clock_that_jumps_back_revives_no_deadline_and_decides_nothing_twice() {
    static NOW: AtomicI64 = AtomicI64::new(1000);
    let clock = || seconds(NOW.load(Ordering::SeqCst));
    let (host, journal, ann, owner) = (host(), MemoryJournal::new(), Actor::new("ann"), driver());
    let runs = host.runs(&journal, &clock, &owner);
    let steps = [ask("first", json!({"expires": 60})), ask("second", json!({"expires": 60})), log("end")];
    let start = || waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    let (expiring, answered) = (start(), start());

    // The clock goes back by a day before anybody answers: the deadline stays where it was asked to be.
    NOW.store(1000 - 86_400, Ordering::SeqCst);
    runs.decide(&answer(&answered, "first", &json!(1), &ann)).unwrap();
    assert!(matches!(runs.resume(&answered).unwrap(), ResumeOutcome::Drove(Segment::Asked(_))));
    let second = runs.inbox().show(&answered).unwrap().record.summary.wait.unwrap();
    assert_eq!((second.asked_at, second.deadline), (seconds(1000), Some(seconds(1060))));
    assert!(matches!(runs.resume(&expiring).unwrap(), ResumeOutcome::Waits(_)));

    // A deadline that has passed once has passed for good.
    NOW.store(1060, Ordering::SeqCst);
    assert_eq!(code(&runs.decide(&answer(&expiring, "first", &json!(1), &ann)).unwrap_err()), "expired");
    NOW.store(1000, Ordering::SeqCst);
    assert_eq!(code(&runs.decide(&answer(&expiring, "first", &json!(1), &ann)).unwrap_err()), "expired");
    let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&expiring).unwrap() else { panic!("it goes on") };
    assert_eq!(completed.result.error_code.map(sortie_engine::FailureKind::code), Some("expired"));

    // What was decided stays decided, whatever the time.
    for now in [0, 1_000_000] {
        NOW.store(now, Ordering::SeqCst);
        let again = runs.decide(&answer(&answered, "first", &json!(1), &ann)).unwrap();
        assert!(matches!(again, DecideOutcome::Already { at, .. } if at == seconds(1000)), "{again:?}");
        assert_eq!(code(&runs.decide(&answer(&answered, "first", &json!(2), &ann)).unwrap_err()), "conflict");
    }
    let times: Vec<Timestamp> =
        runs.inbox().show(&answered).unwrap().record.events.iter().map(|recorded| recorded.at).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_run_whose_plugin_recurses_too_deep_fails_as_a_result_and_leaves_the_inbox() {
    let module = r#"
        (func $deeper (param i32) (result i32) (i32.add (local.get 0) (call $deeper (local.get 0))))
        (func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
          (drop (call $deeper (i32.const 1))) (call $ok))"#;
    let work =
        json!({"name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": []});
    let manifest = json!({"name": "hostile", "version": "0.1.0", "sdk": "none", "description": "", "missions": [], "operations": [work]});
    let plugin = TextPlugin { module, manifest: Some(&manifest), ..TextPlugin::default() };
    let builder = Host::builder().first_party().plugin_bytes(plugin.bytes(), "given").sandbox(sandbox());
    let (host, journal, ann, owner) = (builder.build().unwrap(), MemoryJournal::new(), Actor::new("ann"), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let deep = json!({"id": "deep", "kind": "runtime", "payload": {"operation": "hostile/work"}});
    let start = |step: Value| {
        let steps = [ask("first", json!({})), step];
        waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap())
    };
    let (deep, plain) = (start(deep), start(log("end")));
    let finish = |run| {
        runs.decide(&answer(run, "first", &json!(1), &ann)).unwrap();
        match runs.resume(run).unwrap() {
            ResumeOutcome::Drove(Segment::Done(completed)) => completed.result,
            other => panic!("{other:?}"),
        }
    };
    let failed = finish(&deep);
    assert_eq!(failed.error_code.map(sortie_engine::FailureKind::code), Some("stack_limit"));
    assert_eq!(failed.failed_step_id.as_deref(), Some("deep"));
    assert!(finish(&plain).success, "other runs go on");
    for run in [&deep, &plain] {
        assert!(matches!(runs.resume(run).unwrap(), ResumeOutcome::HadEnded(_)), "nobody is waited for any more");
    }
    assert_eq!(runs.inbox().pending().unwrap(), []);
}

#[test]
fn two_people_who_are_not_the_starter_decide_and_the_result_is_that_of_one() {
    let (host, journal, owner) = (host(), MemoryJournal::new(), driver());
    let cem = Actor::new("cem");
    let runs = host.runs(&journal, &SystemClock, &owner).on_behalf_of(&cem);
    let steps = [ask("ship", json!({"choices": [1, 2], "approvals": 2, "not_starter": true})), log("end")];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
    let decide = |actor: &str, value: u32| runs.decide(&answer(&run, "ship", &json!(value), &Actor::new(actor)));
    let expected = runs.waiting(&run).unwrap().unwrap().preview(&json!(1)).unwrap();
    assert_eq!(code(&decide("cem", 1).unwrap_err()), "is_starter");
    assert_eq!(decide("ann", 1).unwrap().code(), "approved");
    assert_eq!(decide("ann", 1).unwrap().code(), "approved");
    assert!(matches!(runs.resume(&run).unwrap(), ResumeOutcome::Waits(_)));
    let shown = runs.inbox().show(&run).unwrap();
    assert_eq!(shown.approvals().iter().map(|(given, _)| given.actor.as_str()).collect::<Vec<_>>(), ["ann"]);
    assert_eq!(decide("ben", 1).unwrap().code(), "decided");
    let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&run).unwrap() else { panic!() };
    let sortie_host::Outlook::Ends(previewed) = expected.outlook else { panic!() };
    assert_eq!(completed.result.receipt.result_hash, previewed.receipt.result_hash);
    let audit = json!(completed.result.receipt.audit);
    assert_eq!(audit.pointer("/0/event"), Some(&json!("approved")));
    assert_eq!(audit.pointer("/1/approvals/0/actor"), Some(&json!("ann")));
    assert_eq!(audit.pointer("/1/actor"), Some(&json!("ben")));
}

#[test]
fn an_answer_has_to_fit_its_step_and_says_where_it_does_not() {
    let (host, journal, owner) = (host(), MemoryJournal::new(), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let schema = json!({"type": "object", "properties": {"weight": {"type": "integer"}}});
    let steps =
        [ask("weigh", json!({"schema": schema, "assignees": ["ann"]})), ask("choose", json!({"choices": [1, 2]}))];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    let decide = |step: &str, value: Value, actor: &str| runs.decide(&answer(&run, step, &value, &Actor::new(actor)));
    assert_eq!(code(&decide("weigh", json!({"weight": 1}), "bob").unwrap_err()), "not_assignee");
    let error = decide("weigh", json!({"weight": "much"}), "ann").unwrap_err();
    let RunError::Decide(DecideError::Refused(sortie_host::DecisionError::SchemaMismatch { field, .. })) = &error
    else {
        panic!("{error}")
    };
    assert_eq!(field, "/weight");
    assert_eq!(code(&decide("choose", json!(1), "ann").unwrap_err()), "unknown_wait");
    decide("weigh", json!({"weight": 1}), "ann").unwrap();
    assert!(matches!(runs.resume(&run).unwrap(), ResumeOutcome::Drove(Segment::Asked(_))));
    assert_eq!(code(&decide("choose", json!(3), "ann").unwrap_err()), "schema_mismatch");
    // Numbers are normalised: `2.0` is `2`.
    decide("choose", json!(2.0), "bob").unwrap();
}

#[test]
fn answers_at_hand_are_those_that_come_back_from_the_journal() {
    let (host, journal, owner) = (host(), MemoryJournal::new(), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let steps = [ask("choose", json!({"choices": [1, 2]}))];
    let answers = |value: Value| std::collections::BTreeMap::from([("choose".to_owned(), value)]);
    let start = |value| runs.start(host.draft(workflow(&steps)), &context(json!({})), &answers(value));
    let Segment::Done(completed) = start(json!(2.0)).unwrap().segment else { panic!("it waits") };
    assert_eq!(completed.result.decisions["choose"].value, json!(2));
    assert_eq!(code(&start(json!(9_007_199_254_740_993_i64)).unwrap_err()), "schema_mismatch");
    assert_eq!(code(&start(json!(3)).unwrap_err()), "schema_mismatch");
}

#[test]
fn a_comment_and_a_reason_have_as_many_bytes_as_they_may_and_not_one_more() {
    let (host, journal, ann, owner) = (host(), MemoryJournal::new(), Actor::new("ann"), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let (most, more) = ("x".repeat(MAX_REMARK_BYTES), "x".repeat(MAX_REMARK_BYTES + 1));
    let begun = || {
        let draft = host.draft(workflow(&[ask("first", json!({}))]));
        waits(runs.start(draft, &context(json!({})), &no_answers()).unwrap())
    };
    let (decided, kept, cancelled) = (begun(), begun(), begun());
    let value = json!(1);
    let with = |run, comment| NewAnswer { comment: Some(comment), ..answer(run, "first", &value, &ann) };
    let told = "the comment has 16385 bytes, and 16384 is the limit";
    for refused in [runs.decide(&with(&decided, &more)), runs.inbox().decide(&with(&kept, &more))] {
        let error = refused.unwrap_err();
        assert_eq!((code(&error), error.to_string().as_str()), ("remark_too_large", told));
    }
    runs.decide(&with(&decided, &most)).unwrap();
    runs.inbox().decide(&with(&kept, &most)).unwrap();
    assert_eq!(code(&runs.cancel(&cancelled, &more, &ann).unwrap_err()), "remark_too_large");
    runs.cancel(&cancelled, &most, &ann).unwrap();
}

#[test]
fn a_cancelled_run_is_neither_decided_nor_driven() {
    let (host, journal, ann, owner) = (host(), MemoryJournal::new(), Actor::new("ann"), driver());
    let runs = host.runs(&journal, &SystemClock, &owner);
    let steps = [ask("first", json!({}))];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    assert!(matches!(runs.cancel(&run, "not wanted", &ann).unwrap(), CancelOutcome::Now { .. }));
    assert!(matches!(runs.cancel(&run, "again", &ann).unwrap(), CancelOutcome::Already { .. }));
    assert_eq!(code(&runs.decide(&answer(&run, "first", &json!(1), &ann)).unwrap_err()), "cancelled");
    let resumed = runs.resume(&run).unwrap();
    assert!(matches!(&resumed, ResumeOutcome::WasCancelled { reason, .. } if reason == "not wanted"), "{resumed:?}");
    assert!(runs.pending().unwrap().is_empty());
}

#[test]
fn of_two_drivers_one_drives_and_the_other_is_told_who() {
    let (host, journal, ann) = (host(), MemoryJournal::new(), Actor::new("ann"));
    let (one, other) = (Owner::new("one"), Owner::new("other"));
    let runs = host.runs(&journal, &SystemClock, &one);
    let steps = [ask("first", json!({})), log("end")];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    runs.decide(&answer(&run, "first", &json!(1), &ann)).unwrap();
    sortie_host::journal::Journal::claim(&journal, &run, &one, std::time::Duration::from_mins(1)).unwrap();
    let told = host.runs(&journal, &SystemClock, &other).resume(&run).unwrap();
    assert!(matches!(&told, ResumeOutcome::Held(lease) if lease.owner == one), "{told:?}");
    assert!(matches!(runs.resume(&run).unwrap(), ResumeOutcome::Drove(Segment::Done(_))));
    let told = host.runs(&journal, &SystemClock, &other).resume(&run).unwrap();
    assert!(matches!(told, ResumeOutcome::HadEnded(_)), "{told:?}");
}

#[test]
fn a_decision_that_could_only_fail_is_refused_and_can_be_given_again() {
    let (host, journal, owner, ann) = (host(), MemoryJournal::new(), driver(), Actor::new("ann"));
    let runs = host.runs(&journal, &SystemClock, &owner);
    let mission = host.build_mission("daily_loop", &json!({"today": "2026-01-08"})).unwrap();
    let tasks = json!({"tasks": [{"uuid": "aaaaaaaa-1", "id": 1, "description": "Paint the fence"}]});
    let run = waits(runs.start(mission, &context(tasks), &no_answers()).unwrap());
    let decide = |value: Value| runs.decide(&answer(&run, "confirm_priorities", &value, &ann));
    for wrong in [json!({"drop": ["99999999"]}), json!({"add": [{"description": "Call", "due": "tomorow"}]})] {
        let error = decide(wrong.clone()).unwrap_err();
        assert_eq!(code(&error), "decision_refused", "{wrong}: {error}");
    }
    assert!(matches!(runs.resume(&run).unwrap(), ResumeOutcome::Waits(_)), "nothing was consumed");
    decide(json!({"drop": [1]})).unwrap();
    let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&run).unwrap() else { panic!("it waits again") };
    assert!(completed.result.success);
}

#[test]
fn a_decision_is_not_refused_for_a_failure_that_is_not_its_doing() {
    let (host, journal, owner, ann) = (host(), MemoryJournal::new(), driver(), Actor::new("ann"));
    let runs = host.runs(&journal, &SystemClock, &owner);
    let fails = json!({"id": "fails", "kind": "runtime", "payload": {"operation": "core/fail", "reason": "no"}});
    let steps = [ask("ask", json!({})), fails];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    runs.decide(&answer(&run, "ask", &json!("whatever"), &ann)).unwrap();
    let ResumeOutcome::Drove(Segment::Done(completed)) = runs.resume(&run).unwrap() else { panic!("it waits again") };
    assert!(!completed.result.success);
}
