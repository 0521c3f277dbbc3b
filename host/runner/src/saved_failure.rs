//! A failed call in a file: all that it takes to make it again, and how it ended.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_host::{Call, Fuel, Host, Outcome, SavedCall};
use sortie_json::{Code, UserError, canonical};

use crate::call_failure::CallFailure;
use crate::codes;
use crate::files::{self, DocumentError, FileError};
use crate::symbols::file_of;

/// What such a file's member `schema_version` says.
const SCHEMA_VERSION: &str = "failed_call@2";

/// A call that failed.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{ExecutionContext, Host, HumanPolicy, WorkflowDefinition};
/// use sortie_runner::{SavedFailure, save::of_failure};
///
/// let host = Host::builder().first_party().build()?;
/// let payload = json!({"operation": "core/fail", "reason": "no such branch"});
/// let step = json!({"id": "check", "kind": "runtime", "payload": payload});
/// let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [step]}))?;
/// let finished = host.start(workflow, &ExecutionContext::new(json!({}))?)?.finish(&HumanPolicy::Mark)?;
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("failure.json");
/// let failed = finished.failed.ok_or("the call failed")?;
/// SavedFailure::save(&host, &failed, Some(&file))?;
/// let saved = SavedFailure::read(&file.display().to_string())?;
/// assert_eq!(saved.call.plugin.name, "core");
/// // The call as a scenario, which fails until the plugin is mended.
/// assert_eq!(of_failure("no such branch", &saved)?["scenario_name"], "no such branch");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedFailure {
    /// `failed_call@2`.
    pub schema_version: String,
    /// The version of Sortie.
    pub sortie: String,
    /// The fingerprint of the engine that made the call.
    pub engine: String,
    /// The plugin's file, as the command line named it; none for a plugin that comes with the command.
    pub plugin_file: Option<String>,
    /// The call.
    pub call: Call,
    /// How it ended.
    pub outcome: Outcome,
    /// The fuel that it used.
    pub fuel: Fuel,
    /// The most memory that it had, in bytes.
    pub memory_bytes: u64,
    /// What it logged.
    pub log: Vec<LoggedLine>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The message.
    pub message: String,
}

impl SavedFailure {
    /// A call that a host made.
    fn of(host: &Host, failed: &SavedCall) -> Self {
        let registry = host.registry();
        let file = registry.plugin(&failed.call.plugin.name).ok().and_then(file_of);
        let lines = failed.report.log.iter();
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            sortie: env!("CARGO_PKG_VERSION").to_owned(),
            engine: host.engine_fingerprint(),
            plugin_file: file.map(|file| file.display().to_string()),
            call: failed.call.clone(),
            outcome: failed.report.outcome.clone(),
            fuel: failed.report.fuel,
            memory_bytes: failed.report.memory_bytes,
            log: lines.map(|line| LoggedLine { level: line.level.to_owned(), message: line.message.clone() }).collect(),
        }
    }

    /// Reads one from a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is something else.
    pub fn read(name: &str) -> Result<Self, SavedFailureError> {
        let value = files::document(name)?.into_value();
        match value.get("schema_version").and_then(Value::as_str) {
            Some(SCHEMA_VERSION) => {}
            version => {
                let found = version.map(str::to_owned);
                return Err(SavedFailureError::AnotherShape { path: name.to_owned(), found });
            }
        }
        serde_json::from_value(value)
            .map_err(|error| SavedFailureError::Damaged { path: name.to_owned(), detail: error.to_string() })
    }

    /// Saves a failed call to a file, if one is named, and returns what there is to say of the call.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save<'f>(
        host: &'f Host,
        failed: &'f SavedCall,
        file: Option<&'f Path>,
    ) -> Result<CallFailure<'f>, FileError> {
        if let Some(path) = file {
            let saved = serde_json::to_value(Self::of(host, failed)).unwrap_or_default();
            let mut bytes = canonical(&saved);
            bytes.push(b'\n');
            files::write(path, &bytes)?;
        }
        let details = failed.failure().map_or(&Value::Null, |failure| &failure.details);
        Ok(CallFailure { host, failed, builder: None, details, saved: file.and_then(Path::to_str) })
    }
}

/// Why a saved failure cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedFailureError {
    /// The file cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The file is something else.
    #[error("`{path}` is {}, not a `{SCHEMA_VERSION}`", .found.as_ref().map_or("nothing that says what it is".to_owned(), |found| format!("a `{found}`")))]
    AnotherShape {
        /// The file.
        path: String,
        /// What its `schema_version` says, if it has one.
        found: Option<String>,
    },
    /// The file says that it is one, and is not.
    #[error("the saved failure `{path}` is damaged: {detail}")]
    Damaged {
        /// The file.
        path: String,
        /// What does not fit.
        detail: String,
    },
}

impl UserError for SavedFailureError {
    fn code(&self) -> Code {
        match self {
            Self::Document(DocumentError::File(error)) => error.code(),
            Self::Document(DocumentError::Report(_)) => codes::INPUT_REJECTED,
            Self::AnotherShape { .. } | Self::Damaged { .. } => codes::NOT_A_SAVED_FAILURE,
        }
    }
}
