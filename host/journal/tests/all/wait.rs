//! What waiting means, case by case, on both implementations.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{
    AnswerMismatch, Authority, CancelError, CancelOutcome, DecideError, DecideOutcome, ExpireOutcome, Expires,
    NewAnswer, NewWait, Resolution, WaitRequest, Waits, Which, waits,
};
use sortie_journal::{
    Actor, Claim, Clock, Event, ExpiryAction, Finish, Journal, MemoryJournal, NewRun, Owner, RunId, RunSummary, Start,
    Status, Timestamp, Token, Via,
};
use sortie_journal_sqlite::SqliteJournal;

/// 2026-01-01T00:00:00Z, and that many seconds.
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis((1_767_225_600 + seconds) * 1000).unwrap()
}

/// A clock that a test sets.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        time(self.0.load(Ordering::SeqCst))
    }
}

/// A run that waits for `confirm`, and what is needed to answer it.
struct Desk<'a> {
    journal: &'a dyn Journal,
    clock: &'a Hand,
    run: RunId,
    token: Token,
}

impl Desk<'_> {
    fn waits(&self) -> Waits<'_> {
        Waits::new(self.journal, self.clock)
    }

    fn at(&self, seconds: i64) {
        self.clock.0.store(seconds, Ordering::SeqCst);
    }

    fn answer(&self, authority: Authority<'_>, actor: &str, value: &Value) -> Result<DecideOutcome, DecideError> {
        let actor = Actor::new(actor);
        let answer = NewAnswer {
            run: &self.run,
            authority,
            value,
            actor: &actor,
            comment: Some("as agreed"),
            question: None,
            signature: None,
        };
        self.waits().decide(&answer, &choices)
    }

    fn decide(&self, actor: &str, value: &Value) -> Result<DecideOutcome, DecideError> {
        self.answer(Authority::Token(&self.token), actor, value)
    }

    fn summary(&self) -> RunSummary {
        self.journal.read(&self.run).unwrap().summary
    }
}

/// Stands for a schema: `choice` is one of the wait's choices.
fn choices(wait: &sortie_journal::Wait, value: &Value) -> Result<(), AnswerMismatch> {
    let choices = wait.details["choices"].as_array().unwrap();
    if choices.contains(&value["choice"]) {
        return Ok(());
    }
    Err(AnswerMismatch { field: "/choice".to_owned(), reason: format!("one of {choices:?} is expected") })
}

fn question(step: &str, expires: Expires, assignees: &[&str]) -> WaitRequest {
    WaitRequest {
        step: step.to_owned(),
        description: "Go on?".to_owned(),
        assignees: assignees.iter().map(ToString::to_string).collect(),
        expires,
        on_expiry: ExpiryAction::Default(json!({"choice": "no"})),
        details: json!({"choices": ["yes", "no", 1]}),
        question_hash: None,
        approvals: 1,
        not_starter: false,
    }
}

