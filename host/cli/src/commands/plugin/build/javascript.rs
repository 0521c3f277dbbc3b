//! A project in JavaScript or TypeScript: esbuild bundles it, where the project has it, and componentize-qjs makes a
//! component of that and of an interpreter, `QuickJS`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sortie_packager::with_stack;

use super::missing;
use super::project::ProjectDescription;
use super::workshop::{self, Workshop, absolute};
use crate::commands::plugin::toolchain;
use crate::error::CliError;
use crate::refusal::Refusal;

/// The tool's program, in the project's folder or, where npm keeps a workspace's packages together, above it.
const TOOL: &str = "node_modules/componentize-qjs/cli.mjs";
/// The stack of the engine, in pages of 64 KiB: 4 MiB, which some 20,000 simple calls take.
const STACK_PAGES: u32 = 64;
const INSTALL_BUNDLER: &str = "npm install --save-dev esbuild";
/// What shows that the project has a bundler.
const BUNDLER: &str = "node_modules/esbuild/lib/main.js";
/// The compiler of TypeScript: the bundler takes types away and checks none.
const CHECKER: &str = "node_modules/typescript/bin/tsc";
const GUARD: &str = include_str!("../../../../sdk/js/component/guard.js");
const ENTRY: &str = include_str!("../../../../sdk/js/component/entry.js");
const LOCATE: &str = include_str!("../../../../sdk/js/component/locate.js");
const RELOCATE: &str = include_str!("../../../../sdk/js/component/relocate.mjs");
const FOREIGN: &str = include_str!("../../../../sdk/js/component/foreign.mjs");
const BUNDLE: &str = include_str!("../../../../sdk/js/component/bundle.mjs");

/// The tools of a project that has what it needs.
pub(super) struct Tools {
    componentizer: PathBuf,
    bundles: bool,
    /// What checks the types, if it is a project in TypeScript.
    checker: Option<PathBuf>,
}

