//! What a program hands over is held to the rules of readers, however it was made.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use sortie_host::{
    Decision, ExecutionContext, Host, HostError, HumanPolicy, Step, WorkflowDefinition, check_decision, check_schema,
};

/// Deeper than any native stack has room for, where each level takes a frame.
const DEEP: usize = 500_000;

fn deep() -> Value {
    (0..DEEP).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
}

/// Does something with a value that has a deep one in it, and drops that level by level.
fn with_deep<T>(mut value: Value, work: impl FnOnce(&Value) -> T) -> T {
    value["metadata"] = deep();
    let done = work(&value);
    let mut left = vec![value["metadata"].take()];
    while let Some(Value::Array(elements)) = left.pop() {
        left.extend(elements);
    }
    done
}

fn question() -> Step {
    Step { id: "ask".to_owned(), kind: "human".to_owned(), payload: json!({"default": 1}) }
}

fn workflow(steps: Vec<Step>) -> WorkflowDefinition {
    WorkflowDefinition { id: "w".to_owned(), steps, metadata: json!({}) }
}

/// The code of a refusal; of what is taken there is none.
fn code<T>(result: Result<T, HostError>) -> &'static str {
    result.err().map_or("taken", |error| error.code())
}

#[test]
fn a_program_s_value_of_any_depth_is_refused_and_no_stack_is_used_up() {
    let host = Host::builder().first_party().build().unwrap();
    let context = ExecutionContext::new(json!({})).unwrap();
    assert_eq!(with_deep(json!({}), |deep| code(host.run_mission("echo", &context, deep))), "params_not_i_json");
    assert_eq!(ExecutionContext::new(deep()).unwrap_err().code(), "not_i_json");
    assert_eq!(context.clone().with_metadata(deep()).unwrap_err().code(), "not_i_json");
    assert!(with_deep(json!({}), |deep| check_schema(deep).is_err()));
    // A workflow, as JSON and as it is.
    let members = json!({"id": "w", "steps": [{"id": "a", "kind": "runtime", "payload": {"operation": "core/noop"}}]});
    let refused = with_deep(members, |members| WorkflowDefinition::from_json(members).unwrap_err().code());
    assert_eq!(refused, "invalid_workflow");
    let of = |id: &str| Step { id: id.to_owned(), kind: "runtime".to_owned(), payload: deep() };
    let many = WorkflowDefinition { metadata: deep(), ..workflow(vec![of("a"), of("b")]) };
    assert_eq!(code(host.exec(many, &context)), "invalid_workflow");
    // An answer.
    let mut session = host.start(workflow(vec![question()]), &context).unwrap();
    assert_eq!(with_deep(json!({}), |deep| code(session.answer(deep))), "schema_mismatch");
    let waiting = host.start(workflow(vec![question()]), &context).unwrap();
    assert_eq!(
        code(waiting.finish(&HumanPolicy::Ask(Arc::new(|_| Ok(Decision::answered(deep())))))),
        "schema_mismatch"
    );
}

#[test]
fn an_answer_that_a_program_makes_is_i_json_and_its_numbers_are_normalised() {
    let host = Host::builder().build().unwrap();
    let context = ExecutionContext::new(json!({})).unwrap();
    let by = |policy: &HumanPolicy| host.start(workflow(vec![question()]), &context).unwrap().finish(policy);
    let policies = |value: &Value| {
        let (asked, given) = (value.clone(), BTreeMap::from([("ask".to_owned(), value.clone())]));
        [HumanPolicy::Ask(Arc::new(move |_| Ok(Decision::answered(asked.clone())))), HumanPolicy::Answers(given)]
    };
    for policy in policies(&json!({"n": [u64::MAX]})) {
        let error = by(&policy).err().unwrap();
        assert_eq!(error.code(), "schema_mismatch");
        assert!(error.to_string().contains("at `/n/0`"), "{error}");
    }
    for policy in policies(&json!(1.0)) {
        assert_eq!(by(&policy).unwrap().result.decisions["ask"].value.to_string(), "1");
    }
    let step = sortie_host::HumanStep::from_payload("ask", &json!({})).unwrap();
    assert!(check_decision(&step, &json!(1.0)).is_ok() && check_decision(&step, &json!(u64::MAX)).is_err());
}
