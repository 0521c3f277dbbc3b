//! Why there is no verdict.

use std::io;
use std::path::Path;

use sortie_harness::runner;
use sortie_host::HostError;
use sortie_json::{Code, Foreign, Report, UserError};

use crate::codes;
use crate::files::{DocumentError, FileError};
use crate::language::Language;

/// A verdict on scenarios. Closed: each is an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestVerdict {
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
    #[error("no scenario is selected: {0}")]
    NoScenarios(String),
    /// All that was chosen is about a plugin that is not registered.
    #[error("nothing was run: the suite is about the plugin `{0}`, which is not registered")]
    NoPlugin(String),
    /// A suite is about a plugin that is not registered, and one with nearly the same name is.
    #[error("the suite in `{file}` requires the plugin `{name}`, which is not registered")]
    MisspeltPlugin {
        /// The suite's file.
        file: String,
        /// The name that is required.
        name: String,
        /// The plugin that was probably meant.
        near: String,
    },
    /// Everything that was chosen is skipped.
    #[error("nothing was run: all {0} selected scenarios are skipped")]
    AllSkipped(usize),
    /// What is to be written would take the place of what was read.
    #[error("`{0}` is one of the files that are tested, and would be overwritten")]
    OverwritesInput(String),
    /// A plugin's operators are to be changed, and a scenario fails already.
    #[error("the scenario `{0}` fails before any mutation")]
    FailsUnchanged(String),
    /// A plugin's operators are to be changed, and none was given.
    #[error("there is no plugin to mutate")]
    NothingToMutate,
    /// A plugin's operators are to be changed, and they are not its author's.
    #[error("the plugin `{plugin}` is written in {}: the operators in its file are an interpreter's", .language.name())]
    MutatesInterpreter {
        /// The plugin.
        plugin: String,
        /// Its language.
        language: Language,
    },
    /// Somebody interrupted the run.
    #[error("the run was interrupted: the results have what was finished by then")]
    Interrupted,
    /// A host that cannot be made, or a plugin that it rejects.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The host failed while it ran a mission.
    #[error(transparent)]
    Fault(#[from] runner::MissionFault),
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

    /// What is wrong in files and arguments, to be rendered.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        match self {
            Self::Rejected(reports) => reports,
            Self::NoScenarios(_)
            | Self::NoPlugin(_)
            | Self::MisspeltPlugin { .. }
            | Self::AllSkipped(_)
            | Self::OverwritesInput(_)
            | Self::FailsUnchanged(_)
            | Self::NothingToMutate
            | Self::MutatesInterpreter { .. }
            | Self::Interrupted
            | Self::Host(_)
            | Self::Fault(_)
            | Self::Output(_)
            | Self::Print(_)
            | Self::Ended(_) => &[],
        }
    }
}

impl UserError for TestError {
    fn code(&self) -> Code {
        match self {
            Self::Rejected(_) => codes::INPUT_REJECTED,
            Self::NoScenarios(_) => codes::NO_SCENARIOS,
            Self::NoPlugin(_) | Self::MisspeltPlugin { .. } => sortie_host::codes::UNKNOWN_PLUGIN,
            Self::AllSkipped(_) => codes::ALL_SKIPPED,
            Self::OverwritesInput(_) => codes::OVERWRITES_INPUT,
            Self::FailsUnchanged(_) => codes::FAILS_UNCHANGED,
            Self::NothingToMutate => codes::NOTHING_TO_MUTATE,
            Self::MutatesInterpreter { .. } => codes::MUTATES_INTERPRETER,
            Self::Interrupted => codes::INTERRUPTED,
            Self::Host(error) => UserError::code(error),
            Self::Fault(_) => codes::HOST_FAULT,
            Self::Output(error) => error.code(),
            Self::Print(_) => codes::PRINT_FAILED,
            Self::Ended(error) => UserError::code(&**error),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Rejected(_) => None,
            Self::MisspeltPlugin { near, .. } => Some(format!("did you mean `{near}`?")),
            Self::NoPlugin(_) => {
                Some("build it with `sortie plugin build`, and give its file with `--plugin`".to_owned())
            }
            Self::Host(error) => UserError::help(error),
            Self::Output(error) => error.help(),
            Self::Ended(error) => error.help(),
            _ => Some(self.code().remedy().to_owned()),
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
    #[error("`{}` has errors", .0.source.name())]
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
            Self::Document(_) => codes::INPUT_REJECTED,
            Self::Host(error) => UserError::code(error),
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
    let names: Vec<String> = reports.iter().map(|report| Foreign(report.source.name()).to_string()).collect();
    let s = if problems == 1 { "" } else { "s" };
    let files = if names.len() > MOST_NAMES { format!("{} files", names.len()) } else { names.join(", ") };
    format!("nothing was run: {problems} problem{s} in {files}")
}
