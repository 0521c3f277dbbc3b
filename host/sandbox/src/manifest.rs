//! What a plugin says of itself, checked.

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_engine::Region;
use sortie_json::{ParseLimits, parse};

/// The greatest size of a manifest's text: 1 MiB.
const MAX_BYTES: usize = 1 << 20;
const MAX_MISSIONS: usize = 256;
const MAX_OPERATIONS: usize = 1024;
const MAX_NAME_BYTES: usize = 64;

/// What a plugin is and has. Its JSON form is that of the section `sortie:manifest`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// The plugin's version (Semantic Versioning 2.0.0).
    pub version: String,
    /// The SDK that made it, and the SDK's version.
    pub sdk: String,
    /// A sentence for people.
    pub description: String,
    /// The missions that it can build.
    pub missions: Vec<MissionInfo>,
    /// The operations that it can execute.
    pub operations: Vec<OperationInfo>,
}

/// A mission that a plugin can build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissionInfo {
    /// Its name.
    pub name: String,
    /// A sentence for people.
    pub description: String,
    /// JSON Schema (draft 2020-12) of its params.
    pub params_schema: Value,
    /// Params that work.
    pub examples: Vec<Value>,
}

/// An operation that a plugin can execute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationInfo {
    /// Its name.
    pub name: String,
    /// A sentence for people.
    pub description: String,
    /// JSON Schema (draft 2020-12) of its payload.
    pub payload_schema: Value,
    /// The parts of the state that it is given.
    pub reads: Vec<Region>,
    /// The parts of the state that it may change.
    pub writes: Vec<Region>,
    /// Inputs that work.
    pub examples: Vec<OperationExample>,
}

/// An input that an operation can be tried with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationExample {
    /// A JSON object.
    pub payload: Value,
    /// The whole state, a JSON object.
    pub state: Value,
}

/// A manifest that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Its text is not I-JSON.
    #[error("it is not I-JSON: {0}")]
    NotIJson(String),
    /// It has not the shape of a manifest.
    #[error("{0}")]
    Shape(String),
    /// A name that is not one.
    #[error(
        "the {what} {name:?} is not a legal name: a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`"
    )]
    IllegalName {
        /// `plugin`, `mission` or `operation`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name that appears twice.
    #[error("it has two {what}s of the name `{name}`")]
    DuplicateName {
        /// `mission` or `operation`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A version that is not one.
    #[error("the version {0:?} is not a version (Semantic Versioning 2.0.0)")]
    IllegalVersion(String),
    /// More of something than a manifest may have.
    #[error("it has {count} {what}, more than the limit of {limit}")]
    TooMany {
        /// `missions`, `operations` or `bytes`.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl Manifest {
    /// Reads and checks the text of a manifest section.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        at_most("bytes", text.len(), MAX_BYTES)?;
        let value = parse(text, ParseLimits::default())
            .map_err(|faults| ManifestError::NotIJson(faults.first().map_or_else(String::new, ToString::to_string)))?;
        let manifest: Self = serde_json::from_value(value).map_err(|error| ManifestError::Shape(error.to_string()))?;
        manifest.checked()
    }

    /// Checks names, versions and numbers.
    pub(crate) fn checked(self) -> Result<Self, ManifestError> {
        Self::check_counts(self.missions.len(), self.operations.len())?;
        legal("plugin", &self.name)?;
        if Version::parse(&self.version).is_err() {
            return Err(ManifestError::IllegalVersion(self.version));
        }
        unique("mission", self.missions.iter().map(|mission| mission.name.as_str()))?;
        unique("operation", self.operations.iter().map(|operation| operation.name.as_str()))?;
        let size = serde_json::to_vec(&self).map_err(|error| ManifestError::Shape(error.to_string()))?.len();
        at_most("bytes", size, MAX_BYTES)?;
        Ok(self)
    }

    pub(crate) fn check_counts(missions: usize, operations: usize) -> Result<(), ManifestError> {
        at_most("missions", missions, MAX_MISSIONS)?;
        at_most("operations", operations, MAX_OPERATIONS)
    }

    /// The mission of this name.
    #[must_use]
    pub fn mission(&self, name: &str) -> Option<&MissionInfo> {
        self.missions.iter().find(|mission| mission.name == name)
    }

    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&OperationInfo> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), ManifestError> {
    if count > limit { Err(ManifestError::TooMany { what, count, limit }) } else { Ok(()) }
}

fn legal(what: &'static str, name: &str) -> Result<(), ManifestError> {
    if is_legal_name(name) { Ok(()) } else { Err(ManifestError::IllegalName { what, name: name.to_owned() }) }
}

fn unique<'a>(what: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), ManifestError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        legal(what, name)?;
        if !seen.insert(name) {
            return Err(ManifestError::DuplicateName { what, name: name.to_owned() });
        }
    }
    Ok(())
}

/// Whether a plugin, a mission or an operation can have this name: a lower-case letter, then at most 63 lower-case
/// letters, digits, `-` and `_`.
#[must_use]
pub fn is_legal_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    name.len() <= MAX_NAME_BYTES && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(rest)
}
