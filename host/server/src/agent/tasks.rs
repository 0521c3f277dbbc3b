//! Runs as tasks (the extension `io.modelcontextprotocol/tasks`): a run that waits is a task that needs input, and what is
//! needed is a visit of a person to the run's page. Nothing that an agent sends for a task changes its run.

use rmcp::model::{CreateTaskResult, DetailedTask, GetTaskResult, Task, TaskPayload, TaskStatus};
use serde_json::{Map, Value};
use sortie_host::journal::{InboxEntry, Status};

use super::answers;

/// How long an agent is asked to wait before it looks again: people take their time.
const POLL_MILLIS: u64 = 2000;

/// A run as a task, in place of the result of a call.
pub(super) fn begun(shown: &InboxEntry) -> CreateTaskResult {
    let status = match shown.record.summary.status {
        Status::Waiting => TaskStatus::InputRequired,
        Status::Running | Status::Decided => TaskStatus::Working,
        Status::Done | Status::Failed => TaskStatus::Completed,
        Status::Cancelled => TaskStatus::Cancelled,
    };
    CreateTaskResult::new(task(shown, status))
}

/// A task, with what its status brings with it. That a mission failed is its result, not a failure of the call.
pub(super) fn details(shown: &InboxEntry, page: Option<&str>) -> GetTaskResult {
    let payload = match (shown.record.summary.status, &shown.question, page) {
        (Status::Waiting, Some(question), Some(page)) => {
            TaskPayload::InputRequired { input_requests: answers::visit(shown, question, page) }
        }
        (Status::Done | Status::Failed, ..) => TaskPayload::Completed { result: result(shown, page) },
        (Status::Cancelled, ..) => TaskPayload::Cancelled,
        // A run may wait and nobody can be sent anywhere.
        (Status::Waiting | Status::Running | Status::Decided, ..) => TaskPayload::Working,
    };
    GetTaskResult::new(DetailedTask::new(task(shown, TaskStatus::Working), payload))
}

fn result(shown: &InboxEntry, page: Option<&str>) -> Map<String, Value> {
    match serde_json::to_value(answers::run(shown, page)) {
        Ok(Value::Object(result)) => result,
        Ok(_) | Err(_) => Map::new(),
    }
}

fn task(shown: &InboxEntry, status: TaskStatus) -> Task {
    let summary = &shown.record.summary;
    let (created, updated) = (summary.created_at.to_string(), summary.updated_at.to_string());
    Task::new(summary.run.to_string(), status, created, updated).with_poll_interval_ms(POLL_MILLIS)
}
