//! Answers and cancellations: judged as in a journal, with the same codes and sentences, and accepted once.

use serde_json::{Value, json};
use sortie_host::journal::{
    Actor, Authority, MemoryJournal, NewAnswer, Owner, RunError, Segment, SystemClock, Token, Which,
};
use sortie_host::{ExecutionContext, journal};
use sortie_json::ContentHash;
use sortie_restate::{AnswerRequest, CancelRequest, ClusterError, StartRequest};

use super::machine::{Machine, answer, asks, host, id, machine, with_token, workflow};

/// A step that only ann and bob may answer, behind which an answer can fail.
fn assigned() -> StartRequest {
    workflow(
        json!([
            {"id": "ask", "kind": "human", "payload": {
                "description": "How many?", "schema": {"type": "object"}, "assignees": ["ann", "bob"],
            }},
            {"id": "end", "kind": "runtime", "payload": {"operation": "core/append", "path": "/list", "value": 1}},
        ]),
        json!({"list": []}),
    )
}

/// What is tried, one after the other.
fn attempts(token: &str) -> Vec<AnswerRequest> {
    let by = |actor: &str, value: Value| AnswerRequest { actor: actor.to_owned(), ..answer(value) };
    vec![
        by("eve", json!({})),
        by("ann", json!("not an object")),
        AnswerRequest { token: Some("00".repeat(32)), ..by("ann", json!({})) },
        AnswerRequest { token: Some("no token".to_owned()), ..by("ann", json!({})) },
        AnswerRequest { step: Some("other".to_owned()), ..by("ann", json!({})) },
        AnswerRequest { question: Some(ContentHash::of_bytes(b"another")), ..by("ann", json!({})) },
        AnswerRequest { token: Some(token.to_owned()), ..by("eve", json!({})) },
        AnswerRequest { token: Some(token.to_owned()), comment: Some("fine".to_owned()), ..by("bob", json!({"n": 1})) },
        by("ann", json!({"n": 1.0})),
        by("ann", json!({"n": 2})),
        AnswerRequest { token: Some(token.to_owned()), ..by("ann", json!({"n": 2})) },
        by("eve", json!({"n": 1})),
    ]
}

/// The code, and the sentence without its times.
fn told(outcome: Result<(String, String), (String, String)>) -> String {
    let (kind, (code, sentence)) = match outcome {
        Ok(told) => ("ok", told),
        Err(told) => ("error", told),
    };
    let words = sentence.split(' ').map(|word| {
        let is_time = word.trim_end_matches(':').parse::<sortie_host::journal::Timestamp>().is_ok();
        if is_time { "TIME" } else { word }
    });
    format!("{kind} {code} {}", words.collect::<Vec<_>>().join(" "))
}

fn on_restate(machine: &Machine, run: &str, request: &AnswerRequest) -> String {
    told(match machine.cluster.answer(&id(run), request) {
        Ok(answer) => Ok((answer["code"].as_str().unwrap().to_owned(), answer["actor"].as_str().unwrap().to_owned())),
        Err(ClusterError::Refusal(refusal)) => Err((refusal.code, refusal.message)),
        Err(error) => panic!("{error}"),
    })
}

#[test]
fn answers_are_judged_with_the_codes_and_the_sentences_of_a_journal() {
    let Some(machine) = machine() else { return };
    let host = host();
    let (kept, driver) = (MemoryJournal::new(), Owner::new("test"));
    let runs = host.runs(&kept, &SystemClock, &driver);
    let request = assigned();
    let definition = sortie_engine::WorkflowDefinition::from_json(request.workflow.as_ref().unwrap()).unwrap();
    let context = ExecutionContext::new(request.state.clone()).unwrap();
    let launch = runs.start_as(&id("judged"), host.draft(definition), &context, &request.answers).unwrap();
    let journal::Launch::Now(started) = launch else { panic!("it is new") };
    let Segment::Asked(asked) = started.segment else { panic!("it asks") };
    let in_journal = |request: &AnswerRequest| {
        let token = request.token.as_deref().map(str::parse::<Token>).transpose();
        let Ok(token) = token else {
            return "error wrong_token the token does not belong to a wait of run `judged`".to_owned();
        };
        let authority = match (&token, &request.step) {
            (Some(token), _) => Authority::Token(token),
            (None, Some(step)) => Authority::Owner(Which::Step(step)),
            (None, None) => Authority::Owner(Which::Last),
        };
        let actor = Actor::new(&request.actor);
        let decided = runs.decide(&NewAnswer {
            run: &id("judged"),
            authority,
            value: &request.value,
            actor: &actor,
            comment: request.comment.as_deref(),
            question: request.question,
            signature: None,
        });
        told(match decided {
            Ok(decided) => {
                let by = match &decided {
                    journal::DecideOutcome::Accepted { .. } | journal::DecideOutcome::Approved { .. } => &actor,
                    journal::DecideOutcome::Already { by, .. } => by,
                };
                Ok((decided.code().to_owned(), by.to_string()))
            }
            Err(error) => Err((RunError::code(&error).to_owned(), error.to_string())),
        })
    };

    let started = machine.start("judged", request);
    machine.waiting("judged");
    let here = attempts(&asked.token.reveal());
    for (there, here) in attempts(&started.tokens[0].reveal()).iter().zip(&here) {
        assert_eq!(on_restate(&machine, "judged", there), in_journal(here), "{there:?}");
    }
    let end = machine.end("judged");
    let audit = &end["result"]["receipt"]["audit"][0];
    assert_eq!((&audit["actor"], &audit["comment"], &audit["via"]), (&json!("bob"), &json!("fine"), &json!("token")));
}

