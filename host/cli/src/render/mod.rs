//! Printing: for people and for programs.

pub(crate) mod check;
pub(crate) mod display;
pub(crate) mod failure;
pub(crate) mod result;
pub(crate) mod waiting;

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::Value;
use sortie_json::{Foreign, ForeignLines, canonical, excerpt, passes_as_itself};

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written: {0}")]
pub(crate) struct PrintError(pub(crate) io::Error);

/// Prints text that may have colours; they are left out where the output is no terminal or `NO_COLOR` is set.
pub(crate) fn print(text: &str) -> Result<(), PrintError> {
    written(anstream::stdout().lock().write_all(guarded(text).as_bytes()))
}

/// Prints bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), PrintError> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Prints the canonical form and a line feed.
pub(crate) fn print_json(value: &Value) -> Result<(), PrintError> {
    let mut bytes = canonical(value);
    bytes.push(b'\n');
    print_bytes(&bytes)
}

/// A reader that went away (`| head`) has what it wanted.
pub(crate) fn written(result: io::Result<()>) -> Result<(), PrintError> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(PrintError(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints to standard error. Where that is closed, there is nobody to tell.
pub(crate) fn to_stderr(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(guarded(text).as_bytes());
    if !text.ends_with('\n') {
        let _ = stderr.write_all(b"\n");
    }
}

/// Says something by the way, on standard error.
pub(crate) fn note(code: &str, message: &str) {
    to_stderr(&format!("note[{code}]: {}", printable(message)));
}

/// JSON with line breaks, for people.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Text of a plugin, a file or a person on one line, with all that would steer a terminal shown as escapes.
pub(crate) fn printable(text: &str) -> String {
    Foreign(text).to_string()
}

/// Foreign text as [`printable`] has it, but for line feeds, which are ours: JSON with line breaks.
pub(crate) fn printable_lines(text: &str) -> String {
    ForeignLines(text).to_string()
}

/// What is about to be printed, with line feeds, tabs and colours, which are ours, and nothing else that steers a terminal:
/// foreign text was made printable where it was put in, and this is for where that was forgotten.
fn guarded(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| matches!(c, '\n' | '\t') || passes_as_itself(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = rest.strip_prefix("\u{1b}[").and_then(|after| {
            let end = after.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            after.get(end..)?.strip_prefix('m')
        });
        let after = colour.unwrap_or_else(|| rest.get(c.len_utf8()..).unwrap_or_default());
        let taken = rest.get(..rest.len() - after.len()).unwrap_or_default();
        if colour.is_some() || matches!(c, '\n' | '\t') {
            out.push_str(taken);
        } else {
            out.push_str(&printable(taken));
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// Columns whose text is typed or read as a whole, and never broken.
const WHOLE: [&str; 7] = ["run", "#", "at", "since", "until", "digest", "version"];

/// A table in columns, its head in capitals. At a terminal it is as wide as that, and long texts are broken; where that
/// would break what has to stay whole, and where nobody watches, a row is one line.
pub(crate) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    data_table(columns, rows, std::iter::empty())
}

/// How much of a cell is shown, in bytes: to break a long text takes the square of its length, and nobody reads it in a column.
const MAX_CELL_BYTES: usize = 1_000;

/// The same, with how each column is aligned.
pub(crate) fn data_table(
    columns: &[&str],
    mut rows: Vec<Vec<String>>,
    alignments: impl IntoIterator<Item = CellAlignment>,
) -> String {
    for cell in rows.iter_mut().flatten().filter(|cell| cell.len() > MAX_CELL_BYTES) {
        *cell = excerpt(cell, MAX_CELL_BYTES).into_owned();
    }
    let is_whole = |at: usize| columns.get(at).is_some_and(|column| WHOLE.contains(column));
    let longest = |index: usize, length: &dyn Fn(&str) -> usize| {
        rows.iter().filter_map(|row| row.get(index)).map(|text| length(text)).max().unwrap_or(0)
    };
    // What each column takes at least.
    let least: Vec<usize> = (0..columns.len())
        .map(|at| if is_whole(at) { longest(at, &|text| text.chars().count()) } else { longest(at, &unbroken) })
        .collect();
    let whole: usize = least.iter().sum();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width().filter(|width| usize::from(*width) > whole + 10 * columns.len()) {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.set_header(columns.iter().map(|column| column.to_uppercase()));
    table.add_rows(rows);
    for (at, least) in least.iter().enumerate() {
        let Some(column) = table.column_mut(at) else { continue };
        if is_whole(at) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        } else if *least > 0 {
            let least = u16::try_from(*least).unwrap_or(u16::MAX).saturating_add(column.padding_width());
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
    for (column, alignment) in table.column_iter_mut().zip(alignments) {
        column.set_cell_alignment(alignment);
    }
    format!("{}\n", table.trim_fmt())
}

/// The length of the longest word that nobody could copy if it was broken: an id, a hash, a time.
fn unbroken(text: &str) -> usize {
    const SHORTEST: usize = 16;
    let is_id = |word: &&str| {
        word.len() >= SHORTEST
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte))
    };
    text.split(|c: char| c.is_whitespace() || "`,\"()[]{}".contains(c)).filter(is_id).map(str::len).max().unwrap_or(0)
}

/// How wide the output is, if somebody looks at it: as `COLUMNS` says, or the terminal.
fn width() -> Option<u16> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.or_else(|| terminal_size::terminal_size_of(io::stdout()).map(|(terminal_size::Width(width), _)| width))
}

/// How wide the terminal is at which people are asked; eighty columns, where that is not known.
pub(crate) fn width_of_stderr() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(80, |(terminal_size::Width(width), _)| usize::from(width))
}

/// How many lines that terminal has; twenty-four, where that is not known.
pub(crate) fn height_of_stderr() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(24, |(_, terminal_size::Height(height))| usize::from(height))
}

#[cfg(test)]
mod tests {
    use super::{guarded, table};

    #[test]
    fn what_is_printed_has_colours_and_line_feeds_and_nothing_else_that_steers() {
        let ours = "\u{1b}[1;31mred\u{1b}[0m\nGrüße\n";
        assert_eq!(guarded(ours), ours);
        let foreign = "\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}\r\u{200b}\u{1b}";
        assert_eq!(guarded(foreign), r"\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}\r\u{200b}\u{1b}");
    }

    #[test]
    fn of_a_long_cell_the_beginning_is_shown() {
        let shown = |bytes: usize| {
            let text = table(&["a"], vec![vec!["x".repeat(bytes)]]);
            (text.matches('x').count(), text.contains('…'))
        };
        assert_eq!((shown(1_000), shown(1_001), shown(1 << 20)), ((1_000, false), (1_000, true), (1_000, true)));
    }
}
