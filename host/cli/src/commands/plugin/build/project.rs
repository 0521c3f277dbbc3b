//! What kind of project a folder holds.

use std::path::Path;

use serde_json::{Value, json};
use sortie_runner::files::FileError;
use sortie_sandbox::read_regular;

use crate::error::CliError;
use crate::input;
use crate::refusal::Refusal;

/// The package that makes a component of JavaScript, which marks a plugin's project.
const JAVASCRIPT_TOOL: &str = "componentize-qjs";

/// How many bytes `Cargo.toml` may have: 1 MiB.
const MOST_OF_A_MANIFEST: u64 = 1 << 20;

/// A plugin's project.
pub(super) enum Project {
    /// A folder with `Cargo.toml`.
    Rust,
    /// A folder with a `package.json` that names the tool.
    JavaScript(ProjectDescription),
    /// A folder with a `pyproject.toml` that has the table `tool.sortie`.
    Python(ProjectDescription),
}

/// What the project's own file says of it.
pub(super) struct ProjectDescription {
    /// The file with the plugin (JavaScript), or the module (Python).
    pub(super) main: String,
    /// `{"name", "version", "description"}`: what the plugin's manifest has of it.
    pub(super) identity: Value,
    /// Whether it runs missions itself: only then does it import the means to.
    pub(super) orchestrates: bool,
}

impl ProjectDescription {
    /// The world of the interface that the component is made for.
    pub(super) fn world(&self) -> &'static str {
        if self.orchestrates { "orchestrating-plugin" } else { "plugin" }
    }
}

impl Project {
    /// The project that a folder has to hold.
    pub(super) fn of(folder: &Path) -> Result<Self, CliError> {
        let none = || Refusal::NoProject { folder: Refusal::shown(folder), tool: JAVASCRIPT_TOOL }.into();
        Self::find(folder)?.ok_or_else(none)
    }

    /// Tells the kind by the files that are in the folder.
    pub(super) fn find(folder: &Path) -> Result<Option<Self>, CliError> {
        let manifest = folder.join("Cargo.toml");
        if manifest.is_file() {
            // cargo reads it to its end, however long it is.
            read_regular(&manifest, MOST_OF_A_MANIFEST)
                .map_err(|error| FileError::reading(&manifest.display().to_string(), error))?;
            return Ok(Some(Self::Rust));
        }
        if let Some(package) = read(&folder.join("package.json"))? {
            let names_tool = |group| package.get(group).and_then(|group| group.get(JAVASCRIPT_TOOL)).is_some();
            if names_tool("devDependencies") || names_tool("dependencies") {
                let main = package.get("main").and_then(Value::as_str).unwrap_or("plugin.js").to_owned();
                let identity = identity(folder, "package.json", &package)?;
                let orchestrates = orchestrates(folder, "package.json", package.get("sortie"))?;
                return Ok(Some(Self::JavaScript(ProjectDescription { main, identity, orchestrates })));
            }
        }
        if let Some(project) = read(&folder.join("pyproject.toml"))?
            && let Some(sortie) = project.pointer("/tool/sortie")
        {
            let main = sortie.get("module").and_then(Value::as_str).unwrap_or("plugin").to_owned();
            let described = project.get("project").unwrap_or(&Value::Null);
            let identity = identity(folder, "pyproject.toml", described)?;
            let orchestrates = orchestrates(folder, "pyproject.toml", Some(sortie))?;
            return Ok(Some(Self::Python(ProjectDescription { main, identity, orchestrates })));
        }
        Ok(None)
    }
}

fn read(file: &Path) -> Result<Option<Value>, CliError> {
    if !file.is_file() {
        return Ok(None);
    }
    Ok(Some(input::document(&file.display().to_string())?.into_value()))
}

/// The member `orchestrates` of what the file says for Sortie.
fn orchestrates(folder: &Path, file: &str, sortie: Option<&Value>) -> Result<bool, CliError> {
    match sortie.and_then(|sortie| sortie.get("orchestrates")) {
        None => Ok(false),
        Some(Value::Bool(orchestrates)) => Ok(*orchestrates),
        Some(other) => {
            let path = Refusal::shown(&folder.join(file));
            Err(Refusal::NotABoolean { path, member: "orchestrates", found: other.to_string() }.into())
        }
    }
}

fn identity(folder: &Path, file: &str, described: &Value) -> Result<Value, CliError> {
    let text = |member: &str| described.get(member).and_then(Value::as_str);
    let needed = |member: &str| {
        text(member).ok_or_else(|| {
            let path = Refusal::shown(&folder.join(file));
            CliError::from(Refusal::NoIdentity { path, file: file.to_owned(), member: member.to_owned() })
        })
    };
    Ok(json!({
        "name": needed("name")?,
        "version": needed("version")?,
        "description": text("description").unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_project_is_described_in_at_most_a_mebibyte() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let of_bytes = |bytes: u64| {
            File::create(folder.path().join("Cargo.toml"))?.set_len(bytes)?;
            Ok::<_, std::io::Error>(matches!(Project::find(folder.path()), Ok(Some(Project::Rust))))
        };
        assert_eq!((of_bytes(1 << 20)?, of_bytes((1 << 20) + 1)?, of_bytes(20 << 30)?), (true, false, false));
        Ok(())
    }
}
