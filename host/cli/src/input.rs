//! From arguments to values: files, standard input, params.

use std::collections::BTreeMap;
use std::io;

use jsonptr::Pointer;
use serde_json::{Map, Value};
use sortie_host::ExecutionContext;
use sortie_json::{Document, Format, ParseLimits, Part, Source};
use sortie_runner::files;

use crate::error::CliError;
use crate::options::{ContextArguments, ParamsArguments};
use crate::refusal::Refusal;

/// Reads a document from a file, or from standard input for `-`.
pub(crate) fn document(name: &str) -> Result<Document, CliError> {
    Ok(match name {
        "-" => files::document_from("standard input", io::stdin().lock())?,
        name => files::document(name)?,
    })
}

/// The document's value, which has to be a JSON object.
fn object(document: Document, what: &str, code: &'static str) -> Result<Map<String, Value>, CliError> {
    if document.value().is_object() {
        return match document.into_value() {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        };
    }
    let diagnostic = document
        .diagnostic(Pointer::root(), Part::Value, code, format!("{what} is not an object"))
        .label("an object is expected here");
    Err(document.report(vec![diagnostic]).into())
}

/// The context: state and metadata.
pub(crate) fn context(arguments: &ContextArguments) -> Result<ExecutionContext, CliError> {
    let state = match (&arguments.state, &arguments.state_at) {
        (None, _) => Map::new(),
        (Some(name), None) => {
            let document = document(name)?;
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
        (Some(name), Some(at)) => match placed(document(name)?.into_value(), at) {
            Value::Object(members) => members,
            _ => {
                return Err(Refusal::StateNotObject.into());
            }
        },
    };
    let metadata = match &arguments.metadata {
        None => Map::new(),
        Some(name) => object(document(name)?, "the metadata", "metadata_not_object")?,
    };
    let context = ExecutionContext::new(Value::Object(state))
        .and_then(|context| context.with_metadata(Value::Object(metadata)))
        .map_err(sortie_host::HostError::from)?;
    Ok(context)
}

/// A value within as many objects as the pointer has tokens.
fn placed(value: Value, at: &Pointer) -> Value {
    let tokens: Vec<String> = at.tokens().map(|token| token.decoded().into_owned()).collect();
    tokens.into_iter().rev().fold(value, |value, token| Value::Object(Map::from_iter([(token, value)])))
}

/// The params: those of `--params`, with each `--param` over them.
pub(crate) fn params(arguments: &ParamsArguments) -> Result<Value, CliError> {
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
    params.extend(arguments.each.iter().cloned());
    Ok(Value::Object(params))
}

/// A value: JSON, else the text itself; `@FILE` for a file in JSON, YAML or TOML. What begins as an object, a list or a
/// string in quotes and is none is a mistake, and not text.
pub(crate) fn json_or_text(text: &str, option: &str) -> Result<Value, CliError> {
    if let Some(file) = text.strip_prefix('@') {
        return Ok(document(file)?.into_value());
    }
    if text.trim_start().starts_with(['{', '[', '"']) {
        let source = Source::with_format(option, text.as_bytes(), Format::Json);
        return Ok(Document::read(source, ParseLimits::default())?.into_value());
    }
    Ok(sortie_json::parse_str(text).unwrap_or_else(|_| text.into()))
}

/// The answers to human steps, by step id.
pub(crate) fn answers(name: Option<&str>) -> Result<BTreeMap<String, Value>, CliError> {
    let Some(name) = name else { return Ok(BTreeMap::new()) };
    Ok(object(document(name)?, "the document of answers", "answers_not_object")?.into_iter().collect())
}
