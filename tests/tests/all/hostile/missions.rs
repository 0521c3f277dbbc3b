//! Plugins that run missions: whatever these end in, they are paid for, and nothing is done that was not.

use std::time::Duration;

use serde_json::{Value, json};
use sortie_engine::FailureKind;
use sortie_host::{
    ExecutionContext, Host, HostError, HostFault, Limits, OrchestrationResult, SandboxConfig, WorkflowDefinition,
};
use sortie_tests::TextPlugin;

/// What each plugin here begins with: `$run`, which asks for the mission whose name is at 0, with the params at 64.
const ASKS: &str = r#"(import "sortie:plugin/missions@0.2.0" "run" (func $run_mission
  (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
;; imports end here
(data (i32.const 128) "{}")
(func $ask (param $name_length i32) (param $params_length i32)
  (call $run_mission (i32.const 0) (local.get $name_length) (i32.const 64) (local.get $params_length)
    (i32.const 128) (i32.const 2) (i32.const 128) (i32.const 2) (i32.const 128) (i32.const 2) (i32.const 512)))
(func $burn (param $rounds i32)
  (loop $again (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1))))))
(func $ask_often (param $times i32) (param $name_length i32) (param $params_length i32)
  (loop $again
    (call $ask (local.get $name_length) (local.get $params_length))
    (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
"#;

fn host(module: &str, operations: &[Value]) -> Host {
    host_that_builds(None, module, operations)
}

fn host_that_builds(workflow: Option<&Value>, module: &str, operations: &[Value]) -> Host {
    host_in(SandboxConfig::default(), workflow, module, operations)
}

fn host_in(sandbox: SandboxConfig, workflow: Option<&Value>, module: &str, operations: &[Value]) -> Host {
    let info = |name: &str| json!({"name": name, "description": "", "params_schema": true, "examples": []});
    let work =
        json!({"name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": []});
    let all: Vec<Value> = std::iter::once(work).chain(operations.iter().cloned()).collect();
    let manifest = json!({
        "name": "hostile", "version": "0.1.0", "sdk": "none", "description": "",
        "missions": [info("one"), info("two")], "operations": all,
    });
    let module = format!("{ASKS}{module}");
    let bytes = TextPlugin { module: &module, manifest: Some(&manifest), workflow, ..TextPlugin::default() }.bytes();
    let sandbox = SandboxConfig { cache: None, ..sandbox };
    Host::builder().plugin_bytes(bytes, "given").sandbox(sandbox).build().unwrap()
}

fn work(host: &Host, limits: Limits) -> OrchestrationResult {
    exec(&host.with_limits(limits), json!({"operation": "hostile/work"}), json!({})).unwrap()
}

fn exec(host: &Host, payload: Value, state: Value) -> Result<OrchestrationResult, HostError> {
    let workflow = json!({"id": "w", "steps": [{"id": "s", "kind": "runtime", "payload": payload}]});
    host.exec(WorkflowDefinition::from_json(&workflow).unwrap(), &ExecutionContext::new(state).unwrap())
}

const EXECUTE: &str = "(func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute)";
const BUILD: &str = "(func (export \"sortie:plugin/mission@0.2.0#build\") (param i32 i32 i32 i32) (result i32)";

#[test]
fn a_builder_that_fails_is_paid_by_who_asked_for_the_mission() {
    let module = |times: u32| {
        format!(
            r#"(data (i32.const 0) "hostile/one") (data (i32.const 64) "1") (data (i32.const 192) "full")
            {BUILD} (call $burn (i32.const 1000000)) (i32.store (i32.const 1024) (i32.const 1))
              (i32.store (i32.const 1028) (i32.const 192)) (i32.store (i32.const 1032) (i32.const 4))
              (i64.store (i32.const 1036) (i64.const 0)) (i32.store (i32.const 1044) (i32.const 0)) (i32.const 1024))
            {EXECUTE} (call $ask_often (i32.const {times}) (i32.const 11) (i32.const 1)) (call $ok))"#
        )
    };
    let of = |times| work(&host(&module(times), &[]), Limits::default());
    let (one, ten) = (of(1), of(10));
    assert!(one.success && ten.success, "{:?}", ten.error_message);
    assert!(one.receipt.fuel > 4_000_000, "{}", one.receipt.fuel);
    assert!(ten.receipt.fuel > 9 * one.receipt.fuel, "{} {}", one.receipt.fuel, ten.receipt.fuel);
    // A hundred are more than a call may have.
    let many = of(100);
    assert_eq!(many.error_code, Some(FailureKind::OutOfFuel));
    assert_eq!(many.receipt.fuel, Limits::default().fuel_per_call);
}

#[test]
fn what_traps_within_takes_all_that_it_could_have_used() {
    let of_builder = format!(
        r#"(data (i32.const 0) "hostile/one") (data (i32.const 64) "1")
        {BUILD} (call $burn (i32.const 1000)) (unreachable))
        {EXECUTE} (call $ask_often (i32.const 100) (i32.const 11) (i32.const 1)) (call $ok))"#
    );
    let result = work(&host(&of_builder, &[]), Limits::default());
    assert_eq!(result.error_code, Some(FailureKind::OutOfFuel));
    assert_eq!(result.receipt.fuel, Limits::default().fuel_per_call);
}

