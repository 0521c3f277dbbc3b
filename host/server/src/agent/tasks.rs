//! Runs as tasks (the extension `io.modelcontextprotocol/tasks`): a run that waits is a task that needs input, and what is
//! needed is a visit of a person to the run's page. Nothing that an agent sends for a task changes its run.

use serde_json::{Value, json};
use sortie_host::journal::{InboxEntry, Status};

use super::answers;

/// How long an agent is asked to wait before it looks again: people take their time.
const POLL_MILLIS: u64 = 2000;

/// A run as a task, in place of the result of a call.
pub(super) fn begun(shown: &InboxEntry) -> Value {
    let mut task = task(shown, status(shown));
    task["resultType"] = json!("task");
    task
}

/// A task, with what its status brings with it.
pub(super) fn details(shown: &InboxEntry, page: Option<&str>) -> Value {
    let status = status(shown);
    match (status, &shown.question, page) {
        ("input_required", Some(question), Some(page)) => {
            let mut task = task(shown, status);
            task["inputRequests"] = answers::visit(shown, question, page);
            task
        }
        // Nobody can be sent anywhere.
        ("input_required", _, _) => task(shown, "working"),
        ("completed", _, _) => {
            let mut task = task(shown, status);
            task["result"] = answers::run(shown, page);
            task
        }
        _ => task(shown, status),
    }
}

/// That a mission failed is its result, not a failure of the call.
fn status(shown: &InboxEntry) -> &'static str {
    match shown.record.summary.status {
        Status::Waiting => "input_required",
        Status::Running | Status::Decided => "working",
        Status::Done | Status::Failed => "completed",
        Status::Cancelled => "cancelled",
    }
}

fn task(shown: &InboxEntry, status: &str) -> Value {
    let summary = &shown.record.summary;
    json!({
        "taskId": summary.run, "status": status, "createdAt": summary.created_at, "lastUpdatedAt": summary.updated_at,
        "ttlMs": null, "pollIntervalMs": POLL_MILLIS,
    })
}
