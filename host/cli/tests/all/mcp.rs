//! `sortie mcp` and `/mcp` with the client of the protocol's own project: `tests/mcp` has what is tried.

use std::path::{Path, PathBuf};
use std::process::Command;

use sortie_tests::skip;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mcp")
}

#[test]
fn an_agent_starts_missions_looks_and_checks_and_a_person_decides() {
    let folder = folder();
    let python = folder.join(".venv/bin/python");
    if !python.exists() {
        skip("it needs `python3 -m venv tests/mcp/.venv` and its requirements");
        return;
    }
    let output =
        Command::new(python).arg("client.py").current_dir(&folder).env("SORTIE", env!("CARGO_BIN_EXE_sortie")).output();
    let output = output.unwrap_or_else(|error| panic!("python: {error}"));
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.matches("ok: ").count() == 22, "{said}{wrong}");
}

#[test]
fn what_applies_of_the_conformance_suite_of_the_protocol_passes() {
    let folder = folder();
    if !folder.join("node_modules/@modelcontextprotocol/conformance").exists() {
        skip("it needs `npm install --prefix tests/mcp --no-package-lock`");
        return;
    }
    let output = Command::new("python3")
        .arg("conformance.py")
        .current_dir(&folder)
        .env("SORTIE", env!("CARGO_BIN_EXE_sortie"))
        .output()
        .unwrap_or_else(|error| panic!("python: {error}"));
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("=== SUMMARY ==="), "{said}{wrong}");
}
