//! The same results as in memory, and what is refused before a run begins.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sortie_restate::{ClusterError, MAX_REQUEST, StartRequest};

use super::machine::{asks, id, in_memory, machine, with_token, workflow};

struct Case {
    name: &'static str,
    request: StartRequest,
    /// What is answered, in the order of the waits.
    answers: Vec<(&'static str, Value)>,
    /// What happens besides, where nobody answers.
    silent: Vec<&'static str>,
}

fn mission(name: &str, params: Value, state: Value) -> StartRequest {
    StartRequest { mission: Some(name.to_owned()), params, state, ..StartRequest::default() }
}

fn human(payload: Value) -> Value {
    json!({"id": "ask", "kind": "human", "payload": payload})
}

fn cases() -> Vec<Case> {
    let day: Value =
        serde_json::from_str(include_str!("../../../../../plugins/daily-loop/examples/tasks.json")).unwrap();
    let append =
        json!({"id": "end", "kind": "runtime", "payload": {"operation": "core/append", "path": "/l", "value": 1}});
    let expires = |on_expiry: &str| {
        let payload = json!({
            "description": "Soon?", "schema": {"type": "string"}, "default": "later", "expires": "1s", "on_expiry": on_expiry,
        });
        workflow(json!([human(payload), append]), json!({}))
    };
    let case = |name, request, answers, silent| Case { name, request, answers, silent };
    vec![
        case("echo", mission("echo", json!({"message": "hello"}), json!({})), vec![], vec![]),
        case(
            "day",
            mission("daily_loop", json!({"today": "2026-01-08"}), day),
            vec![("confirm_priorities", json!({"accept": true}))],
            vec![],
        ),
        case("asks", asks(7), vec![("ask", json!(true))], vec![]),
        case("expires", expires("fail"), vec![], vec!["ask"]),
        case("default", expires("default"), vec![], vec!["ask"]),
        case(
            "fails",
            workflow(
                json!([{"id": "f", "kind": "runtime", "payload": {"operation": "core/fail", "reason": "no"}}]),
                json!({}),
            ),
            vec![],
            vec![],
        ),
        case(
            "twice",
            workflow(
                json!([
                    {"id": "one", "kind": "human", "payload": {"description": "First?", "choices": ["a", "b"]}},
                    append,
                    {"id": "two", "kind": "human", "payload": {"description": "Second?", "choices": [1, 2]}},
                ]),
                json!({"text": "\u{0}ä\u{1F600}", "number": 1e30, "small": 5e-324}),
            ),
            vec![("one", json!("b")), ("two", json!(2))],
            vec![],
        ),
        case(
            "at-hand",
            StartRequest { answers: BTreeMap::from([("ask".to_owned(), json!(true))]), ..asks(8) },
            vec![],
            vec![],
        ),
    ]
}

#[test]
fn a_run_on_restate_has_the_hash_of_the_same_in_memory() {
    let Some(machine) = machine() else { return };
    for Case { name, request, answers, silent } in cases() {
        let mut script: BTreeMap<String, Value> = request.answers.clone();
        script.extend(answers.iter().map(|(step, value)| ((*step).to_owned(), value.clone())));
        let expected = in_memory(&request, &script, &silent);
        let started = machine.start(name, request);
        for (index, (step, value)) in answers.iter().enumerate() {
            machine.patiently(&format!("{name} asks at {step}"), || {
                let shown = machine.cluster.show(&id(name)).ok()?;
                (shown["waiting"]["step"] == *step).then_some(())
            });
            machine.cluster.answer(&id(name), &with_token(value.clone(), &started.tokens[index])).unwrap();
        }
        let end = machine.end(name);
        assert_eq!(end["result_hash"], expected, "{name}: {end}");
        assert_eq!(end["result"]["receipt"]["result_hash"], expected, "{name}");
        let shown = machine.cluster.show(&id(name)).unwrap();
        assert_eq!(shown["result"]["receipt"]["result_hash"], expected, "{name}: {shown}");
    }
    // The name is taken, and the run is not made again.
    assert!(!machine.start("echo", asks(1)).now);
}

#[test]
fn what_cannot_be_run_is_refused_with_the_codes_of_the_host() {
    let Some(machine) = machine() else { return };
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let cases: Vec<(&str, StartRequest, &str)> = vec![
        ("m1", mission("no_such_mission", json!({}), json!({})), "unknown_mission"),
        ("m2", mission("daily_loop", json!({"today": 7}), json!({})), "invalid_params"),
        (
            "m3",
            workflow(json!([{"id": "a", "kind": "runtime", "payload": {"operation": "core/nothing"}}]), json!({})),
            "unknown_operation",
        ),
        ("m4", workflow(json!([]), json!([])), "state_not_object"),
        ("m5", workflow(json!([]), json!({"deep": deep})), "invalid_restate_request"),
        ("m6", StartRequest::default(), "invalid_restate_request"),
    ];
    for (run, request, code) in cases {
        match machine.cluster.start(&id(run), request).and_then(|_| machine.cluster.attach(&id(run))) {
            Err(ClusterError::Refusal(refusal)) => assert_eq!(refusal.code, code, "{run}: {refusal}"),
            other => panic!("{run}: {other:?}"),
        }
    }
}

#[test]
fn a_large_state_is_kept_in_parts_and_one_too_large_is_refused() {
    let Some(machine) = machine() else { return };
    let text = |bytes: usize| json!({"list": [], "text": "x".repeat(bytes)});
    let request = StartRequest { state: text(12 << 20), ..asks(3) };
    let expected = in_memory(&request, &BTreeMap::from([("ask".to_owned(), json!(true))]), &[]);
    machine.start("large", request);
    machine.waiting("large");
    machine.answer("large", json!(true)).unwrap();
    let end = machine.end("large");
    assert_eq!(end["result_hash"], expected);
    assert_eq!(machine.cluster.result(&id("large")).unwrap()["receipt"]["result_hash"], expected);

    let request = StartRequest { state: text(MAX_REQUEST), ..asks(3) };
    match machine.cluster.start(&id("too-large"), request) {
        Err(ClusterError::Refusal(refusal)) => assert_eq!(refusal.code, "too_large_for_restate"),
        other => panic!("{other:?}"),
    }
}
