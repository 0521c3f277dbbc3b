//! Why there is no verdict.

use std::io;
use std::path::Path;

use sortie_harness::runner;
use sortie_host::HostError;
use sortie_json::{Code, Report, UserError};

use crate::codes;
use crate::files::{DocumentError, FileError};

/// A verdict on scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds; or nothing was to be run.
    Passed,
    /// Something does not hold.
    Failed,
}

/// Why there is no verdict on suites.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
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
    #[error(transparent)]
    Output(FileError),
    /// What reporters write cannot be written.
    #[error("cannot write the results: {0}")]
    Print(io::Error),
    /// What ended a run that had begun: the reporters have told it.
    #[error(transparent)]
    Ended(Box<TestError>),
}

impl TestError {
    /// That a file cannot be written.
    pub(crate) fn output(path: &Path, error: io::Error) -> Self {
        Self::Output(FileError::writing(path, error))
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(_) => codes::INPUT_REJECTED.as_str(),
            Self::NoScenarios(_) => codes::NO_SCENARIOS.as_str(),
            Self::NoPlugin(_) => codes::UNKNOWN_PLUGIN.as_str(),
            Self::Host(error) => error.code(),
            Self::Fault(_) => codes::HOST_FAULT.as_str(),
            Self::Output(error) => error.code().as_str(),
            Self::Print(_) => codes::PRINT_FAILED.as_str(),
            Self::Ended(error) => error.code(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) => error.help(),
            Self::NoPlugin(_) => Some(codes::UNKNOWN_PLUGIN.remedy().to_owned()),
            Self::NoScenarios(_) => Some(codes::NO_SCENARIOS.remedy().to_owned()),
            Self::Fault(_) => Some(codes::HOST_FAULT.remedy().to_owned()),
            Self::Output(error) => error.help(),
            Self::Ended(error) => error.help(),
            Self::Rejected(_) | Self::Print(_) => None,
        }
    }

    /// What is wrong in files and arguments, to be rendered.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        match self {
            Self::Rejected(reports) => reports,
            Self::NoScenarios(_)
            | Self::NoPlugin(_)
            | Self::Host(_)
            | Self::Fault(_)
            | Self::Output(_)
            | Self::Print(_)
            | Self::Ended(_) => &[],
        }
    }
}

/// Why a plugin was not judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is wrong, with its places.
    #[error("there are mistakes in `{}`", .0.source.name())]
    Document(Box<Report>),
    /// A host cannot be made, or another plugin was rejected.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The budget is that of another plugin.
    #[error("`{path}` is the budget of the plugin `{found}`, not of `{plugin}`")]
    BudgetOfAnotherPlugin {
        /// The budget's file.
        path: String,
        /// The plugin that it is of.
        found: String,
        /// The plugin that is judged.
        plugin: String,
    },
    /// A file is no budget.
    #[error("`{path}` is not a budget: {detail}")]
    NotABudget {
        /// The file.
        path: String,
        /// Why not.
        detail: String,
    },
}

impl UserError for CheckError {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Document(_) | Self::Host(_) => codes::INPUT_REJECTED,
            Self::BudgetOfAnotherPlugin { .. } => codes::BUDGET_OF_ANOTHER_PLUGIN,
            Self::NotABudget { .. } => codes::NOT_A_BUDGET,
        }
    }
}

impl From<DocumentError> for CheckError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::File(error) => Self::File(error),
            DocumentError::Report(report) => Self::Document(report),
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
