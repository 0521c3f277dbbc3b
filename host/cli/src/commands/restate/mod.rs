//! `sortie restate`: missions on a Restate cluster. Each subcommand is a few arguments and a call of `sortie-restate`.

mod print;
mod serve;
mod start;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sortie_host::journal::RunId;
use sortie_json::ContentHash;
use sortie_restate::{AnswerRequest, CancelRequest, Cluster, ClusterError, ServiceError};

use crate::error::{CliError, Exit};
use crate::input;
use crate::options::{ActorArguments, Format};

/// One of them.
#[derive(Debug, Subcommand)]
pub(crate) enum RestateCommand {
    /// Serve missions to Restate until interrupted.
    Serve(serve::Arguments),
    /// Start a run.
    Start(Box<start::Arguments>),
    /// Show a run: what it is waiting for, or why it does not continue.
    Show(RunArguments),
    /// List the runs that are waiting for a person.
    Inbox(InboxArguments),
    /// Answer a waiting run.
    Answer(AnswerArguments),
    /// Cancel a run that has not ended yet.
    Cancel(CancelArguments),
    /// Wait until a run has ended, and print its result.
    Result(RunArguments),
}

/// Where the cluster is.
#[derive(Debug, Args)]
struct ClusterArguments {
    /// Use the Restate with this ingress.
    #[arg(
        long,
        value_name = "URL",
        env = "SORTIE_RESTATE_INGRESS",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8080"
    )]
    ingress: String,
    /// Use this admin API of Restate.
    #[arg(
        long,
        value_name = "URL",
        env = "SORTIE_RESTATE_ADMIN",
        hide_env_values = true,
        default_value = "http://127.0.0.1:9070"
    )]
    admin: String,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The run.
    run: RunId,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
pub(crate) struct InboxArguments {
    /// List only runs of this mission.
    #[arg(long, value_name = "NAME")]
    mission: Option<String>,
    /// List at most this many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AnswerArguments {
    /// The run.
    run: RunId,
    /// Answer with this value, as JSON if it is JSON and as a string otherwise; `@FILE` reads a file in JSON, YAML or
    /// TOML.
    #[arg(long, value_name = "JSON|TEXT|@FILE", allow_hyphen_values = true)]
    value: String,
    /// Answer with the token that `start` printed, and not as an owner of the cluster. Set it in the variable to hide it
    /// from other users of the machine.
    #[arg(long, value_name = "TOKEN", env = "SORTIE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Answer this step, if there is no token and the run has asked at several.
    #[arg(long, value_name = "STEP", conflicts_with = "token")]
    step: Option<String>,
    /// Require that the question still has this hash, and refuse the answer otherwise.
    #[arg(long, value_name = "HASH")]
    question: Option<ContentHash>,
    /// Keep a comment with the answer.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    person: ActorArguments,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// The run.
    run: RunId,
    /// Keep this reason with the run.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    person: ActorArguments,
    #[command(flatten)]
    cluster: ClusterArguments,
}

impl ClusterArguments {
    fn cluster(&self) -> Cluster {
        Cluster::new(&self.ingress, &self.admin)
    }
}

impl From<ClusterError> for CliError {
    fn from(error: ClusterError) -> Self {
        Self::Error(Box::new(error))
    }
}

impl From<ServiceError> for CliError {
    fn from(error: ServiceError) -> Self {
        Self::Error(Box::new(error))
    }
}

/// Runs one of them.
pub(crate) fn restate(command: &RestateCommand, format: Format) -> Result<Exit, CliError> {
    match command {
        RestateCommand::Serve(arguments) => serve::serve(arguments, format),
        RestateCommand::Start(arguments) => start::start(arguments, format),
        RestateCommand::Show(arguments) => show(arguments, format),
        RestateCommand::Inbox(arguments) => inbox(arguments, format),
        RestateCommand::Answer(arguments) => answer(arguments, format),
        RestateCommand::Cancel(arguments) => cancel(arguments, format),
        RestateCommand::Result(arguments) => result(arguments, format),
    }
}

fn show(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    print::shown(&arguments.cluster.cluster().show(&arguments.run)?, format)?;
    Ok(Exit::Done)
}

fn inbox(arguments: &InboxArguments, format: Format) -> Result<Exit, CliError> {
    let listing = arguments.cluster.cluster().inbox(arguments.mission.as_deref(), arguments.limit)?;
    print::inbox(&listing, format)?;
    Ok(Exit::Done)
}

fn answer(arguments: &AnswerArguments, format: Format) -> Result<Exit, CliError> {
    let request = AnswerRequest {
        value: input::json_or_text(&arguments.value, "--value")?,
        actor: arguments.person.actor().as_str().to_owned(),
        token: arguments.token.clone(),
        step: arguments.step.clone(),
        comment: arguments.comment.clone(),
        question: arguments.question,
        signature: None,
    };
    let told = arguments.cluster.cluster().answer(&arguments.run, &request)?;
    print::told(&told, "was answered", format)?;
    // One of several people agreed: the run still waits.
    let waits_on = told.get("code").and_then(Value::as_str) == Some("approved");
    Ok(if waits_on { Exit::Waiting } else { Exit::Done })
}

fn cancel(arguments: &CancelArguments, format: Format) -> Result<Exit, CliError> {
    let by = arguments.person.actor();
    let request = CancelRequest { reason: arguments.reason.clone(), actor: by.as_str().to_owned() };
    let told = arguments.cluster.cluster().cancel(&arguments.run, &request)?;
    print::told(&told, "is cancelled", format)?;
    Ok(Exit::Done)
}

fn result(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let end = arguments.cluster.cluster().end(&arguments.run)?;
    print::ended(&end, format)?;
    let passed = end.pointer("/result/success") == Some(&Value::Bool(true)) && !judged_no(&end);
    Ok(if passed { Exit::Done } else { Exit::Failed })
}

/// Whether a step's verdict is "no".
fn judged_no(end: &Value) -> bool {
    let verdicts = end.pointer("/result/verdicts").and_then(Value::as_object);
    verdicts.is_some_and(|verdicts| verdicts.values().any(|verdict| verdict.get("passed") == Some(&json!(false))))
}
