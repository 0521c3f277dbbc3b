//! What an operation puts before people, and how it judges. Both are foreign text: whoever renders them decides how, and
//! lets no control character through.

use serde::{Deserialize, Serialize};

/// The greatest number of blocks in a display.
pub const MAX_BLOCKS: usize = 256;

/// The greatest number of columns in a table.
pub const MAX_COLUMNS: usize = 32;

/// The greatest number of rows in a table.
pub const MAX_ROWS: usize = 10_000;

/// What each block, item, field, column, row and cell counts besides its text: an element has a cost even where it is
/// empty.
pub const ELEMENT_BYTES: usize = 16;

/// A part of a display: a closed set, so that a terminal, a page and a program can each render all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading, on one line.
    Heading(String),
    /// A text; line feeds are kept.
    Text(String),
    /// Items, each on a line of its own.
    List(Vec<String>),
    /// Names with values.
    Fields(Vec<Field>),
    /// A table.
    Table(Table),
    /// Text that is shown as it is: code, a difference, a log.
    Code(CodeBlock),
}

/// A name with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A table: each row has one cell for each column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The columns, of which there is at least one.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row, which has a cell for each column.
    #[must_use]
    pub fn row<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its title.
    pub title: String,
    /// How its cells are aligned.
    pub align: Align,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left }
    }

    /// A column of numbers.
    #[must_use]
    pub fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right }
    }
}

/// A title is that of a column of text.
impl From<&str> for Column {
    fn from(title: &str) -> Self {
        Self::left(title)
    }
}

/// How the cells of a column are aligned. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// As text is.
    #[default]
    Left,
    /// As numbers are.
    Right,
}

/// Text that is shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeBlock {
    /// What it is written in, such as `json` or `diff`.
    pub language: Option<String>,
    /// The text.
    pub text: String,
}

/// What an operation judges. A mission that succeeded and has a verdict that did not pass ends with the exit code 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether what was judged is as it should be.
    pub passed: bool,
    /// Why, in a sentence.
    pub summary: String,
}

/// A display that cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DisplayError {
    /// More blocks than a display may have.
    #[error("the display has {count} blocks, more than the limit of {MAX_BLOCKS}")]
    TooManyBlocks {
        /// How many there are.
        count: usize,
    },
    /// A table without columns.
    #[error("block {block} of the display is a table without columns")]
    NoColumns {
        /// The block, counted from 1.
        block: usize,
    },
    /// A table with more columns or rows than it may have.
    #[error("block {block} of the display is a table of {count} {what}, more than the limit of {limit}")]
    TableTooLarge {
        /// The block, counted from 1.
        block: usize,
        /// `columns` or `rows`.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A row that has not a cell for each column.
    #[error("block {block} of the display is a table whose row {row} has {cells} cells for {columns} columns")]
    UnevenRow {
        /// The block, counted from 1.
        block: usize,
        /// The row, counted from 1.
        row: usize,
        /// Its cells.
        cells: usize,
        /// The table's columns.
        columns: usize,
    },
}

impl DisplayError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyBlocks { .. } | Self::TableTooLarge { .. } => "display_too_large",
            Self::NoColumns { .. } | Self::UnevenRow { .. } => "invalid_display",
        }
    }
}

/// Checks a display's tables and the number of its blocks. Its bytes are counted by [`display_bytes`].
pub fn check_display(display: &[Block]) -> Result<(), DisplayError> {
    if display.len() > MAX_BLOCKS {
        return Err(DisplayError::TooManyBlocks { count: display.len() });
    }
    for (index, block) in display.iter().enumerate() {
        if let Block::Table(table) = block {
            check_table(table, index + 1)?;
        }
    }
    Ok(())
}

fn check_table(table: &Table, block: usize) -> Result<(), DisplayError> {
    let columns = table.columns.len();
    if columns == 0 {
        return Err(DisplayError::NoColumns { block });
    }
    for (what, count, limit) in [("columns", columns, MAX_COLUMNS), ("rows", table.rows.len(), MAX_ROWS)] {
        if count > limit {
            return Err(DisplayError::TableTooLarge { block, what, count, limit });
        }
    }
    match table.rows.iter().enumerate().find(|(_, row)| row.len() != columns) {
        Some((row, cells)) => Err(DisplayError::UnevenRow { block, row: row + 1, cells: cells.len(), columns }),
        None => Ok(()),
    }
}

