//! Drives runs with outcomes that are at hand: what a mission costs besides its calls, without any plugin. An instruction is
//! the same on each machine of a kind, so that their number tells what a change did where no time does; `.ci/instructions`
//! counts those of [`round`] and compares them with `tests/benches/instructions.txt`.
//!
//! ```sh
//! cargo run --release --package sortie-engine --example rounds -- five_noops 1000
//! ```

use std::error::Error;
use std::hint::black_box;

use serde_json::{Value, json};
use sortie_engine::{
    Access, Binding, Decision, ExecutionContext, Limits, OperationOutput, OrchestrationResult, Outcome, Plan,
    PluginRef, Run, WorkflowDefinition,
};
use sortie_json::ContentHash;

type Failure = Box<dyn Error>;

/// A workflow, what it begins with, and what its operations return.
struct Work {
    workflow: WorkflowDefinition,
    context: ExecutionContext,
    access: Access,
    outcome: Outcome,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, rounds] = arguments.as_slice() else {
        return Err("name a piece of work (noop, five_noops, set, question, tasks) and how often it is done".into());
    };
    let work = work(name)?;
    // What is measured once and kept is no part of a round.
    let expected = round(&work)?.receipt.id;
    for _ in 0..rounds.parse::<u32>()? {
        let result = round(black_box(&work))?;
        if result.receipt.id != expected {
            return Err("a round came to another result".into());
        }
    }
    println!("{name}: {expected}");
    Ok(())
}

fn work(name: &str) -> Result<Work, Failure> {
    let runtime = |step: usize| json!({"id": format!("s{step}"), "kind": "runtime", "payload": {"operation": "work"}});
    let human = json!({"id": "h", "kind": "human", "payload": {"description": "Go on?", "choices": [true, false]}});
    let notes: Vec<String> =
        (0..8).map(|note| format!("Note {note}: what has to be remembered of this day, in a sentence.")).collect();
    let tasks: Vec<Value> = (0..1_000)
        .map(|number| json!({"uuid": format!("{number:08x}-7c1d-4f0e-9a4c-0d6f4f6c1a01"), "description": format!("Task {number}"), "tags": ["home"], "urgency": 7.25}))
        .collect();
    let empty = json!({});
    let (steps, state, at, changes) = match name {
        "noop" => (vec![runtime(1)], empty, "", json!([])),
        "five_noops" => ((1..=5).map(runtime).collect(), empty, "", json!([])),
        "set" => {
            let changes = json!([{"op": "add", "path": "/notes", "value": notes}]);
            (vec![runtime(1)], json!({"notes": notes}), "/notes", changes)
        }
        "question" => (vec![runtime(1), human, runtime(2)], empty, "", json!([])),
        "tasks" => {
            let changes = json!([{"op": "move", "from": "/tasks/500", "path": "/tasks/999"}]);
            (vec![runtime(1), runtime(2)], json!({"tasks": tasks}), "/tasks", changes)
        }
        other => return Err(format!("there is no work `{other}`").into()),
    };
    let region = serde_json::from_value(json!([{"state": at}]));
    let regions: Vec<_> = if at.is_empty() { Vec::new() } else { region? };
    Ok(Work {
        workflow: WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps}))?,
        context: ExecutionContext::new(state)?,
        access: Access::resolve(&regions, &regions, &json!({}))?,
        outcome: Outcome::Executed(OperationOutput {
            changes: serde_json::from_value(changes)?,
            ..OperationOutput::default()
        }),
    })
}

/// Runs a workflow from its beginning to its result.
#[inline(never)]
fn round(work: &Work) -> Result<OrchestrationResult, Failure> {
    let workflow = work.workflow.clone().validated()?;
    let plugin = PluginRef { name: "core".to_owned(), digest: ContentHash::of_bytes(b"core") };
    let binding = Binding { plugin, operation: "work".to_owned(), access: work.access.clone() };
    let bindings = workflow.operations().map(|_| binding.clone()).collect();
    let mut run = Run::start(Plan::new(workflow, bindings)?, &work.context, Limits::default())?;
    loop {
        while let Some(pending) = run.pending() {
            run.called(pending, work.outcome.clone(), 1_000)?;
        }
        match run.question() {
            Some(_) => run.decided(Decision::answered(json!(true)))?,
            None => return run.into_result().ok_or_else(|| "the run is not finished".into()),
        }
    }
}
