//! Load on `sortie serve`, and kills of it: `tests/load/load.py`, a little of each.

use std::path::Path;
use std::process::Command;

use sortie_tests::skip;

fn load(arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/load/load.py");
    let output =
        Command::new("python3").arg(script).args(arguments).env("SORTIE", env!("CARGO_BIN_EXE_sortie")).output();
    let Ok(output) = output else {
        skip("it needs Python");
        return;
    };
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{wrong}");
}

#[test]
fn a_server_that_is_killed_under_load_loses_nothing_and_doubles_nothing() {
    load(&["kills", "--kills", "4", "--clients", "4"]);
}

#[test]
fn many_who_decide_at_once_are_all_served() {
    load(&["decisions", "--runs", "40", "--clients", "8"]);
}
