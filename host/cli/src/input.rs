//! From arguments to values: files, standard input, params.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonptr::Pointer;
use serde_json::{Map, Value};
use sortie_host::{ExecutionContext, Limits};
use sortie_json::{Document, Format, ParseLimits, Part, Report, Source, Style, salvage};
use sortie_runner::files;
use sortie_sandbox::timed;

use crate::error::CliError;
use crate::options::{ContextArguments, ParamsArguments};
use crate::refusal::Refusal;
use crate::render::to_stderr;

/// What standard input is called in messages.
const STANDARD_INPUT: &str = "standard input";

/// Whether standard input was read: there is nothing in it for a second time.
static IS_READ: AtomicBool = AtomicBool::new(false);

fn standard_input() -> Result<Vec<u8>, CliError> {
    if IS_READ.swap(true, Ordering::Relaxed) {
        return Err(Refusal::StandardInputTwice.into());
    }
    Ok(files::bytes_from(STANDARD_INPUT, io::stdin().lock())?)
}

/// Reads a document from a file, or from standard input for `-`.
pub(crate) fn document(name: &str) -> Result<Document, CliError> {
    document_within(name, ParseLimits::default())
}

/// Reads a workflow definition: it may have as many bytes, and its values as much room, as what a plugin's builder returns. A
/// run keeps several copies of it.
pub(crate) fn workflow(name: &str) -> Result<Document, CliError> {
    let bytes = usize::try_from(Limits::default().output_bytes).unwrap_or(usize::MAX);
    document_within(name, ParseLimits { bytes, ..ParseLimits::default() })
}

fn document_within(name: &str, limits: ParseLimits) -> Result<Document, CliError> {
    let _timed = timed!("read");
    let (name, bytes) = match name {
        "-" => (STANDARD_INPUT, standard_input()?),
        name => (name, files::bytes(name)?),
    };
    Ok(remarked(Document::parse(name, bytes, limits)?))
}

/// Says on standard error what a person may not have meant in a document.
fn remarked(document: Document) -> Document {
    if !document.warnings().is_empty() {
        to_stderr(&document.report(document.warnings().to_vec()).render(Style::Ansi));
    }
    document
}

/// The document's value, which has to be a JSON object.
fn object(document: Document, what: &str, code: &'static str) -> Result<Map<String, Value>, CliError> {
    if document.value().is_object() {
        return match document.into_value() {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        };
    }
    let mut diagnostic = document
        .diagnostic(Pointer::root(), Part::Value, code, format!("{what} is not an object"))
        .label("an object is expected here");
    diagnostic.help = document.value().as_str().and_then(missing_of_object).map(str::to_owned);
    Err(document.report(vec![diagnostic]).into())
}

/// What a text in YAML has not that was meant to be an object.
fn missing_of_object(text: &str) -> Option<&'static str> {
    if text.contains(':') {
        Some("a key in YAML ends with a colon and a space: `key: value`")
    } else if text.contains('=') {
        Some("TOML is read from a file whose name ends in `.toml`")
    } else {
        None
    }
}

/// The context: state and metadata.
pub(crate) fn context(arguments: &ContextArguments) -> Result<ExecutionContext, CliError> {
    let _timed = timed!("read");
    let great = arguments.great_integers_as_strings;
    let mut state = match (&arguments.state, &arguments.state_at) {
        (None, _) => Map::new(),
        (Some(name), None) => {
            let document = data(name, great)?;
            let is_array = document.value().is_array();
            object(document, "the state", "state_not_object").map_err(|error| match error {
                CliError::Document(mut report) if is_array => {
                    for diagnostic in &mut report.diagnostics {
                        diagnostic.help = Some("to put an array into a state, add `--state-at /tasks`".to_owned());
                    }
                    CliError::Document(report)
                }
                other => other,
            })?
        }
        (Some(name), Some(at)) => match placed(data(name, great)?.into_value(), at) {
            Value::Object(members) => members,
            _ => {
                return Err(Refusal::StateNotObject.into());
            }
        },
    };
    for (at, name) in &arguments.put {
        let value = data(name, great)?.into_value();
        state = put(state, at, value)?;
    }
    let metadata = match &arguments.metadata {
        None => Map::new(),
        Some(name) => object(document(name)?, "the metadata", "metadata_not_object")?,
    };
    let context = ExecutionContext::new(Value::Object(state))
        .and_then(|context| context.with_metadata(Value::Object(metadata)))
        .map_err(sortie_host::HostError::from)?;
    Ok(context)
}

