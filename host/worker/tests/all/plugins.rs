//! Plugins beside the runs: a worker that lacks one has it from there, and leaves the run to another where it is not.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use sortie_host::journal::{
    Actor, Authority, Journal, NewAnswer, Owner, PluginShelf, RunId, Status, SystemClock, Which,
};
use sortie_host::{ExecutionContext, FIRST_PARTY, Host, WorkflowDefinition};
use sortie_journal_postgres::{PostgresJournal, PostgresServer};
use sortie_worker::{Pace, Work, Worker};

/// The plugin `core` under another name.
fn third_party() -> Vec<u8> {
    let host = Host::builder().first_party().build().unwrap();
    let core = host.registry().plugin("core").unwrap().plugin().clone();
    let mut manifest = core.manifest().clone();
    "guest".clone_into(&mut manifest.name);
    let file = FIRST_PARTY.iter().find(|file| **file == core.bytes()).unwrap();
    sortie_packager::with_manifest(file, &serde_json::to_value(manifest).unwrap()).unwrap()
}

fn with_guest(file: Vec<u8>) -> Host {
    Host::builder().first_party().plugin_bytes(file, "`guest.wasm`").build().unwrap()
}

/// A run that was answered, and now needs the plugin.
fn answered(host: &Host, journal: &PostgresJournal, name: &str) -> RunId {
    let steps = json!([
        {"id": "ask", "kind": "human", "payload": {"description": "Go on?"}},
        {"id": "after", "kind": "runtime", "payload": {"operation": "guest/set", "path": "/done", "value": true}},
    ]);
    let workflow = WorkflowDefinition::from_json(&json!({"id": "guest", "steps": steps})).unwrap();
    let (run, me) = (name.parse().unwrap(), Owner::new("the starter"));
    let runs = host.runs(journal, &SystemClock, &me);
    let context = ExecutionContext::new(json!({})).unwrap();
    runs.start_as(&run, host.draft(workflow), &context, &BTreeMap::new()).unwrap();
    let (value, actor) = (json!("yes"), Actor::new("ann"));
    let answer = NewAnswer::new(&run, Authority::Owner(Which::Last), &value, &actor);
    runs.decide(&answer).unwrap();
    run
}

#[test]
fn a_worker_without_a_plugin_leaves_the_run_to_another_until_the_plugin_is_beside_the_runs() {
    let Some(server) = PostgresServer::start(&[]).unwrap() else { return };
    let journal = PostgresJournal::open(&server.journal("sortie").unwrap()).unwrap();
    let file = third_party();
    let (rich, poor) = (with_guest(file.clone()), Host::builder().first_party().build().unwrap());
    let (one, two) = (Owner::new("one"), Owner::new("two"));
    let pace = Pace { first_retry: Duration::from_millis(1), attempts: 1, ..Pace::default() };
    let pace = Pace { longest_retry: Duration::from_millis(1), ..pace };
    let lacking = Worker::new(&poor, &journal, &SystemClock, &one).with_pace(pace);
    let having = Worker::new(&rich, &journal, &SystemClock, &two);

    let run = answered(&rich, &journal, "r1");
    // However often it is tried: it is not set aside, as another worker may have what is missing.
    for _ in 0..3 {
        let work = lacking.work_once().unwrap();
        let Some(Work::SetBack { setback, .. }) = &work else { panic!("{work:?}") };
        assert_eq!(setback.code, "plugin_missing");
        assert!(setback.retry_at.is_some() && setback.reason.contains("guest"), "{setback:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let work = having.work_once().unwrap();
    assert_eq!(work.as_ref().map(Work::code), Some("done"), "{work:?}");
    assert_eq!(journal.read(&run).unwrap().summary.status, Status::Done);

    // What another one is driven with, the worker has from there.
    answered(&rich, &journal, "r2");
    rich.runs(&journal, &SystemClock, &two).offer_plugins().unwrap();
    let work = lacking.work_once().unwrap();
    assert_eq!(work.as_ref().map(Work::code), Some("done"), "{work:?}");
    assert!(poor.registry().plugin("guest").is_ok());
    // Those that come with the host are not kept there.
    assert_eq!(server.sql("SELECT count(*) FROM sortie.plugins").unwrap().trim(), "1");
}

#[test]
fn a_run_that_ended_is_bundled_where_its_plugin_was_never_registered() {
    let Some(server) = PostgresServer::start(&[]).unwrap() else { return };
    let journal = PostgresJournal::open(&server.journal("sortie").unwrap()).unwrap();
    let (rich, me) = (with_guest(third_party()), Owner::new("one"));
    let run = answered(&rich, &journal, "r1");
    let work = Worker::new(&rich, &journal, &SystemClock, &me).work_once().unwrap();
    assert_eq!(work.as_ref().map(Work::code), Some("done"), "{work:?}");

    let poor = Host::builder().first_party().build().unwrap();
    let runs = poor.runs(&journal, &SystemClock, &me);
    assert_eq!(runs.fetch_plugins(&run).unwrap_err().code(), "plugin_missing");
    rich.runs(&journal, &SystemClock, &me).offer_plugins().unwrap();
    runs.fetch_plugins(&run).unwrap();
    assert!(poor.registry().plugin("guest").is_ok());
    let elsewhere = Host::builder().first_party().build().unwrap();
    let bundle = elsewhere.runs(&journal, &SystemClock, &me).bundle(&run).unwrap();
    assert_eq!(bundle.verify(sortie_host::SandboxConfig::default()).unwrap(), None);
}

#[test]
fn a_plugin_that_is_another_file_than_its_hash_says_is_not_loaded() {
    let Some(server) = PostgresServer::start(&[]).unwrap() else { return };
    let journal = PostgresJournal::open(&server.journal("sortie").unwrap()).unwrap();
    let digest = journal.put("guest", &third_party()).unwrap();
    assert_eq!(journal.get(&digest).unwrap(), Some(third_party()));
    server.sql("UPDATE sortie.plugins SET content = 'other'::bytea").unwrap();
    assert_eq!(journal.get(&digest).unwrap_err().code(), "journal_corrupt");
    assert_eq!(journal.put("guest", &third_party()).unwrap(), digest, "nothing is changed");
}
