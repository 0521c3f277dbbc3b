//! `sortie mcp` and `/mcp` with the client of the protocol's own project: `tests/mcp` has what is tried.
#![allow(clippy::panic, reason = "a test says what it expected")]

use std::path::{Path, PathBuf};
use std::process::Command;

use sortie_tests::skip;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mcp")
}

/// The protocol's own client on the runs that the environment names; nothing where it is not installed.
pub(crate) fn client(environment: &[(&str, String)]) -> Option<String> {
    let folder = folder();
    let python = folder.join(".venv/bin/python");
    if !python.exists() {
        skip("it needs `python3 -m venv tests/mcp/.venv` and its requirements");
        return None;
    }
    let mut command = Command::new(python);
    command.arg("client.py").current_dir(&folder).env("SORTIE", env!("CARGO_BIN_EXE_sortie"));
    let output = command.envs(environment.iter().cloned()).output().unwrap_or_else(|error| panic!("python: {error}"));
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{wrong}");
    Some(said.into_owned())
}

#[test]
fn an_agent_starts_missions_looks_and_checks_and_a_person_decides() {
    let Some(said) = client(&[]) else { return };
    assert_eq!(said.matches("ok: ").count(), 22, "{said}");
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