/// Runs a test on both implementations: on a run that was asked at 0, has 100 seconds, and may be answered by Ann
/// and Ben.
fn on_both(test: impl Fn(&Desk<'_>)) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = SqliteJournal::open(directory.path().join("journal")).unwrap();
    let journals: [&dyn Journal; 2] = [&MemoryJournal::new(), &sqlite];
    for journal in journals {
        let clock = Hand(AtomicI64::new(0));
        let run: RunId = "run".parse().unwrap();
        let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
        let made =
            journal.create(&NewRun { run: run.clone(), at: time(0), events: vec![started], lease: None }).unwrap();
        let question = question("confirm", Expires::After(Duration::from_secs(100)), &["ann", "ben"]);
        let NewWait { summary, token } = Waits::new(journal, &clock).ask(&made, Vec::new(), question).unwrap();
        assert_eq!(summary.status, Status::Waiting);
        test(&Desk { journal, clock: &clock, run, token });
    }
}

fn yes() -> Value {
    json!({"choice": "yes"})
}

fn no() -> Value {
    json!({"choice": "no"})
}

const LAST: Authority<'static> = Authority::Owner(Which::Last);

#[test]
fn a_decision_is_kept_with_who_made_it_when_and_why() {
    on_both(|desk| {
        desk.at(10);
        assert_eq!(desk.decide("ann", &yes()), Ok(DecideOutcome::Accepted { at: time(10) }));
        let record = desk.journal.read(&desk.run).unwrap();
        assert_eq!(record.summary.status, Status::Decided);
        let waits = waits(&record);
        let Resolution::Decided { decision, at } = waits[0].resolution else { panic!("{waits:?}") };
        assert_eq!((at, decision.value.clone(), decision.actor.as_str()), (time(10), yes(), "ann"));
        assert_eq!((decision.comment.as_deref(), decision.via), (Some("as agreed"), Via::Token));
    });
}

#[test]
fn the_same_decision_again_is_a_success_that_says_so() {
    on_both(|desk| {
        desk.decide("ann", &json!({"choice": 1})).unwrap();
        desk.at(7);
        let again = desk.decide("ben", &json!({"choice": 1.0})).unwrap();
        assert_eq!(again, DecideOutcome::Already { by: Actor::new("ann"), at: time(0) });
        assert_eq!(again.code(), "already_decided");
    });
}

/// The same on a run that `cem` started and where two people have to agree, of whom nobody is named.
fn on_both_for_two(test: impl Fn(&Desk<'_>)) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = SqliteJournal::open(directory.path().join("journal")).unwrap();
    let journals: [&dyn Journal; 2] = [&MemoryJournal::new(), &sqlite];
    for journal in journals {
        let clock = Hand(AtomicI64::new(0));
        let run: RunId = "run".parse().unwrap();
        let by = Some(Actor::new("cem"));
        let started = Event::Started(Start { mission: "daily".to_owned(), by, body: Value::Null });
        let made =
            journal.create(&NewRun { run: run.clone(), at: time(0), events: vec![started], lease: None }).unwrap();
        let question = WaitRequest {
            approvals: 2,
            not_starter: true,
            ..question("confirm", Expires::After(Duration::from_secs(100)), &[])
        };
        let NewWait { token, .. } = Waits::new(journal, &clock).ask(&made, Vec::new(), question).unwrap();
        test(&Desk { journal, clock: &clock, run, token });
    }
}

#[test]
fn a_decision_of_two_stands_once_two_different_people_gave_the_same_answer() {
    on_both_for_two(|desk| {
        let first = Ok(DecideOutcome::Approved { at: time(1), approvals: 1, needed: 2 });
        desk.at(1);
        assert_eq!(desk.decide("ann", &yes()), first);
        desk.at(2);
        assert_eq!(desk.decide(" ann ", &yes()), first, "the same person again, with the time of the first");
        assert_eq!(desk.decide("ben", &no()), Ok(DecideOutcome::Approved { at: time(2), approvals: 1, needed: 2 }));
        assert_eq!(desk.summary().status, Status::Waiting);
        desk.at(3);
        assert_eq!(desk.decide("ben", &yes()), Ok(DecideOutcome::Accepted { at: time(3) }), "who thought again");
        let record = desk.journal.read(&desk.run).unwrap();
        let waits = waits(&record);
        let Resolution::Decided { decision, .. } = waits[0].resolution else { panic!("{waits:?}") };
        assert_eq!((decision.actor.as_str(), &decision.value), ("ben", &yes()));
        let others: Vec<_> = decision.approvals.iter().map(|other| (other.actor.as_str(), other.at)).collect();
        assert_eq!(others, [("ann", time(1))]);
        assert_eq!(desk.decide("dan", &yes()), Ok(DecideOutcome::Already { by: Actor::new("ben"), at: time(3) }));
        assert_eq!(desk.decide("dan", &no()).unwrap_err().code(), "conflict");
    });
}

#[test]
fn who_started_the_run_may_not_answer_where_the_question_says_so() {
    on_both_for_two(|desk| {
        for authority in [LAST, Authority::Token(&desk.token)] {
            let refused = desk.answer(authority, "cem", &yes()).unwrap_err();
            assert_eq!(refused, DecideError::IsStarter { actor: Actor::new("cem"), is_known: true });
        }
        desk.decide("ann", &yes()).unwrap();
        assert_eq!(desk.decide("cem", &yes()).unwrap_err().code(), "is_starter");
        assert_eq!(desk.summary().status, Status::Waiting);
    });
    on_both(|desk| {
        let question = WaitRequest { not_starter: true, ..question("again", Expires::Never, &[]) };
        desk.decide("ann", &yes()).unwrap();
        let asked = desk.waits().ask(&desk.summary(), Vec::new(), question).unwrap();
        let refused = desk.answer(Authority::Token(&asked.token), "ann", &yes()).unwrap_err();
        assert_eq!(refused, DecideError::IsStarter { actor: Actor::new("ann"), is_known: false });
    });
}

#[test]
fn one_approval_does_not_keep_a_wait_from_expiring() {
    on_both_for_two(|desk| {
        desk.decide("ann", &yes()).unwrap();
        desk.at(100);
        assert_eq!(desk.decide("ben", &yes()).unwrap_err().code(), "expired");
        assert_eq!(desk.summary().status, Status::Decided);
    });
}

#[test]
fn another_decision_is_a_conflict_that_names_who_and_when() {
    on_both(|desk| {
        desk.decide("ann", &yes()).unwrap();
        desk.at(7);
        let error = desk.decide("ben", &no()).unwrap_err();
        assert_eq!(error, DecideError::Conflict { by: Actor::new("ann"), at: time(0) });
        assert_eq!(error.code(), "conflict");
        // Even one that would not fit, and by who has decided before.
        assert_eq!(desk.decide("ann", &json!(null)).unwrap_err().code(), "conflict");
    });
}

#[test]
fn a_decision_stands_while_the_run_goes_on_and_when_it_has_ended() {
    on_both(|desk| {
        desk.decide("ann", &yes()).unwrap();
        let summary = desk.summary();
        let asked = desk.waits().ask(&summary, Vec::new(), question("second", Expires::Never, &[])).unwrap();
        assert_eq!(desk.decide("ann", &yes()).unwrap().code(), "already_decided");
        assert_eq!(desk.decide("ann", &no()).unwrap_err().code(), "conflict");
        let first = Authority::Owner(Which::Step("confirm"));
        assert_eq!(desk.answer(first, "ann", &no()).unwrap_err().code(), "conflict");
        assert_eq!(desk.answer(Authority::Token(&asked.token), "cem", &no()).unwrap().code(), "decided");
        let finish = Event::Finished(Finish { success: true, result: Value::Null });
        desk.journal.append(&desk.run, desk.summary().version, time(9), &[finish]).unwrap();
        assert_eq!(desk.decide("ann", &yes()).unwrap().code(), "already_decided");
        assert_eq!(desk.answer(LAST, "ann", &yes()).unwrap_err().code(), "conflict");
    });
}

#[test]
fn a_token_of_another_wait_or_of_none_is_wrong_and_nothing_is_told() {
    on_both(|desk| {
        let wrong = Token::generate().unwrap();
        let check = || desk.answer(Authority::Token(&wrong), "ann", &yes()).unwrap_err().code();
        assert_eq!(check(), "wrong_token");
        desk.decide("ann", &yes()).unwrap();
        assert_eq!(check(), "wrong_token");
        desk.waits().cancel(&desk.run, "enough", &Actor::new("ann")).unwrap();
        assert_eq!(check(), "wrong_token");
    });
}

#[test]
fn an_unknown_run_an_unknown_step_and_a_run_that_asked_nothing_are_unknown_waits() {
    on_both(|desk| {
        let step = Authority::Owner(Which::Step("other"));
        assert_eq!(desk.answer(step, "ann", &yes()).unwrap_err().code(), "unknown_wait");
        for name in ["nowhere", "silent"] {
            let run: RunId = name.parse().unwrap();
            if name == "silent" {
                let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
                desk.journal
                    .create(&NewRun { run: run.clone(), at: time(0), events: vec![started], lease: None })
                    .unwrap();
            }
            let actor = Actor::new("ann");
            for authority in [LAST, Authority::Token(&desk.token)] {
                let value = yes();
                let answer = NewAnswer::new(&run, authority, &value, &actor);
                let error = desk.waits().decide(&answer, &choices).unwrap_err();
                assert_eq!(error, DecideError::UnknownWait { run: run.clone() });
            }
        }
    });
}

#[test]
fn who_is_not_asked_cannot_decide_by_whatever_right() {
    on_both(|desk| {
        for authority in [LAST, Authority::Token(&desk.token)] {
            let error = desk.answer(authority, "cem", &yes()).unwrap_err();
            let assignees = vec!["ann".to_owned(), "ben".to_owned()];
            assert_eq!(error, DecideError::NotAssignee { actor: Actor::new("cem"), assignees });
        }
        assert_eq!(desk.summary().status, Status::Waiting);
        assert_eq!(desk.answer(LAST, "ben", &yes()).unwrap().code(), "decided");
        // Nor learn what was decided.
        assert_eq!(desk.decide("cem", &yes()).unwrap_err().code(), "not_assignee");
    });
}

#[test]
fn a_decision_that_does_not_fit_names_the_field_and_the_run_waits_on() {
    on_both(|desk| {
        let error = desk.decide("ann", &json!({"choice": "maybe"})).unwrap_err();
        let DecideError::Refused(AnswerMismatch { field, .. }) = &error else { panic!("{error}") };
        assert_eq!((field.as_str(), error.code()), ("/choice", "schema_mismatch"));
        let error = desk.decide("ann", &json!({"choice": "yes", "n": [u64::MAX]})).unwrap_err();
        let DecideError::NotIJson(AnswerMismatch { field, .. }) = &error else { panic!("{error}") };
        assert_eq!(field, "/n/0");
        assert_eq!(desk.decide("ann", &yes()).unwrap().code(), "decided");
    });
}

#[test]
fn a_decision_is_accepted_until_the_last_moment_and_not_at_the_deadline() {
    let last_moment = 99;
    on_both(|desk| {
        desk.at(last_moment);
        assert_eq!(desk.decide("ann", &yes()).unwrap().code(), "decided");
    });
    on_both(|desk| {
        desk.at(last_moment + 1);
        let error = desk.decide("ann", &yes()).unwrap_err();
        assert_eq!(error, DecideError::Expired { deadline: time(100) });
        assert_eq!(desk.summary().status, Status::Decided);
    });
}

#[test]
fn who_was_told_that_it_expired_is_never_told_otherwise() {
    on_both(|desk| {
        desk.at(100);
        assert_eq!(desk.decide("ann", &yes()).unwrap_err().code(), "expired");
        desk.at(50);
        assert_eq!(desk.decide("ann", &yes()).unwrap_err().code(), "expired");
        // Not even the value that the expiry chose is a decision of a person.
        assert_eq!(desk.decide("ann", &no()).unwrap_err().code(), "expired");
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::NotWaiting(Status::Decided));
    });
}

#[test]
fn an_expiry_is_recorded_once_and_not_before_its_time() {
    on_both(|desk| {
        desk.at(99);
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::NotDue { deadline: Some(time(100)) });
        desk.at(120);
        let expired = ExpireOutcome::Now { outcome: ExpiryAction::Default(no()), at: time(120) };
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), expired);
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::NotWaiting(Status::Decided));
        let record = desk.journal.read(&desk.run).unwrap();
        let Resolution::Expired { expiry, at } = waits(&record)[0].resolution else { panic!("{record:?}") };
        assert_eq!((expiry.outcome.clone(), at), (ExpiryAction::Default(no()), time(120)));
        // An expiry does not overrule a decision.
    });
    on_both(|desk| {
        desk.decide("ann", &yes()).unwrap();
        desk.at(1000);
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::NotWaiting(Status::Decided));
        assert_eq!(desk.decide("ann", &yes()).unwrap().code(), "already_decided");
    });
}

