//! Load on `sortie serve`, kills of it and races between those who decide: `tests/load`, a little of each.

use std::path::Path;
use std::process::Command;

use sortie_tests::skip;

fn load(script: &str, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/load").join(script);
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
    load("load.py", &["kills", "--kills", "4", "--clients", "4"]);
}

#[test]
fn many_who_decide_at_once_are_all_served() {
    load("load.py", &["decisions", "--runs", "40", "--clients", "8"]);
}

#[test]
fn people_who_answer_at_the_same_moment_are_each_told_what_stands() {
    load("races.py", &["--rounds", "32", "--seed", "1"]);
}