/// The bytes that a display counts as, of the limit of an operation's output.
///
/// ```
/// use sortie_interface::{Block, Verdict, display_bytes, verdict_bytes};
///
/// let short = [Block::Text("3 tasks".to_owned())];
/// let long = [Block::Text("3 tasks are ready".to_owned())];
/// assert_eq!(display_bytes(&long) - display_bytes(&short), " are ready".len());
/// let verdict = Verdict { passed: true, summary: "all is well".to_owned() };
/// assert!(verdict_bytes(&verdict) > verdict.summary.len());
/// ```
#[must_use]
pub fn display_bytes(display: &[Block]) -> usize {
    let texts = |texts: &[String]| texts.iter().map(|text| text.len() + ELEMENT_BYTES).sum::<usize>();
    let block = |block: &Block| match block {
        Block::Heading(text) | Block::Text(text) => text.len(),
        Block::List(items) => texts(items),
        Block::Fields(fields) => fields.iter().map(|field| field.name.len() + field.value.len() + ELEMENT_BYTES).sum(),
        Block::Table(table) => {
            let columns = table.columns.iter().map(|column| column.title.len() + ELEMENT_BYTES).sum::<usize>();
            columns + table.rows.iter().map(|row| texts(row) + ELEMENT_BYTES).sum::<usize>()
        }
        Block::Code(code) => code.text.len() + code.language.as_ref().map_or(0, String::len),
    };
    display.iter().map(|each| block(each) + ELEMENT_BYTES).sum()
}

/// The bytes that a verdict counts as, of the limit of an operation's output.
#[must_use]
pub fn verdict_bytes(verdict: &Verdict) -> usize {
    verdict.summary.len() + ELEMENT_BYTES
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn table(columns: usize, rows: &[usize]) -> Block {
        Block::Table(Table {
            columns: (0..columns).map(|_| Column::left("")).collect(),
            rows: rows.iter().map(|cells| vec![String::new(); *cells]).collect(),
        })
    }

    #[test]
    fn a_table_is_even_and_not_too_large() {
        let check =
            |block: Block| check_display(&[Block::Text(String::new()), block]).map_err(|error| error.to_string());
        let refused = |block: Block, message: &str| assert_eq!(check(block), Err(message.to_owned()));
        assert_eq!(check(table(2, &[2, 2])), Ok(()));
        assert_eq!(check(table(MAX_COLUMNS, &vec![MAX_COLUMNS; MAX_ROWS])), Ok(()));
        refused(table(0, &[]), "block 2 of the display is a table without columns");
        refused(table(2, &[2, 3]), "block 2 of the display is a table whose row 2 has 3 cells for 2 columns");
        refused(table(2, &[1]), "block 2 of the display is a table whose row 1 has 1 cells for 2 columns");
        refused(table(33, &[]), "block 2 of the display is a table of 33 columns, more than the limit of 32");
        let rows = vec![1; MAX_ROWS + 1];
        refused(table(1, &rows), "block 2 of the display is a table of 10001 rows, more than the limit of 10000");
    }

    #[test]
    fn a_display_has_a_number_of_blocks() {
        let blocks = |count| vec![Block::Heading(String::new()); count];
        assert_eq!(check_display(&blocks(MAX_BLOCKS)), Ok(()));
        assert_eq!(check_display(&blocks(MAX_BLOCKS + 1)).map_err(|error| error.code()), Err("display_too_large"));
    }

    #[test]
    fn each_element_counts_even_where_it_is_empty() {
        let check = |block: Block, bytes: usize| assert_eq!(display_bytes(&[block]), bytes);
        check(Block::Heading(String::new()), 16);
        check(Block::Text("é".to_owned()), 18);
        check(Block::List(vec![String::new(); 3]), 4 * 16);
        check(Block::Fields(vec![Field { name: "a".to_owned(), value: "bc".to_owned() }]), 2 * 16 + 3);
        // The block, two columns, one row, two cells.
        check(table(2, &[2]), 6 * 16);
        check(Block::Code(CodeBlock { language: Some("json".to_owned()), text: "{}".to_owned() }), 16 + 6);
    }

    #[test]
    fn blocks_have_one_json_form() {
        let forms = json!([
            {"heading": "h"},
            {"text": "t"},
            {"list": ["a"]},
            {"fields": [{"name": "n", "value": "v"}]},
            {"table": {"columns": [{"title": "c", "align": "right"}], "rows": [["1"]]}},
            {"code": {"language": null, "text": "x"}},
        ]);
        let read: Vec<Block> = serde_json::from_value(forms.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), forms);
        assert!(serde_json::from_value::<Block>(json!({"image": "x"})).is_err());
        assert!(serde_json::from_value::<Verdict>(json!({"passed": true})).is_err());
        let _: Value = serde_json::to_value(Verdict { passed: true, summary: String::new() }).unwrap();
    }
}
