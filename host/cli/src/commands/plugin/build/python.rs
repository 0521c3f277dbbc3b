//! A Python project: componentize-py makes a component of it and of an interpreter, `CPython`.

use std::path::{Path, PathBuf};

use super::missing;
use super::project::ProjectDescription;
use super::workshop::{self, absolute};
use crate::commands::plugin::toolchain;
use crate::error::CliError;

const GUARD: &str = include_str!("../../../../sdk/python/component/sortie_guard.py");
const MISSIONS: &str = include_str!("../../../../sdk/python/component/sortie_missions.py");
const ENTRY: &str = include_str!("../../../../sdk/python/component/sortie_entry.py");

/// Packages of an environment that no plugin needs: what makes plugins, and what installs packages.
const OF_TOOLS: [&str; 6] = ["componentize_py", "pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel"];

/// A character that no message of Python's has: the separator of records of ASCII.
const MARK: u8 = 0x1e;

/// Makes a component of the project.
pub(super) fn compile(folder: &Path, project: &ProjectDescription) -> Result<Vec<u8>, CliError> {
    let tool = ready(folder)?;
    let identity = serde_json::Value::from(project.identity.to_string()).to_string();
    let missions = if project.orchestrates { "import sortie_missions\n" } else { "" };
    let entry = ENTRY.replace("{{missions}}", missions);
    let entry = entry.replace("{{module}}", &project.main).replace("{{identity}}", &identity);
    let mut files = vec![("sortie_guard.py", GUARD), ("sortie_entry.py", entry.as_str())];
    if project.orchestrates {
        files.push(("sortie_missions.py", MISSIONS));
    }
    let workshop = workshop::open_copy(folder, &files)?;
    // The packages of the project's own environment go with it, and no others.
    let environment = workshop.environment(tool.environment.as_deref(), &OF_TOOLS)?;
    let mut command = workshop.command(&tool.program);
    command.args(["--wit-path", workshop::INTERFACE_FILE, "--world", project.world(), "--quiet"]);
    command.args(["componentize", "--stub-wasi", "--python-path", ".", "--python-path", ".sortie"]);
    command.args(["--output", workshop::COMPONENT_FILE, "sortie_entry"]);
    command.env_remove("PYTHONPATH").env("VIRTUAL_ENV", environment);
    // A panic's backtrace of the tool would bury the author's own traceback.
    command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    workshop.run(command, |said| refused(&said).unwrap_or(said))
}

/// Why the plugin does not load, as `sortie_entry.py` says it between two marks, without what the tool says around it.
fn refused(said: &[u8]) -> Option<Vec<u8>> {
    let mut parts = said.split(|byte| *byte == MARK);
    parts.nth(1).map(<[u8]>::to_vec)
}

/// Looks for what the project needs.
pub(super) fn ready(folder: &Path) -> Result<Tool, CliError> {
    if let Some(tool) = tool(folder) {
        return Ok(tool);
    }
    if let Some(need) = toolchain::python() {
        return Err(missing(need.message, need.help));
    }
    let message =
        format!("`{}` does not have its tool yet: there is no `.venv` with componentize-py", folder.display());
    Err(missing(message, toolchain::typed_in(folder, toolchain::INSTALL_PYTHON_TOOL)))
}

/// The program that makes the component, and the virtual environment that it is in.
pub(super) struct Tool {
    program: PathBuf,
    environment: Option<PathBuf>,
}

/// The tool of the project's own environment, else of the one that is active, else of the path.
fn tool(folder: &Path) -> Option<Tool> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let environments = [Some(absolute(&folder.join(".venv"))), active];
    let within = environments.into_iter().flatten().find_map(|environment| {
        let programs = ["bin/componentize-py", "Scripts/componentize-py.exe"].map(|file| environment.join(file));
        let program = programs.into_iter().find(|program| program.is_file())?;
        Some(Tool { program, environment: Some(environment) })
    });
    within.or_else(|| {
        let path = std::env::var_os("PATH")?;
        let mut programs = std::env::split_paths(&path).map(|folder| folder.join("componentize-py"));
        let program = programs.find(|program| program.is_file())?;
        Some(Tool { program, environment: None })
    })
}
