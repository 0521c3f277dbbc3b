//! Something to say about a document.

use std::borrow::Cow;
use std::ops::Range;

use jsonptr::PointerBuf;

/// How bad it is. Closed: a document is accepted or it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The document is rejected.
    Error,
    /// The document is accepted.
    Warning,
}

impl Severity {
    /// The stable code: `error` or `warning`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in a document: in its text, in its value, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The bytes in the text.
    pub span: Option<Range<usize>>,
    /// The JSON Pointer (RFC 6901) of the value.
    pub pointer: Option<PointerBuf>,
}

impl From<Range<usize>> for Place {
    fn from(span: Range<usize>) -> Self {
        Self { span: Some(span), pointer: None }
    }
}

/// One thing to say about a document.
///
/// ```
/// use sortie_json::{Diagnostic, Report, Style};
///
/// let diagnostic = Diagnostic::error("unknown_mission", "there is no mission `dayly_loop`").help("did you mean `daily_loop`?");
/// let report = Report::without_text("the first argument", vec![diagnostic]);
/// assert!(report.has_errors());
/// assert!(report.render(Style::Plain).starts_with("error[unknown_mission]: there is no mission `dayly_loop`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, such as `duplicate_key`.
    pub code: Cow<'static, str>,
    /// What is wrong: a lower-case sentence without a full stop.
    pub message: String,
    /// What was expected at the place; it stands beside the caret.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Where it is; nowhere, if it concerns the whole document.
    pub place: Option<Place>,
    /// Other places that have to do with it, and what is there.
    pub secondary: Vec<(Place, String)>,
}

impl Diagnostic {
    /// An error, so far without a place.
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code.into(), message.into())
    }

    /// A warning, so far without a place.
    pub fn warning(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code.into(), message.into())
    }

    fn new(severity: Severity, code: Cow<'static, str>, message: String) -> Self {
        Self { severity, code, message, label: None, help: None, place: None, secondary: Vec::new() }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<Place>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// The same with what was expected there.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with another place that has to do with it.
    #[must_use]
    pub fn and_at(mut self, place: impl Into<Place>, label: impl Into<String>) -> Self {
        self.secondary.push((place.into(), label.into()));
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}
