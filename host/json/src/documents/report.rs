//! All that is to be said about one document.

use serde_json::{Value, json};

use super::diagnostic::{Diagnostic, Place, Severity};
use super::position::{Position, positions};
use super::source::Source;

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

    /// The report as a program reads it: an array of objects with `severity`, `code`, `message`, `label` (what was
    /// expected there, or what is there), `help`, `location` and `related`. A location has `file`, `line`, `column` (both
    /// from 1, the column in characters) and `pointer`; what is related has a `message` and a `location`. What is not
    /// known is `null`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let places = || self.diagnostics.iter().flat_map(places);
        let starts: Vec<usize> = places().filter_map(start).collect();
        let mut positions = positions(self.source.bytes(), &starts).into_iter();
        let mut location = |place: Option<&Place>| {
            let position = place.and_then(start).and_then(|_| positions.next());
            self.location(place, position)
        };
        let entries = self.diagnostics.iter().map(|diagnostic| {
            let own = location(diagnostic.place.as_ref());
            let related = diagnostic.secondary.iter();
            let related = related.map(|(place, label)| json!({"message": label, "location": location(Some(place))}));
            json!({
                "severity": diagnostic.severity.code(),
                "code": diagnostic.code,
                "message": diagnostic.message,
                "label": diagnostic.label,
                "help": diagnostic.help,
                "location": own,
                "related": related.collect::<Vec<_>>(),
            })
        });
        Value::Array(entries.collect())
    }

    fn location(&self, place: Option<&Place>, position: Option<Position>) -> Value {
        let pointer = place.and_then(|place| place.pointer.as_ref());
        json!({
            "file": self.source.name(),
            "line": position.map(|position| position.line),
            "column": position.map(|position| position.column),
            "pointer": pointer.map(|pointer| pointer.as_str()),
        })
    }
}

/// The places of a diagnostic, its own first.
fn places(diagnostic: &Diagnostic) -> impl Iterator<Item = &Place> {
    diagnostic.place.iter().chain(diagnostic.secondary.iter().map(|(place, _)| place))
}

/// Where a place begins in the text.
fn start(place: &Place) -> Option<usize> {
    place.span.as_ref().map(|span| span.start)
}