#[test]
fn of_many_answers_at_once_one_is_accepted_and_the_others_are_told_who_was_faster() {
    let Some(machine) = machine() else { return };
    for round in 0..3 {
        let run = format!("race-{round}");
        machine.start(&run, asks(round));
        machine.waiting(&run);
        let (machine, run) = (&machine, &run);
        let codes: Vec<String> = std::thread::scope(|scope| {
            let attempts: Vec<_> = (0..8)
                .map(|index| {
                    scope.spawn(move || {
                        if index == 7 {
                            let request = CancelRequest { reason: "enough".to_owned(), actor: "zoe".to_owned() };
                            return match machine.cluster.cancel(&id(run), &request) {
                                Ok(told) => told["code"].as_str().unwrap().to_owned(),
                                Err(error) => error.code().to_owned(),
                            };
                        }
                        let request =
                            AnswerRequest { actor: format!("person {index}"), ..answer(json!(index % 2 == 0)) };
                        match machine.cluster.answer(&id(run), &request) {
                            Ok(told) => told["code"].as_str().unwrap().to_owned(),
                            Err(error) => error.code().to_owned(),
                        }
                    })
                })
                .collect();
            attempts.into_iter().map(|attempt| attempt.join().unwrap()).collect()
        });
        let decided = codes.iter().filter(|code| *code == "decided").count();
        let end = machine.end(run);
        match end["status"].as_str().unwrap() {
            "cancelled" => assert_eq!((decided <= 1, codes[7].as_str()), (true, "cancelled"), "{codes:?}"),
            _ => assert_eq!(decided, 1, "{codes:?}"),
        }
        let others = ["decided", "already_decided", "conflict", "cancelled", "already_ended"];
        assert!(codes.iter().all(|code| others.contains(&code.as_str())), "{codes:?}");
    }
}

#[test]
fn the_inbox_has_what_waits_in_the_shape_of_a_journals_and_the_program_answers_and_cancels() {
    let Some(machine) = machine() else { return };
    for run in ["a", "b", "c"] {
        machine.start(run, asks(1));
        machine.waiting(run);
    }
    let (_, text) = machine.command(&["inbox", "--limit", "2"]);
    let listed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(listed["more"], true, "{listed}");
    let row = &listed["waiting"][0];
    assert_eq!((&row["run"], &row["mission"], &row["step"]), (&json!("a"), &json!("tried"), &json!("ask")));
    assert_eq!((&row["status"], &row["expired"]), (&json!("waiting"), &json!(false)));

    let (status, text) = machine.command(&["answer", "a", "--value", "true", "--actor", "ann"]);
    assert_eq!((status, text.contains("\"decided\"")), (0, true), "{text}");
    let (status, text) = machine.command(&["result", "a"]);
    assert_eq!(status, 0, "{text}");
    let (status, text) = machine.command(&["cancel", "b", "--reason", "not now", "--actor", "ann"]);
    assert_eq!((status, text.contains("\"cancelled\"")), (0, true), "{text}");
    let (status, text) = machine.command(&["answer", "b", "--value", "true"]);
    assert_eq!((status, text.contains("the run was cancelled by ann")), (3, true), "{text}");
    let (status, text) = machine.command(&["cancel", "a", "--reason", "late"]);
    assert_eq!((status, text.contains("already_ended")), (3, true), "{text}");
    let (status, text) = machine.command(&["answer", "nobody", "--value", "1"]);
    assert_eq!((status, text.contains("unknown_wait")), (3, true), "{text}");
    machine.patiently("c alone waits", || {
        let listing = machine.cluster.inbox(Some("tried"), 10).unwrap();
        (listing.runs.len() == 1 && listing.runs[0].run == id("c")).then_some(())
    });
    assert!(machine.cluster.inbox(Some("o'ther"), 10).unwrap().runs.is_empty());
}

#[test]
fn a_token_is_nowhere_in_what_restate_keeps_before_it_is_used() {
    let Some(machine) = machine() else { return };
    let started = machine.start("secret", asks(1));
    machine.waiting("secret");
    let token = started.tokens[0].reveal();
    let shown = machine.cluster.show(&id("secret")).unwrap().to_string();
    assert!(!shown.contains(&token));
    machine.kill_server();
    let kept = std::process::Command::new("grep").args(["-rlF", &token]).arg(machine.folder()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&kept.stdout), "");
    machine.start_server();
    let accepted = machine.patiently("the answer is accepted", || {
        machine.cluster.answer(&id("secret"), &with_token(json!(true), &started.tokens[0])).ok()
    });
    assert_eq!(accepted["code"], "decided");
}

#[test]
fn a_wait_that_takes_several_people_goes_on_once_enough_of_them_agree() {
    let Some(machine) = machine() else { return };
    let payload = json!({"description": "Ship?", "schema": {"type": "boolean"}, "approvals": 2});
    let request = workflow(json!([{"id": "ask", "kind": "human", "payload": payload}]), json!({}));
    let expected = super::machine::in_memory(&request, &[("ask".to_owned(), json!(true))].into(), &[]);
    machine.start("several", request);
    machine.waiting("several");
    let codes: Vec<Value> = [("ann", true), ("bob", false), ("ann", true), ("zoe", true)]
        .into_iter()
        .map(|(actor, value)| {
            let request = AnswerRequest { actor: actor.to_owned(), ..answer(json!(value)) };
            machine.cluster.answer(&id("several"), &request).unwrap()["code"].clone()
        })
        .collect();
    assert_eq!(codes, ["approved", "approved", "approved", "decided"]);
    let end = machine.end("several");
    assert_eq!(end["result_hash"], expected, "{end}");
    assert_eq!(end["result"]["receipt"]["audit"].as_array().unwrap().last().unwrap()["approvals"][0]["actor"], "ann");
}
