//! `sortie mcp` and `/mcp` with the client of the protocol's own project: `tests/mcp` has what is tried.

use std::path::Path;
use std::process::Command;

use sortie_tests::skip;

#[test]
fn an_agent_starts_missions_looks_and_checks_and_a_person_decides() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mcp");
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