/// Reads a document of data that another program may have written, in forms that are nearly JSON too: each of them is read
/// where it can be told for certain what is meant.
fn data(name: &str, great_integers_as_strings: bool) -> Result<Document, CliError> {
    let (shown, bytes) = match name {
        "-" => (STANDARD_INPUT, standard_input()?),
        name => (name, files::bytes(name)?),
    };
    let mut bytes = salvage::surrogate_pairs(bytes);
    if let Some(list) = salvage::lines(&bytes) {
        bytes = list;
    }
    let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
    if great_integers_as_strings && is_json {
        bytes = salvage::great_integers(&bytes);
    }
    Document::parse(shown, bytes, ParseLimits::default()).map(remarked).map_err(|mut report| {
        for diagnostic in &mut report.diagnostics {
            if diagnostic.code == "integer_out_of_range" {
                let help = "write it as a string, or add `--great-integers-as-strings` to read such numbers as strings";
                diagnostic.help = Some(help.to_owned());
            }
        }
        report.into()
    })
}

/// The state with a value at a pointer, within as many objects as that takes.
fn put(state: Map<String, Value>, at: &Pointer, value: Value) -> Result<Map<String, Value>, CliError> {
    let mut state = Value::Object(state);
    let mut place = &mut state;
    for token in at.tokens() {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else {
            return Err(Refusal::StateNotObject.into());
        };
        place = members.entry(token.decoded().into_owned()).or_insert(Value::Null);
    }
    *place = value;
    match state {
        Value::Object(members) => Ok(members),
        _ => Err(Refusal::StateNotObject.into()),
    }
}

/// A value within as many objects as the pointer has tokens.
fn placed(value: Value, at: &Pointer) -> Value {
    let tokens: Vec<String> = at.tokens().map(|token| token.decoded().into_owned()).collect();
    tokens.into_iter().rev().fold(value, |value, token| Value::Object(Map::from_iter([(token, value)])))
}

/// The params: those of `--params`, with each `--param` over them. What is told to be a text is one.
pub(crate) fn params(
    arguments: &ParamsArguments,
    is_text: &dyn Fn(&str) -> bool,
) -> Result<Map<String, Value>, CliError> {
    let mut params = match &arguments.params {
        None => Map::new(),
        Some(text) => {
            if let Some(file) = text.strip_prefix('@') {
                object(document(file)?, "the params document", "params_not_object")?
            } else {
                let document = Document::parse("--params", text.clone().into_bytes(), ParseLimits::default())?;
                object(document, "the value of --params", "params_not_object")?
            }
        }
    };
    for (name, text) in &arguments.each {
        params.insert(name.clone(), param(name, text, is_text(name))?);
    }
    Ok(params)
}

fn param(name: &str, text: &str, is_text: bool) -> Result<Value, CliError> {
    if let Some(literal) = text.strip_prefix('@').filter(|rest| rest.starts_with('@')) {
        return Ok(literal.into());
    }
    if let Some(file) = text.strip_prefix('@') {
        return if is_text { text_of(file) } else { Ok(document(file)?.into_value()) };
    }
    match sortie_json::parse_str(text) {
        Ok(value) if is_text && !value.is_string() && !value.is_null() => Ok(text.into()),
        Ok(value) => Ok(value),
        // What begins as an object or an array was not meant as a string, nor was a number.
        Err(_) if !is_text && (text.starts_with(['{', '[']) || is_number(text)) => {
            let option = format!("--param {name}");
            Ok(Document::parse(&option, text.to_owned().into_bytes(), ParseLimits::default())?.into_value())
        }
        Err(_) => Ok(text.into()),
    }
}

/// The text of a file.
fn text_of(file: &str) -> Result<Value, CliError> {
    let bytes = match file {
        "-" => standard_input()?,
        file => files::bytes(file)?,
    };
    String::from_utf8(bytes).map(Value::String).map_err(|_| Refusal::FileNotUtf8 { file: file.to_owned() }.into())
}

/// A value: JSON, else the text itself; `@FILE` for a file in JSON, YAML or TOML. What begins as an object, a list or a
/// string in quotes and is none is a mistake, and not text.
pub(crate) fn json_or_text(text: &str, option: &str) -> Result<Value, CliError> {
    if let Some(file) = text.strip_prefix('@') {
        return Ok(document(file)?.into_value());
    }
    Ok(value_or_text(text, option)?)
}

/// The same without files.
pub(crate) fn value_or_text(text: &str, name: &str) -> Result<Value, Report> {
    if !(text.trim_start().starts_with(['{', '[', '"']) || is_number(text)) {
        return Ok(sortie_json::parse_str(text).unwrap_or_else(|_| text.into()));
    }
    let source = Source::with_format(name, text.as_bytes(), Format::Json);
    Ok(Document::read(source, ParseLimits::default())?.into_value())
}

/// Whether a text is a number in JSON. One that no program reads alike is a mistake, and not text: it would have another type
/// than the number beside it.
fn is_number(text: &str) -> bool {
    text.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// The answers to human steps, by step id.
pub(crate) fn answers(name: Option<&str>) -> Result<BTreeMap<String, Value>, CliError> {
    let Some(name) = name else { return Ok(BTreeMap::new()) };
    Ok(object(document(name)?, "the document of answers", "answers_not_object")?.into_iter().collect())
}
