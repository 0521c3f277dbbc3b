//! What the tests of operations share.

use serde_json::{Value, json};
use sortie_plugin_sdk::{Call, Change, OperationEntry};

/// What an operation is expected to come to.
pub(crate) enum Expectation<'e> {
    /// It succeeds without an output, and its changes make this of the state.
    State(Value),
    /// It fails, with this code and message.
    Failure(&'e str, &'e str),
}

/// Executes an operation with a payload on a state.
#[track_caller]
pub(crate) fn check(operation: &dyn OperationEntry, payload: Value, state: Value, expected: Expectation<'_>) {
    let call = Call::with_state(state.clone()).build();
    let result = operation.execute(payload.clone(), &call);
    match (result, expected) {
        (Ok(output), Expectation::State(after)) => {
            assert_eq!(output.output, None, "{payload}");
            assert_eq!(applied(state, output.changes), after, "{payload}");
        }
        (Err(failure), Expectation::Failure(code, message)) => {
            assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message), "{payload}");
        }
        (result, _) => panic!("{payload}: {result:?}"),
    }
}

/// Asserts that a payload is not one of this operation, for a reason that contains this.
#[track_caller]
pub(crate) fn rejects(operation: &dyn OperationEntry, payload: Value, reason: &str) {
    let failure = operation.execute(payload, &Call::with_state(json!({})).build()).unwrap_err();
    assert_eq!(failure.code, "invalid_payload");
    assert!(failure.message.contains(reason), "{failure:?}");
}

/// Applies changes as the host does.
fn applied(mut state: Value, changes: Vec<Change>) -> Value {
    let operations: Vec<Value> = changes
        .into_iter()
        .map(|change| match change {
            Change::Add { path, value } => json!({"op": "add", "path": path, "value": value}),
            Change::Remove { path } => json!({"op": "remove", "path": path}),
            Change::Replace { path, value } => json!({"op": "replace", "path": path, "value": value}),
            Change::Move { from, path } => json!({"op": "move", "from": from, "path": path}),
            Change::Copy { from, path } => json!({"op": "copy", "from": from, "path": path}),
            Change::Test { path, value } => json!({"op": "test", "path": path, "value": value}),
        })
        .collect();
    let patch: json_patch::Patch = serde_json::from_value(json!(operations)).unwrap();
    json_patch::patch(&mut state, &patch).unwrap();
    state
}
