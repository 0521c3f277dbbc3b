//! Between the interface's types and the engine's. What a plugin says is checked here, on its way in.

use std::cell::RefCell;
use std::fmt::Display;

use json_patch::{AddOperation, CopyOperation, MoveOperation, RemoveOperation, ReplaceOperation, TestOperation};
use jsonptr::PointerBuf;
use serde_json::{Value, json};
use sortie_engine::{
    FailureKind, Fuel, Limits, OperationInput, OperationOutput, PatchOperation, Step, StepFailure, WorkflowDefinition,
};
use sortie_interface::{
    Align, Block, CodeBlock, Column, ELEMENT_BYTES, Field, Manifest, MissionInfo, OperationExample, OperationInfo,
    Region, Table, Verdict, check_display, display_bytes, is_legal_name, verdict_bytes,
};
use sortie_json::{Canonical, FREE_ROOM, Fault, FaultKind, Json, MAX_QUOTED_BYTES, ParseLimits, excerpt, room};

use crate::abi;
use crate::manifest::{self, ManifestError};
use crate::missions::{MissionRequest, RequestTexts};
use crate::watchdog::Deadline;

/// The canonical text of a value.
pub(crate) fn text(value: &Value) -> String {
    Canonical::of(value).into_string()
}

/// What the texts may hold that a plugin passes at once: how deep each is nested, and what room their values take together.
pub(crate) struct Texts {
    depth: usize,
    limit: usize,
    room: usize,
}

/// A text of a plugin's that is not read.
pub(crate) struct Unread {
    code: &'static str,
    pub(crate) message: String,
}

impl From<Unread> for StepFailure {
    fn from(unread: Unread) -> Self {
        rejected(unread.code, unread.message)
    }
}

impl Texts {
    /// Of what one call returns.
    pub(crate) fn returned(limits: &Limits) -> Self {
        Self::within(usize::try_from(limits.output_bytes).unwrap_or(usize::MAX), limits.json_depth)
    }

    fn within(limit: usize, depth: usize) -> Self {
        Self { depth, limit, room: limit.max(FREE_ROOM) }
    }

    fn value(&mut self, text: &str, what: impl Display) -> Result<Value, Unread> {
        self.json(text, what).map(Json::into_value)
    }

    fn json(&mut self, text: &str, what: impl Display) -> Result<Json, Unread> {
        let too_much = |what: &dyn Display, limit| Unread {
            code: "output_too_large",
            message: format!("with {what}, the values take more room than the limit of {limit} bytes"),
        };
        let limits = ParseLimits { bytes: self.limit, depth: self.depth };
        let json = Json::read_within(text.as_bytes(), limits).map_err(|faults| match faults.first() {
            Some(Fault { kind: FaultKind::TooManyValues(limit), .. }) => too_much(&what, *limit),
            first => {
                let fault = first.map_or_else(String::new, |fault| match &fault.span {
                    Some(span) => format!("{fault} (at byte {})", span.start),
                    None => fault.to_string(),
                });
                Unread { code: "invalid_json", message: format!("{what} is not I-JSON: {fault}") }
            }
        })?;
        self.room =
            self.room.checked_sub(room(json.value())).ok_or_else(|| too_much(&what, self.limit.max(FREE_ROOM)))?;
        Ok(json)
    }

    fn object(&mut self, text: &str, what: impl Display) -> Result<Json, Unread> {
        let json = self.json(text, &what)?;
        if json.value().is_object() {
            return Ok(json);
        }
        Err(Unread { code: "invalid_json", message: format!("{what} is not a JSON object") })
    }
}

pub(crate) fn operation_input(input: &OperationInput, seed: u64) -> abi::OperationInput<'_> {
    abi::OperationInput {
        operation: &input.operation,
        step_id: &input.step_id,
        payload: input.payload.as_str(),
        state: input.state.as_str(),
        decisions: input.decisions.as_str(),
        metadata: input.metadata.as_str(),
        seed,
    }
}

/// A plugin's failure as a step's.
pub(crate) fn failure(failure: abi::Failure, limits: &Limits) -> StepFailure {
    if !is_legal_name(&failure.code) {
        let message = format!(
            "the failure's code {:?} is not a legal name; it says: {}",
            excerpt(&failure.code, MAX_QUOTED_BYTES),
            failure.message
        );
        return rejected("illegal_code", message);
    }
    let mut texts = Texts::returned(limits);
    let details = failure.details.map(|details| texts.value(&details, "the failure's details")).transpose();
    match details {
        Ok(details) => StepFailure {
            kind: FailureKind::OperationFailed,
            message: failure.message,
            details: json!({"code": failure.code, "details": details}),
        },
        Err(unread) => unread.into(),
    }
}

