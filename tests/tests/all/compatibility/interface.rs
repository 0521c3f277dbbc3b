//! The interface by its version: what it says, comments aside.

use std::fs;
use std::path::{Path, PathBuf};

use sortie_json::ContentHash;
use wit_component::{OutputToString, WitPrinter};
use wit_parser::Resolve;

/// What was published, by version. A line is added, never changed.
const PUBLISHED: &[(&str, &str)] = &[
    ("0.1.0", "6b9299526d6f998c0dae7ba3a2b86c327923d4d784c884a942bdf320dd0cb83a"),
    ("0.2.0", "d4ee07d15f0148e4d0fed579d5a85780e897e01f1de575b7d9a9f34dcc9d97bf"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-sdk/wit")
}

/// The interface's version, and the hash of what it says: its types, functions and worlds, in canonical spelling.
fn interface(text: &str) -> (String, String) {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", text).unwrap();
    let version = resolve.packages[package].name.version.as_ref().unwrap().to_string();
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.emit_docs(false);
    printer.print(&resolve, package, &[]).unwrap();
    (version, ContentHash::of_bytes(String::from(printer.output).as_bytes()).to_string())
}

#[test]
fn an_interface_that_has_a_version_does_not_change() {
    for file in ["plugin.wit", "0.1.0/plugin.wit"] {
        check(file);
    }
}

fn check(file: &str) {
    let (version, hash) = interface(&fs::read_to_string(folder().join(file)).unwrap());
    let published = PUBLISHED.iter().find(|(published, _)| *published == version);
    let Some((_, published)) = published else {
        panic!(
            "the interface {version} is new. Add (\"{version}\", \"{hash}\") to `PUBLISHED`, and a plugin of each \
             language to `tests/fixtures/{version}`; the host has to serve the versions before it as it did"
        );
    };
    assert_eq!(
        hash, *published,
        "`plugin-sdk/wit/{file}` is not what was published as {version}. Plugins of that version are in the hands \
         of others: give the package a new version, and leave the old one to be served as it is"
    );
}

#[test]
fn a_comment_changes_nothing_and_a_type_does() {
    let text = fs::read_to_string(folder().join("plugin.wit")).unwrap();
    let commented = text.replace("/// Runs", "/// Really runs").replace("interface log {", "// Hm.\ninterface log {");
    assert_eq!(interface(&text), interface(&commented));
    let changed = text.replace("log: func(level: level, message: string);", "log: func(message: string);");
    assert_ne!(interface(&text), interface(&changed));
    let renamed = text.replace("seed: u64,", "salt: u64,");
    assert_ne!(interface(&text), interface(&renamed));
}
