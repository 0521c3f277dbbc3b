//! Why a mission did not run. A mission that ran and failed is a result, not an error.

use std::borrow::Cow;
use std::io;

use sortie_engine::{ContextError, FailureKind, LimitTooGreat, StartError, StepFailure, WorkflowError};
use sortie_interface::{AnswerError, INVALID_PARAMS};
use sortie_json::{Faults, UserError};
use sortie_sandbox::{HostFault, PluginRejection};

use crate::decision::DecisionError;
use crate::registry::RegistryError;
use crate::saved_call::SavedCall;
use sortie_json::{MAX_MESSAGE_BYTES, MAX_QUOTED_BYTES, excerpt, nearest};

/// Why a mission did not run: a closed set with stable codes.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A plugin's file was rejected.
    #[error("the plugin {origin} was rejected: {rejection}")]
    Plugin {
        /// Where it came from: a file name, in quotes, or `that was given`.
        origin: String,
        /// Why.
        rejection: PluginRejection,
    },
    /// A plugin runs missions itself, and the host was told to refuse such plugins.
    #[error("the plugin {origin} runs missions itself, which this host does not allow")]
    Orchestrates {
        /// Where it came from: a file name, in quotes, or `that was given`.
        origin: String,
    },
    /// A plugin's file cannot be read.
    #[error("{}", unreadable(.path, .error))]
    PluginFile {
        /// The file.
        path: String,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// A limit is greater than it may be.
    #[error(transparent)]
    Limit(#[from] LimitTooGreat),
    /// A plugin is to have more memory than the host was made for.
    #[error(
        "the policy gives the plugin `{plugin}` {memory_bytes} bytes of memory, but the host was built for {greatest}"
    )]
    PolicyMemory {
        /// The plugin.
        plugin: String,
        /// The memory that it is to have, in bytes.
        memory_bytes: u64,
        /// The greatest memory of one instance, in bytes.
        greatest: u64,
    },
    /// A policy allows a part of the state that no operation of the plugin declares.
    #[error(
        "the policy of the plugin `{plugin}` has `{pointer}` in its `{kind}`, where none of its operations declares anything"
    )]
    PolicyOfNothing {
        /// The plugin.
        plugin: String,
        /// `reads` or `writes`.
        kind: &'static str,
        /// What the policy names.
        pointer: String,
    },
    /// A plugin cannot be registered, or a name not resolved.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Params that do not match the mission's schema.
    #[error("the params do not match the schema of the mission `{}`: {}", quoted(.mission), list(.mismatches))]
    InvalidParams {
        /// The mission.
        mission: String,
        /// The JSON Pointer and the reason of each mismatch.
        mismatches: Vec<(String, String)>,
    },
    /// A step's payload that does not match its operation's schema.
    #[error(
        "the payload of step `{}` does not match the schema of the operation `{}`: {}",
        quoted(.step), quoted(.operation), list(.mismatches)
    )]
    InvalidPayload {
        /// The step's id.
        step: String,
        /// The operation.
        operation: String,
        /// The JSON Pointer and the reason of each mismatch.
        mismatches: Vec<(String, String)>,
    },
    /// Params that are larger than their limit.
    #[error("the params have {size} bytes, more than the limit of {limit}")]
    ParamsTooLarge {
        /// Their size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: u64,
    },
    /// Params that are not I-JSON.
    #[error("the params are not I-JSON: {0}")]
    ParamsNotIJson(String),
    /// The mission's builder failed.
    #[error("{}", build_failed(.mission, .failure))]
    BuildFailed {
        /// The mission.
        mission: String,
        /// How.
        failure: StepFailure,
        /// The call of the builder.
        call: Box<SavedCall>,
    },
    /// The workflow breaks a rule.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    /// The context breaks a rule.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The run cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A decision that does not fit what was asked.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// A human step has no answer, and the host may not continue without one.
    #[error("the human step `{}` waits for an answer: {}", quoted(.step), excerpt(.description, MAX_MESSAGE_BYTES))]
    Waiting {
        /// The step's id.
        step: String,
        /// What is asked.
        description: String,
    },
    /// The run was cancelled while it waited for an answer.
    #[error("the run was cancelled at the human step `{}`: {reason}", quoted(.step))]
    Cancelled {
        /// The step's id.
        step: String,
        /// Why, in somebody's words.
        reason: String,
    },
    /// A step is to expire that has all the time there is.
    #[error("the human step `{}` has no `expires`, so it cannot expire", quoted(.step))]
    NeverExpires {
        /// The step's id.
        step: String,
    },
    /// What is to happen to a human step is said in a way that has no meaning.
    #[error("the answer to the human step `{}` is invalid: {error}", quoted(.step))]
    Answer {
        /// The step's id.
        step: String,
        /// Why.
        error: AnswerError,
    },
    /// Not the plugin's doing, nor the caller's.
    #[error(transparent)]
    Fault(#[from] HostFault),
    /// A mistake of Sortie itself.
    #[error("this is a bug in Sortie: {0}")]
    Bug(String),
}

