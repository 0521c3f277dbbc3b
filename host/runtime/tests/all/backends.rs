//! What executes the plugins decides nothing: each backend gives the same results, and the same fuel to the unit.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{self, context, workflow};
use crate::tasks;
use serde_json::json;
use sortie_host::{Allocation, Backend, CacheDir, Fuel, Host, HumanPolicy, Limits, SandboxConfig};

const BACKENDS: [Backend; 3] = [Backend::Cranelift, Backend::CraneliftUnoptimized, Backend::Pulley];
const ALLOCATIONS: [Allocation; 2] = [Allocation::Pooled, Allocation::OnDemand];

/// What has to be the same everywhere: a name for people, the result's hash, the receipt's, and the fuel.
type Outcome = (&'static str, String, String, Fuel);

/// Runs every mission on a host of its own and gives what came of each.
fn outcomes(backend: Backend, allocation: Allocation, cache: &Path) -> Vec<Outcome> {
    let cache = Some(CacheDir::at(cache));
    let sandbox = SandboxConfig { backend, allocation, cache, ..support::sandbox() };
    let host = Host::builder().first_party().sandbox(sandbox.clone()).build().unwrap();
    let starving = Limits { fuel_per_mission: 5_000, ..Limits::default() };
    let starving = Host::builder().first_party().limits(starving).sandbox(sandbox).build().unwrap();

    let accepted = BTreeMap::from([("confirm_priorities".to_owned(), json!({"accept": true}))]);
    let daily_loop = || host.start_mission("daily_loop", &tasks::context(), &tasks::params()).unwrap();
    let set = || {
        workflow(json!([
            {"id": "first", "kind": "runtime", "payload": {"operation": "set", "path": "/a", "value": [1.5e300, "é"]}},
            {"id": "second", "kind": "runtime", "payload": {"operation": "set", "path": "/b/c", "value": null}},
        ]))
    };
    let state = || context(json!({"b": {}}));
    let bad_day = || {
        let mut state = tasks::context().initial_state().clone();
        state["daily"] = json!(7);
        host.start_mission("daily_loop", &context(state), &tasks::params()).unwrap()
    };
    let runs = [
        ("the daily loop, accepted", daily_loop(), HumanPolicy::Answers(accepted)),
        ("the daily loop, marked", daily_loop(), HumanPolicy::Mark),
        ("a daily loop that fails", bad_day(), HumanPolicy::Mark),
        ("an echo", host.start_mission("echo", &state(), &json!({"word": "hello"})).unwrap(), HumanPolicy::Wait),
        ("a workflow", host.start(set(), &state()).unwrap(), HumanPolicy::Wait),
        ("a workflow without fuel", starving.start(set(), &state()).unwrap(), HumanPolicy::Wait),
    ];
    runs.into_iter()
        .map(|(name, session, humans)| {
            let receipt = session.finish(&humans).unwrap().result.receipt;
            (name, receipt.result_hash.to_string(), receipt.id.to_string(), receipt.fuel)
        })
        .collect()
}

#[test]
fn each_backend_and_allocation_gives_the_same_results_and_the_same_fuel() {
    let cache = tempfile::tempdir().unwrap();
    let expected = outcomes(Backend::default(), Allocation::default(), cache.path());
    for backend in BACKENDS {
        for allocation in ALLOCATIONS {
            assert_eq!(outcomes(backend, allocation, cache.path()), expected, "{backend:?}, {allocation:?}");
        }
    }
}

#[test]
fn the_cache_of_compiled_plugins_decides_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let compiled = outcomes(Backend::Pulley, Allocation::OnDemand, cache.path());
    let files = || std::fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().path());
    assert!(files().count() >= 3, "core, echo and daily-loop were kept");
    assert_eq!(outcomes(Backend::Pulley, Allocation::OnDemand, cache.path()), compiled);
    for file in files() {
        std::fs::write(file, "damaged").unwrap();
    }
    assert_eq!(outcomes(Backend::Pulley, Allocation::OnDemand, cache.path()), compiled);
}
