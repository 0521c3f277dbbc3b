//! Options that several commands have.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jsonptr::PointerBuf;
use sortie_host::journal::Actor;

/// How output is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: JSON, and nothing else, on standard output.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ParamsArguments {
    /// Set a param. The value is read as JSON if it is JSON, and as a string otherwise, or where the mission wants a
    /// string. `@FILE` reads the value from a file: as text where the mission wants a string, else as a document.
    /// Overrides `--params`.
    #[arg(long = "param", value_name = "NAME=VALUE|NAME=@FILE", value_parser = param)]
    pub(crate) each: Vec<(String, String)>,
    /// Set all params: a JSON object, or `@FILE` for a file in JSON, YAML or TOML.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) params: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ContextArguments {
    /// Start from this state: a file in JSON, YAML or TOML, or `-` for standard input [default: `{}`].
    #[arg(long, value_name = "FILE|-")]
    pub(crate) state: Option<String>,
    /// Put the document of `--state` at this JSON Pointer (RFC 6901) into an otherwise empty state.
    #[arg(long, value_name = "POINTER", value_parser = pointer, requires = "state")]
    pub(crate) state_at: Option<PointerBuf>,
    /// Put a document into the state at a JSON Pointer, replacing what is there: a file in JSON, YAML or TOML, or `-`
    /// for standard input. Can be repeated.
    #[arg(long, value_name = "POINTER=FILE|-", value_parser = put)]
    pub(crate) put: Vec<(PointerBuf, String)>,
    /// Read integers beyond ±(2^53−1), which not every JSON reader keeps exactly, as strings.
    #[arg(long)]
    pub(crate) great_integers_as_strings: bool,
    /// Set the context's metadata: a file in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) metadata: Option<String>,
}

impl ContextArguments {
    /// The files that are read.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let put = self.put.iter().map(|(_, file)| file);
        self.state.iter().chain(put).chain(&self.metadata).map(String::as_str)
    }
}

impl ParamsArguments {
    /// The files that are read.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.each.iter().map(|(_, value)| value).chain(&self.params).filter_map(|value| value.strip_prefix('@'))
    }
}

#[derive(Debug, Args)]
pub(crate) struct HumanArguments {
    /// Choose what to do at a human step that `--answers` does not answer. By default, ask at a terminal; elsewhere,
    /// print the question and exit 4.
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,
    /// Answer human steps from a file in JSON, YAML or TOML that maps step ids to answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<String>,
    #[command(flatten)]
    pub(crate) person: ActorArguments,
}

/// Who acts: whoever the journal names for it.
#[derive(Debug, Args)]
pub(crate) struct ActorArguments {
    /// Act as this person [default: your user name].
    #[arg(long, value_name = "NAME", env = "SORTIE_ACTOR", hide_env_values = true, value_parser = name)]
    actor: Option<String>,
}

impl ActorArguments {
    /// Who is named, else the user.
    pub(crate) fn actor(&self) -> Actor {
        let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|variable| std::env::var(variable).ok());
        Actor::new(self.actor.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned()))
    }
}

/// What to do at a human step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Ask at the terminal.
    Ask,
    /// Keep the run in the journal, print how to answer, and exit 4.
    Pause,
    /// Record the step as marked, and continue.
    Mark,
}

#[derive(Debug, Args)]
pub(crate) struct PluginArguments {
    /// Register a plugin's file, or all plugins in a folder. Can be repeated.
    #[arg(long = "plugin", value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// Refuse plugins that run missions themselves, except those that come with this command.
    #[arg(long)]
    pub(crate) no_orchestrating: bool,
    /// Let a run in a journal have the limits that it asks for, however high.
    #[arg(long)]
    pub(crate) allow_limits: bool,
}

impl PluginArguments {
    /// A host that takes what the arguments allow.
    pub(crate) fn allow(&self, mut builder: sortie_host::HostBuilder) -> sortie_host::HostBuilder {
        if self.no_orchestrating {
            builder = builder.refuse_orchestrating();
        }
        if self.allow_limits {
            builder = builder.allow_limits_of_files();
        }
        builder
    }
}

#[derive(Debug, Args)]
pub(crate) struct FailureArguments {
    /// Save the plugin call that fails to this file: `sortie plugin replay FILE` repeats it.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_failure: Option<PathBuf>,
}

/// The journal.
#[derive(Debug, Clone, Args)]
pub(crate) struct JournalArguments {
    /// Use this journal of waiting runs: a file, created when it is first needed, or `postgres://USER@HOST/DATABASE`
    /// [default: `sortie/journal.sqlite` in your data folder].
    #[arg(long, value_name = "FILE|URL", env = "SORTIE_JOURNAL", hide_env_values = true)]
    pub(crate) journal: Option<PathBuf>,
}

/// A number of which there has to be one.
pub(crate) fn at_least_one<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "expected a whole number, 1 or more".to_owned())
}

fn name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("expected the name of a person".to_owned()) } else { Ok(text.to_owned()) }
}

fn param(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as `today=2026-01-08`")?;
    if name.is_empty() {
        return Err("the name before `=` is empty".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn put(text: &str) -> Result<(PointerBuf, String), String> {
    let (at, file) = text.split_once('=').ok_or("expected POINTER=FILE, such as `/tasks=tasks.json`")?;
    Ok((pointer(at)?, file.to_owned()))
}

pub(crate) fn pointer(text: &str) -> Result<PointerBuf, String> {
    PointerBuf::parse(text).map_err(|_| {
        if text.starts_with('/') {
            return "in a JSON Pointer (RFC 6901) `~` is written `~0`, and a `/` within a name `~1`".to_owned();
        }
        "a JSON Pointer (RFC 6901) is empty or begins with `/`: `/tasks`".to_owned()
    })
}

/// A time such as human steps have it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let unit = |unit: &str| match unit {
        "" | "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        _ => None,
    };
    let (number, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = unit(rest).and_then(|unit| number.parse::<u64>().ok()?.checked_mul(unit));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "expected a time such as 90 (seconds), `15m`, `8h` or `2d`".to_owned())
}
