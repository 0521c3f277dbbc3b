//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jsonptr::PointerBuf;

use crate::commands::inbox::InboxArguments;
use crate::commands::plugin::PluginCommand;
use crate::commands::resume::ResumeArguments;
use crate::commands::verify;
use crate::journal::JournalArguments;
use crate::test::TestArgs;

/// Runs missions: short, bounded workflows whose every step is a WebAssembly plugin that cannot touch the world.
#[derive(Debug, Parser)]
#[command(name = "sortie", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// How to print what is asked for.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a mission or an expectation failed; 2 usage; 3 input rejected; \
                          4 waiting for a person; 5 a plugin was rejected; 70 host fault.";

/// How output is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: JSON on standard output, and nothing else there.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a mission and run it.
    Run(RunArguments),
    /// Run a workflow definition.
    Exec(ExecArguments),
    /// Build a mission, print its workflow definition, and run nothing.
    Build(BuildArguments),
    /// Run suites of scenarios, in parallel, and judge them by their expectations.
    Test(Box<TestArgs>),
    /// List the missions, or show one with its schema.
    Missions(ListArguments),
    /// List the operations, or show one with its schema.
    Operations(ListArguments),
    /// List the plugins, or show one.
    Plugins(ListArguments),
    /// Run a bundle again, and compare with the result in it.
    Verify(verify::Arguments),
    /// List the runs that wait for a person, show one, answer it, or cancel it.
    Inbox(InboxArguments),
    /// Go on with runs that were answered, have expired or were interrupted.
    Resume(ResumeArguments),
    /// For authors of plugins.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Print the canonical hash of a document: SHA-256 over its canonical form (RFC 8785).
    Hash(HashArguments),
    /// Print a script that completes this command's arguments.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    pub(crate) mission: String,
    #[command(flatten)]
    pub(crate) params: ParamsArguments,
    #[command(flatten)]
    pub(crate) context: ContextArguments,
    #[command(flatten)]
    pub(crate) humans: HumanArguments,
    #[command(flatten)]
    pub(crate) journal: JournalArguments,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
    /// Write the result with all that it was made of, the plugins' files too, for `sortie verify`.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) failure: FailureArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    /// The workflow definition: a file in JSON, YAML or TOML, or `-` for standard input.
    pub(crate) workflow: String,
    #[command(flatten)]
    pub(crate) context: ContextArguments,
    #[command(flatten)]
    pub(crate) humans: HumanArguments,
    #[command(flatten)]
    pub(crate) journal: JournalArguments,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
    /// Write the result with all that it was made of, the plugins' files too, for `sortie verify`.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) failure: FailureArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    pub(crate) mission: String,
    #[command(flatten)]
    pub(crate) params: ParamsArguments,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Show this one, with its schemas.
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
}

#[derive(Debug, Args)]
pub(crate) struct HashArguments {
    /// A file in JSON, YAML or TOML, or `-` for standard input.
    pub(crate) file: String,
    /// Print the canonical bytes instead of their hash.
    #[arg(long)]
    pub(crate) canonical: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ParamsArguments {
    /// A param. The value is JSON if it can be read as such, else a string. Wins over `--params`.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    pub(crate) each: Vec<(String, serde_json::Value)>,
    /// All params: a JSON object, or `@FILE` for a file in JSON, YAML or TOML.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) params: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ContextArguments {
    /// The state to begin with: a file in JSON, YAML or TOML, or `-` for standard input. Without it, `{}`.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) state: Option<String>,
    /// Put the document of `--state` at this JSON Pointer (RFC 6901) of an otherwise empty state.
    #[arg(long, value_name = "POINTER", value_parser = pointer, requires = "state")]
    pub(crate) state_at: Option<PointerBuf>,
    /// The context's metadata: a file in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) metadata: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HumanArguments {
    /// What to do at a human step that `--answers` does not answer. Without it: ask, on a terminal; else say what
    /// is waited for, and exit 4.
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,
    /// Answers to human steps: a file in JSON, YAML or TOML, from step ids to answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<String>,
}

/// What to do at a human step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Ask at the terminal.
    Ask,
    /// Keep the run in the journal, print how to answer, and exit 4.
    Pause,
    /// Record the step, and pass.
    Mark,
}

#[derive(Debug, Args)]
pub(crate) struct PluginArguments {
    /// A plugin's file, or a folder of them. Can be given several times.
    #[arg(long = "plugin", value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FailureArguments {
    /// Where a plugin's call fails, save it to this file: `sortie plugin replay FILE` makes it again.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_failure: Option<PathBuf>,
}

fn param(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as `today=2026-01-08`")?;
    if name.is_empty() {
        return Err("the name before `=` is empty".to_owned());
    }
    let value = sortie_json::parse_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

fn pointer(text: &str) -> Result<PointerBuf, String> {
    PointerBuf::parse(text).map_err(|_| "a JSON Pointer (RFC 6901) is empty or begins with `/`: `/tasks`".to_owned())
}
