//! What operations put before people, and what they judge. The text is foreign: nothing of it steers the terminal.

use anstyle::{AnsiColor, Style};
use comfy_table::CellAlignment;
use sortie_engine::LineageStep;
use sortie_host::{Align, Block, Display, Field, OrchestrationResult, Table, Verdict};

use super::{data_table, printable};

const HEAD: Style = AnsiColor::Cyan.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// All that a run displayed, in the order of its steps. What was put before a person is not repeated where a later step
/// displays what came of it.
pub(crate) fn of_result(result: &OrchestrationResult) -> String {
    let asked = result.executed_steps.iter().filter_map(|step| step.payload.get("show")?.as_array()).flatten();
    let asked: Vec<_> = asked.filter_map(|id| id.as_str()).collect();
    let steps = &result.lineage.steps;
    let last = steps.iter().rposition(|step| !step.display().is_empty()).unwrap_or_default();
    let told = steps.iter().enumerate().filter(|(index, step)| *index == last || !asked.contains(&step.step_id()));
    let mut text = String::new();
    for (_, step) in told {
        append(&mut text, step.display());
    }
    text
}

/// What a person is shown of earlier steps.
pub(crate) fn of_question(displays: &[Display]) -> String {
    let mut text = String::new();
    for display in displays {
        if display.blocks.is_empty() {
            text.push_str(&format!("{DIM}`{}` displayed nothing{DIM:#}\n", printable(&display.step)));
        }
        append(&mut text, &display.blocks);
    }
    text
}

/// Blocks of the host's own making.
pub(crate) fn of_blocks(blocks: &[Block]) -> String {
    let mut text = String::new();
    append(&mut text, blocks);
    text
}

/// A line for each verdict.
pub(crate) fn verdicts(result: &OrchestrationResult) -> String {
    let told = |verdict: &Verdict| {
        let summary = line(&verdict.summary);
        if verdict.passed { format!("{GOOD}PASS{GOOD:#} {summary}\n") } else { format!("{BAD}FAIL{BAD:#} {summary}\n") }
    };
    // In the order of the steps.
    result.lineage.steps.iter().filter_map(LineageStep::verdict).map(told).collect()
}

fn append(text: &mut String, blocks: &[Block]) {
    for block in blocks {
        if matches!(block, Block::Heading(_)) && !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&of_block(block));
    }
}

fn of_block(block: &Block) -> String {
    match block {
        Block::Heading(heading) => format!("{HEAD}{}{HEAD:#}\n", line(heading)),
        Block::Text(text) => hanging("", text),
        Block::List(items) => items.iter().map(|item| hanging("  ", item)).collect(),
        Block::Fields(fields) => of_fields(fields),
        Block::Table(table) => of_table(table),
        Block::Code(code) => hanging("  ", &code.text),
    }
}

fn of_fields(fields: &[Field]) -> String {
    let width = fields.iter().map(|field| line(&field.name).chars().count()).max().unwrap_or_default();
    let field = |field: &Field| {
        let name = line(&field.name);
        let gap = " ".repeat(width - name.chars().count().min(width));
        let mut value = hanging(&" ".repeat(width + 4), &field.value);
        value.replace_range(..value.len().min(width + 4), "");
        format!("  {DIM}{name}{DIM:#}{gap}  {value}")
    };
    fields.iter().map(field).collect()
}

fn of_table(table: &Table) -> String {
    let titles: Vec<_> = table.columns.iter().map(|column| line(&column.title)).collect();
    let titles: Vec<_> = titles.iter().map(String::as_str).collect();
    let cell = |cell: &String| cell.lines().map(printable).collect::<Vec<_>>().join("\n");
    let rows = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let align = |align| match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    };
    data_table(&titles, rows, table.columns.iter().map(|column| align(column.align)))
}

/// A text on one line.
fn line(text: &str) -> String {
    text.split(['\n', '\t']).map(|part| printable(part.trim())).collect::<Vec<_>>().join(" ")
}

/// A text whose lines are all indented alike.
fn hanging(indent: &str, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("{indent}{}", printable(line))).collect();
    if lines.is_empty() { format!("{indent}\n") } else { lines.join("\n") + "\n" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use anstream::adapter::strip_str;
    use serde_json::{Value, json};

    use super::*;

    fn check(blocks: Value, expected: &str) {
        let blocks: Vec<Block> = serde_json::from_value(blocks).unwrap();
        let mut text = String::new();
        append(&mut text, &blocks);
        assert_eq!(strip_str(&text).to_string(), expected);
    }

    #[test]
    fn each_block_has_its_form() {
        check(json!([{"heading": "One"}, {"text": "a\nb"}, {"heading": "Two"}]), "One\na\nb\n\nTwo\n");
        check(json!([{"list": ["a", "b\nc", ""]}]), "  a\n  b\n  c\n  \n");
        check(
            json!([{"fields": [{"name": "id", "value": "7"}, {"name": "name", "value": "x\ny"}]}]),
            "  id    7\n  name  x\n        y\n",
        );
        check(json!([{"code": {"language": "diff", "text": "-a\n+b"}}]), "  -a\n  +b\n");
        check(
            json!([{"table": {"columns": [{"title": "task", "align": "left"}, {"title": "ms", "align": "right"}],
                "rows": [["fonts", "5"], ["links", "340"]]}}]),
            " TASK    MS\n fonts    5\n links  340\n",
        );
    }

    #[test]
    fn foreign_text_does_not_steer_the_terminal() {
        let evil = "\u{1b}[2J\u{7}\r\u{9b}31m\u{202e}x";
        for block in [
            json!({"heading": evil}),
            json!({"text": evil}),
            json!({"list": [evil]}),
            json!({"fields": [{"name": evil, "value": evil}]}),
            json!({"code": {"language": evil, "text": evil}}),
            json!({"table": {"columns": [{"title": evil, "align": "left"}], "rows": [[evil]]}}),
        ] {
            let blocks: Vec<Block> = serde_json::from_value(json!([block])).unwrap();
            let mut text = String::new();
            append(&mut text, &blocks);
            let plain = strip_str(&text).to_string();
            assert!(!plain.contains(['\u{1b}', '\u{7}', '\r', '\u{9b}', '\u{202e}']), "{plain:?}");
            assert!(plain.trim_end().to_lowercase().ends_with('x'), "{plain:?}");
        }
    }
}