#[test]
fn a_clock_that_jumps_back_moves_no_deadline_and_decides_nothing_twice() {
    on_both(|desk| {
        desk.at(-5000);
        assert_eq!(desk.decide("ann", &yes()), Ok(DecideOutcome::Accepted { at: time(0) }));
        assert_eq!(desk.decide("ann", &no()).unwrap_err().code(), "conflict");
        assert_eq!(desk.decide("ann", &yes()).unwrap().code(), "already_decided");
        // A deadline counts from the time that is recorded for the question, not from a clock that is behind it.
        let asked = question("second", Expires::After(Duration::from_secs(100)), &[]);
        let asked = desk.waits().ask(&desk.summary(), Vec::new(), asked).unwrap();
        assert_eq!(asked.summary.wait.unwrap().deadline, Some(time(100)));
    });
}

#[test]
fn a_clock_that_was_ahead_and_is_corrected_revives_no_deadline() {
    on_both(|desk| {
        // Somebody noted something when their clock was past the deadline.
        let note = Event::Note(Value::Null);
        desk.journal.append(&desk.run, desk.summary().version, time(500), &[note]).unwrap();
        desk.at(50);
        assert_eq!(desk.decide("ann", &yes()).unwrap_err().code(), "expired");
    });
}

#[test]
fn a_cancelled_run_tells_by_whom_when_and_why() {
    on_both(|desk| {
        desk.at(3);
        let ann = Actor::new("ann");
        assert_eq!(desk.waits().cancel(&desk.run, "enough", &ann).unwrap(), CancelOutcome::Now { at: time(3) });
        let told = DecideError::Cancelled { by: ann.clone(), at: time(3), reason: "enough".to_owned() };
        assert_eq!(desk.decide("ben", &yes()).unwrap_err(), told);
        let again = desk.waits().cancel(&desk.run, "other", &Actor::new("ben")).unwrap();
        assert_eq!(again, CancelOutcome::Already { by: ann, at: time(3), reason: "enough".to_owned() });
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::NotWaiting(Status::Cancelled));
        desk.at(1000);
        assert_eq!(desk.decide("ben", &yes()).unwrap_err().code(), "cancelled");
    });
}

