//! The pages of `sortie serve` in Chromium: `tests/browser` has what is tried. All of it on a journal in a file; on the others what
//! touches runs, or all of it where `SORTIE_BROWSER=all`.

use std::path::Path;
use std::process::Command;

use sortie_tests::skip;

const CHROMIUM: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// What is tried of a deployment whose pages are those of the others: it decides, once, and shows what comes and goes.
const OF_RUNS: &str = "by the keyboard alone|a second click|a double click|comes and goes|a preview with a script";

/// Runs the tests in the browser, with what tells them where the runs are.
#[expect(clippy::expect_used, reason = "a test fails by it")]
fn try_pages(runs: &[(&str, String)], names: Option<&str>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let Some(chromium) = chromium(&folder) else { return };
    let names = names.filter(|_| std::env::var("SORTIE_BROWSER").as_deref() != Ok("all"));
    let output = Command::new("node")
        .args(["--test", "--test-reporter=tap"])
        .args(names.map(|names| format!("--test-name-pattern={names}")))
        .current_dir(&folder)
        .env("SORTIE", env!("CARGO_BIN_EXE_sortie"))
        .env("CHROMIUM", chromium)
        .envs(runs.iter().cloned())
        .output();
    let output = output.expect("node can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    // What failed stands last, where it is still seen when a long output is cut.
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}\n{}", failures(&said));
    assert!(said.lines().any(|line| line.starts_with("# pass ") && line != "# pass 0"), "nothing was tried: {said}");
}

/// The tests that failed, each with what is said of it.
fn failures(said: &str) -> String {
    let tests = said.split("# Subtest: ").filter(|test| test.contains("\nnot ok"));
    tests.collect::<Vec<_>>().join("\n")
}

fn chromium(folder: &Path) -> Option<&'static str> {
    let chromium = CHROMIUM.into_iter().find(|program| Path::new(program).exists());
    let chromium = chromium.filter(|_| folder.join("node_modules/playwright-core").exists());
    if chromium.is_none() {
        skip("it needs Chromium and Node.js, and `npm install --prefix tests/browser`");
    }
    chromium
}

#[test]
fn people_decide_in_a_browser_by_keyboard_and_screen_reader_and_nothing_is_decided_twice() {
    try_pages(&[], None);
}

#[test]
#[cfg(unix)]
fn the_same_pages_decide_runs_in_a_database() {
    let Some(server) = sortie_journal_postgres::PostgresServer::start(&[]).unwrap_or_else(|error| panic!("{error}"))
    else {
        return;
    };
    let journal = format!("postgres://sortie@localhost:{}/postgres", server.port());
    try_pages(&[("SORTIE_TEST_JOURNAL", journal)], Some(OF_RUNS));
}

#[test]
#[cfg(unix)]
fn the_same_pages_decide_runs_on_restate() {
    let Some(machine) = crate::restate::machine::machine() else { return };
    let [ingress, admin] = machine.environment();
    try_pages(&[("SORTIE_TEST_ENGINE", machine.engine()), ingress, admin], Some(OF_RUNS));
}
