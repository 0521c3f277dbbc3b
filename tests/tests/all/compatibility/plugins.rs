//! Plugins that were built once, in each language, with what each must do, to the unit of fuel. `SORTIE_BLESS=1` writes
//! what they do now: that is for a new fixture, never for one that has been published.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sortie_host::{Backend, CacheDir, ExecutionContext, Host, HostError, HumanPolicy, SandboxConfig};

/// The interfaces that there are plugins of.
const VERSIONS: [&str; 2] = ["0.1.0", "0.2.0"];
const LANGUAGES: [&str; 3] = ["rust", "js", "python"];
/// Each run: a name for people, the params, and whether the person answers.
const RUNS: [(&str, &str, &str, bool); 5] = [
    ("answered", "Ada", "nowhere", true),
    ("marked", "Ada", "nowhere", false),
    ("failure", "Ada", "failure", true),
    ("exception", "Ada", "exception", true),
    ("no workflow", "", "nowhere", true),
];

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(version)
}

fn plugin(version: &str, language: &str) -> Vec<u8> {
    let compressed = fs::read(folder(version).join(format!("{language}.wasm.gz"))).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(compressed.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn host(version: &str, language: &str, backend: Backend, humans: HumanPolicy) -> Host {
    // Compiled code is kept from one run of the tests to the next: its name has all that it depends on.
    let cache = Some(CacheDir::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compatibility")));
    let sandbox = SandboxConfig { backend, cache, concurrent_calls: 1, ..SandboxConfig::default() };
    Host::builder()
        .plugin_bytes(plugin(version, language), language)
        .sandbox(sandbox)
        .human_steps(humans)
        .build()
        .unwrap()
}

fn outcome(host: &Host, version: &str, name: &str, stop: &str) -> Value {
    let state = json!({"list": ["first"], "object": {"a": 1, "c": {"deep": []}}, "other": 0});
    let context = ExecutionContext::new(state).unwrap().with_metadata(json!({"run": "fixture"})).unwrap();
    match host.run_mission("tour", &context, &json!({"name": name, "stop": stop})) {
        Ok(result) => {
            let mut told = json!({
                "result_hash": result.receipt.result_hash,
                "fuel": result.receipt.fuel,
                "final_state": result.final_state,
                "outputs": result.outputs,
                "error": result.error_message,
            });
            // What 0.2.0 has besides: displays are in the lineage, and verdicts in the result.
            if version != "0.1.0" {
                told["verdicts"] = json!(result.verdicts);
                told["displays"] = result.lineage.steps.iter().map(|step| json!(step)["display"].clone()).collect();
            }
            told
        }
        Err(HostError::BuildFailed { failure, .. }) => {
            json!({"error": failure.message, "details": failure.details})
        }
        Err(error) => panic!("{error}"),
    }
}

fn outcomes(version: &str, language: &str, backend: Backend) -> Value {
    let answers = BTreeMap::from([("confirm".to_owned(), json!("yes"))]);
    let answered = host(version, language, backend, HumanPolicy::Answers(answers));
    let marked = host(version, language, backend, HumanPolicy::Mark);
    let runs = RUNS.map(|(run, name, stop, answers)| {
        (run.to_owned(), outcome(if answers { &answered } else { &marked }, version, name, stop))
    });
    json!(BTreeMap::from(runs))
}

#[test]
fn the_plugins_of_the_interface_0_1_0_do_what_they_did_on_each_backend() {
    do_what_they_did("0.1.0");
}

#[test]
fn the_plugins_of_the_interface_0_2_0_do_what_they_did_on_each_backend() {
    do_what_they_did("0.2.0");
}

fn do_what_they_did(version: &str) {
    let file = folder(version).join("expected.json");
    let outcomes_on = |backend| {
        Value::from_iter(LANGUAGES.map(|language| (language.to_owned(), outcomes(version, language, backend))))
    };
    let actual = outcomes_on(Backend::Cranelift);
    let text = format!("{}\n", serde_json::to_string_pretty(&actual).unwrap());
    if std::env::var_os("SORTIE_BLESS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&file).unwrap());
    assert_eq!(outcomes_on(Backend::Pulley), actual);
}

#[test]
fn the_language_of_a_plugin_does_not_show_in_its_results() {
    for version in VERSIONS {
        let text = fs::read_to_string(folder(version).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        for run in ["answered", "marked", "failure"] {
            let of = |language: &str, member: &str| &expected[language][run][member];
            for member in ["result_hash", "displays", "verdicts"] {
                let found = LANGUAGES.map(|language| of(language, member));
                assert_eq!(found, [found[0]; 3], "{version} {run} {member}");
            }
        }
    }
}
