//! A value as a person reads it: names with values and tables in place of brackets and quotes.

use serde_json::{Map, Value};
use sortie_interface::{Align, Block, CodeBlock, Column, Field, Table};

/// How many rows and columns a table has at most; what has more stays JSON.
const MAX_ROWS: usize = 100;
const MAX_COLUMNS: usize = 7;
/// How many characters a list has at most that stands beside its name.
const MAX_LIST: usize = 60;
/// How many objects within each other are told by the names on their way.
const MAX_WAY: usize = 3;

/// Shows a value in blocks, as a person is shown the part of the state that a question is about: an object as fields, a list of
/// objects as a table, and what fits neither as JSON. A text that could be taken for something else is in quotes.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{Block, as_blocks};
///
/// let blocks = as_blocks(&json!({"number": "2026", "total": 119.5, "lines": [{"what": "Fonts", "price": 9}]}));
/// let Block::Fields(fields) = &blocks[0] else { panic!("fields") };
/// assert_eq!((fields[0].name.as_str(), fields[0].value.as_str()), ("number", "\"2026\""));
/// assert!(matches!(&blocks[1..], [Block::Heading(of), Block::Table(_)] if of == "lines"));
/// ```
#[must_use]
pub fn as_blocks(value: &Value) -> Vec<Block> {
    match value {
        Value::Object(members) if !members.is_empty() => of_object(members),
        Value::Array(elements) if !elements.is_empty() => vec![of_list(elements).unwrap_or_else(|| code(value))],
        scalar => vec![Block::Text(in_line(scalar))],
    }
}

fn of_object(members: &Map<String, Value>) -> Vec<Block> {
    let (mut fields, mut others) = (Vec::new(), Vec::new());
    for (name, value) in members {
        collect(name.clone(), value, MAX_WAY, &mut fields, &mut others);
    }
    let fields = (!fields.is_empty()).then_some(Block::Fields(fields));
    fields.into_iter().chain(others).collect()
}

/// Puts a member to the fields, or behind them under a heading of its own.
fn collect(name: String, value: &Value, way: usize, fields: &mut Vec<Field>, others: &mut Vec<Block>) {
    match value {
        Value::Object(members) if !members.is_empty() && way > 0 => {
            for (inner, value) in members {
                collect(format!("{name}/{inner}"), value, way - 1, fields, others);
            }
        }
        Value::Object(members) if !members.is_empty() => others.extend([Block::Heading(name), code(value)]),
        Value::Array(elements) if !elements.is_empty() => {
            let line = elements.iter().all(is_scalar).then(|| value.to_string());
            match line.filter(|line| line.chars().count() <= MAX_LIST) {
                Some(value) => fields.push(Field { name, value }),
                None => others.extend([Block::Heading(name), of_list(elements).unwrap_or_else(|| code(value))]),
            }
        }
        scalar => fields.push(Field { name, value: in_line(scalar) }),
    }
}

/// A list of values that have no parts, or of objects of such values.
fn of_list(elements: &[Value]) -> Option<Block> {
    if elements.iter().all(is_scalar) {
        return Some(Block::List(elements.iter().map(in_line).collect()));
    }
    let rows: Vec<_> = elements.iter().map(Value::as_object).collect::<Option<_>>()?;
    let mut names: Vec<&String> = Vec::new();
    for row in rows.iter().take(MAX_ROWS) {
        names.extend(row.keys().filter(|name| !names.contains(name)).collect::<Vec<_>>());
        if names.len() > MAX_COLUMNS {
            return None;
        }
    }
    let flat = rows.iter().all(|row| row.values().all(|value| is_scalar(value) && !has_lines(value)));
    if rows.len() > MAX_ROWS || names.is_empty() || !flat {
        return None;
    }
    let column = |name: &&String| {
        let is_number = rows.iter().filter_map(|row| row.get(*name)).all(Value::is_number);
        Column { title: (*name).clone(), align: if is_number { Align::Right } else { Align::Left } }
    };
    let cells =
        |row: &&Map<String, Value>| names.iter().map(|name| row.get(*name).map(in_line).unwrap_or_default()).collect();
    Some(Block::Table(Table { columns: names.iter().map(column).collect(), rows: rows.iter().map(cells).collect() }))
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn has_lines(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains('\n'))
}

