//! The program's arguments and what it prints.

mod print;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
use sortie_host::journal::{Actor, RunId};
use sortie_host::{Host, HostError};
use sortie_json::{ContentHash, Document, Exit, ParseLimits, Style};
use sortie_restate::{
    AnswerRequest, CancelRequest, Cluster, ClusterError, Refusal, Service, ServiceError, Settings, StartRequest,
};

/// Run missions on a Restate cluster
#[derive(Debug, Parser)]
#[command(name = "sortie-restate", version)]
struct Cli {
    /// How output is printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs: JSON on standard output, and nothing else there.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve missions to Restate until told to stop
    Serve(ServeArguments),
    /// Start a run
    Start(Box<StartArguments>),
    /// Show a run
    Show(RunArguments),
    /// List what waits for a person
    Inbox(InboxArguments),
    /// Answer what a run waits for
    Answer(AnswerArguments),
    /// Cancel a run
    Cancel(CancelArguments),
    /// Wait for a run's end, and print its result
    Result(RunArguments),
}

#[derive(Debug, Args)]
struct ClusterArguments {
    /// Restate's ingress.
    #[arg(long, value_name = "URL", env = "SORTIE_RESTATE_INGRESS", default_value = "http://127.0.0.1:8080")]
    ingress: String,
    /// Restate's admin interface.
    #[arg(long, value_name = "URL", env = "SORTIE_RESTATE_ADMIN", default_value = "http://127.0.0.1:9070")]
    admin: String,
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// Where to listen. Whoever reaches it can have plugins called: elsewhere than on this machine's own addresses, give
    /// `--identity-key`.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9080")]
    listen: SocketAddr,
    /// Register the service with the Restate of this admin interface, and have runs tried again that did not go on.
    #[arg(long, value_name = "URL")]
    admin: Option<String>,
    /// The address by which Restate reaches the service, where it is another one than it listens at.
    #[arg(long, value_name = "URL", requires = "admin")]
    public_url: Option<String>,
    /// The public key of the Restate that may call. Can be given several times.
    #[arg(long = "identity-key", value_name = "KEY")]
    identity_keys: Vec<String>,
    /// How many days Restate keeps a finished run.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    retention: u16,
    /// The longest time in seconds between two attempts of a run that fails by no fault of its own.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    retry: u16,
    /// How many plugins are called at once. Without it, one for each processor.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// A plugin's file, or a folder of them. Can be given several times.
    #[arg(long = "plugin", value_name = "FILE|DIR")]
    plugins: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct StartArguments {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    #[arg(required_unless_present = "workflow", conflicts_with = "workflow")]
    mission: Option<String>,
    /// A workflow definition, in place of a mission: a file in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    workflow: Option<PathBuf>,
    /// The run's name. Without it, one is made. A name is taken once: who does not know whether a run was started starts
    /// it again under its name.
    #[arg(long, value_name = "NAME")]
    run: Option<RunId>,
    /// A param. The value is JSON if it can be read as such, else a string. Wins over `--params`.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    each: Vec<(String, Value)>,
    /// All params: a file in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// The state to begin with: a file in JSON, YAML or TOML. Without it, `{}`.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Answers to human steps that are at hand: a file in JSON, YAML or TOML, from step ids to answers.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Who starts it. Without it, the user.
    #[arg(long, value_name = "NAME", env = "SORTIE_ACTOR", hide_env_values = true)]
    by: Option<String>,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
struct RunArguments {
    /// The run.
    run: RunId,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
struct InboxArguments {
    /// Only runs of this mission.
    #[arg(long, value_name = "NAME")]
    mission: Option<String>,
    /// No more than that many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
struct AnswerArguments {
    /// The run.
    run: RunId,
    /// The answer: JSON, else the text itself.
    #[arg(long, value_name = "JSON|TEXT", allow_hyphen_values = true)]
    value: String,
    /// The token of the wait, which `start` printed. Without it, the answer is that of somebody who owns the cluster.
    /// Other users of the machine do not see it in the variable.
    #[arg(long, value_name = "TOKEN", env = "SORTIE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The step that is answered, where no token tells and the run has asked at more than one.
    #[arg(long, value_name = "STEP", conflicts_with = "token")]
    step: Option<String>,
    /// The hash of the question that was shown: an answer to another one is refused.
    #[arg(long, value_name = "HASH")]
    question: Option<ContentHash>,
    /// A remark that is kept with the answer.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Who answers. Without it, the user.
    #[arg(long, value_name = "NAME", env = "SORTIE_ACTOR", hide_env_values = true)]
    actor: Option<String>,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Debug, Args)]
struct CancelArguments {
    /// The run.
    run: RunId,
    /// Why: it is kept with the run.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who cancels. Without it, the user.
    #[arg(long, value_name = "NAME", env = "SORTIE_ACTOR", hide_env_values = true)]
    actor: Option<String>,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// Why the program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error("`{file}` cannot be read: {reason}")]
    File { file: String, reason: String },
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
    #[error("no name can be made for the run: {0}")]
    Name(#[from] sortie_host::journal::JournalError),
}

impl CommandError {
    fn refusal(&self) -> Refusal {
        let (code, help) = match self {
            Self::Cluster(error) => (error.code().to_owned(), error.help()),
            Self::Service(_) => ("service_failed".to_owned(), Some("choose another address or key".to_owned())),
            Self::Host(error) => (error.code().to_owned(), error.help()),
            Self::File { .. } => ("file_unreadable".to_owned(), Some("give a file in JSON, YAML or TOML".to_owned())),
            Self::Output(_) => ("output_failed".to_owned(), None),
            Self::Name(error) => (error.code().to_owned(), Some(error.help().to_owned())),
        };
        Refusal { code, message: self.to_string(), help }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Cluster(ClusterError::Refusal(_)) | Self::Host(_) | Self::File { .. } => Exit::Rejected,
            Self::Cluster(_) | Self::Service(_) | Self::Output(_) | Self::Name(_) => Exit::HostFault,
        }
    }
}

/// Parses the arguments, and does what they say.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Serve(arguments) => serve(arguments, cli.format),
        Command::Start(arguments) => start(arguments, cli.format),
        Command::Show(arguments) => show(arguments, cli.format),
        Command::Inbox(arguments) => inbox(arguments, cli.format),
        Command::Answer(arguments) => answer(arguments, cli.format),
        Command::Cancel(arguments) => cancel(arguments, cli.format),
        Command::Result(arguments) => result(arguments, cli.format),
    };
    let exit = done.unwrap_or_else(|error| {
        print::error(&error.refusal(), cli.format);
        error.exit()
    });
    ExitCode::from(exit.code())
}

impl ClusterArguments {
    fn cluster(&self) -> Cluster {
        Cluster::new(&self.ingress, &self.admin)
    }
}

fn serve(arguments: &ServeArguments, format: Format) -> Result<Exit, CommandError> {
    let host = Host::builder().first_party().build()?;
    arguments.plugins.iter().try_for_each(|path| host.register_path(path))?;
    let mut settings = Settings::new(arguments.listen);
    settings.identity_keys.clone_from(&arguments.identity_keys);
    settings.retention = Duration::from_hours(24 * u64::from(arguments.retention));
    settings.retry = Duration::from_secs(u64::from(arguments.retry));
    settings.threads = arguments.threads.map_or(settings.threads, usize::from);
    let service = Service::bind(host, &settings)?;
    let address = service.address();
    print::serving(address, format)?;
    if let Some(admin) = arguments.admin.clone() {
        let url = arguments.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        // Restate asks the service what it has before it says that it is registered.
        std::thread::spawn(move || match Cluster::new("", &admin).register(&url) {
            Ok(resumed) => print::registered(&url, resumed, format),
            Err(error) => print::error(&CommandError::from(error).refusal(), format),
        });
    }
    service.run();
    Ok(Exit::Done)
}

fn start(arguments: &StartArguments, format: Format) -> Result<Exit, CommandError> {
    let run = arguments.run.clone().map_or_else(RunId::random, Ok)?;
    let mut params = match &arguments.params {
        Some(file) => document(file)?,
        None => Value::Object(Map::new()),
    };
    if let Some(params) = params.as_object_mut() {
        params.extend(arguments.each.iter().cloned());
    }
    let answers = match arguments.answers.as_ref().map(document).transpose()? {
        Some(Value::Object(answers)) => answers.into_iter().collect(),
        Some(_) | None => BTreeMap::new(),
    };
    let request = StartRequest {
        mission: arguments.mission.clone(),
        params: if arguments.mission.is_some() { params } else { Value::Null },
        workflow: arguments.workflow.as_ref().map(document).transpose()?,
        state: arguments.state.as_ref().map(document).transpose()?.unwrap_or_default(),
        answers,
        by: Some(actor(arguments.by.as_deref())),
        ..StartRequest::default()
    };
    let started = arguments.cluster.cluster().start(&run, request)?;
    print::started(&run, &started, format)?;
    Ok(Exit::Done)
}

fn show(arguments: &RunArguments, format: Format) -> Result<Exit, CommandError> {
    print::shown(&arguments.cluster.cluster().show(&arguments.run)?, format)?;
    Ok(Exit::Done)
}

fn inbox(arguments: &InboxArguments, format: Format) -> Result<Exit, CommandError> {
    let listing = arguments.cluster.cluster().inbox(arguments.mission.as_deref(), arguments.limit)?;
    print::inbox(&listing, format)?;
    Ok(Exit::Done)
}

fn answer(arguments: &AnswerArguments, format: Format) -> Result<Exit, CommandError> {
    let request = AnswerRequest {
        value: json_or_text(&arguments.value),
        actor: actor(arguments.actor.as_deref()),
        token: arguments.token.clone(),
        step: arguments.step.clone(),
        comment: arguments.comment.clone(),
        question: arguments.question,
        signature: None,
    };
    let told = arguments.cluster.cluster().answer(&arguments.run, &request)?;
    print::told(&told, "was answered", format)?;
    Ok(Exit::Done)
}

fn cancel(arguments: &CancelArguments, format: Format) -> Result<Exit, CommandError> {
    let request = CancelRequest { reason: arguments.reason.clone(), actor: actor(arguments.actor.as_deref()) };
    let told = arguments.cluster.cluster().cancel(&arguments.run, &request)?;
    print::told(&told, "is cancelled", format)?;
    Ok(Exit::Done)
}

fn result(arguments: &RunArguments, format: Format) -> Result<Exit, CommandError> {
    let cluster = arguments.cluster.cluster();
    let mut end = cluster.attach(&arguments.run)?;
    let is_in_parts = end.get("result").is_some_and(Value::is_null) && end.get("result_bytes").is_some();
    if let Some(end) = end.as_object_mut().filter(|_| is_in_parts) {
        end.insert("result".to_owned(), cluster.result(&arguments.run)?);
    }
    print::ended(&end, format)?;
    let passed = end.pointer("/result/success") == Some(&Value::Bool(true)) && !judged_no(&end);
    Ok(if passed { Exit::Done } else { Exit::Failed })
}

/// Whether a step's verdict is "no".
fn judged_no(end: &Value) -> bool {
    let verdicts = end.pointer("/result/verdicts").and_then(Value::as_object);
    verdicts.is_some_and(|verdicts| verdicts.values().any(|verdict| verdict.get("passed") == Some(&json!(false))))
}

fn actor(name: Option<&str>) -> String {
    let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|variable| std::env::var(variable).ok());
    let said = name.map(str::to_owned).or_else(user).unwrap_or_else(|| "unknown".to_owned());
    Actor::new(said).as_str().to_owned()
}

fn document(file: &PathBuf) -> Result<Value, CommandError> {
    let name = file.display().to_string();
    let failed = |reason: String| CommandError::File { file: name.clone(), reason };
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let document =
        Document::parse(&name, bytes, ParseLimits::default()).map_err(|report| failed(report.render(Style::Plain)))?;
    Ok(document.into_value())
}

fn json_or_text(text: &str) -> Value {
    sortie_json::parse(text.as_bytes(), ParseLimits::default()).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn param(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), json_or_text(value))),
        Some(_) | None => Err("expected NAME=VALUE, such as `today=2026-01-08`".to_owned()),
    }
}
