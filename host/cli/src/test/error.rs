//! Why there is no verdict.

use std::io;

use sortie_harness::runner;
use sortie_host::HostError;
use sortie_json::Report;

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestExit {
    /// Everything holds; or nothing was to be run.
    Passed,
    /// Something does not hold.
    Failed,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestError {
    /// Files or arguments that are wrong, with their places: [`TestError::reports`].
    #[error("{}", summary(.0))]
    Rejected(Vec<Report>),
    /// No scenario was chosen.
    #[error("no scenario is chosen: {0}")]
    NoScenarios(String),
    /// All that was chosen is about a plugin that is not registered.
    #[error("nothing was run: the plugin `{0}`, which the suite is about, is not registered")]
    NoPlugin(String),
    /// A host that cannot be made, or a plugin that it rejects.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The host failed while it ran a mission.
    #[error(transparent)]
    Fault(#[from] runner::HostFault),
    /// A file that was asked for cannot be written.
    #[error("cannot write `{path}`: {error}")]
    Output {
        /// The file.
        path: String,
        /// What the operating system says.
        error: io::Error,
    },
    /// What the command prints cannot be written.
    #[error("cannot write the results: {0}")]
    Print(io::Error),
    /// What ended a run that had begun: the reporters have told it.
    #[error(transparent)]
    Ended(Box<TestError>),
    /// A mistake of Sortie itself.
    #[error("this is a mistake in Sortie: {0}")]
    Bug(String),
}

impl TestError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "input_rejected",
            Self::NoScenarios(_) => "no_scenarios",
            Self::NoPlugin(_) => "unknown_plugin",
            Self::Host(error) => error.code(),
            Self::Fault(_) => "host_fault",
            Self::Output { .. } => "output_not_writable",
            Self::Print(_) => "print_failed",
            Self::Ended(error) => error.code(),
            Self::Bug(_) => "bug",
        }
    }

    /// What to do.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) => error.help(),
            Self::NoPlugin(_) => {
                Some("build it with `sortie plugin build`, and give its file with `--plugin`".to_owned())
            }
            Self::NoScenarios(_) => Some("`--list` without a filter prints the names of all scenarios".to_owned()),
            Self::Fault(_) => Some("nothing was recorded; try again".to_owned()),
            Self::Output { .. } => Some("check that the folder exists and can be written".to_owned()),
            Self::Bug(_) => Some("please report it".to_owned()),
            Self::Ended(error) => error.help(),
            Self::Rejected(_) | Self::Print(_) => None,
        }
    }

    /// What is wrong in files and arguments, to be rendered.
    pub(crate) fn reports(&self) -> &[Report] {
        match self {
            Self::Rejected(reports) => reports,
            Self::NoScenarios(_)
            | Self::NoPlugin(_)
            | Self::Host(_)
            | Self::Fault(_)
            | Self::Output { .. }
            | Self::Print(_)
            | Self::Ended(_)
            | Self::Bug(_) => &[],
        }
    }
}

/// How many files are named; of more, it is told how many they are.
const MOST_NAMES: usize = 10;

fn summary(reports: &[Report]) -> String {
    let problems: usize = reports.iter().map(|report| report.diagnostics.len()).sum();
    let names: Vec<&str> = reports.iter().map(|report| report.source.name()).collect();
    let s = if problems == 1 { "" } else { "s" };
    let files = if names.len() > MOST_NAMES { format!("{} files", names.len()) } else { names.join(", ") };
    format!("nothing was run: {problems} problem{s} in {files}")
}
