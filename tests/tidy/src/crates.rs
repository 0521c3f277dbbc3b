//! The crates of the workspace and what each uses, as cargo tells.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::tree;

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its folder, from the top of the tree.
    pub folder: String,
    /// The crates that it uses when it is built, optional ones among them: not those of its tests.
    pub uses: BTreeSet<String>,
    /// Whether it is a library that is published, so that others depend on what it has.
    pub is_published_library: bool,
}

/// The crates of the workspace, and the graph of all crates as it is resolved.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The crates of the workspace, in order of their names.
    pub members: Vec<Member>,
    /// From a package to the packages that it is linked with.
    linked: BTreeMap<String, BTreeSet<String>>,
    /// From a package's id to its name.
    names: BTreeMap<String, String>,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Panics
    ///
    /// Where cargo cannot tell.
    #[expect(clippy::panic, reason = "a test that cannot ask cargo has failed")]
    pub fn read() -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut command = Command::new(cargo);
        command.args(["metadata", "--format-version", "1", "--locked", "--offline"]).current_dir(tree::root());
        let output = command.output().unwrap_or_else(|error| panic!("cargo does not run: {error}"));
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
        Self::of(&metadata)
    }

    /// What a crate is linked with, directly or not, by name.
    pub fn linked_with(&self, name: &str) -> BTreeSet<String> {
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        let mut open: Vec<&String> = self.names.iter().filter(|(_, own)| *own == name).map(|(id, _)| id).collect();
        while let Some(id) = open.pop() {
            for next in self.linked.get(id).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen.into_iter().filter_map(|id| self.names.get(id)).cloned().collect()
    }

    fn of(metadata: &Value) -> Self {
        let members: BTreeSet<&str> = texts(&metadata["workspace_members"]).collect();
        let root = metadata["workspace_root"].as_str().unwrap_or_default();
        let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<Member> = packages
            .iter()
            .filter(|package| package["id"].as_str().is_some_and(|id| members.contains(id)))
            .map(|package| member(package, root))
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        let names = packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let nodes = metadata["resolve"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let linked = nodes.iter().map(|node| (text(&node["id"]), linked(node))).collect();
        Self { members: found, linked, names }
    }
}

fn member(package: &Value, root: &str) -> Member {
    let manifest = text(&package["manifest_path"]);
    let folder = manifest.trim_end_matches("/Cargo.toml").trim_start_matches(root).trim_start_matches('/').to_owned();
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let built = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
    let mut targets = package["targets"].as_array().into_iter().flatten();
    let is_library = targets.any(|target| texts(&target["kind"]).any(|kind| kind == "lib"));
    Member {
        name: text(&package["name"]),
        folder,
        uses: built.map(|dependency| text(&dependency["name"])).collect(),
        is_published_library: is_library && package["publish"].is_null(),
    }
}

/// The packages that a resolved package is linked with: not those of its tests and its build script.
fn linked(node: &Value) -> BTreeSet<String> {
    let dependencies = node["deps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_linked = |dependency: &&Value| {
        dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
    };
    dependencies.iter().filter(is_linked).map(|dependency| text(&dependency["pkg"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
