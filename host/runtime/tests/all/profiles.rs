//! What a host tells of the fuel of functions.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use crate::support::{context, sandbox, workflow};
use serde_json::{Value, json};
use sortie_host::{Backend, FinishedRun, Host, HumanPolicy, Limits, SandboxConfig};

fn tasks() -> Value {
    let task = |number: usize| {
        let status = if number.is_multiple_of(3) { "completed" } else { "pending" };
        json!({
            "uuid": format!("{number:08x}-7c1d-4f0e-9a4c-0d6f4f6c1a01"), "description": "é \"quoted\"", "status": status,
            "entry": "20250101T090000Z", "end": "20260107T160000Z", "tags": ["a", "b"],
        })
    };
    json!({"tasks": (0..20).map(task).collect::<Vec<_>>()})
}

fn daily_loop(config: SandboxConfig) -> FinishedRun {
    let host = Host::builder().first_party().sandbox(config).build().unwrap();
    let session = host.start_mission("daily_loop", &context(tasks()), &json!({"today": "2026-01-08"})).unwrap();
    session.finish(&HumanPolicy::Mark).unwrap()
}

#[test]
fn a_profile_accounts_for_all_fuel_on_every_backend_and_changes_no_result() {
    let plain = daily_loop(sandbox());
    assert!(plain.result.success && plain.profiles.is_empty());
    let profiled = daily_loop(SandboxConfig { profile: true, ..sandbox() });
    assert_eq!(profiled.result, plain.result);
    let steps: Vec<&str> = profiled.profiles.iter().map(|step| step.step_id.as_str()).collect();
    assert_eq!(steps, ["", "summarise_yesterday", "generate_priorities", "log_summary", "archive_completed"]);
    for step in &profiled.profiles {
        // Making the instance costs a unit, which is no function's.
        assert_eq!(step.profile.fuel() + 1, step.fuel, "{}", step.step_id);
    }
    let all: u64 = profiled.profiles.iter().map(|step| step.fuel).sum();
    assert_eq!(all, plain.result.receipt.fuel);
    for backend in [Backend::CraneliftUnoptimized, Backend::Pulley] {
        let other = daily_loop(SandboxConfig { profile: true, backend, ..sandbox() });
        assert_eq!(other.profiles, profiled.profiles, "{backend:?}");
    }
}

#[test]
fn of_a_call_that_uses_up_its_fuel_nearly_all_is_told() {
    let limits = Limits { fuel_per_call: 200_000, ..Limits::default() };
    let host = Host::builder().first_party().sandbox(sandbox()).profile().limits(limits).build().unwrap();
    let long = vec!["a text that is copied"; 10_000];
    let steps = json!([{"id": "s", "kind": "runtime", "payload": {"operation": "set", "path": "/a", "value": long}}]);
    let completed = host.start(workflow(steps), &context(json!({}))).unwrap().finish(&HumanPolicy::Mark).unwrap();
    let profile = &completed.profiles[0];
    assert_eq!((completed.result.success, profile.fuel), (false, 200_000));
    let told = profile.profile.fuel();
    assert!((100_000..=200_000).contains(&told), "{told}");
}
