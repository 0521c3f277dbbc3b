//! What went wrong, in words, in JSON, and as an exit code.

mod journal;

use serde_json::{Value, json};
use sortie_host::journal::{JournalError, RunError};
use sortie_host::{HostError, LimitTooGreat};
use sortie_json::UserError;
use sortie_json::{Diagnostic, Report, Style};
use sortie_runner::files::{DocumentError, FileError};
use sortie_runner::{CheckError, SavedFailureError, TestError, codes};

pub(crate) use sortie_json::Exit;

use crate::options::Format;
use crate::render::{Unprinted, printable, to_stderr, to_stdout_json};

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Something is wrong in a file: with places.
    Document(Box<Report>),
    /// The host said no.
    Host(Box<HostError>),
    /// A run in the journal did not start, go on or end.
    Run(Box<RunError>),
    /// A mission's builder failed: with what there is to say of its call, a line each.
    BuildFailed { error: Box<HostError>, details: String },
    /// Something else about the input.
    Input { code: &'static str, message: String, help: Option<String> },
    /// A plugin is not what it should be.
    PluginRefused { code: &'static str, message: String, help: Option<String> },
    /// Something is missing on the command line that its grammar does not tell.
    Usage { code: &'static str, message: String, help: String },
    /// A human step has no answer.
    Waiting { message: String, help: String },
    /// There is no verdict on the suites.
    Test(Box<TestError>),
    /// A plugin was not judged.
    Check(Box<CheckError>),
    /// A file cannot be read or written.
    File(FileError),
    /// A saved failure cannot be had.
    SavedFailure(Box<SavedFailureError>),
    /// Standard output cannot be written.
    Output(std::io::Error),
}

/// A file that asks for more than it may have without the user's word.
pub(crate) fn limit_too_great(error: LimitTooGreat) -> CliError {
    CliError::Input {
        code: "limit_too_great",
        message: error.to_string(),
        help: Some("if you trust who wrote the file, allow it with `--allow-limits`".to_owned()),
    }
}

impl From<HostError> for CliError {
    fn from(error: HostError) -> Self {
        Self::Host(Box::new(error))
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Host(error) => error.into(),
            RunError::Journal(_)
            | RunError::Decide(_)
            | RunError::Cancel(_)
            | RunError::ChangedPlugin { .. }
            | RunError::MissingPlugin { .. }
            | RunError::MemoryLimit { .. }
            | RunError::NotRebuilt { .. } => Self::Run(Box::new(error)),
        }
    }
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        RunError::from(error).into()
    }
}

impl From<TestError> for CliError {
    fn from(error: TestError) -> Self {
        Self::Test(Box::new(error))
    }
}

impl From<CheckError> for CliError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Host(error) => error.into(),
            CheckError::File(error) => Self::File(error),
            CheckError::Document(report) => Self::Document(report),
            error => Self::Check(Box::new(error)),
        }
    }
}

impl From<FileError> for CliError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<DocumentError> for CliError {
    fn from(error: DocumentError) -> Self {
        CheckError::from(error).into()
    }
}

impl From<SavedFailureError> for CliError {
    fn from(error: SavedFailureError) -> Self {
        match error {
            SavedFailureError::Document(error) => error.into(),
            error => Self::SavedFailure(Box::new(error)),
        }
    }
}

impl From<Unprinted> for CliError {
    fn from(Unprinted(error): Unprinted) -> Self {
        Self::Output(error)
    }
}

impl From<Report> for CliError {
    fn from(report: Report) -> Self {
        Self::Document(Box::new(report))
    }
}

impl CliError {
    /// Prints the error where the format says, and returns its exit code.
    pub(crate) fn report(&self, format: Format) -> Exit {
        match format {
            Format::Human => match self {
                Self::Document(report) => to_stderr(&report.render(Style::Ansi)),
                Self::Test(error) if !error.reports().is_empty() => {
                    for report in error.reports() {
                        to_stderr(&format!("{}\n", report.render(Style::Ansi)));
                    }
                    to_stderr(&error.to_string());
                }
                Self::BuildFailed { details, .. } => {
                    self.report_without_place();
                    to_stderr(details);
                }
                Self::Host(_)
                | Self::Run(_)
                | Self::Input { .. }
                | Self::PluginRefused { .. }
                | Self::Usage { .. }
                | Self::Waiting { .. }
                | Self::Test(_)
                | Self::Check(_)
                | Self::File(_)
                | Self::SavedFailure(_)
                | Self::Output(_) => {
                    self.report_without_place();
                }
            },
            // The results have it: a second value after them would spoil them.
            Format::Json if matches!(self, Self::Test(error) if matches!(**error, TestError::Ended(_))) => {
                self.report_without_place();
            }
            Format::Json => to_stdout_json(&json!({"error": self.to_json()})),
        }
        self.exit()
    }

    fn report_without_place(&self) {
        let mut diagnostic = Diagnostic::error(self.code(), printable(&self.message()));
        if let Some(help) = self.help() {
            diagnostic = diagnostic.help(help);
        }
        to_stderr(&Report::without_text("", vec![diagnostic]).render(Style::Ansi));
    }