#[test]
fn missions_do_not_renew_the_watchdog_for_ever() {
    // Each is over long before the watchdog's patience is, and there is no end of them; nor of the fuel.
    let of_builder = format!(
        r#"(data (i32.const 0) "hostile/one") (data (i32.const 64) "1") (data (i32.const 192) "full")
        {BUILD} (call $burn (i32.const 40000000)) (i32.store (i32.const 1024) (i32.const 1))
          (i32.store (i32.const 1028) (i32.const 192)) (i32.store (i32.const 1032) (i32.const 4))
          (i64.store (i32.const 1036) (i64.const 0)) (i32.store (i32.const 1044) (i32.const 0)) (i32.const 1024))
        {EXECUTE} (loop $again (call $ask_often (i32.const 1000) (i32.const 11) (i32.const 1)) (br $again)) (unreachable))"#
    );
    let sandbox = || SandboxConfig { watchdog: Duration::from_millis(300), ..SandboxConfig::default() };
    let host = host_in(sandbox(), None, &of_builder, &[]);
    let endless = Limits { fuel_per_call: u64::MAX / 2, fuel_per_mission: u64::MAX / 2, ..Limits::default() };
    let ending = exec(&host.with_limits(endless), json!({"operation": "hostile/work"}), json!({}));
    assert!(matches!(ending, Err(HostError::Fault(HostFault::Watchdog))), "{ending:?}");
}

#[test]
fn asking_costs_something_even_for_a_mission_that_there_is_not() {
    let module = |times: u32| {
        format!(
            r#"(data (i32.const 0) "hostile/none") (data (i32.const 64) "1")
            {EXECUTE} (call $ask_often (i32.const {times}) (i32.const 12) (i32.const 1)) (call $ok))"#
        )
    };
    let of = |times| work(&host(&module(times), &[]), Limits::default()).receipt.fuel;
    assert!(of(100) - of(1) > 99 * 2_000);
}

#[test]
fn a_request_is_paid_by_the_byte_and_bounded_before_it_is_read() {
    // The code of the failure is what the operation puts out, in quotes.
    let module = |length: u32| {
        format!(
            r#"(memory (export "memory") 160) (data (i32.const 0) "hostile/one")
            {EXECUTE} (memory.fill (i32.const 64) (i32.const 0x31) (i32.const 1))
              (call $ask (i32.const 11) (i32.const {length}))
              (i32.store8 (i32.const 256) (i32.const 0x22))
              (memory.copy (i32.const 257) (i32.load (i32.const 516)) (i32.load (i32.const 520)))
              (i32.store8 (i32.add (i32.const 257) (i32.load (i32.const 520))) (i32.const 0x22))
              (call $output (i32.const 256) (i32.add (i32.load (i32.const 520)) (i32.const 2))))"#
        )
    };
    let limits = Limits { params_bytes: 1000, ..Limits::default() };
    let large = work(&host(&module(2000), &[]), limits);
    assert_eq!(large.outputs.get("s"), Some(&json!("params_too_large")), "{:?}", large.error_message);
    let one_more = work(&host(&module(1001), &[]), limits);
    assert_eq!(one_more.outputs.get("s"), Some(&json!("params_too_large")), "{:?}", one_more.error_message);
    // As many as there may be are read, and found to be no number.
    assert_eq!(work(&host(&module(1000), &[]), limits).error_code, Some(FailureKind::OutputRejected));
    assert!(large.receipt.fuel > 4_000, "{}", large.receipt.fuel);
    let short = work(&host(&module(10_000_000), &[]), Limits { fuel_per_call: 5_000_000, ..limits });
    assert_eq!(short.error_code, Some(FailureKind::OutOfFuel));
}