/// Makes a component of the project.
pub(super) fn compile(folder: &Path, project: &ProjectDescription) -> Result<Vec<u8>, CliError> {
    let tools = ready(folder, project)?;
    let main = project.main.trim_start_matches("./");
    let path = serde_json::Value::from(format!("../{main}")).to_string();
    let (missions, run) = if project.orchestrates {
        ("import * as missions from 'sortie:plugin/missions@0.2.0';\n", "(request) => missions.run(request)")
    } else {
        ("", "undefined")
    };
    let (locate, located) = if tools.bundles {
        ("import { locator } from './locate.js';\nimport places from './places.js';\n", "locator(places)")
    } else {
        ("", "undefined")
    };
    let entry = ENTRY
        .replace("{{missions}}", missions)
        .replace("{{locate}}", locate)
        .replace("{{run}}", run)
        .replace("{{located}}", located)
        .replace("'{{main}}'", &path)
        .replace("{{main_name}}", main)
        .replace("{{identity}}", &project.identity.to_string());
    let mut files = vec![("guard.js", GUARD), ("entry.js", entry.as_str()), ("foreign.mjs", FOREIGN)];
    if tools.bundles {
        files.extend([("bundle.mjs", BUNDLE), ("locate.js", LOCATE), ("relocate.mjs", RELOCATE)]);
        // The scripts are modules, whatever the project's own files are.
        files.push(("package.json", r#"{"type": "module"}"#));
    }
    let workshop = workshop::open(folder, &files)?;
    let entry = if tools.bundles { bundle(&workshop)? } else { ".sortie/entry.js" };
    // What cannot be bundled is told better by the bundler.
    if let Some(checker) = &tools.checker {
        let mut command = workshop.command("node");
        command.arg(checker).args(["--project", "tsconfig.json", "--noEmit", "--pretty", "false"]);
        workshop.check(command, without_node)?;
    }
    let mut command = workshop.command("node");
    command.arg(tools.componentizer);
    command.args(["--wit", workshop::INTERFACE_FILE, "--world", project.world(), "--js", entry]);
    command.args(["--module-root", ".", "--stub-wasi", "--opt-size", "--sync", "--output", workshop::COMPONENT_FILE]);
    let relocated = |said: Vec<u8>| {
        let mut command = workshop.command("node");
        command.arg(".sortie/relocate.mjs");
        let mended = if tools.bundles { workshop::piped(command, &said) } else { None };
        mended.unwrap_or(said)
    };
    let component = workshop.run(command, relocated).map_err(|error| {
        let found = if tools.bundles { None } else { foreign_import(&workshop, main) };
        found.map_or(error, |found| found.into_refusal(folder).into())
    })?;
    with_stack(&component, STACK_PAGES).map_err(|error| {
        let (path, detail) = (Refusal::shown(folder), error.to_string());
        Refusal::NotPackable { path, detail }.into()
    })
}

/// What the compiler says, but for its advice to install what no plugin has.
fn without_node(said: Vec<u8>) -> Vec<u8> {
    let advised = " Do you need to install type definitions for node?";
    let line = |line: &str| match line.split_once(advised) {
        Some((error, _)) => {
            format!("{error} A plugin has nothing of Node.js: put what it needs in the params or the state.\n")
        }
        None => format!("{line}\n"),
    };
    String::from_utf8_lossy(&said).lines().map(line).collect::<String>().into_bytes()
}

/// An import that only a bundler can make a part of a plugin, or that no plugin can have.
#[derive(Deserialize)]
struct ForeignImport {
    kind: ImportKind,
    name: String,
    /// The file and the line.
    place: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ImportKind {
    CommonJs,
    Json,
    Node,
}

impl ForeignImport {
    fn into_refusal(self, folder: &Path) -> Refusal {
        let Self { kind, name, place } = self;
        let what = match kind {
            ImportKind::CommonJs => "a package in CommonJS, and the project has no bundler to make it an ES module",
            ImportKind::Json => "no ES module, and the project has no bundler to make it one",
            ImportKind::Node => "a module of Node.js, which a plugin has not",
        };
        let help = match kind {
            ImportKind::CommonJs | ImportKind::Json => toolchain::typed_in(folder, INSTALL_BUNDLER),
            ImportKind::Node => {
                "take a package that does without it, or put what it needs in the params or the state".to_owned()
            }
        };
        Refusal::NotImported { message: format!("`{place}` imports `{name}`: {what}"), help }
    }
}

/// What of the project's imports may be why no component could be made.
fn foreign_import(workshop: &Workshop<'_>, main: &str) -> Option<ForeignImport> {
    let mut command = workshop.command("node");
    command.args([".sortie/foreign.mjs", main]);
    serde_json::from_slice(&command.output().ok()?.stdout).ok()
}

/// Makes one file of the project and the packages that it imports, and a table of where each line comes from.
fn bundle(workshop: &Workshop<'_>) -> Result<&'static str, CliError> {
    let mut command = workshop.command("node");
    command.arg(".sortie/bundle.mjs");
    workshop.check(command, |said| said)?;
    Ok(".sortie/bundle.js")
}

/// Looks for what the project needs.
pub(super) fn ready(folder: &Path, project: &ProjectDescription) -> Result<Tools, CliError> {
    if let Some(need) = toolchain::node() {
        return Err(missing(need.message, need.help));
    }
    let Some(componentizer) = find(folder, TOOL) else {
        let message = format!("`{}` does not have its tool yet: there is no `{TOOL}`", folder.display());
        return Err(missing(message, toolchain::typed_in(folder, "npm install")));
    };
    let bundles = find(folder, BUNDLER).is_some();
    let is_javascript = [".js", ".mjs"].iter().any(|extension| project.main.ends_with(extension));
    if !bundles && !is_javascript {
        let message = format!("`{}` is not JavaScript, and the project has no esbuild to make it that", project.main);
        return Err(missing(message, toolchain::typed_in(folder, INSTALL_BUNDLER)));
    }
    let is_checked = !is_javascript && folder.join("tsconfig.json").is_file();
    let checker = if is_checked { find(folder, CHECKER) } else { None };
    Ok(Tools { componentizer, bundles, checker })
}

fn find(folder: &Path, file: &str) -> Option<PathBuf> {
    absolute(folder).ancestors().map(|ancestor| ancestor.join(file)).find(|file| file.is_file())
}
