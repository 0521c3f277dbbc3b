//! What an agent gets: a value for itself, and text for the person it acts for.

use rmcp::model::{CallToolResult, ContentBlock, ElicitRequest, ElicitRequestParams, InputRequest, InputRequests};
use serde_json::{Value, json};
use sortie_host::Question;
use sortie_host::journal::{InboxEntry, Status};

use crate::plain;
use crate::problem::Problem;
use crate::text::text;

/// A value, with text.
pub(super) fn told(value: Value, text: impl Into<String>) -> CallToolResult {
    let mut result = CallToolResult::structured(value);
    result.content = vec![ContentBlock::text(text)];
    result
}

/// Something that was not done, and why: for the agent to read, and to tell.
pub(super) fn refused(problem: &Problem) -> CallToolResult {
    let help = problem.help.as_ref().map(|help| format!("\nWhat to do: {help}")).unwrap_or_default();
    let words = format!("{} ({}){help}", text(&problem.detail), problem.code);
    let mut result = told(json!({"error": problem}), words);
    result.is_error = Some(true);
    result
}

/// A run as it stands.
pub(super) fn run(shown: &InboxEntry, page: Option<&str>) -> CallToolResult {
    let summary = &shown.record.summary;
    let mut value = json!({"run": summary.run, "mission": summary.mission, "status": summary.status, "page": page});
    let mut parts = Vec::new();
    if let Some(completed) = &shown.completed {
        let result = &completed.result;
        merge(
            &mut value,
            json!({
                "success": result.success,
                "final_state": result.final_state,
                "outputs": result.outputs,
                "verdicts": result.verdicts,
                "decisions": result.decisions,
                "error_code": result.error_code,
                "error_message": result.error_message,
                "result_hash": result.receipt.result_hash,
            }),
        );
        parts.push(plain::result(result));
        parts.push(match &result.error_message {
            None => format!("The mission is done; result {}.", result.receipt.result_hash),
            Some(message) => format!("The mission failed: {}.", text(message)),
        });
    }
    if let Some(question) = &shown.question {
        let (step, approvals) = (&question.step, shown.approvals().len());
        let deadline = summary.wait.as_ref().and_then(|wait| wait.deadline);
        merge(
            &mut value,
            json!({"asks": {
                "step": step.id, "description": step.description, "assignees": step.assignees, "deadline": deadline,
                "approvals": step.approvals, "approved": approvals,
            }}),
        );
        parts.push(plain::displays(&question.displays));
        let place = match page {
            Some(page) => format!("They decide at {page} ; you cannot."),
            None => format!(
                "They decide in `sortie inbox`, where it is run {}, or on its page while `sortie serve` runs; you cannot.",
                summary.run
            ),
        };
        let people = match step.approvals {
            0 | 1 => "a person".to_owned(),
            needed => format!("{needed} people, of whom {approvals} answered"),
        };
        parts.push(format!("The run waits for {people}: {} {place}", text(&step.description)));
    }
    if matches!(summary.status, Status::Running | Status::Decided | Status::Cancelled) {
        parts.push(format!("The run is {}.", summary.status));
    }
    parts.retain(|part| !part.is_empty());
    told(value, parts.join("\n"))
}

fn merge(value: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (value.as_object_mut(), more) {
        members.extend(more);
    }
}

/// Sends the person to the run's page. What comes back from there is nothing but that they have seen the address. A run asks
/// for one thing at a time, and a step asks once.
pub(super) fn visit(shown: &InboxEntry, question: &Question, page: &str) -> InputRequests {
    let summary = &shown.record.summary;
    let params = ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: format!("{}: {}", text(&summary.mission), text(&question.step.description)),
        url: page.to_owned(),
        elicitation_id: format!("{}/{}", summary.run, question.step.id),
    };
    InputRequests::from([(question.step.id.clone(), InputRequest::Elicitation(ElicitRequest::new(params)))])
}
