//! Recorded runs, run again on another version of a plugin.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};
use sortie_host::{
    Answer, Bundle, ExecutionContext, FIRST_PARTY, Host, HostBuilder, HumanPolicy, Recording, ReplayOutcome,
    WorkflowDefinition,
};
use sortie_runner::replay::{RecordedRun, ReplayOptions, ReplayReport, ReplayVerdict, replay, report};

fn host() -> Host {
    Host::builder().first_party().build().unwrap()
}

/// The file of a first-party plugin, in which a text is replaced by another one as long.
fn candidate(plugin: &str, text: &str, replaced_by: &str) -> (tempfile::TempDir, PathBuf) {
    assert_eq!(text.len(), replaced_by.len());
    let host = host();
    let digest = host.registry().plugin(plugin).unwrap().plugin().digest();
    let of = |file: &&&[u8]| sortie_host::json::ContentHash::of_bytes(file) == digest;
    let mut file = FIRST_PARTY.iter().find(of).unwrap().to_vec();
    let mut places = 0;
    for at in 0..file.len() - text.len() {
        if file[at..].starts_with(text.as_bytes()) {
            file[at..at + text.len()].copy_from_slice(replaced_by.as_bytes());
            places += 1;
        }
    }
    assert!(places == 1 || text == replaced_by, "{places}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("candidate.wasm");
    fs::write(&path, file).unwrap();
    (folder, path)
}

/// A run of a workflow, recorded.
fn recorded(host: &Host, steps: Value, state: Value, script: &[(&str, Answer)]) -> Bundle {
    let workflow = WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps})).unwrap();
    let context = ExecutionContext::new(state).unwrap();
    let script = script.iter().map(|(step, answer)| ((*step).to_owned(), answer.clone())).collect();
    let session = host.start(workflow.clone(), &context).unwrap();
    let result = session.finish(&HumanPolicy::Script(script)).unwrap().result;
    Bundle::new(&workflow, &context, &result, &host.registry()).unwrap()
}

fn division(host: &Host, divisor: usize) -> Recording {
    let steps = json!([{"id": "c", "kind": "runtime", "payload":
        {"operation": "core/calc", "expression": "12 / n", "with": {"n": "/n"}, "into": "/result"}}]);
    recorded(host, steps, json!({"n": divisor}), &[]).recording()
}

fn replayed(candidate: &std::path::Path, runs: &[RecordedRun<'_>]) -> ReplayReport {
    let make_host = &|builder: HostBuilder| builder.first_party().build();
    replay(&ReplayOptions::of([candidate]), runs, make_host, &mut |_| ()).unwrap()
}

fn outcome(report: &ReplayReport) -> &ReplayOutcome {
    match &report.runs[0].verdict {
        ReplayVerdict::Ran(replay) => &replay.outcome,
        ReplayVerdict::Unreadable { code, message } => panic!("{code}: {message}"),
    }
}

#[test]
fn a_planted_change_is_found_in_the_runs_that_it_touches_and_in_no_other() {
    let host = host();
    let recordings: Vec<Recording> = (0..1000).map(|number| division(&host, number % 100)).collect();
    let run = |(number, recording): (usize, &Recording)| {
        let recording = recording.clone();
        RecordedRun::recorded(format!("run {number}"), move || {
            Ok::<_, sortie_runner::files::FileError>(Some(recording.clone()))
        })
    };
    let runs: Vec<RecordedRun<'_>> = recordings.iter().enumerate().map(run).collect();
    let (_folder, same) = candidate("core", "` by zero", "` by zero");
    assert_eq!(replayed(&same, &runs).changed(), 0);
    let (_folder, changed) = candidate("core", "` by zero", "` by nil.");
    let begun = Instant::now();
    let report = replayed(&changed, &runs);
    println!("{:.0} runs in a second", 1000.0 / begun.elapsed().as_secs_f64());
    let found: Vec<&str> = report.runs.iter().filter(|run| !run.is_same()).map(|run| run.name.as_str()).collect();
    let expected: Vec<String> = (0..10).map(|number| format!("run {}", number * 100)).collect();
    assert_eq!((report.runs.len(), found), (1000, expected.iter().map(String::as_str).collect()));
    let mut told = Vec::new();
    report::human(&report, &mut told).unwrap();
    let told = String::from_utf8(told).unwrap();
    assert!(
        told.starts_with(
            "DIFFERENT run 0 (w)\n  at `/error_message`\n  recorded   \"`/` by zero (column 4)\\n  12 / n\\n     ^\"\n  \
             candidate  \"`/` by nil. (column 4)"
        ),
        "{told}"
    );
    assert!(
        told.contains("\n1000 runs: 990 the same, 10 different\nfuel of those that are the same: unchanged\n"),
        "{told}"
    );
}

/// What becomes of a recorded bundle on `core` with another text in it.
fn on_core_with(bundle: &Bundle, text: &str, replaced_by: &str) -> ReplayReport {
    let (folder, candidate) = candidate("core", text, replaced_by);
    let file = folder.path().join("bundle.json");
    fs::write(&file, serde_json::to_vec(bundle).unwrap()).unwrap();
    replayed(&candidate, &[RecordedRun::bundle(file)])
}

#[test]
fn a_bundle_is_run_with_its_decisions_on_its_own_plugins_and_the_candidate() {
    let set =
        |id: &str| json!({"id": id, "kind": "runtime", "payload": {"operation": "core/set", "path": "/n", "value": 1}});
    let ask = json!({"id": "ask", "kind": "human", "payload": {"description": "Go on?", "choices": ["yes", "no"], "expires": "2d"}});
    for answer in [Answer::Value(json!("yes")), Answer::Mark, Answer::Expire] {
        let bundle = recorded(&host(), json!([set("a"), ask, set("b")]), json!({}), &[("ask", answer)]);
        let report = on_core_with(&bundle, "` by zero", "` by nil.");
        assert_eq!(outcome(&report), &ReplayOutcome::Same);
    }
}

#[test]
fn a_plugin_that_took_no_part_leaves_a_run_alone() {
    let bundle = recorded(
        &host(),
        json!([{"id": "e", "kind": "runtime", "payload": {"operation": "echo/echo"}}]),
        json!({}),
        &[],
    );
    let report = on_core_with(&bundle, "` by zero", "` by nil.");
    assert_eq!((report.runs.len(), report.unaffected), (0, 1));
}

#[test]
fn what_cannot_be_read_is_told_among_the_others() {
    let (folder, candidate) = candidate("core", "` by zero", "` by zero");
    let file = folder.path().join("bundle.json");
    fs::write(&file, "{\"schema_version\": \"bundle@2\"}").unwrap();
    let missing = folder.path().join("missing.json");
    let report = replayed(&candidate, &[RecordedRun::bundle(file), RecordedRun::bundle(missing)]);
    let codes: Vec<String> = report
        .runs
        .iter()
        .map(|run| match &run.verdict {
            ReplayVerdict::Unreadable { code, .. } => code.to_string(),
            ReplayVerdict::Ran(replay) => format!("{replay:?}"),
        })
        .collect();
    assert_eq!(codes, ["not_a_bundle", "file_not_found"]);
    assert_eq!(report.changed(), 2);
    let mut xml = Vec::new();
    report::junit(&report, &mut xml).unwrap();
    assert!(String::from_utf8(xml).unwrap().contains(" tests=\"2\" failures=\"2\""));
}
