//! `sortie exec`.

use clap::Args;
use jsonptr::PointerBuf;
use serde_json::Value;
use sortie_engine::{HumanStepError, WorkflowError};
use sortie_host::{DecisionError, HostError, NameKind, WorkflowDefinition};
use sortie_json::{Document, Part};

use crate::advice;
use crate::error::{CliError, Exit};
use crate::execution::ExecutionArguments;
use crate::input;
use crate::options::{ContextArguments, Format};

#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    /// The workflow definition: a file in JSON, YAML or TOML, or `-` for standard input.
    pub(crate) workflow: String,
    #[command(flatten)]
    pub(crate) context: ContextArguments,
    #[command(flatten)]
    pub(crate) execution: ExecutionArguments,
}

/// Runs a workflow definition.
pub(crate) fn exec(arguments: &ExecArguments, format: Format) -> Result<Exit, CliError> {
    let read: Vec<&str> = arguments.context.files().chain([arguments.workflow.as_str()]).collect();
    let execution = arguments.execution.check(&read)?;
    let document = input::workflow(&arguments.workflow)?;
    let context = input::context(&arguments.context)?;
    let workflow = WorkflowDefinition::from_json(document.value()).map_err(HostError::from);
    let workflow = workflow.map_err(|error| placed(&document, error.into()))?;
    let host = execution.host()?;
    let name = workflow.id.clone();
    let command = format!("sortie exec {}", arguments.workflow);
    execution
        .run((&host, host.draft(workflow)), &context, (&name, &command), format)
        .map_err(|error| placed(&document, error))
}

/// The error with its place in the workflow's document, if it has one.
fn placed(document: &Document, error: CliError) -> CliError {
    let CliError::Host(host) = &error else { return error };
    let Some((pointer, part, label)) = place(document.value(), host) else { return error };
    let pointer = PointerBuf::parse(pointer).unwrap_or_default();
    let mut diagnostic = document.diagnostic(&pointer, part, host.code(), host.to_string()).label(label);
    if let Some(help) = advice::on_host_error(host) {
        diagnostic = diagnostic.help(help);
    }
    document.report(vec![diagnostic]).into()
}

fn place(workflow: &Value, error: &HostError) -> Option<(String, Part, &'static str)> {
    let steps = workflow.get("steps").and_then(Value::as_array);
    let positions = |id: &str| {
        let has_id = |step: &Value| step.get("id").and_then(Value::as_str) == Some(id);
        let indices: Vec<usize> = steps?.iter().enumerate().filter(|(_, step)| has_id(step)).map(|(i, _)| i).collect();
        Some(indices)
    };
    let first = |id: &str| positions(id)?.first().copied();
    match error {
        HostError::Workflow(WorkflowError::AntiFailure { .. }) => Some(("/steps".to_owned(), Part::Key, "too many")),
        HostError::Workflow(WorkflowError::Envelope { step, .. }) => {
            Some((format!("/steps/{}/kind", first(step)?), Part::Value, "`runtime` or `human` is expected here"))
        }
        HostError::Workflow(WorkflowError::DuplicateStep(step)) => {
            Some((format!("/steps/{}/id", positions(step)?.last()?), Part::Value, "used before"))
        }
        HostError::Workflow(WorkflowError::Shape { pointer, expected, .. }) => {
            Some((pointer.clone(), Part::Value, expected))
        }
        HostError::Workflow(WorkflowError::UnknownMember { pointer, member, .. }) => {
            let mut pointer = PointerBuf::parse(pointer.as_str()).ok()?;
            pointer.push_back(member.as_str());
            Some((pointer.to_string(), Part::Key, "unknown"))
        }
        HostError::Workflow(WorkflowError::NotIJson { pointer, .. }) => Some((pointer.clone(), Part::Value, "here")),
        HostError::Workflow(WorkflowError::HumanStep { step, error }) => {
            let mut pointer = PointerBuf::parse(format!("/steps/{}/payload", first(step)?)).ok()?;
            pointer.push_back(error.member());
            let part = if matches!(error, HumanStepError::UnknownMember(_)) { Part::Key } else { Part::Value };
            Some((pointer.to_string(), part, "cannot be asked"))
        }
        HostError::Decision(DecisionError::DefaultMismatch { step, field, .. }) => {
            Some((format!("/steps/{}/payload/default{field}", first(step)?), Part::Value, "does not match the schema"))
        }
        HostError::Decision(DecisionError::ChoiceMismatch { step, index, .. }) => {
            let pointer = format!("/steps/{}/payload/choices/{index}", first(step)?);
            Some((pointer, Part::Value, "does not match the schema"))
        }
        HostError::Decision(DecisionError::QuestionTooLarge { step, member, .. }) => {
            Some((format!("/steps/{}/payload/{member}", first(step)?), Part::Value, "too large"))
        }
        HostError::Decision(DecisionError::NoAnswerMatches { step }) => Some((
            format!("/steps/{}/payload/schema", first(step)?),
            Part::Value,
            "leave it out, if any answer will do",
        )),
        HostError::Decision(DecisionError::MisspeltSchema { step, misspelling }) => {
            let mut pointer =
                PointerBuf::parse(format!("/steps/{}/payload/schema{}", first(step)?, misspelling.pointer)).ok()?;
            pointer.push_back(misspelling.found.as_str());
            Some((pointer.to_string(), Part::Key, "no such keyword"))
        }
        HostError::Decision(DecisionError::InvalidSchema { step, .. }) => {
            Some((format!("/steps/{}/payload/schema", first(step)?), Part::Value, "not a JSON Schema"))
        }
        HostError::InvalidPayload { step, mismatches, .. } => {
            let below = mismatches.first().map_or("", |(pointer, _)| pointer.as_str());
            Some((format!("/steps/{}/payload{below}", first(step)?), Part::Value, "does not match the schema"))
        }
        HostError::Registry(sortie_host::RegistryError::Unknown { what: NameKind::Operation, name, .. }) => {
            let names = |step: &Value| step.pointer("/payload/operation").and_then(Value::as_str) == Some(name);
            let index = steps?.iter().position(names)?;
            Some((format!("/steps/{index}/payload/operation"), Part::Value, "no such operation"))
        }
        _ => None,
    }
}
