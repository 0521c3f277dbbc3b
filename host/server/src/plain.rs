//! What operations display, as text for a program that reads to a person.

use sortie_engine::LineageStep;
use sortie_host::{Block, Display, OrchestrationResult, Table};

use crate::text::{lines, text};

/// How many rows of a table are told.
const MAX_ROWS: usize = 200;

/// What earlier steps put before a person.
pub(crate) fn displays(displays: &[Display]) -> String {
    displays.iter().flat_map(|display| &display.blocks).map(block).collect::<Vec<_>>().join("\n")
}

/// All that a run displayed and judged, in the order of its steps.
pub(crate) fn result(result: &OrchestrationResult) -> String {
    let mut parts = Vec::new();
    for step in &result.lineage.steps {
        parts.extend(step.display().iter().map(block));
        if let LineageStep::Runtime { verdict: Some(verdict), .. } = step {
            let word = if verdict.passed { "PASSED" } else { "FAILED" };
            parts.push(format!("{word}: {}", text(&verdict.summary)));
        }
    }
    parts.join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(heading) => format!("# {}", text(heading)),
        Block::Text(body) => lines(body),
        Block::List(items) => items.iter().map(|item| format!("- {}", text(item))).collect::<Vec<_>>().join("\n"),
        Block::Fields(fields) => {
            let field = |field: &sortie_host::Field| format!("{}: {}", text(&field.name), text(&field.value));
            fields.iter().map(field).collect::<Vec<_>>().join("\n")
        }
        Block::Table(table) => self::table(table),
        Block::Code(code) => lines(&code.text),
    }
}

fn table(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut rows = vec![row(table.columns.iter().map(|column| text(&column.title)).collect())];
    rows.extend(table.rows.iter().take(MAX_ROWS).map(|cells| row(cells.iter().map(|cell| text(cell)).collect())));
    let more = table.rows.len().saturating_sub(MAX_ROWS);
    if more > 0 {
        rows.push(format!("… and {more} rows more"));
    }
    rows.join("\n")
}
