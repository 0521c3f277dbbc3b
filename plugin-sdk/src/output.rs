//! What an operation returns.

use serde::Serialize;
use sortie_interface::{Block, CodeBlock, Field, Table, Verdict};

use crate::access::check_change;
use crate::change::Change;
use crate::json::JsonText;

/// What an operation did: changes of the state, in order, an output that is kept under the step's id, what it puts
/// before people, and how it judges.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
///
/// let output = Output::new()
///     .set("/checked", 2)
///     .heading("Checks")
///     .table(Table::new([Column::left("check"), Column::right("ms")]).row(["fonts", "12"]).row(["links", "340"]))
///     .verdict(false, "1 of 2 checks failed");
/// assert_eq!(output.display.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// Applied in order, all or none.
    pub changes: Vec<Change>,
    /// Kept in the result.
    pub output: Option<JsonText>,
    /// Put before people, in order.
    pub display: Vec<Block>,
    /// What it judges, if it judges.
    pub verdict: Option<Verdict>,
}

impl Output {
    /// No change and no output.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what is at a JSON Pointer; its parent has to be there. Panics, which the host makes a failure with the
    /// place, where the value has no JSON form; so do all functions here that take a value.
    #[must_use]
    #[track_caller]
    pub fn set(self, path: impl Into<String>, value: impl Serialize) -> Self {
        let path = path.into();
        let value = JsonText::required(&value, format_args!("the value for `{path}`"));
        self.change(Change::Add { path, value })
    }

    /// Appends to the array at a JSON Pointer.
    #[must_use]
    #[track_caller]
    pub fn append(self, path: &str, value: impl Serialize) -> Self {
        let value = JsonText::required(&value, format_args!("the value for `{path}/-`"));
        self.change(Change::Add { path: format!("{path}/-"), value })
    }

    /// Removes what is at a JSON Pointer.
    #[must_use]
    #[track_caller]
    pub fn remove(self, path: impl Into<String>) -> Self {
        self.change(Change::Remove { path: path.into() })
    }

    /// Adds any change. Panics within an operation that does not declare it, as do all functions here that change the
    /// state.
    #[must_use]
    #[track_caller]
    pub fn change(mut self, change: Change) -> Self {
        check_change(&change);
        self.changes.push(change);
        self
    }

    /// Sets the output.
    #[must_use]
    #[track_caller]
    pub fn output(mut self, output: impl Serialize) -> Self {
        self.output = Some(JsonText::required(&output, format_args!("the output")));
        self
    }

    /// Displays a heading.
    #[must_use]
    pub fn heading(self, text: impl Into<String>) -> Self {
        self.block(Block::Heading(text.into()))
    }

    /// Displays a text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.block(Block::Text(text.into()))
    }

    /// Displays items, each on a line of its own.
    #[must_use]
    pub fn list<T: Into<String>>(self, items: impl IntoIterator<Item = T>) -> Self {
        self.block(Block::List(items.into_iter().map(Into::into).collect()))
    }

    /// Displays names with values.
    #[must_use]
    pub fn fields<N: Into<String>, V: Into<String>>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        let field = |(name, value): (N, V)| Field { name: name.into(), value: value.into() };
        self.block(Block::Fields(fields.into_iter().map(field).collect()))
    }

    /// Displays a table.
    #[must_use]
    pub fn table(self, table: Table) -> Self {
        self.block(Block::Table(table))
    }

    /// Displays text as it is, written in a language such as `json` or `diff`.
    #[must_use]
    pub fn code(self, language: impl Into<String>, text: impl Into<String>) -> Self {
        self.block(Block::Code(CodeBlock { language: Some(language.into()), text: text.into() }))
    }

    /// Displays any block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.display.push(block);
        self
    }

    /// Judges. A mission that succeeds and has a verdict that did not pass ends with the exit code 1.
    #[must_use]
    pub fn verdict(mut self, passed: bool, summary: impl Into<String>) -> Self {
        self.verdict = Some(Verdict { passed, summary: summary.into() });
        self
    }
}
