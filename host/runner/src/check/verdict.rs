//! What a check comes to.

use serde_json::{Value, json};
use sortie_host::PluginRef;

use crate::call_failure::Fact;

/// How a check ended. A closed set with stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It holds.
    Ok,
    /// It does not hold.
    Failed,
    /// It could not be made, or there was nothing to check.
    Skipped,
}

impl Mark {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What is checked: a stable name.
    pub check: &'static str,
    /// Of what, where the check is made of several: `operation greet, example 1`.
    pub subject: Option<String>,
    /// How the check ended.
    pub mark: Mark,
    /// A stable code of what failed.
    pub code: Option<&'static str>,
    /// What was found.
    pub explanation: String,
    /// What to do.
    pub remedy: Option<String>,
    /// Of a call that failed: what there is to say of it, for people and for programs.
    pub call: Option<(Vec<Fact>, Value)>,
}

impl Line {
    pub(crate) fn ok(check: &'static str, explanation: impl Into<String>) -> Self {
        Self::new(check, Mark::Ok, explanation.into())
    }

    pub(crate) fn skipped(check: &'static str, explanation: impl Into<String>) -> Self {
        Self::new(check, Mark::Skipped, explanation.into())
    }

    pub(crate) fn failed(check: &'static str, code: &'static str, explanation: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(check, Mark::Failed, explanation.into()) }
    }

    fn new(check: &'static str, mark: Mark, explanation: String) -> Self {
        Self { check, subject: None, mark, code: None, explanation, remedy: None, call: None }
    }

    pub(crate) fn of(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    pub(crate) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// As JSON: the element of `checks` in a `plugin_check@1`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "check": self.check,
            "subject": self.subject,
            "verdict": self.mark.name(),
            "code": self.code,
            "explanation": self.explanation,
            "remedy": self.remedy,
            "call": self.call.as_ref().map(|(_, call)| call),
        })
    }
}

/// All verdicts on a file.
#[derive(Debug)]
pub struct CheckReport {
    /// The file, as the command line named it.
    pub file: String,
    /// Its size.
    pub bytes: usize,
    /// The SHA-256 of it.
    pub digest: String,
    /// The plugin, and its version, where its manifest can be read.
    pub plugin: Option<(PluginRef, String)>,
    /// The verdicts, in the order of the checks.
    pub lines: Vec<Line>,
}

impl CheckReport {
    /// Whether nothing failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.count(Mark::Failed) == 0
    }

    /// How many lines have a mark.
    #[must_use]
    pub fn count(&self, mark: Mark) -> usize {
        self.lines.iter().filter(|line| line.mark == mark).count()
    }

    /// As JSON: the element of `plugins` in a `plugin_check@1`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.file,
            "bytes": self.bytes,
            "digest": self.digest,
            "name": self.plugin.as_ref().map(|(plugin, _)| &plugin.name),
            "version": self.plugin.as_ref().map(|(_, version)| version),
            "passed": self.passed(),
            "checks": self.lines.iter().map(Line::to_json).collect::<Vec<_>>(),
        })
    }
}
