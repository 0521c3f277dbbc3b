//! Between the interface's types and the engine's. What a plugin says is checked here, on its way in.

use json_patch::{AddOperation, CopyOperation, MoveOperation, RemoveOperation, ReplaceOperation, TestOperation};
use jsonptr::PointerBuf;
use serde_json::{Value, json};
use sortie_engine::{
    Change, FailureKind, Fuel, OperationInput, OperationOutput, Region, Step, StepFailure, WorkflowDefinition,
};
use sortie_json::{ParseLimits, canonical, parse};

use crate::bindings::types;
use crate::manifest::{Manifest, ManifestError, MissionInfo, OperationExample, OperationInfo, is_legal_name};
use crate::store::{MissionRequest, RequestTexts};
use crate::watchdog::Deadline;

/// The canonical text of a value.
pub(crate) fn text(value: &Value) -> String {
    // The canonical form of a `Value` is UTF-8 by RFC 8785.
    String::from_utf8(canonical(value)).unwrap_or_default()
}

fn value(text: &str, what: &str, depth: usize) -> Result<Value, String> {
    parse(text.as_bytes(), ParseLimits { bytes: usize::MAX, depth }).map_err(|faults| {
        let fault = faults.first().map_or_else(String::new, |fault| match &fault.span {
            Some(span) => format!("{fault} (at byte {})", span.start),
            None => fault.to_string(),
        });
        format!("{what} is not I-JSON: {fault}")
    })
}

fn object(text: &str, what: &str, depth: usize) -> Result<Value, String> {
    let value = value(text, what, depth)?;
    if value.is_object() { Ok(value) } else { Err(format!("{what} is not a JSON object")) }
}

pub(crate) fn operation_input(input: &OperationInput, seed: u64) -> types::OperationInput {
    types::OperationInput {
        operation: input.operation.clone(),
        step_id: input.step_id.clone(),
        payload: text(&input.payload),
        state: text(&input.state),
        decisions: text(&input.decisions),
        metadata: text(&input.metadata),
        seed,
    }
}

/// A plugin's failure as a step's.
pub(crate) fn failure(failure: types::Failure, depth: usize) -> StepFailure {
    if !is_legal_name(&failure.code) {
        let message =
            format!("the failure's code {:?} is not a legal name; it says: {}", failure.code, failure.message);
        return rejected("illegal_code", message);
    }
    let details = failure.details.map(|details| value(&details, "the failure's details", depth)).transpose();
    match details {
        Ok(details) => StepFailure {
            kind: FailureKind::OperationFailed,
            message: failure.message,
            details: json!({"code": failure.code, "details": details}),
        },
        Err(message) => rejected("invalid_json", message),
    }
}

/// The bytes that a failure takes, for the limit of outputs.
pub(crate) fn failure_bytes(failure: &types::Failure) -> usize {
    failure.code.len() + failure.message.len() + failure.details.as_ref().map_or(0, String::len)
}

pub(crate) fn rejected(code: &str, message: String) -> StepFailure {
    StepFailure { kind: FailureKind::OutputRejected, message, details: json!({"code": code}) }
}

pub(crate) fn failure_to_guest(failure: &StepFailure) -> types::Failure {
    let code = failure.details.get("code").and_then(Value::as_str).unwrap_or(failure.kind.code());
    types::Failure { code: code.to_owned(), message: failure.message.clone(), details: Some(text(&failure.details)) }
}

/// The bytes that a workflow takes, for its limit.
pub(crate) fn workflow_bytes(workflow: &types::Workflow) -> usize {
    let step = |step: &types::Step| step.id.len() + step.kind.len() + step.payload.len();
    workflow.id.len() + workflow.metadata.len() + workflow.steps.iter().map(step).sum::<usize>()
}

pub(crate) fn workflow(workflow: types::Workflow, depth: usize) -> Result<WorkflowDefinition, StepFailure> {
    let steps = workflow.steps.into_iter().map(|step| {
        let payload = object(&step.payload, &format!("the payload of step `{}`", step.id), depth)?;
        Ok(Step { id: step.id, kind: step.kind, payload })
    });
    let steps = steps.collect::<Result<Vec<_>, String>>();
    let metadata = object(&workflow.metadata, "the workflow's metadata", depth);
    match (steps, metadata) {
        (Ok(steps), Ok(metadata)) => Ok(WorkflowDefinition { id: workflow.id, steps, metadata }),
        (Err(message), _) | (_, Err(message)) => Err(rejected("invalid_json", message)),
    }
}

/// The bytes that an output takes, for its limit.
pub(crate) fn output_bytes(output: &types::OperationOutput) -> usize {
    let change = |change: &types::Change| match change {
        types::Change::Add(at) | types::Change::Replace(at) | types::Change::Test(at) => at.path.len() + at.value.len(),
        types::Change::Remove(path) => path.len(),
        types::Change::Move(both) | types::Change::Copy(both) => both.from.len() + both.path.len(),
    };
    // Each change counts a little for itself: a change has a cost even where it is short.
    let changes: usize = output.changes.iter().map(|each| change(each) + 16).sum();
    changes + output.output.as_ref().map_or(0, String::len)
}

