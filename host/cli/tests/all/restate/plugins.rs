//! Plugins that a service lacks, or has in another version.

use std::path::PathBuf;

use serde_json::json;
use sortie_host::FIRST_PARTY;
use sortie_json::ContentHash;

use super::machine::{Machine, host, id, machine, workflow};

/// A copy of the plugin `core` under another name, in a version that is told by its description.
fn copy(machine: &Machine, version: &str) -> PathBuf {
    let host = host();
    let registry = host.registry();
    let core = registry.plugin("core").unwrap().plugin();
    let file = FIRST_PARTY.iter().find(|file| ContentHash::of_bytes(file) == core.digest()).unwrap();
    let mut manifest = core.manifest().clone();
    "mine".clone_into(&mut manifest.name);
    version.clone_into(&mut manifest.version);
    let bytes = sortie_packager::with_manifest(file, &serde_json::to_value(manifest).unwrap()).unwrap();
    let path = machine.folder().join(format!("mine-{version}.wasm"));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_run_waits_for_the_plugin_that_it_began_with_and_goes_on_once_a_service_has_it() {
    let Some(machine) = machine() else { return };
    let (first, second) = (copy(&machine, "1.0.0"), copy(&machine, "2.0.0"));
    let serve = |plugins: &[&PathBuf]| {
        machine.kill_service();
        let arguments = plugins.iter().flat_map(|path| ["--plugin", path.to_str().unwrap()]).collect::<Vec<_>>();
        machine.start_service(&arguments);
        machine.register();
    };
    serve(&[&first]);
    let steps = json!([
        {"id": "ask", "kind": "human", "payload": {"description": "Go on?", "schema": {"type": "boolean"}}},
        {"id": "end", "kind": "runtime", "payload": {"operation": "mine/set", "path": "/n", "value": 1}},
    ]);
    for run in ["one", "two"] {
        machine.start(run, workflow(steps.clone(), json!({})));
        machine.waiting(run);
    }

    // The plugin was upgraded while they waited.
    serve(&[&second]);
    let setback = |run: &str, code: &str| {
        machine.patiently(&format!("{run} is set back by {code}"), || {
            let setback = machine.cluster.show(&id(run)).ok()?["setback"].clone();
            (setback["code"] == code).then_some(setback)
        })
    };
    assert_eq!(machine.answer("one", json!(true)).unwrap()["code"], "decided");
    let reason = setback("one", "plugin_changed")["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("run `one` began with the plugin `mine` of digest "), "{reason}");

    // And then it was gone.
    serve(&[]);
    setback("one", "plugin_missing");
    assert_eq!(machine.answer("two", json!(true)).unwrap()["code"], "decided");
    setback("two", "plugin_missing");

    serve(&[&first]);
    for run in ["one", "two"] {
        let end = machine.end(run);
        assert_eq!((&end["status"], &end["result"]["final_state"]["n"]), (&json!("done"), &json!(1)), "{end}");
    }
}
