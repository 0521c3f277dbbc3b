//! Printing: for people and for programs.

pub(crate) mod check;
pub(crate) mod day_plan;
pub(crate) mod failure;
pub(crate) mod result;
pub(crate) mod test_report;
pub(crate) mod waiting;

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;
use sortie_json::canonical;

pub(crate) use sortie_runner::printable;

/// Standard output cannot be written.
#[derive(Debug)]
pub(crate) struct Unprinted(pub(crate) io::Error);

/// Prints text that may have colours; they are left out where the output is no terminal or `NO_COLOR` is set.
pub(crate) fn print(text: &str) -> Result<(), Unprinted> {
    written(anstream::stdout().lock().write_all(text.as_bytes()))
}

/// Prints bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Unprinted> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Prints the canonical form and a line feed.
pub(crate) fn print_json(value: &Value) -> Result<(), Unprinted> {
    let mut bytes = canonical(value);
    bytes.push(b'\n');
    print_bytes(&bytes)
}

/// A reader that went away (`| head`) has what it wanted.
fn written(result: io::Result<()>) -> Result<(), Unprinted> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Unprinted(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints to standard error. Where that is closed, there is nobody to tell.
pub(crate) fn to_stderr(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = stderr.write_all(b"\n");
    }
}

/// Says something by the way, on standard error.
pub(crate) fn note(code: &str, message: &str) {
    to_stderr(&format!("note[{code}]: {}", printable(message)));
}

/// Prints an error for programs.
pub(crate) fn to_stdout_json(value: &Value) {
    let _ = print_json(value);
}

/// JSON with line breaks, for people.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A table in columns, its head in capitals.
pub(crate) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Ok(columns) = std::env::var("COLUMNS")
        && let Ok(columns) = columns.parse()
    {
        table.set_width(columns);
    } else {
        table.set_width(110);
    }
    table.set_header(columns.iter().map(|column| column.to_uppercase()));
    table.add_rows(rows);
    format!("{}\n", table.trim_fmt())
}