    /// `{"code", "message", "help", "location"}`, and `others` where there is more than one error.
    pub(crate) fn to_json(&self) -> Value {
        let reports = match self {
            Self::Document(report) => std::slice::from_ref(&**report),
            Self::Test(error) => error.reports(),
            Self::Host(_)
            | Self::Run(_)
            | Self::BuildFailed { .. }
            | Self::Input { .. }
            | Self::PluginRefused { .. }
            | Self::Usage { .. }
            | Self::Waiting { .. }
            | Self::Check(_)
            | Self::File(_)
            | Self::SavedFailure(_)
            | Self::Output(_) => &[],
        };
        let mut all: Vec<Value> =
            reports.iter().filter_map(|report| report.to_json().as_array().cloned()).flatten().collect();
        if all.is_empty() {
            return json!({"code": self.code(), "message": self.message(), "help": self.help(), "location": null});
        }
        let mut first = all.remove(0);
        if let (Some(members), false) = (first.as_object_mut(), all.is_empty()) {
            members.insert("others".to_owned(), Value::Array(all));
        }
        first
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Document(_) => "invalid_document",
            Self::Host(error) | Self::BuildFailed { error, .. } => error.code(),
            Self::Run(error) => error.code(),
            Self::Input { code, .. } | Self::PluginRefused { code, .. } | Self::Usage { code, .. } => code,
            Self::Waiting { .. } => "waiting",
            Self::Test(error) => error.code(),
            Self::Check(error) => error.code().as_str(),
            Self::File(error) => error.code().as_str(),
            Self::SavedFailure(error) => error.code().as_str(),
            Self::Output(_) => "output_failed",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Document(_) => String::new(),
            Self::Host(error) | Self::BuildFailed { error, .. } => error.to_string(),
            Self::Run(error) => error.to_string(),
            Self::Input { message, .. }
            | Self::PluginRefused { message, .. }
            | Self::Usage { message, .. }
            | Self::Waiting { message, .. } => message.clone(),
            Self::Test(error) => error.to_string(),
            Self::Check(error) => error.to_string(),
            Self::File(error) => error.to_string(),
            Self::SavedFailure(error) => error.to_string(),
            Self::Output(error) => format!("standard output cannot be written: {error}"),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Document(_) | Self::Output(_) => None,
            Self::Host(error) | Self::BuildFailed { error, .. } => error.help(),
            Self::Run(error) => journal::help(error),
            Self::Input { help, .. } | Self::PluginRefused { help, .. } => help.clone(),
            Self::Usage { help, .. } | Self::Waiting { help, .. } => Some(help.clone()),
            Self::Test(error) => error.help(),
            Self::Check(error) => error.help(),
            Self::File(error) => error.help(),
            Self::SavedFailure(error) => error.help(),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Document(_) | Self::Input { .. } => Exit::Rejected,
            Self::PluginRefused { .. } => Exit::PluginRejected,
            Self::Usage { .. } => Exit::Usage,
            Self::Waiting { .. } => Exit::Waiting,
            Self::Output(_) => Exit::HostFault,
            Self::Host(error) | Self::BuildFailed { error, .. } => exit_of(error),
            Self::Run(error) => journal::exit_of(error),
            Self::Test(error) => exit_of_test(error),
            Self::Check(error) => error.exit(),
            Self::File(error) => error.exit(),
            Self::SavedFailure(error) => error.exit(),
        }
    }
}

fn exit_of_test(error: &TestError) -> Exit {
    match error {
        TestError::Host(error) => exit_of(error),
        TestError::Ended(error) => exit_of_test(error),
        TestError::Fault(_) => codes::HOST_FAULT.exit(),
        TestError::Print(_) => codes::PRINT_FAILED.exit(),
        _ => Exit::Rejected,
    }
}

pub(crate) fn exit_of(error: &HostError) -> Exit {
    use sortie_host::{PluginRejection, RegistryError};
    match error {
        HostError::Plugin { rejection: PluginRejection::Fault(_), .. } | HostError::Fault(_) | HostError::Bug(_) => {
            Exit::HostFault
        }
        HostError::Plugin { .. }
        | HostError::Orchestrates { .. }
        | HostError::Registry(
            RegistryError::Clash { .. } | RegistryError::OtherName { .. } | RegistryError::InvalidSchema { .. },
        ) => Exit::PluginRejected,
        HostError::BuildFailed { .. } => Exit::Failed,
        HostError::Waiting { .. } => Exit::Waiting,
        HostError::PluginFile { .. }
        | HostError::Limit(_)
        | HostError::PolicyMemory { .. }
        | HostError::Registry(RegistryError::Unknown { .. } | RegistryError::Ambiguous { .. })
        | HostError::InvalidParams { .. }
        | HostError::InvalidPayload { .. }
        | HostError::ParamsTooLarge { .. }
        | HostError::ParamsNotIJson(_)
        | HostError::Workflow(_)
        | HostError::Context(_)
        | HostError::Start(_)
        | HostError::Decision(_) => Exit::Rejected,
    }
}