/// A value without parts. A text is itself, unless it is nothing to see or reads like another value.
fn in_line(value: &Value) -> String {
    match value.as_str() {
        Some(text) if text.trim() == text && !text.is_empty() && serde_json::from_str::<Value>(text).is_err() => {
            text.to_owned()
        }
        Some(_) | None => value.to_string(),
    }
}

fn code(value: &Value) -> Block {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    Block::Code(CodeBlock { language: Some("json".to_owned()), text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The blocks in a short form.
    fn check(value: &Value, expected: &[&str]) {
        let short = |block: &Block| match block {
            Block::Heading(text) => format!("# {text}"),
            Block::Text(text) => text.clone(),
            Block::List(items) => format!("- {}", items.join(" - ")),
            Block::Fields(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| format!("{}={}", field.name, field.value)).collect();
                fields.join(" ")
            }
            Block::Table(table) => {
                let titles: Vec<_> =
                    table.columns.iter().map(|column| format!("{}:{:?}", column.title, column.align)).collect();
                let rows: Vec<_> = table.rows.iter().map(|row| row.join("|")).collect();
                format!("{} / {}", titles.join("|"), rows.join(" / "))
            }
            Block::Code(code) => format!("code {}", code.text.split_whitespace().collect::<String>()),
        };
        let blocks: Vec<_> = as_blocks(value).iter().map(short).collect();
        assert_eq!(blocks, expected, "{value}");
    }

    #[test]
    fn an_object_is_fields_and_what_it_has_besides() {
        check(
            &json!({
                "total": 1190.5, "paid": false, "note": null, "tags": ["a", 1], "none": {}, "empty": [],
                "customer": {"name": "Müller", "place": {"city": "Köln"}},
                "lines": [{"what": "Fonts", "price": 9}, {"what": "Links", "extra": true}],
            }),
            &[
                "customer/name=Müller customer/place/city=Köln empty=[] none={} note=null paid=false tags=[\"a\",1] total=1190.5",
                "# lines",
                "price:Right|what:Left|extra:Left / 9|Fonts| / |Links|true",
            ],
        );
        check(&json!({"a": {"b": {"c": {"d": {"e": 1}}}}}), &["# a/b/c/d", "code {\"e\":1}"]);
        check(&json!({"a": [[1], {"b": 2}]}), &["# a", "code [[1],{\"b\":2}]"]);
    }

    #[test]
    fn a_text_that_reads_like_something_else_is_in_quotes() {
        check(
            &json!({"a": "1", "b": "true", "c": "", "d": " x", "e": "null", "f": "{}", "g": "plain", "h": "01", "i": "\"q\""}),
            &["a=\"1\" b=\"true\" c=\"\" d=\" x\" e=\"null\" f=\"{}\" g=plain h=01 i=\"\\\"q\\\"\""],
        );
        check(&json!("yes"), &["yes"]);
        check(&json!("7"), &["\"7\""]);
        check(&json!(7), &["7"]);
    }

    #[test]
    fn what_is_no_table_stays_json() {
        check(&json!(["a", "b", null]), &["- a - b - null"]);
        check(&json!([{"a": "two\nlines"}]), &["code [{\"a\":\"two\\nlines\"}]"]);
        check(&json!([{}]), &["- {}"]);
        let wide: Map<_, _> = (0..8).map(|n| (format!("n{n}"), json!(n))).collect();
        assert!(matches!(as_blocks(&json!([wide]))[..], [Block::Code(_)]));
        assert!(matches!(as_blocks(&json!(vec![json!({"a": 1}); MAX_ROWS + 1]))[..], [Block::Code(_)]));
        assert!(matches!(as_blocks(&json!(vec![json!({"a": 1}); MAX_ROWS]))[..], [Block::Table(_)]));
    }
}