impl HostError {
    /// Of params that are not I-JSON: the first of what is wrong with them.
    pub(crate) fn params_not_i_json(faults: &Faults) -> Self {
        let first = faults.first().map(|fault| format!("at `{}`, {fault}", fault.pointer));
        Self::ParamsNotIJson(first.unwrap_or_default())
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plugin { rejection, .. } => rejection.code(),
            Self::Orchestrates { .. } => "orchestrating_plugin_refused",
            Self::PluginFile { .. } => UserError::code(self).as_str(),
            Self::Limit(_) => "limit_too_great",
            Self::PolicyMemory { .. } => "policy_memory",
            Self::PolicyOfNothing { .. } => "policy_of_nothing",
            Self::Registry(error) => error.code(),
            Self::InvalidParams { .. } => INVALID_PARAMS,
            Self::InvalidPayload { .. } => "invalid_payload",
            Self::ParamsTooLarge { .. } => "params_too_large",
            Self::ParamsNotIJson(_) => "params_not_i_json",
            Self::BuildFailed { failure, .. } if rejects_params(failure) => INVALID_PARAMS,
            Self::BuildFailed { .. } => "build_failed",
            Self::Workflow(error) => error.code(),
            Self::Context(error) => error.code(),
            Self::Start(error) => error.code(),
            Self::Decision(error) => error.code(),
            Self::Waiting { .. } => "waiting",
            Self::Cancelled { .. } => "cancelled",
            Self::NeverExpires { .. } => "never_expires",
            Self::Answer { .. } => "invalid_answer",
            Self::Fault(fault) => fault.code(),
            Self::Bug(_) => "bug",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Plugin { rejection, .. } => Some(rejection.help()),
            Self::Orchestrates { .. } => Some("remove the plugin, or allow plugins that run missions".to_owned()),
            Self::PluginFile { .. } => Some("check the name, and that the file can be read".to_owned()),
            Self::Limit(_) => {
                Some("lower it; where a file brought it, make sure that you trust who wrote the file".to_owned())
            }
            Self::PolicyMemory { .. } => Some("set it before the host is built: `HostBuilder::policy`".to_owned()),
            Self::PolicyOfNothing { plugin, .. } => {
                Some(format!("name what an operation of `{plugin}` declares to read or write"))
            }
            Self::Registry(error) => error.help(),
            Self::BuildFailed { mission, failure, .. } if rejects_params(failure) => {
                Some(format!("the schema of `{mission}` says what the params can be"))
            }
            Self::InvalidParams { mission, .. } => {
                Some(format!("the schema of `{mission}` says what the params can be"))
            }
            Self::InvalidPayload { operation, .. } => {
                Some(format!("the schema of `{operation}` says what the payload can be"))
            }
            Self::ParamsTooLarge { .. } => Some("put large data into the state".to_owned()),
            Self::Workflow(error) => workflow_help(error),
            Self::Context(error) => Some(context_help(error).to_owned()),
            Self::Start(_) => Some("remove what the mission does not need, or raise the host's limit".to_owned()),
            Self::Decision(DecisionError::Refused { .. }) => {
                Some("change the answer and send it again: nothing was recorded".to_owned())
            }
            Self::ParamsNotIJson(_)
            | Self::BuildFailed { .. }
            | Self::Decision(_)
            | Self::Waiting { .. }
            | Self::Cancelled { .. } => None,
            Self::NeverExpires { .. } => Some("give the step `expires`, or answer it".to_owned()),
            Self::Answer { error, .. } => Some(error.help().to_owned()),
            Self::Fault(_) => Some("nothing was recorded; try again".to_owned()),
            Self::Bug(_) => Some("please report it".to_owned()),
        }
    }
}

/// What to do about a context that is none.
fn context_help(error: &ContextError) -> &'static str {
    match error {
        ContextError::StateNotObject(_) => "the state is a JSON object such as `{\"tasks\": []}`",
        ContextError::MetadataNotObject(_) => "the metadata is a JSON object such as `{}`",
        _ => "write large numbers as strings, and nest less deeply",
    }
}

fn workflow_help(error: &WorkflowError) -> Option<String> {
    match error {
        WorkflowError::AntiFailure { .. } => {
            Some("a mission has at most 5 steps, at most 2 of them human: split it into several missions".to_owned())
        }
        WorkflowError::Envelope { .. } => Some("write `kind: runtime` or `kind: human`".to_owned()),
        WorkflowError::DuplicateStep(_) => Some("give each step an id of its own".to_owned()),
        WorkflowError::Shape { .. } => {
            Some("a workflow is `{\"id\", \"steps\": [{\"id\", \"kind\", \"payload\"}], \"metadata\"}`".to_owned())
        }
        WorkflowError::UnknownMember { member, known, .. } => Some(match nearest(member, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the members are {}", known.join(", ")),
        }),
        WorkflowError::NotIJson { .. } | WorkflowError::HumanStep { .. } => None,
    }
}

/// The sentence that every file which cannot be read gets.
fn unreadable(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file `{path}`"),
        io::ErrorKind::IsADirectory => format!("`{path}` is a directory"),
        io::ErrorKind::PermissionDenied => format!("permission to read `{path}` is denied"),
        _ => format!("cannot read `{path}`: {error}"),
    }
}

fn list(mismatches: &[(String, String)]) -> String {
    let line = |(pointer, message): &(String, String)| {
        if pointer.is_empty() { message.clone() } else { format!("at `{pointer}`, {message}") }
    };
    mismatches.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Whether a builder says by its failure that it was given params that it cannot take: schemas do not tell everything.
fn rejects_params(failure: &StepFailure) -> bool {
    failure.kind == FailureKind::OperationFailed && plugin_code(failure) == INVALID_PARAMS
}

/// The beginning of a name of somebody else's, which can be long.
fn quoted(name: &str) -> Cow<'_, str> {
    excerpt(name, MAX_QUOTED_BYTES)
}

fn build_failed(mission: &str, failure: &StepFailure) -> String {
    let message = &failure.message;
    if rejects_params(failure) {
        format!("the mission `{mission}` does not take these params: {message}")
    } else {
        format!("the mission `{mission}` could not be built ({}): {message}", plugin_code(failure))
    }
}

fn plugin_code(failure: &StepFailure) -> &str {
    failure.details.get("code").and_then(serde_json::Value::as_str).unwrap_or(failure.kind.code())
}
