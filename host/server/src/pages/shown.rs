//! Values, displays and differences as HTML. All of it is text of others: nothing of it is taken for markup.

use crate::text::{lines, text};
use maud::{Markup, html};
use serde_json::Value;
use sortie_host::{Align, Block, Display, StateChange, StateChanges, Table, Verdict, as_blocks};

/// How many bytes of a value are shown in a page.
const MAX_SHOWN: usize = 24 << 10;
/// How many rows of a table are shown in a page.
const MAX_ROWS: usize = 500;
/// How many characters of a value are shown in one line.
const MAX_LINE: usize = 160;

/// A value, over several lines.
pub(crate) fn value(value: &Value) -> Markup {
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    let (shown, rest) = cut(&pretty, MAX_SHOWN);
    html! {
        pre tabindex="0" { code { (lines(shown)) } }
        @if rest > 0 { p.quiet { "… and " (rest) " bytes more" } }
    }
}

/// The part of the state that a question is about.
pub(crate) fn context(value: &Value) -> Markup {
    if value.to_string().len() > MAX_SHOWN { self::value(value) } else { blocks(&as_blocks(value)) }
}

/// A value in one line of bounded length.
pub(crate) fn short(value: &Value) -> String {
    let line = text(&value.to_string());
    let (shown, rest) = cut(&line, MAX_LINE);
    if rest > 0 { format!("{shown}…") } else { line }
}

/// The head of a text, and how many bytes are left.
fn cut(text: &str, most: usize) -> (&str, usize) {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let shown = text.get(..end).unwrap_or_default();
    (shown, text.len() - shown.len())
}

/// What earlier steps put before a person.
pub(crate) fn displays(displays: &[Display]) -> Markup {
    html! {
        @for display in displays {
            section.display aria-label=(format!("From the step {}", text(&display.step))) {
                @if display.blocks.is_empty() { p.quiet { code { (text(&display.step)) } " displayed nothing" } }
                @for block in &display.blocks {
                    // Under the question, which is the first heading.
                    @if let Block::Heading(heading) = block { h2 { (text(heading)) } } @else { (self::block(block)) }
                }
            }
        }
    }
}

/// What a step displayed.
pub(crate) fn blocks(blocks: &[Block]) -> Markup {
    html! { @if !blocks.is_empty() { div.display { @for block in blocks { (self::block(block)) } } } }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Heading(heading) => html! { h3 { (text(heading)) } },
        Block::Text(body) => html! { p.lines { (lines(body)) } },
        Block::List(items) => html! { ul { @for item in items { li.lines { (lines(item)) } } } },
        Block::Fields(fields) => html! {
            dl { @for field in fields { div { dt { (text(&field.name)) } dd.lines { (lines(&field.value)) } } } }
        },
        Block::Table(table) => self::table(table),
        Block::Code(code) => html! { pre tabindex="0" { code { (lines(&code.text)) } } },
    }
}

fn table(table: &Table) -> Markup {
    let class = |align: Align| match align {
        Align::Left => None,
        Align::Right => Some("number"),
    };
    let more = table.rows.len().saturating_sub(MAX_ROWS);
    // On a narrow screen the style makes a block of each row, with the columns' titles before its cells. The roles say what
    // they are all the same.
    html! {
        div.scroll tabindex="0" {
            table role="table" {
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in &table.columns {
                            th scope="col" role="columnheader" class=[class(column.align)] { (text(&column.title)) }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for row in table.rows.iter().take(MAX_ROWS) {
                        tr role="row" {
                            @for (cell, column) in row.iter().zip(&table.columns) {
                                td role="cell" class=[class(column.align)] data-title=(text(&column.title)) { (lines(cell)) }
                            }
                        }
                    }
                }
            }
        }
        @if more > 0 { p.quiet { "… and " (more) " rows more" } }
    }
}

/// How a state differs from another.
pub(crate) fn changes(changes: &StateChanges) -> Markup {
    html! {
        @if changes.is_empty() {
            p.quiet { "The state stays as it is." }
        } @else {
            ul.changes { @for change in &changes.changes { (self::change(change)) } }
            @if changes.more > 0 { p.quiet { "… and " (changes.more) " places more" } }
        }
    }
}

fn change(change: &StateChange) -> Markup {
    let (kind, word) = match (&change.before, &change.after) {
        (None, _) => ("added", "added"),
        (_, None) => ("removed", "removed"),
        (Some(_), Some(_)) => ("changed", "changed"),
    };
    let path = change.path.to_string();
    html! {
        li class=(kind) {
            span.place { code { (text(if path.is_empty() { "the whole state" } else { &path })) } span.word { (word) } }
            @if let Some(before) = &change.before { del { (short(before)) } }
            @if let Some(after) = &change.after { ins { (short(after)) } }
        }
    }
}

/// What was judged.
pub(crate) fn verdict(verdict: &Verdict) -> Markup {
    let (class, word) = if verdict.passed { ("verdict passed", "Passed") } else { ("verdict failed", "Failed") };
    html! { p class=(class) { strong { (word) } " " (text(&verdict.summary)) } }
}
