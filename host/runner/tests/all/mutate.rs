//! Changes of a plugin's operators, and which of them scenarios catch.

use std::fs;

use sortie_host::{FIRST_PARTY, Host, HostBuilder};
use sortie_json::UserError;
use sortie_runner::mutate::{MutationReport, mutate};
use sortie_runner::{Options, TestError, prepare};

/// What comes of changing operators of `echo`, with a suite.
fn changed(suite: &str, most: usize) -> Result<MutationReport, TestError> {
    let folder = tempfile::tempdir().unwrap();
    let (file, plugin) = (folder.path().join("suite.yaml"), folder.path().join("echo.wasm"));
    fs::write(&file, suite).unwrap();
    let digest = Host::builder().first_party().build().unwrap().registry().plugin("echo").unwrap().plugin().digest();
    let of_echo = |bytes: &&&[u8]| sortie_host::json::ContentHash::of_bytes(bytes) == digest;
    fs::write(&plugin, FIRST_PARTY.iter().find(of_echo).unwrap()).unwrap();
    let mut options = Options::of([file]);
    options.plugins = vec![plugin];
    let plan = prepare(&options, &HostBuilder::build)?;
    mutate(&plan, &options, &HostBuilder::build, most, &mut |_| ())
}

const ECHO: &str = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: echo, params: {n: [1, -2.5, x]}, limits: {fuel_per_call: 3000000}}], \
                    expect: [{path: outputs.echo.n, op: eq, expected: [1, -2.5, x]}]}\n";

#[test]
fn what_is_changed_is_what_scenarios_reach() {
    let report = changed(ECHO, 4).unwrap();
    // Most of a plugin is for what these few values do not need: that is passed over, and what is changed is reached.
    assert!(report.tried == 4 && report.places > 1_000, "{report:?}");
    assert!(report.survivors.len() <= report.tried, "{report:?}");
    // Eight places are looked at for each change that is wanted.
    let one = changed(ECHO, 1).unwrap();
    assert!(one.tried == 1 && one.tried + one.unreached <= 8, "{one:?}");
    for survivor in &report.survivors {
        assert!(survivor.plugin == "echo" && survivor.operators.0 != survivor.operators.1, "{survivor:?}");
    }
}

#[test]
fn a_scenario_that_fails_already_would_catch_everything() {
    let failing = ECHO.replace("expected: [1", "expected: [2");
    assert_eq!(changed(&failing, 1).unwrap_err().code().as_str(), "fails_unchanged");
}
