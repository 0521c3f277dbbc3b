//! The component's exports: from the interface's types to the functions of the plugin and back.

use std::rc::Rc;

use serde::Serialize;
use sortie_interface::{Align, Block, Column, Field, MissionInfo, OperationExample, OperationInfo, Region, Verdict};

use crate::access::Hold;
use crate::bindings::types;
use crate::call::{Call, Object, Parts};
use crate::change::Change;
use crate::failure::Failure;
use crate::json::JsonText;
use crate::logging::catch_panics;
use crate::manifest::Identity;
use crate::output::Output;
use crate::workflow::Workflow;

/// The export `describe`.
#[must_use]
pub fn describe(plugin: &Identity) -> types::Manifest {
    catch_panics();
    let manifest = plugin.manifest();
    types::Manifest {
        name: manifest.name,
        version: manifest.version,
        sdk: manifest.sdk,
        description: manifest.description,
        missions: manifest.missions.into_iter().map(mission_info).collect(),
        operations: manifest.operations.into_iter().map(operation_info).collect(),
    }
}

/// The export `build`.
pub fn build(plugin: &Identity, mission: &str, params: &str) -> Result<types::Workflow, types::Failure> {
    catch_panics();
    let entry = plugin.missions.iter().find(|entry| entry.name() == mission);
    let entry = entry.ok_or_else(|| Failure::new("unknown_mission", format!("there is no mission `{mission}`")));
    let workflow = entry.and_then(|entry| entry.build_from(params)).map_err(failure)?;
    Ok(workflow_of(workflow))
}

/// The export `execute`.
pub fn execute(plugin: &Identity, input: types::OperationInput) -> Result<types::OperationOutput, types::Failure> {
    catch_panics();
    let name = &input.operation;
    let entry = plugin.operations.iter().find(|entry| entry.name() == name);
    let entry = entry.ok_or_else(|| Failure::new("unknown_operation", format!("there is no operation `{name}`")));
    let execute = || {
        let entry = entry?;
        let call = Call {
            step_id: input.step_id,
            state: Parts::of(input.state),
            decisions: Object::of(input.decisions),
            metadata: Object::of(input.metadata),
            seed: input.seed,
        };
        let payload = Rc::new(input.payload);
        let _held = Hold::with_payload(entry.access(), Some(Rc::clone(&payload)));
        entry.execute_on(&payload, &call)
    };
    execute().map(output).map_err(failure)
}

/// Rust's own map and float formatting may differ from the canonical form; the host canonicalises what it gets.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn failure(failure: Failure) -> types::Failure {
    types::Failure { code: failure.code, message: failure.message, details: failure.details.map(|value| json(&value)) }
}

fn workflow_of(workflow: Workflow) -> types::Workflow {
    let step = |step: crate::workflow::Step| types::Step {
        id: step.id,
        kind: step.kind.to_owned(),
        payload: step.payload.into_string(),
    };
    types::Workflow {
        id: workflow.id,
        steps: workflow.steps.into_iter().map(step).collect(),
        metadata: json(&workflow.metadata),
    }
}

fn output(output: Output) -> types::OperationOutput {
    types::OperationOutput {
        changes: output.changes.into_iter().map(change).collect(),
        output: output.output.map(JsonText::into_string),
        display: output.display.into_iter().map(block).collect(),
        verdict: output.verdict.map(|Verdict { passed, summary }| types::Verdict { passed, summary }),
    }
}

fn block(block: Block) -> types::Block {
    let column = |Column { title, align }| {
        let align = match align {
            Align::Left => types::Align::Left,
            Align::Right => types::Align::Right,
        };
        types::Column { title, align }
    };
    let field = |Field { name, value }| types::Field { name, value };
    match block {
        Block::Heading(text) => types::Block::Heading(text),
        Block::Text(text) => types::Block::Text(text),
        Block::List(items) => types::Block::List(items),
        Block::Fields(fields) => types::Block::Fields(fields.into_iter().map(field).collect()),
        Block::Table(table) => types::Block::Table(types::Table {
            columns: table.columns.into_iter().map(column).collect(),
            rows: table.rows,
        }),
        Block::Code(code) => types::Block::Code(types::Code { language: code.language, text: code.text }),
    }
}

fn change(change: Change) -> types::Change {
    let located = |path, value: JsonText| types::LocatedValue { path, value: value.into_string() };
    match change {
        Change::Add { path, value } => types::Change::Add(located(path, value)),
        Change::Remove { path } => types::Change::Remove(path),
        Change::Replace { path, value } => types::Change::Replace(located(path, value)),
        Change::Move { from, path } => types::Change::Move(types::Relocation { from, path }),
        Change::Copy { from, path } => types::Change::Copy(types::Relocation { from, path }),
        Change::Test { path, value } => types::Change::Test(located(path, value)),
    }
}

fn mission_info(info: MissionInfo) -> types::MissionInfo {
    types::MissionInfo {
        name: info.name,
        description: info.description,
        params_schema: json(&info.params_schema),
        examples: info.examples.iter().map(json).collect(),
    }
}

fn operation_info(info: OperationInfo) -> types::OperationInfo {
    let example = |example: OperationExample| types::OperationExample {
        payload: json(&example.payload),
        state: json(&example.state),
    };
    types::OperationInfo {
        name: info.name,
        description: info.description,
        payload_schema: json(&info.payload_schema),
        reads: info.reads.into_iter().map(region).collect(),
        writes: info.writes.into_iter().map(region).collect(),
        examples: info.examples.into_iter().map(example).collect(),
    }
}

fn region(region: Region) -> types::Region {
    match region {
        Region::State(pointer) => types::Region::State(pointer.to_string()),
        Region::Payload(pointer) => types::Region::Payload(pointer.to_string()),
    }
}
