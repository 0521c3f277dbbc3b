//! The lock file: no third version of what takes long to compile.
#![allow(clippy::unwrap_used, reason = "a rule that cannot be checked is broken")]

use std::collections::{BTreeMap, BTreeSet};

use sortie_tidy::tree::read;

/// Wasmtime brings one version of these, and our own tools may need another. A third is compiled for nothing.
const WASM_TOOLS: &[&str] =
    &["wasm-encoder", "wasm-metadata", "wasmparser", "wasmprinter", "wast", "wat", "wit-component", "wit-parser"];

fn versions() -> BTreeMap<String, BTreeSet<String>> {
    let lock = read("Cargo.lock").unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let line =
                package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'));
            line.unwrap_or_default().to_owned()
        };
        found.entry(field("name")).or_default().insert(field("version"));
    }
    found
}

#[test]
fn at_most_two_versions_of_the_wasm_tools_are_compiled() {
    let versions = versions();
    assert!(versions.contains_key("wasmparser"), "the lock file is read");
    for tool in WASM_TOOLS {
        let of_tool = versions.get(*tool).map_or(0, BTreeSet::len);
        assert!(of_tool <= 2, "{tool} is compiled in {of_tool} versions: {:?}", versions[*tool]);
    }
}

#[test]
fn wasmtime_stays_on_its_long_term_line() {
    let versions = versions();
    let of_wasmtime = &versions["wasmtime"];
    assert!(of_wasmtime.iter().all(|version| version.starts_with("48.")), "{of_wasmtime:?}");
}