/// The bytes that a failure takes, for the limit of outputs.
pub(crate) fn failure_bytes(failure: &abi::Failure) -> usize {
    failure.code.len() + failure.message.len() + failure.details.as_ref().map_or(0, String::len)
}

pub(crate) fn rejected(code: &str, message: String) -> StepFailure {
    StepFailure { kind: FailureKind::OutputRejected, message, details: json!({"code": code}) }
}

pub(crate) fn failure_to_guest(failure: &StepFailure) -> abi::Failure {
    let code = failure.details.get("code").and_then(Value::as_str).unwrap_or(failure.kind.code());
    abi::Failure { code: code.to_owned(), message: failure.message.clone(), details: Some(text(&failure.details)) }
}

/// The bytes that a workflow takes, for its limit.
pub(crate) fn workflow_bytes(workflow: &abi::Workflow) -> usize {
    let step = |step: &abi::Step| step.id.len() + step.kind.len() + step.payload.len();
    workflow.id.len() + workflow.metadata.len() + workflow.steps.iter().map(step).sum::<usize>()
}

pub(crate) fn workflow(workflow: abi::Workflow, limits: &Limits) -> Result<WorkflowDefinition, StepFailure> {
    let mut texts = Texts::returned(limits);
    let steps = workflow.steps.into_iter().map(|step| {
        let what = format!("the payload of step `{}`", excerpt(&step.id, MAX_QUOTED_BYTES));
        let payload = texts.object(&step.payload, what)?;
        Ok(Step { id: step.id, kind: step.kind, payload: payload.into_value() })
    });
    let steps = steps.collect::<Result<Vec<_>, Unread>>()?;
    let metadata = texts.object(&workflow.metadata, "the workflow's metadata")?;
    Ok(WorkflowDefinition { id: workflow.id, steps, metadata: metadata.into_value() })
}

/// What an operation returned, with its display and its verdict in the interface's own types.
pub(crate) struct OperationReturn {
    changes: Vec<abi::Change>,
    output: Option<String>,
    display: Vec<Block>,
    verdict: Option<Verdict>,
}

impl From<abi::OperationOutput> for OperationReturn {
    fn from(output: abi::OperationOutput) -> Self {
        Self {
            changes: output.changes,
            output: output.output,
            display: output.display.into_iter().map(block).collect(),
            verdict: output.verdict.map(|abi::Verdict { passed, summary }| Verdict { passed, summary }),
        }
    }
}

impl OperationReturn {
    /// The bytes that it takes, for the limit of outputs.
    pub(crate) fn bytes(&self) -> usize {
        let change = |change: &abi::Change| match change {
            abi::Change::Add(at) | abi::Change::Replace(at) | abi::Change::Test(at) => at.path.len() + at.value.len(),
            abi::Change::Remove(path) => path.len(),
            abi::Change::Move(both) | abi::Change::Copy(both) => both.from.len() + both.path.len(),
        };
        // Each change counts a little for itself: a change has a cost even where it is short.
        let changes: usize = self.changes.iter().map(|each| change(each) + ELEMENT_BYTES).sum();
        let output = self.output.as_ref().map_or(0, String::len);
        changes + output + display_bytes(&self.display) + self.verdict.as_ref().map_or(0, verdict_bytes)
    }

    /// What the operation returned, once it is known to fit.
    pub(crate) fn into_output(self, limits: &Limits) -> Result<OperationOutput, StepFailure> {
        let mut texts = Texts::returned(limits);
        let changes = self.changes.into_iter().enumerate().map(|(index, each)| change(each, index, &mut texts));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        let output = self.output.map(|output| texts.value(&output, "the output")).transpose()?;
        check_display(&self.display).map_err(|error| rejected(error.code(), error.to_string()))?;
        Ok(OperationOutput { changes, output, display: self.display, verdict: self.verdict })
    }
}

fn block(block: abi::Block) -> Block {
    let column = |abi::Column { title, align }| {
        let align = match align {
            abi::Align::Left => Align::Left,
            abi::Align::Right => Align::Right,
        };
        Column { title, align }
    };
    let field = |abi::Field { name, value }| Field { name, value };
    match block {
        abi::Block::Heading(text) => Block::Heading(text),
        abi::Block::Text(text) => Block::Text(text),
        abi::Block::List(items) => Block::List(items),
        abi::Block::Fields(fields) => Block::Fields(fields.into_iter().map(field).collect()),
        abi::Block::Table(abi::Table { columns, rows }) => {
            Block::Table(Table { columns: columns.into_iter().map(column).collect(), rows })
        }
        abi::Block::Code(abi::Code { language, text }) => Block::Code(CodeBlock { language, text }),
    }
}