pub(crate) fn output(output: types::OperationOutput, depth: usize) -> Result<OperationOutput, StepFailure> {
    let changes = output.changes.into_iter().enumerate().map(|(index, each)| change(each, index, depth));
    let changes = changes.collect::<Result<Vec<_>, _>>()?;
    let output = output.output.map(|output| value(&output, "the output", depth)).transpose();
    Ok(OperationOutput { changes, output: output.map_err(|message| rejected("invalid_json", message))? })
}

fn change(change: types::Change, index: usize, depth: usize) -> Result<Change, StepFailure> {
    let pointer = |text: String| {
        PointerBuf::parse(text.as_str()).map_err(|_| {
            let message = format!("change {}: {text:?} is not a JSON Pointer (RFC 6901)", index + 1);
            rejected("invalid_pointer", message)
        })
    };
    let json = |text: String| {
        value(&text, &format!("change {}: the value", index + 1), depth)
            .map_err(|message| rejected("invalid_json", message))
    };
    Ok(match change {
        types::Change::Add(at) => Change::Add(AddOperation { path: pointer(at.path)?, value: json(at.value)? }),
        types::Change::Remove(path) => Change::Remove(RemoveOperation { path: pointer(path)? }),
        types::Change::Replace(at) => {
            Change::Replace(ReplaceOperation { path: pointer(at.path)?, value: json(at.value)? })
        }
        types::Change::Move(both) => {
            Change::Move(MoveOperation { from: pointer(both.from)?, path: pointer(both.path)? })
        }
        types::Change::Copy(both) => {
            Change::Copy(CopyOperation { from: pointer(both.from)?, path: pointer(both.path)? })
        }
        types::Change::Test(at) => Change::Test(TestOperation { path: pointer(at.path)?, value: json(at.value)? }),
    })
}

pub(crate) fn manifest(manifest: types::Manifest) -> Result<Manifest, ManifestError> {
    let depth = sortie_json::MAX_DEPTH;
    let json = |text: &str, what: &str| value(text, what, depth).map_err(ManifestError::NotIJson);
    // Before anything of them is read: a plugin can list more than anybody wants to wait for.
    Manifest::check_counts(manifest.missions.len(), manifest.operations.len())?;
    let missions = manifest.missions.into_iter().map(|mission| {
        Ok(MissionInfo {
            params_schema: json(&mission.params_schema, &format!("the params schema of `{}`", mission.name))?,
            examples: mission.examples.iter().map(|text| json(text, "an example")).collect::<Result<_, _>>()?,
            name: mission.name,
            description: mission.description,
        })
    });
    let operations = manifest.operations.into_iter().map(|operation| {
        let examples = operation.examples.iter().map(|example| {
            Ok(OperationExample {
                payload: json(&example.payload, "an example's payload")?,
                state: json(&example.state, "an example's state")?,
            })
        });
        Ok(OperationInfo {
            payload_schema: json(&operation.payload_schema, &format!("the payload schema of `{}`", operation.name))?,
            examples: examples.collect::<Result<_, _>>()?,
            reads: operation.reads.into_iter().map(region).collect::<Result<_, _>>()?,
            writes: operation.writes.into_iter().map(region).collect::<Result<_, _>>()?,
            name: operation.name,
            description: operation.description,
        })
    });
    Manifest {
        missions: missions.collect::<Result<_, _>>()?,
        operations: operations.collect::<Result<_, _>>()?,
        name: manifest.name,
        version: manifest.version,
        sdk: manifest.sdk,
        description: manifest.description,
    }
    .checked()
}

fn region(region: types::Region) -> Result<Region, ManifestError> {
    let pointer = |text: String| {
        PointerBuf::parse(text.as_str())
            .map_err(|_| ManifestError::Shape(format!("{text:?} is not a JSON Pointer (RFC 6901)")))
    };
    Ok(match region {
        types::Region::State(text) => Region::State(pointer(text)?),
        types::Region::Payload(text) => Region::Payload(pointer(text)?),
    })
}

/// A request of a plugin's, whose texts are no longer than they may be.
pub(crate) fn mission_request(
    texts: &RequestTexts<'_>,
    fuel: Fuel,
    depth: u32,
    deadline: Deadline,
) -> Result<MissionRequest, String> {
    let levels = sortie_json::MAX_DEPTH;
    Ok(MissionRequest {
        params: value(texts.params, "the request's params", levels)?,
        initial_state: object(texts.initial_state, "the request's initial state", levels)?,
        metadata: object(texts.metadata, "the request's metadata", levels)?,
        answers: object(texts.answers, "the request's answers", levels)?,
        mission: texts.mission.to_owned(),
        fuel,
        depth,
        deadline,
    })
}