#[test]
fn missions_run_as_deep_within_each_other_as_they_may() {
    // What the operation puts out is the result of the mission that it ran, or the code of the refusal.
    let module = format!(
        r#"(data (i32.const 0) "hostile/one") (data (i32.const 64) "1")
        {EXECUTE} (call $ask (i32.const 11) (i32.const 1))
          (if (i32.load8_u (i32.const 512)) (then
            (i32.store8 (i32.const 256) (i32.const 0x22))
            (memory.copy (i32.const 257) (i32.load (i32.const 516)) (i32.load (i32.const 520)))
            (i32.store8 (i32.add (i32.const 257) (i32.load (i32.const 520))) (i32.const 0x22))
            (return (call $output (i32.const 256) (i32.add (i32.load (i32.const 520)) (i32.const 2))))))
          (call $output (i32.load (i32.const 516)) (i32.load (i32.const 520))))"#
    );
    let workflow =
        json!({"id": "w", "steps": [{"id": "s", "kind": "runtime", "payload": {"operation": "work"}}], "metadata": {}});
    let host = host_that_builds(Some(&workflow), &module, &[]);
    for mission_depth in 1..=Limits::GREATEST.mission_depth {
        let result = work(&host, Limits { mission_depth, ..Limits::default() });
        let mut output = result.outputs.get("s").cloned().unwrap_or_default();
        for _ in 1..mission_depth {
            output = output["outputs"]["s"].take();
        }
        assert_eq!(output, json!("depth_limit"), "{mission_depth}");
    }
}

#[test]
fn many_reads_that_overlap_are_refused_before_they_are_copied() {
    let reads: Vec<Value> = (0..10).map(|level| json!({"state": "/a".repeat(level + 1)})).collect();
    let greedy = json!({"name": "greedy", "description": "", "payload_schema": true, "reads": reads, "writes": [], "examples": []});
    let module = format!("{EXECUTE} (call $ok))");
    let host = host(&module, &[greedy]);
    let state = (0..10).fold(json!("x".repeat(100)), |within, _| json!({"a": within}));
    let within = |state_bytes: u64| {
        let host = host.with_limits(Limits { state_bytes, ..Limits::default() });
        exec(&host, json!({"operation": "hostile/greedy"}), state.clone()).unwrap()
    };
    let roomy = within(2_000);
    assert!(roomy.success, "{:?}", roomy.error_message);
    let large = within(1_000);
    assert_eq!(large.error_code, Some(FailureKind::MemoryLimit));
    assert_eq!(large.error_details, json!({"code": "input_too_large"}));
}

#[test]
fn a_host_can_refuse_plugins_that_run_missions() {
    let module = format!("{ASKS}{EXECUTE} (call $ask (i32.const 1) (i32.const 1)) (call $ok))");
    let manifest = json!({"name": "hostile", "version": "0.1.0", "sdk": "none", "description": "", "missions": [], "operations": []});
    let bytes = TextPlugin { module: &module, manifest: Some(&manifest), ..TextPlugin::default() }.bytes();
    let builder = || Host::builder().sandbox(SandboxConfig { cache: None, ..SandboxConfig::default() });
    assert!(builder().plugin_bytes(bytes.clone(), "given").build().is_ok());
    let refused = builder().refuse_orchestrating().plugin_bytes(bytes, "given").build().unwrap_err();
    assert_eq!(refused.code(), "orchestrating_plugin_refused");
}
