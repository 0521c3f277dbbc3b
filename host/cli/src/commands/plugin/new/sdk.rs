//! The SDK that a Rust project depends on.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CliError;
use crate::refusal::Refusal;

/// This crate's folder when it was compiled, if that may be in the program: what is handed on tells nothing of where it was made.
const SOURCES: Option<&str> = match option_env!("SORTIE_PACKAGED") {
    Some(_) => None,
    None => Some(env!("CARGO_MANIFEST_DIR")),
};

/// Where it is.
pub(super) enum Sdk {
    /// In a folder: the project builds without a network.
    Folder(PathBuf),
    /// Published, in this command's version.
    Published,
}

impl Sdk {
    /// The one that is given, else the one of the sources that this command was built from, else the published one.
    pub(super) fn find(given: Option<&Path>) -> Result<Self, CliError> {
        let whole = |folder: &Path| {
            let folder = fs::canonicalize(folder).ok()?;
            folder.join("Cargo.toml").is_file().then_some(Self::Folder(folder))
        };
        let Some(folder) = given else {
            let sources = SOURCES.and_then(|crate_folder| whole(&Path::new(crate_folder).join("../../plugin-sdk")));
            return Ok(sources.unwrap_or(Self::Published));
        };
        whole(folder).ok_or_else(|| Refusal::SdkNotFound { folder: Refusal::shown(folder) }.into())
    }

    /// The dependency, as it stands in `Cargo.toml`.
    pub(super) fn dependency(&self) -> String {
        match self {
            // A JSON string is a TOML string too.
            Self::Folder(folder) => format!("{{ path = {} }}", serde_json::Value::from(folder.display().to_string())),
            Self::Published => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
        }
    }

    /// The same for people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Folder(folder) => format!("the folder `{}`", folder.display()),
            Self::Published => format!("sortie-plugin-sdk {}, from crates.io", env!("CARGO_PKG_VERSION")),
        }
    }

    /// The versions that the SDK was built and tested with: with them the project needs nothing that is not there.
    pub(super) fn lock(&self) -> Option<String> {
        match self {
            Self::Folder(folder) => fs::read_to_string(folder.join("../Cargo.lock")).ok(),
            Self::Published => None,
        }
    }
}
