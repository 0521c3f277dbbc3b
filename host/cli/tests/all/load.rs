//! Load on `sortie serve`, kills of it and races between those who decide: `tests/load`, a little of each.

use std::path::Path;
use std::process::Command;

use sortie_tests::skip;

/// Runs a script of `tests/load`; gives what it says.
fn load(script: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/load").join(script);
    let output =
        Command::new("python3").arg(script).args(arguments).env("SORTIE", env!("CARGO_BIN_EXE_sortie")).output();
    let Ok(output) = output else {
        skip("it needs Python");
        return String::new();
    };
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{wrong}");
    said.into_owned()
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

/// One load on a file, a database and a Restate, in one go: figures for the book, by `cargo test -p sortie --test all -- --ignored
/// load::figures --nocapture`. The database flushes to the disk, as the others do.
#[test]
#[cfg(unix)]
#[ignore = "it is for figures"]
fn figures() {
    let runs = std::env::var("SORTIE_RUNS").unwrap_or_else(|_| "300".to_owned());
    let decide = |name: &str, place: &[&str]| {
        let said = load("load.py", &[&["decisions", "--runs", &runs], place].concat());
        println!("{name}\n{said}");
    };
    let server = sortie_journal_postgres::PostgresServer::start(&["fsync=on"]).unwrap();
    let machine = crate::restate::machine::machine();
    // Twice, as a machine that has other work too is not the same all the time.
    for _ in 0..2 {
        decide("a file", &[]);
        if let Some(server) = &server {
            let journal = format!("postgres://sortie@localhost:{}/postgres", server.port());
            decide("PostgreSQL", &["--journal", &journal]);
        }
        if let Some(machine) = &machine {
            decide("Restate", &["--engine", &machine.engine()]);
        }
    }
}
