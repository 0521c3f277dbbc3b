//! All that is to be said about one document.

use serde_json::{Value, json};

use crate::position::{Position, positions};
use crate::render::{self, Style};
use crate::{Diagnostic, Severity, Source};

/// A document and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The document's name and text.
    pub source: Source,
    /// What is to be said about it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// A report about something without a text, such as an argument of a command.
    #[must_use]
    pub fn without_text(name: &str, diagnostics: Vec<Diagnostic>) -> Self {
        Self { source: Source::without_text(name), diagnostics }
    }

    /// Whether there is an error among the diagnostics.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The report as a person reads it: each diagnostic with its line of the text, an empty line between them, and a
    /// line break at the end. Of more than a hundred diagnostics the first hundred are shown.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        render::render(self, style)
    }

    /// The report as a program reads it: an array of objects with `severity`, `code`, `message`, `help` and `location`,
    /// an object with `file`, `line`, `column` (both from 1, the column in characters) and `pointer`. What is not known
    /// is `null`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let starts: Vec<usize> = self.diagnostics.iter().filter_map(start).collect();
        let mut positions = positions(self.source.bytes(), &starts).into_iter();
        let entries = self.diagnostics.iter().map(|diagnostic| {
            let position = start(diagnostic).and_then(|_| positions.next());
            self.entry(diagnostic, position)
        });
        Value::Array(entries.collect())
    }

    fn entry(&self, diagnostic: &Diagnostic, position: Option<Position>) -> Value {
        let pointer = diagnostic.place.as_ref().and_then(|place| place.pointer.as_ref());
        json!({
            "severity": diagnostic.severity.code(),
            "code": diagnostic.code,
            "message": diagnostic.message,
            "help": diagnostic.help,
            "location": {
                "file": self.source.name(),
                "line": position.map(|position| position.line),
                "column": position.map(|position| position.column),
                "pointer": pointer.map(|pointer| pointer.as_str()),
            },
        })
    }
}

/// Where a diagnostic's place begins in the text.
fn start(diagnostic: &Diagnostic) -> Option<usize> {
    diagnostic.place.as_ref()?.span.as_ref().map(|span| span.start)
}
