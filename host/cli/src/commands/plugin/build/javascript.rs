//! A JavaScript project: componentize-qjs makes a component of it and of an interpreter, `QuickJS`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::missing;
use super::project::Described;
use super::workshop::{self, absolute};
use crate::commands::plugin::toolchain;
use crate::error::CliError;

/// The tool's program, in the project's folder or, where npm keeps a workspace's packages together, above it.
const TOOL: &str = "node_modules/componentize-qjs/cli.mjs";
const GUARD: &str = include_str!("../../../../../../plugin-sdk/js/component/guard.js");
const ENTRY: &str = include_str!("../../../../../../plugin-sdk/js/component/entry.js");

/// Makes a component of the project.
pub(super) fn compile(folder: &Path, project: &Described) -> Result<Vec<u8>, CliError> {
    if let Some(need) = toolchain::node() {
        return Err(missing(need.message, need.help));
    }
    let Some(tool) = tool(folder) else {
        let message = format!("`{}` has not its tool yet: there is no `{TOOL}`", folder.display());
        return Err(missing(message, toolchain::typed_in(folder, "npm install")));
    };
    let main = project.main.trim_start_matches("./");
    let path = serde_json::Value::from(format!("../{main}")).to_string();
    let (missions, run) = if project.orchestrates {
        ("import * as missions from 'sortie:plugin/missions@0.2.0';\n", ", (request) => missions.run(request)")
    } else {
        ("", "")
    };
    let entry = ENTRY
        .replace("{{missions}}", missions)
        .replace("{{run}}", run)
        .replace("'{{main}}'", &path)
        .replace("{{main_name}}", main)
        .replace("{{identity}}", &project.identity.to_string());
    let workshop = workshop::open(folder, &[("guard.js", GUARD), ("entry.js", &entry)])?;
    let mut command = Command::new("node");
    command.current_dir(folder).arg(tool);
    command.args(["--wit", workshop::INTERFACE_FILE, "--world", project.world(), "--js", ".sortie/entry.js"]);
    command.args(["--module-root", ".", "--stub-wasi", "--opt-size", "--sync", "--output", workshop::COMPONENT_FILE]);
    workshop.run(command)
}

fn tool(folder: &Path) -> Option<PathBuf> {
    absolute(folder).ancestors().map(|ancestor| ancestor.join(TOOL)).find(|tool| tool.is_file())
}
