//! What went wrong, in words, in JSON, and as an exit code.

use serde_json::{Value, json};
use sortie_host::journal::{JournalError, RunError};
use sortie_host::{HostError, LimitTooGreat, Remark};
use sortie_json::{Code, Diagnostic, Report, Style, UserError, excerpt};
use sortie_runner::files::{DocumentError, FileError};
use sortie_runner::replay::ReplayError;
use sortie_runner::{CheckError, SavedFailureError, TestError};

pub(crate) use sortie_json::Exit;

use crate::advice;
use crate::options::Format;
use crate::refusal::{Refusal, codes};
use crate::render::{PrintError, print_json, printable, to_stderr};

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Something is wrong in a file: with places.
    Document(Box<Report>),
    /// The host said no: a place may be known to whoever read the workflow.
    Host(Box<HostError>),
    /// A mission's builder failed: with what there is to say of its call, a line each.
    BuildFailed { error: Box<HostError>, details: String },
    /// There is no verdict on the suites: with places.
    Test(Box<TestError>),
    /// A run in a journal did not start, resume or end.
    Run(Box<RunError>),
    /// A remark on a mission, where warnings are taken for errors.
    Remark(Box<Remark>),
    /// Anything else.
    Error(Box<dyn UserError>),
}

/// A file that asks for more than it may have without the user's word.
pub(crate) fn limit_too_great(error: LimitTooGreat) -> CliError {
    Refusal::LimitTooGreat { detail: error.to_string() }.into()
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
            error => Self::Run(Box::new(error)),
        }
    }
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        RunError::from(error).into()
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        Self::Error(Box::new(refusal))
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
            CheckError::File(error) => error.into(),
            CheckError::Document(report) => Self::Document(report),
            error => Self::Error(Box::new(error)),
        }
    }
}

impl From<FileError> for CliError {
    fn from(error: FileError) -> Self {
        Self::Error(Box::new(error))
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
            error => Self::Error(Box::new(error)),
        }
    }
}

impl From<ReplayError> for CliError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Host(error) => Self::Host(error),
            error => Self::Error(Box::new(error)),
        }
    }
}

impl From<PrintError> for CliError {
    fn from(error: PrintError) -> Self {
        Self::Error(Box::new(error))
    }
}

impl UserError for PrintError {
    fn code(&self) -> Code {
        codes::OUTPUT_FAILED
    }
}

impl From<Report> for CliError {
    fn from(report: Report) -> Self {
        Self::Document(Box::new(report))
    }
}

/// How long what is said of an error may be, in bytes: a file that is not what it should be may be repeated in it.
const MAX_SAID_BYTES: usize = 4_000;

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
                    to_stderr(&printable(&self.message()));
                }
                Self::BuildFailed { details, .. } => {
                    self.report_without_place();
                    to_stderr(details);
                }
                Self::Host(_) | Self::Test(_) | Self::Run(_) | Self::Remark(_) | Self::Error(_) => {
                    self.report_without_place();
                }
            },
            // The results have it: a second value after them would spoil them.
            Format::Json if matches!(self, Self::Test(error) if matches!(**error, TestError::Ended(_))) => {
                self.report_without_place();
            }
            // Where programs cannot be told, people are.
            Format::Json => {
                if print_json(&json!({"error": self.to_json()})).is_err() {
                    self.report_without_place();
                }
            }
        }
        self.exit()
    }

    fn report_without_place(&self) {
        let mut diagnostic = Diagnostic::error(self.code().as_str(), printable(&self.message()));
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
            Self::Host(_) | Self::BuildFailed { .. } | Self::Run(_) | Self::Remark(_) | Self::Error(_) => &[],
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

    /// The error as a user gets it; of a document, the report has it.
    fn as_error(&self) -> Option<&dyn UserError> {
        match self {
            Self::Document(_) => None,
            Self::Host(error) | Self::BuildFailed { error, .. } => Some(&**error),
            Self::Test(error) => Some(&**error),
            Self::Run(error) => Some(&**error),
            Self::Remark(remark) => Some(&**remark),
            Self::Error(error) => Some(&**error),
        }
    }

    fn code(&self) -> Code {
        self.as_error().map_or(codes::INVALID_DOCUMENT, UserError::code)
    }

    /// What is wrong; of what others wrote into it, no more than one reads.
    pub(crate) fn message(&self) -> String {
        let message = self.as_error().map(ToString::to_string).unwrap_or_default();
        excerpt(&message, MAX_SAID_BYTES).into_owned()
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) | Self::BuildFailed { error, .. } => advice::on_host_error(error),
            Self::Run(error) => advice::on_run_error(error),
            Self::Remark(remark) => advice::on_remark(remark),
            Self::Test(error) => match &**error {
                TestError::Host(error) => advice::on_host_error(error),
                error => error.help(),
            },
            _ => self.as_error().and_then(UserError::help),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.as_error().map_or(codes::INVALID_DOCUMENT.exit(), UserError::exit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_said_of_an_error_the_beginning_is_repeated() {
        let said = |bytes: usize| {
            let error = CliError::from(Refusal::PathNotUtf8 { path: "x".repeat(bytes) });
            let json = error.to_json()["message"].as_str().map(str::len);
            assert_eq!(Some(error.message().len()), json);
            error.message().len()
        };
        let around = said(1) - 1;
        assert_eq!(said(4_000 - around), 4_000);
        assert_eq!((said(4_001 - around), said(1 << 20)), (4_000 + '…'.len_utf8(), 4_000 + '…'.len_utf8()));
    }
}
