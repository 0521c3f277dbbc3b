//! One host, many threads: missions run while plugins come and go, and each result is what it is on one thread.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::plugins::{altered, renamed};
use crate::support::{context, sandbox, workflow};
use crate::tasks;
use serde_json::{Value, json};
use sortie_host::{Decision, Host, HostError, HumanPolicy, OrchestrationResult, Progress, RegistryError};

const THREADS: usize = 8;
const MISSIONS: usize = 10_000;
/// Every so many missions, one is the daily loop.
const DAILY_LOOP_EVERY: usize = 200;
/// How many different params the echoes have.
const ECHOES: usize = 97;

fn host() -> Host {
    Host::builder().first_party().sandbox(sandbox()).build().unwrap()
}

fn echo_params(index: usize) -> Value {
    json!({"index": index, "text": "ab".repeat(index), "list": (0..index).collect::<Vec<_>>()})
}

fn echo(host: &Host, mission: &str, index: usize) -> Result<OrchestrationResult, HostError> {
    host.run_mission(mission, &context(json!({"kept": index})), &echo_params(index))
}

fn daily_loop(host: &Host, humans: &HumanPolicy) -> String {
    let session = host.start_mission("daily_loop", &tasks::context(), &tasks::params()).unwrap();
    let result = session.finish(humans).unwrap().result;
    assert!(result.success, "{:?}", result.error_message);
    result.receipt.result_hash.to_string()
}

fn accepting() -> HumanPolicy {
    HumanPolicy::Answers(BTreeMap::from([("confirm_priorities".to_owned(), json!({"accept": true}))]))
}

#[test]
fn ten_thousand_missions_on_eight_threads_have_the_hashes_of_one_thread_while_plugins_come_and_go() {
    let host = host();
    let policies = [HumanPolicy::Mark, accepting()];
    let echoes: Vec<String> =
        (0..ECHOES).map(|index| echo(&host, "echo", index).unwrap().receipt.result_hash.to_string()).collect();
    let loops: Vec<String> = policies.iter().map(|humans| daily_loop(&host, humans)).collect();
    assert_ne!(loops[0], loops[1]);

    let copy = renamed("echo", "echo-two");
    let (next, running, found) = (AtomicUsize::new(0), AtomicBool::new(true), AtomicUsize::new(0));
    // Every fifth mission is asked of a plugin that may be there or not.
    let run = |index: usize| {
        if index.is_multiple_of(DAILY_LOOP_EVERY) {
            let which = index / DAILY_LOOP_EVERY % policies.len();
            assert_eq!(daily_loop(&host, &policies[which]), loops[which]);
            return;
        }
        let (params, optional) = (index % ECHOES, index.is_multiple_of(5));
        match echo(&host, if optional { "echo-two/echo" } else { "echo/echo" }, params) {
            Ok(result) => {
                assert_eq!(result.receipt.result_hash.to_string(), echoes[params], "the echo of {params}");
                found.fetch_add(usize::from(optional), Ordering::Relaxed);
            }
            Err(HostError::Registry(RegistryError::Unknown { .. })) if optional => {}
            Err(error) => panic!("mission {index}: {error}"),
        }
    };
    let rounds = thread::scope(|scope| {
        let registrar = scope.spawn(|| {
            let mut rounds = 0;
            while running.load(Ordering::Relaxed) {
                host.register(copy.clone(), "a copy").unwrap();
                thread::yield_now();
                host.unregister("echo-two").unwrap();
                rounds += 1;
            }
            rounds
        });
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < MISSIONS)
                    {
                        run(index);
                    }
                })
            })
            .collect();
        let ended: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        running.store(false, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok), "each thread came to its end");
        registrar.join().unwrap()
    });
    assert!(rounds > 1, "plugins came and went");
    assert!(found.into_inner() > 0, "the plugin that came and went was used");
    assert_eq!(host.registry().plugins().count(), sortie_host::FIRST_PARTY.len());
}

#[test]
fn a_run_that_began_keeps_its_registry() {
    let host = host();
    host.register(renamed("echo", "echo-two"), "the first").unwrap();
    let digest = host.registry().plugin("echo-two").unwrap().plugin().digest();
    let steps = json!([
        {"id": "wait", "kind": "human"},
        {"id": "echo", "kind": "runtime", "payload": {"operation": "echo-two/echo", "params": 1}},
    ]);
    let mut session = host.start(workflow(steps.clone()), &context(json!({}))).unwrap();
    assert!(matches!(session.advance().unwrap(), Progress::Waiting(_)));

    host.unregister("echo-two").unwrap();
    assert_eq!(host.start(workflow(steps.clone()), &context(json!({}))).unwrap_err().code(), "unknown_operation");
    let other = altered("echo", |manifest| {
        "echo-two".clone_into(&mut manifest.name);
        "Another.".clone_into(&mut manifest.description);
    });
    host.register(other, "the second").unwrap();

    session.decide(Decision::marked()).unwrap();
    let result = session.finish(&HumanPolicy::Wait).unwrap().result;
    assert_eq!(result.outputs["echo"], json!(1));
    assert_eq!(result.receipt.steps[1].plugin.as_ref().unwrap().digest, digest);

    let after = host.start(workflow(steps), &context(json!({}))).unwrap().finish(&HumanPolicy::Mark).unwrap().result;
    assert_ne!(after.receipt.steps[1].plugin.as_ref().unwrap().digest, digest);
    assert_eq!(after.receipt.result_hash, result.receipt.result_hash);
}

#[test]
fn a_clone_of_a_host_shares_its_registry() {
    let host = host();
    let clone = host.clone();
    thread::scope(|scope| scope.spawn(|| clone.register(renamed("echo", "echo-two"), "a copy")).join().unwrap())
        .unwrap();
    assert!(host.registry().plugin("echo-two").is_ok());
}