#[test]
fn a_run_that_has_ended_is_not_cancelled() {
    on_both(|desk| {
        desk.decide("ann", &yes()).unwrap();
        let finish = Event::Finished(Finish { success: false, result: Value::Null });
        desk.journal.append(&desk.run, desk.summary().version, time(9), &[finish]).unwrap();
        let error = desk.waits().cancel(&desk.run, "late", &Actor::new("ann")).unwrap_err();
        assert_eq!(error, CancelError::Ended { run: desk.run.clone(), status: Status::Failed });
    });
}

#[test]
fn a_claim_on_an_expired_wait_ends_the_wait_first() {
    on_both(|desk| {
        let claim = |owner: &str| desk.waits().claim(&desk.run, &Owner::new(owner), Duration::from_mins(1)).unwrap();
        assert_eq!(claim("one"), Claim::Idle(Status::Waiting));
        desk.at(100);
        let Claim::Granted(summary) = claim("one") else { panic!("the claim was not granted") };
        assert_eq!((summary.status, summary.lease.unwrap().owner), (Status::Decided, Owner::new("one")));
        assert!(matches!(claim("two"), Claim::Held(lease) if lease.owner == Owner::new("one")));
    });
}

#[test]
fn a_deadline_given_as_a_time_is_kept_and_one_without_end_never_comes() {
    on_both(|desk| {
        desk.decide("ann", &yes()).unwrap();
        let ask = |step: &str, expires| {
            let asked = desk.waits().ask(&desk.summary(), Vec::new(), question(step, expires, &[])).unwrap();
            asked.summary.wait.unwrap().deadline
        };
        assert_eq!(ask("second", Expires::At(time(77))), Some(time(77)));
        desk.at(77);
        assert!(matches!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::Now { .. }));
        assert_eq!(ask("third", Expires::Never), None);
        desk.at(1_000_000_000);
        assert_eq!(desk.waits().expire(&desk.run).unwrap(), ExpireOutcome::NotDue { deadline: None });
    });
}

#[test]
fn the_token_is_in_nothing_that_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let journal = SqliteJournal::open(&path).unwrap();
    let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
    let (wait, token) = question("confirm", Expires::Never, &[]).ask(time(0)).unwrap();
    let events = vec![started, Event::Asked(wait)];
    journal.create(&NewRun { run: "run".parse().unwrap(), at: time(0), events, lease: None }).unwrap();
    let hash = sortie_journal::TokenHash::of(&token);
    let digits = token.reveal();
    let raw: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect();
    let mut kept = Vec::new();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        kept.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |part: &[u8]| kept.windows(part.len()).any(|window| window == part);
    assert!(holds(hash.as_bytes()), "the hash is kept");
    assert!(!holds(digits.as_bytes()) && !holds(&raw));
}
