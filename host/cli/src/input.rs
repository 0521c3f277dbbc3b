//! From arguments to values: files, standard input, params.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jsonptr::Pointer;
use serde_json::{Map, Value};
use sortie_host::ExecutionContext;
use sortie_json::{Document, ParseLimits, Part};

use crate::arguments::{ContextArguments, ParamsArguments, PluginArguments};
use crate::error::CliError;
use crate::project::Project;

/// The variable that names plugins' files and folders, as `PATH` names those of programs.
const PLUGIN_PATH: &str = "SORTIE_PLUGIN_PATH";

/// The greatest size of a file: 64 MiB.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a document from a file, or from standard input for `-`.
pub(crate) fn document(name: &str) -> Result<Document, CliError> {
    let (shown, bytes) = if name == "-" {
        ("standard input", read(io::stdin().lock()))
    } else {
        (name, fs::metadata(name).and_then(|metadata| file(name, &metadata)))
    };
    let bytes = bytes.map_err(|error| unreadable(shown, &error))?;
    Ok(Document::parse(shown, bytes, ParseLimits::default())?)
}

fn file(name: &str, metadata: &fs::Metadata) -> io::Result<Vec<u8>> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    read(fs::File::open(name)?)
}

/// Reads no more than one byte past the limit: enough for the parser to tell.
fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a plugin's file, unless it is larger than one may be.
pub(crate) fn plugin(path: &Path) -> Result<Vec<u8>, CliError> {
    let name = path.display().to_string();
    let metadata = fs::metadata(path);
    if let Ok(metadata) = &metadata
        && metadata.len() > MAX_BYTES
    {
        return Err(CliError::PluginRefused {
            code: "plugin_too_large",
            message: format!("`{name}` has {} bytes, more than the limit of {MAX_BYTES}", metadata.len()),
            help: Some("strip the names and debug sections, and leave out what the plugin does not need".to_owned()),
        });
    }
    let bytes = metadata.and_then(|metadata| file(&name, &metadata));
    bytes.map_err(|error| match unreadable(&name, &error) {
        CliError::Input { code, message, .. } => {
            let help = "give a plugin's `.wasm` file; `sortie plugin build` makes it of a project";
            CliError::Input { code, message, help: Some(help.to_owned()) }
        }
        other => other,
    })
}

/// A file that cannot be read, in words.
pub(crate) fn unreadable(name: &str, error: &io::Error) -> CliError {
    let (code, message, help) = match error.kind() {
        io::ErrorKind::NotFound => {
            ("file_not_found", format!("there is no file `{name}`"), "check the name, and the folder it is given from")
        }
        io::ErrorKind::IsADirectory => {
            ("is_a_directory", format!("`{name}` is a directory"), "give a file in JSON, YAML or TOML")
        }
        io::ErrorKind::PermissionDenied => {
            ("file_not_readable", format!("`{name}` may not be read"), "check the file's permissions")
        }
        _ => ("file_not_readable", format!("cannot read `{name}`: {error}"), "give a file that can be read"),
    };
    CliError::Input { code, message, help: Some(help.to_owned()) }
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
                return Err(CliError::Input {
                    code: "state_not_object",
                    message: "the state is not an object".to_owned(),
                    help: Some("`--state-at` names a member of the state, such as `/tasks`".to_owned()),
                });
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

/// A value: JSON, or `@FILE` for a file in JSON, YAML or TOML.
pub(crate) fn value(text: &str, option: &str) -> Result<Value, CliError> {
    let document = match text.strip_prefix('@') {
        Some(file) => document(file)?,
        None => Document::parse(option, text.to_owned().into_bytes(), ParseLimits::default())?,
    };
    Ok(document.into_value())
}

/// The answers to human steps, by step id.
pub(crate) fn answers(name: Option<&str>) -> Result<BTreeMap<String, Value>, CliError> {
    let Some(name) = name else { return Ok(BTreeMap::new()) };
    Ok(object(document(name)?, "the document of answers", "answers_not_object")?.into_iter().collect())
}

/// A host with the first-party plugins, those of the project, those of `SORTIE_PLUGIN_PATH`, and those that were
/// given.
pub(crate) fn host(arguments: &PluginArguments) -> Result<sortie_host::Host, CliError> {
    let builder = Plugins::of_surroundings()?.add_to(sortie_host::Host::builder().first_party());
    Ok(arguments.paths.iter().fold(builder, sortie_host::HostBuilder::plugin_file).build()?)
}

/// The plugins that no argument names.
pub(crate) struct Plugins {
    project: Project,
    paths: Vec<PathBuf>,
}

impl Plugins {
    /// Those of the project that the current folder is in, and those of `SORTIE_PLUGIN_PATH`.
    pub(crate) fn of_surroundings() -> Result<Self, CliError> {
        let paths = env::var_os(PLUGIN_PATH).unwrap_or_default();
        let paths: Vec<PathBuf> = env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()).collect();
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            return Err(CliError::Input {
                code: "plugin_path_missing",
                message: format!("`{PLUGIN_PATH}` names `{}`, which is not there", missing.display()),
                help: Some(format!("set `{PLUGIN_PATH}` to plugins' files and folders of them, with `:` in between")),
            });
        }
        Ok(Self { project: Project::here()?, paths })
    }

    /// Registers them.
    pub(crate) fn add_to(&self, builder: sortie_host::HostBuilder) -> sortie_host::HostBuilder {
        self.paths.iter().fold(self.project.add_to(builder), sortie_host::HostBuilder::plugin_file)
    }
}
