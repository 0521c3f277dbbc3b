//! Diagnostics as compilers show them.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use super::diagnostic::{Diagnostic, Severity};
use super::position::{Position, positions};
use super::report::Report;
use crate::Foreign;

/// How many diagnostics are shown.
const MAX_SHOWN: usize = 100;

/// How many bytes of text may stand between two places that are shown as one piece.
const MAX_TOGETHER: usize = 400;

/// The end of a path in what the renderer shows. Behind it comes the renderer's own line and column, which it counts in
/// the part of the text that it is given: that is not ours where a long line was cut. This is no character (Unicode
/// 23.7), so no text has it.
const PATH_END: char = '\u{10fffe}';

/// With colours or without. Closed: it is one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With the escape sequences of ANSI terminals.
    Ansi,
}

impl Report {
    /// The report as a person reads it: each diagnostic with its line of the text, an empty line between them, and a
    /// line break at the end. Of more than a hundred diagnostics the first hundred are shown.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Ansi => Renderer::styled(),
        };
        let shown = self.diagnostics.get(..MAX_SHOWN).unwrap_or(&self.diagnostics);
        let mut places = Places::new(self, shown);
        let mut parts: Vec<String> = shown
            .iter()
            .map(|diagnostic| {
                let marks = places.of(diagnostic);
                without_path_ends(&renderer.render(&[group(self, diagnostic, &marks)]))
            })
            .collect();
        let hidden = self.diagnostics.len() - shown.len();
        if hidden > 0 {
            let title = Level::NOTE.primary_title(format!("{hidden} more are not shown"));
            parts.push(renderer.render(&[Group::with_title(title)]));
        }
        let mut text = parts.join("\n\n");
        text.push('\n');
        text
    }
}

/// Takes away each end of a path, and the line and column behind it.
fn without_path_ends(rendered: &str) -> String {
    let mut parts = rendered.split(PATH_END);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'))
}

/// A place of a diagnostic in the text.
struct Mark<'r> {
    position: Position,
    end: usize,
    label: Option<&'r str>,
    kind: AnnotationKind,
}

/// The positions of all places, found in one pass.
struct Places {
    positions: std::vec::IntoIter<Position>,
}

impl Places {
    fn new(report: &Report, shown: &[Diagnostic]) -> Self {
        let starts: Vec<usize> = shown.iter().flat_map(spans).map(|(span, _, _)| span.start).collect();
        Self { positions: positions(report.source.bytes(), &starts).into_iter() }
    }

    fn of<'r>(&mut self, diagnostic: &'r Diagnostic) -> Vec<Mark<'r>> {
        spans(diagnostic)
            .zip(&mut self.positions)
            .map(|((span, label, kind), position)| Mark { position, end: span.end, label, kind })
            .collect()
    }
}

/// The places of a diagnostic that are in the text, its own first.
fn spans(diagnostic: &Diagnostic) -> impl Iterator<Item = (&Range<usize>, Option<&str>, AnnotationKind)> {
    let own = diagnostic.place.as_ref().and_then(|place| place.span.as_ref());
    let own = own.map(|span| (span, diagnostic.label.as_deref(), AnnotationKind::Primary));
    let others = diagnostic.secondary.iter().filter_map(|(place, label)| {
        place.span.as_ref().map(|span| (span, Some(label.as_str()), AnnotationKind::Context))
    });
    own.into_iter().chain(others)
}

fn group<'r>(report: &'r Report, diagnostic: &'r Diagnostic, marks: &[Mark<'r>]) -> Group<'r> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title =
        level.primary_title(Foreign(&diagnostic.message).to_string()).id(normalize_untrusted_str(&diagnostic.code));
    let mut group = Group::with_title(title);
    let bytes = report.source.bytes();
    let mut rest = marks;
    while let Some((first, later)) = rest.split_first() {
        let together = later.iter().take_while(|mark| are_close(bytes, first, mark)).count();
        let (piece, others) = rest.split_at(together + 1);
        let Position { line, column, .. } = first.position;
        let path = format!("{}:{line}:{column}{PATH_END}", Foreign(report.source.name()));
        group = group.element(snippet(bytes, piece).path(path));
        rest = others;
    }
    if marks.is_empty() && !report.source.name().is_empty() {
        group = group.element(Origin::path(Foreign(report.source.name()).to_string()));
        let pointer = diagnostic.place.as_ref().and_then(|place| place.pointer.as_ref());
        if let Some(pointer) = pointer.filter(|pointer| !pointer.is_root()) {
            group = group.element(Level::NOTE.message(normalize_untrusted_str(&format!("at {pointer}"))));
        }
        if let Some(label) = &diagnostic.label {
            group = group.element(Level::NOTE.message(normalize_untrusted_str(label)));
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

/// Whether two places can be shown in one piece of text that is not long.
fn are_close(bytes: &[u8], one: &Mark<'_>, other: &Mark<'_>) -> bool {
    let (a, b) = (one.position.window(bytes), other.position.window(bytes));
    let whole = |mark: &Mark<'_>, window: &Range<usize>| window.start == mark.position.line_start;
    whole(one, &a) && whole(other, &b) && a.end.max(b.end) - a.start.min(b.start) <= MAX_TOGETHER
}

/// The lines of places that are close to each other, with the places marked.
fn snippet<'r>(bytes: &[u8], marks: &[Mark<'r>]) -> Snippet<'r, Annotation<'r>> {
    let windows = || marks.iter().map(|mark| mark.position.window(bytes));
    let start = windows().map(|window| window.start).min().unwrap_or(0);
    let end = windows().map(|window| window.end).max().unwrap_or(start);
    let line = marks.iter().map(|mark| mark.position.line).min().unwrap_or(1);
    let cut = marks.iter().any(|mark| mark.position.line_start < start);
    let piece = Piece { bytes, start, prefix: if cut { "…" } else { "" } };
    let text = format!("{}{}", piece.prefix, piece.text(start..end));
    let annotations = marks.iter().map(|mark| {
        // A place of several lines is marked on its first.
        let last = mark.end.min(mark.position.window(bytes).end).max(mark.position.offset);
        let span = piece.span(mark.position.offset.min(end)..last.min(end));
        let label = mark.label.map(normalize_untrusted_str);
        mark.kind.span(span).label(label.map(Cow::Owned))
    });
    Snippet::source(text).line_start(line).annotations(annotations)
}

/// A part of a text that need not be UTF-8.
struct Piece<'b> {
    bytes: &'b [u8],
    start: usize,
    prefix: &'static str,
}

impl<'b> Piece<'b> {
    fn text(&self, range: Range<usize>) -> Cow<'b, str> {
        String::from_utf8_lossy(self.bytes.get(range).unwrap_or_default())
    }

    /// Where bytes of the whole are in the text of this part.
    fn span(&self, range: Range<usize>) -> Range<usize> {
        let start = self.prefix.len() + self.text(self.start..range.start).len();
        start..start + self.text(range).len()
    }
}
