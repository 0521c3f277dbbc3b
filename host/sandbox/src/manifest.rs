//! Reading what a plugin says of itself, and checking it.

use semver::Version;
use sortie_interface::{MAX_MANIFEST_BYTES, MAX_MISSIONS, MAX_OPERATIONS, Manifest, is_legal_name};
use sortie_json::{MAX_MESSAGE_BYTES, MAX_QUOTED_BYTES, ParseLimits, excerpt, parse};

/// A manifest that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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

/// Reads and checks the text of a manifest section.
///
/// ```
/// let error = sortie_sandbox::parse_manifest(b"{\"name\": 3}").expect_err("a name is a text");
/// assert!(!error.to_string().is_empty());
/// ```
pub fn parse_manifest(text: &[u8]) -> Result<Manifest, ManifestError> {
    at_most("bytes", text.len(), MAX_MANIFEST_BYTES)?;
    let value = parse(text, ParseLimits::default())
        .map_err(|faults| ManifestError::NotIJson(faults.first().map_or_else(String::new, ToString::to_string)))?;
    let manifest: Manifest = serde_json::from_value(value)
        .map_err(|error| ManifestError::Shape(excerpt(&error.to_string(), MAX_MESSAGE_BYTES).into_owned()))?;
    checked(manifest)
}

/// Checks names, versions and numbers.
pub(crate) fn checked(manifest: Manifest) -> Result<Manifest, ManifestError> {
    check_counts(manifest.missions.len(), manifest.operations.len())?;
    legal("plugin", &manifest.name)?;
    if Version::parse(&manifest.version).is_err() {
        return Err(ManifestError::IllegalVersion(excerpt(&manifest.version, MAX_QUOTED_BYTES).into_owned()));
    }
    unique("mission", manifest.missions.iter().map(|mission| mission.name.as_str()))?;
    unique("operation", manifest.operations.iter().map(|operation| operation.name.as_str()))?;
    let size = serde_json::to_vec(&manifest).map_err(|error| ManifestError::Shape(error.to_string()))?.len();
    at_most("bytes", size, MAX_MANIFEST_BYTES)?;
    Ok(manifest)
}

pub(crate) fn check_counts(missions: usize, operations: usize) -> Result<(), ManifestError> {
    at_most("missions", missions, MAX_MISSIONS)?;
    at_most("operations", operations, MAX_OPERATIONS)
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), ManifestError> {
    if count > limit { Err(ManifestError::TooMany { what, count, limit }) } else { Ok(()) }
}

fn legal(what: &'static str, name: &str) -> Result<(), ManifestError> {
    if is_legal_name(name) {
        Ok(())
    } else {
        Err(ManifestError::IllegalName { what, name: excerpt(name, MAX_QUOTED_BYTES).into_owned() })
    }
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
