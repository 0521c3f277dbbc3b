//! Verdicts, and how they are printed.

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use sortie_host::PluginRef;

use crate::render::printable;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    Failed,
    /// It could not be made, or there was nothing to check.
    Skipped,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => GOOD,
            Self::Failed => BAD,
            Self::Skipped => DIM,
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// What is checked: a stable name.
    pub(super) check: &'static str,
    /// Of what, where the check is made of several: `operation greet, example 1`.
    pub(super) subject: Option<String>,
    pub(super) verdict: Verdict,
    /// A stable code of what failed.
    pub(super) code: Option<&'static str>,
    pub(super) explanation: String,
    /// What to do.
    pub(super) remedy: Option<String>,
    /// Of a call that failed: what there is to say of it, for people and for programs.
    pub(super) call: Option<(String, Value)>,
}

impl Line {
    pub(super) fn ok(check: &'static str, explanation: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, explanation.into())
    }

    pub(super) fn skipped(check: &'static str, explanation: impl Into<String>) -> Self {
        Self::new(check, Verdict::Skipped, explanation.into())
    }

    pub(super) fn failed(check: &'static str, code: &'static str, explanation: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(check, Verdict::Failed, explanation.into()) }
    }

    fn new(check: &'static str, verdict: Verdict, explanation: String) -> Self {
        Self { check, subject: None, verdict, code: None, explanation, remedy: None, call: None }
    }

    pub(super) fn of(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    fn to_text(&self) -> String {
        let (style, name, check) = (self.verdict.style(), self.verdict.name(), self.check);
        let subject = self.subject.as_ref().map(|subject| format!("{subject}: ")).unwrap_or_default();
        let said = printable(&format!("{subject}{}", self.explanation));
        let mut text = format!("  {style}{name:<8}{style:#} {check:<12} {said}\n");
        let mut below = |said: &str| text.push_str(&format!("  {:<8} {:<12} {said}\n", "", ""));
        if let Some(remedy) = &self.remedy {
            below(&printable(&format!("help: {remedy}")));
        }
        if let Some((call, _)) = &self.call {
            call.lines().for_each(below);
        }
        text
    }

    fn to_json(&self) -> Value {
        json!({
            "check": self.check,
            "subject": self.subject,
            "verdict": self.verdict.name(),
            "code": self.code,
            "explanation": self.explanation,
            "remedy": self.remedy,
            "call": self.call.as_ref().map(|(_, call)| call),
        })
    }
}

/// All verdicts on a file.
#[derive(Debug)]
pub(super) struct Report {
    /// The file, as the command line named it.
    pub(super) file: String,
    pub(super) bytes: usize,
    pub(super) digest: String,
    /// The plugin, and its version, where its manifest can be read.
    pub(super) plugin: Option<(PluginRef, String)>,
    pub(super) lines: Vec<Line>,
}

impl Report {
    pub(super) fn passed(&self) -> bool {
        self.count(Verdict::Failed) == 0
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.lines.iter().filter(|line| line.verdict == verdict).count()
    }

    pub(super) fn to_text(&self) -> String {
        let name = match &self.plugin {
            Some((plugin, version)) => format!("{} {version}", plugin.name),
            None => "no plugin".to_owned(),
        };
        let mut text = format!(
            "{BOLD}{}{BOLD:#}: {}, {} bytes, {DIM}{}{DIM:#}\n",
            printable(&self.file),
            printable(&name),
            self.bytes,
            self.digest
        );
        self.lines.iter().for_each(|line| text.push_str(&line.to_text()));
        let (mark, style) = if self.passed() { ("✔", GOOD) } else { ("✘", BAD) };
        let (ok, failed, skipped) =
            (self.count(Verdict::Ok), self.count(Verdict::Failed), self.count(Verdict::Skipped));
        text.push_str(&format!(
            "{style}{mark}{style:#} {}: {ok} ok, {failed} failed, {skipped} skipped\n",
            printable(&self.file)
        ));
        text
    }

    pub(super) fn to_json(&self) -> Value {
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
