//! How a run begins: the mission is built once, and what came of it is recorded.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_engine::WorkflowDefinition;
use sortie_host::journal::{Actor, RunError, Stepper, Timestamp};
use sortie_host::{ExecutionContext, Host, HostError};
use sortie_journal::Start;

use restate_sdk::errors::HandlerError;

use super::{now, recorded};
use crate::history::write;
use crate::refusal::{Refusal, is_passing};
use crate::request::StartRequest;

/// The member of a first event's body that is put back from the request.
const CONTEXT: &str = "context";

/// What is recorded of the beginning. The context is left out: the request has it, and it may be large.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StartRecord {
    pub(super) at: Timestamp,
    start: Start,
}

impl StartRecord {
    /// The first event, with the context that the run begins with.
    pub(super) fn start(self, context: &ExecutionContext) -> Result<(Timestamp, Start), HandlerError> {
        let Self { at, mut start } = self;
        if let Some(body) = start.body.as_object_mut() {
            body.insert(CONTEXT.to_owned(), serde_json::to_value(context)?);
        }
        Ok((at, start))
    }
}

/// What a run begins with.
pub(super) fn context(request: &mut StartRequest) -> Result<ExecutionContext, Refusal> {
    let or_empty = |value: Value| if value.is_null() { Value::Object(serde_json::Map::new()) } else { value };
    let context = ExecutionContext::new(or_empty(request.state.take()))
        .and_then(|context| context.with_metadata(or_empty(request.metadata.take())));
    context.map_err(|error| Refusal::from(&RunError::from(HostError::from(error))))
}

/// Builds the mission, binds its steps to plugins, and gives what is to be recorded of that.
pub(super) fn begin(host: &Host, request: &StartRequest, context: &ExecutionContext) -> Result<Vec<u8>, HandlerError> {
    let mut start = started(host, request, context)?.map_err(|error| {
        let refusal = Refusal::from(&error);
        if is_passing(&error) { HandlerError::from(refusal.passing()) } else { refusal.terminal().into() }
    })?;
    if let Some(body) = start.body.as_object_mut() {
        body.insert(CONTEXT.to_owned(), Value::Null);
    }
    recorded("the workflow", write(&StartRecord { at: now(), start })?)
}

fn started(
    host: &Host,
    request: &StartRequest,
    context: &ExecutionContext,
) -> Result<Result<Start, RunError>, HandlerError> {
    let draft = match (&request.mission, &request.workflow) {
        (Some(mission), None) => {
            let params =
                if request.params.is_null() { Value::Object(serde_json::Map::new()) } else { request.params.clone() };
            host.build_mission(mission, &params)
        }
        (None, Some(workflow)) => {
            WorkflowDefinition::from_json(workflow).map(|workflow| host.draft(workflow)).map_err(HostError::from)
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::invalid_request("it names a mission, or has a workflow").terminal().into());
        }
    };
    let by = request.by.as_deref().map(Actor::new);
    Ok(draft.map_err(RunError::from).and_then(|draft| Stepper::start(draft, context, &request.answers, by.as_ref())))
}
