//! Makes runs and drives them with scripted outcomes.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use sortie_engine::{
    Access, Binding, ExecutionContext, FailedCall, Function, Limits, Next, OperationInput, OperationOutput,
    OrchestrationResult, Outcome, PatchOperation, Pending, Plan, PluginRef, ProtocolError, Run, RunEvent,
    WorkflowDefinition,
};
use sortie_interface::Region;
use sortie_json::ContentHash;

pub fn access(reads: &[&str], writes: &[&str]) -> Access {
    let regions = |pointers: &[&str]| -> Vec<Region> {
        pointers.iter().map(|pointer| serde_json::from_value(json!({"state": pointer})).unwrap()).collect()
    };
    Access::resolve(&regions(reads), &regions(writes), &json!({})).unwrap()
}

/// Reads and writes everything.
pub fn whole_state() -> Access {
    access(&[""], &[""])
}

pub fn binding(access: Access) -> Binding {
    let plugin = PluginRef { name: "test".to_owned(), digest: ContentHash::of_bytes(b"test") };
    Binding { plugin, operation: "work".to_owned(), access }
}

/// A workflow with a step for each letter: `r` is a runtime step, `h` a human one.
pub fn workflow(kinds: &str) -> WorkflowDefinition {
    let steps: Vec<Value> = kinds
        .chars()
        .enumerate()
        .map(|(index, kind)| match kind {
            'h' => json!({"id": format!("s{index}"), "kind": "human", "payload": {"description": "?"}}),
            _ => json!({"id": format!("s{index}"), "kind": "runtime", "payload": {"operation": "work", "n": index}}),
        })
        .collect();
    WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps, "metadata": {"m": 1}})).unwrap()
}

/// A run of these steps, whose operations may read and write everything.
pub fn run_of(kinds: &str, state: Value) -> Run {
    let valid = workflow(kinds).validated().unwrap();
    let bindings = valid.operations().map(|_| binding(whole_state())).collect();
    let context = ExecutionContext::new(state).unwrap();
    Run::start(Plan::new(valid, bindings).unwrap(), &context, Limits::default()).unwrap()
}

/// A run with a runtime step for each access.
pub fn run_on(state: Value, accesses: Vec<Access>, limits: Limits) -> Run {
    let valid = workflow(&"r".repeat(accesses.len())).validated().unwrap();
    let bindings = accesses.into_iter().map(binding).collect();
    Run::start(Plan::new(valid, bindings).unwrap(), &ExecutionContext::new(state).unwrap(), limits).unwrap()
}

pub fn ok(changes: Vec<PatchOperation>) -> Outcome {
    Outcome::Executed(OperationOutput { changes, ..OperationOutput::default() })
}

/// The call that the run waits for.
pub fn pending(run: &Run) -> Pending {
    let Next::Call(pending) = run.next() else { panic!("a call is next") };
    *pending
}

/// What the operation that the run waits for is given.
pub fn input(run: &Run) -> OperationInput {
    match pending(run).call().function.clone() {
        Function::Execute(input) => input,
        Function::Build { .. } => panic!("an operation is called"),
    }
}

/// Tells the run how the call that it waits for ended.
pub fn end(run: &mut Run, outcome: Outcome) -> Result<Option<Box<FailedCall>>, ProtocolError> {
    let pending = pending(run);
    run.called(pending, outcome, 10)
}

/// Tells the run that its call returned these changes.
pub fn called(run: &mut Run, changes: Vec<PatchOperation>) {
    end(run, ok(changes)).unwrap();
}

/// Applies the events, in order, as long as the run wants any; `between` may replace the run before each.
pub fn drive(mut run: Run, events: &[RunEvent], between: impl Fn(Run) -> Run) -> OrchestrationResult {
    let mut events = events.iter();
    loop {
        run = between(run);
        if let Next::Done(result) = run.next() {
            return *result;
        }
        run.apply(events.next().unwrap().clone()).unwrap();
    }
}