fn change(change: abi::Change, index: usize, texts: &mut Texts) -> Result<PatchOperation, StepFailure> {
    let pointer = |text: String| {
        PointerBuf::parse(text.as_str()).map_err(|_| {
            let message = format!(
                "change {}: {:?} is not a JSON Pointer (RFC 6901)",
                index + 1,
                excerpt(&text, MAX_QUOTED_BYTES)
            );
            rejected("invalid_pointer", message)
        })
    };
    let mut json =
        |text: String| texts.value(&text, format_args!("change {}: the value", index + 1)).map_err(StepFailure::from);
    Ok(match change {
        abi::Change::Add(at) => PatchOperation::Add(AddOperation { path: pointer(at.path)?, value: json(at.value)? }),
        abi::Change::Remove(path) => PatchOperation::Remove(RemoveOperation { path: pointer(path)? }),
        abi::Change::Replace(at) => {
            PatchOperation::Replace(ReplaceOperation { path: pointer(at.path)?, value: json(at.value)? })
        }
        abi::Change::Move(both) => {
            PatchOperation::Move(MoveOperation { from: pointer(both.from)?, path: pointer(both.path)? })
        }
        abi::Change::Copy(both) => {
            PatchOperation::Copy(CopyOperation { from: pointer(both.from)?, path: pointer(both.path)? })
        }
        abi::Change::Test(at) => {
            PatchOperation::Test(TestOperation { path: pointer(at.path)?, value: json(at.value)? })
        }
    })
}

/// The room that what a plugin declares may take: a manifest has at most 1 MiB of text.
const MAX_ROOM_OF_MANIFEST: usize = 64 << 20;

pub(crate) fn manifest(said: abi::Manifest) -> Result<Manifest, ManifestError> {
    // Missions and operations are read by turns.
    let texts = RefCell::new(Texts::within(MAX_ROOM_OF_MANIFEST, sortie_json::MAX_DEPTH));
    let json = |text: &str, what: &str| {
        texts.borrow_mut().value(text, what).map_err(|unread| ManifestError::NotIJson(unread.message))
    };
    // Before anything of them is read: a plugin can list more than anybody wants to wait for.
    manifest::check_counts(said.missions.len(), said.operations.len())?;
    let missions = said.missions.into_iter().map(|mission| {
        Ok(MissionInfo {
            params_schema: json(&mission.params_schema, &format!("the params schema of `{}`", mission.name))?,
            examples: mission.examples.iter().map(|text| json(text, "an example")).collect::<Result<_, _>>()?,
            name: mission.name,
            description: mission.description,
        })
    });
    let operations = said.operations.into_iter().map(|operation| {
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
    manifest::checked(Manifest {
        missions: missions.collect::<Result<_, _>>()?,
        operations: operations.collect::<Result<_, _>>()?,
        name: said.name,
        version: said.version,
        sdk: said.sdk,
        description: said.description,
    })
}

fn region(region: abi::Region) -> Result<Region, ManifestError> {
    let pointer = |text: String| {
        PointerBuf::parse(text.as_str()).map_err(|_| {
            ManifestError::Shape(format!("{:?} is not a JSON Pointer (RFC 6901)", excerpt(&text, MAX_QUOTED_BYTES)))
        })
    };
    Ok(match region {
        abi::Region::State(text) => Region::State(pointer(text)?),
        abi::Region::Payload(text) => Region::Payload(pointer(text)?),
    })
}

/// A request of a plugin's, whose texts are no longer than they may be.
pub(crate) fn mission_request(
    texts: &RequestTexts<'_>,
    limits: &Limits,
    fuel: Fuel,
    depth: u32,
    deadline: Deadline,
) -> Result<MissionRequest, Unread> {
    let most = limits.state_bytes.saturating_add(limits.params_bytes.saturating_mul(3));
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    let mut read = Texts::within(limit, sortie_json::MAX_DEPTH);
    Ok(MissionRequest {
        params: read.json(texts.params, "the request's params")?,
        initial_state: read.object(texts.initial_state, "the request's initial state")?,
        metadata: read.object(texts.metadata, "the request's metadata")?,
        answers: read.object(texts.answers, "the request's answers")?,
        mission: texts.mission.to_owned(),
        fuel,
        depth,
        deadline,
    })
}
