//! Where the host's time went: told beside a result, and never in it.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use serde_json::Value;

use crate::support::run;

const ECHO: [&str; 5] = ["run", "echo", "--param", "a=1", "--format=json"];

#[test]
fn timings_are_told_beside_a_result_and_change_nothing_of_it() {
    let here = tempfile::tempdir().expect("a folder");
    let plain = run(here.path(), ECHO);
    let timed = run(here.path(), ECHO.into_iter().chain(["--timings=json"]));
    assert!(plain.status.success() && plain.stdout == timed.stdout, "{timed:?}");
    let told = String::from_utf8_lossy(&timed.stderr);
    let told: Value = serde_json::from_str(told.lines().last().expect("a line")).expect("JSON");
    assert_eq!(told["schema_version"], "timings@1");
    // The builder's call, and that of the step.
    for part in ["instantiate", "execute", "convert"] {
        assert_eq!(told["parts"][part]["count"], 2, "{part} of {told}");
    }
    for part in ["load", "check", "prepare", "apply", "result", "render", "other"] {
        assert!(told["parts"][part]["count"].as_u64() >= Some(1), "{part} of {told}");
    }
    let parts = told["parts"].as_object().expect("parts").values();
    let spent: u64 = parts.filter_map(|part| part["microseconds"].as_u64()).sum();
    assert!(Some(spent) <= told["microseconds"].as_u64(), "one thread spends no more time than passes: {told}");
}

#[test]
fn timings_are_a_table_for_people() {
    let here = tempfile::tempdir().expect("a folder");
    let timed = run(here.path(), ["run", "echo", "--timings"]);
    let told = String::from_utf8_lossy(&timed.stderr);
    for word in ["COUNT", "instantiate", "making instances", "together"] {
        assert!(told.contains(word), "{told}");
    }
}
