//! What a host decides for single plugins: limits of their own, and less of the state than they declare.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use crate::support::{context, sandbox, workflow};
use serde_json::{Value, json};
use sortie_host::{
    ExecutionContext, Host, HostBuilder, HostError, Limits, OrchestrationResult, PluginPolicy, WorkflowDefinition,
};
use sortie_tests::TextPlugin;

fn builder() -> HostBuilder {
    Host::builder().first_party().sandbox(sandbox())
}

fn policy(json: Value) -> PluginPolicy {
    serde_json::from_value(json).unwrap()
}

fn exec(host: &Host, step: Value) -> OrchestrationResult {
    let steps = json!([{"id": "step", "kind": "runtime", "payload": step}]);
    host.exec(workflow(steps), &context(json!({"open": {"n": 1}, "secret": 2}))).unwrap()
}

fn code(result: &OrchestrationResult) -> Option<&str> {
    result.error_code.map(sortie_engine::FailureKind::code)
}

#[test]
fn a_plugin_may_have_less_fuel_or_more_than_others_have() {
    let set = json!({"operation": "set", "path": "/a", "value": 1});
    let of_host = |fuel_per_call| builder().limits(Limits { fuel_per_call, ..Limits::default() });
    let usual = exec(&of_host(200_000_000).build().unwrap(), set.clone());
    assert!(usual.success);
    assert!(usual.receipt.to_value().get("policies").is_none());

    let less = of_host(200_000_000).policy("core", policy(json!({"fuel_per_call": 100}))).build().unwrap();
    let starved = exec(&less, set.clone());
    assert_eq!(code(&starved), Some("out_of_fuel"));
    assert_eq!(starved.receipt.to_value()["policies"], json!({"core": {"fuel_per_call": 100}}));
    assert_eq!(starved.receipt.id, starved.receipt.hash());
    // The policy of one plugin is not another's.
    assert!(less.run_mission("echo", &context(json!({})), &json!({"a": 1})).unwrap().success);

    let more = of_host(100).policy("core", policy(json!({"fuel_per_call": 200_000_000}))).build().unwrap();
    let fed = exec(&more, set);
    assert_eq!(fed.receipt.result_hash, usual.receipt.result_hash);
    assert_ne!(fed.receipt.id, usual.receipt.id);
}

#[test]
fn a_policy_holds_for_a_builder_too_and_stands_in_the_receipt() {
    let host = builder().policy("echo", policy(json!({"log_bytes": 10}))).build().unwrap();
    let result = host.run_mission("echo", &context(json!({})), &json!({})).unwrap();
    assert_eq!(result.receipt.to_value()["policies"], json!({"echo": {"log_bytes": 10}}));

    let host = builder().policy("echo", policy(json!({"fuel_per_call": 10}))).build().unwrap();
    match host.run_mission("echo", &context(json!({})), &json!({})) {
        Err(HostError::BuildFailed { failure, .. }) => assert_eq!(failure.kind.code(), "out_of_fuel"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_may_not_return_more_than_the_plugins_own_limit() {
    let host = builder().policy("core", policy(json!({"output_bytes": 20}))).build().unwrap();
    let set = |value: &str| exec(&host, json!({"operation": "set", "path": "/a", "value": value}));
    assert_eq!(code(&set("")), None);
    assert_eq!(code(&set("more than twenty bytes of text")), Some("output_rejected"));
}

#[test]
fn a_host_can_narrow_what_a_plugin_reads_and_writes() {
    let host = builder().policy("core", policy(json!({"reads": ["/open"], "writes": ["/open"]}))).build().unwrap();
    let set = |path: &str| exec(&host, json!({"operation": "set", "path": path, "value": 3}));
    assert_eq!(set("/open/n").final_state, json!({"open": {"n": 3}, "secret": 2}));

    let outside = set("/secret");
    assert_eq!(code(&outside), Some("output_rejected"));
    assert_eq!(outside.error_details["code"], "withheld_write");
    assert_eq!(outside.final_state, json!({"open": {"n": 1}, "secret": 2}));

    let copy = |from: &str| exec(&host, json!({"operation": "copy", "from": from, "path": "/open/copy"}));
    assert!(copy("/open/n").success);
    assert_eq!(code(&copy("/secret")), Some("operation_failed"), "it is not even told that there is a secret");
}

#[test]
fn a_policy_can_change_while_the_host_runs_and_a_run_keeps_what_it_began_with() {
    let host = builder().build().unwrap();
    let set = json!([{"id": "s", "kind": "runtime", "payload": {"operation": "set", "path": "/a", "value": 1}}]);
    let mut before = host.start(workflow(set.clone()), &context(json!({}))).unwrap();
    host.set_policy("core", policy(json!({"fuel_per_call": 100}))).unwrap();
    let after = host.exec(workflow(set), &context(json!({}))).unwrap();
    assert_eq!(code(&after), Some("out_of_fuel"));
    before.advance().unwrap();
    assert!(before.finish(&sortie_host::HumanPolicy::Wait).unwrap().result.success);
}

#[test]
fn a_plugin_cannot_be_given_more_memory_than_the_host_was_made_for() {
    let more = || policy(json!({"memory_bytes": 128 << 20}));
    let error = builder().build().unwrap().set_policy("core", more()).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "policy_memory",
            "the policy gives the plugin `core` 134217728 bytes of memory, but the host was built for 67108864"
        )
    );
    let host = builder().policy("core", more()).build().unwrap();
    assert!(exec(&host, json!({"operation": "noop"})).success);
}

/// A receipt as JSON.
trait ToValue {
    fn to_value(&self) -> Value;
}

impl ToValue for sortie_engine::Receipt {
    fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap()
    }
}
#[test]
fn what_is_narrowed_for_a_plugin_holds_for_the_operations_of_others_that_it_uses() {
    let workflow = json!({"id": "w", "metadata": {}, "steps": [
        {"id": "take", "kind": "runtime", "payload": {"operation": "core/copy", "from": "/secret", "path": "/open"}},
    ]});
    let write = json!({"id": "w", "metadata": {}, "steps": [
        {"id": "smash", "kind": "runtime", "payload": {"operation": "core/set", "path": "/secret", "value": 0}},
    ]});
    let open = json!({"id": "w", "metadata": {}, "steps": [
        {"id": "fill", "kind": "runtime", "payload": {"operation": "core/set", "path": "/open/a", "value": 1}},
    ]});
    let info = json!({"name": "go", "description": "", "params_schema": true, "examples": []});
    let manifest = json!({"name": "deputy", "version": "0.1.0", "sdk": "none", "description": "", "missions": [info], "operations": []});
    let policy: PluginPolicy = serde_json::from_value(json!({"reads": ["/open"], "writes": ["/open"]})).unwrap();
    let run = |workflow: &Value, narrowed: bool| {
        let plugin = TextPlugin { workflow: Some(workflow), manifest: Some(&manifest), ..TextPlugin::default() };
        let builder = builder().plugin_bytes(plugin.bytes(), "given");
        let builder = if narrowed { builder.policy("deputy", policy.clone()) } else { builder };
        let context = ExecutionContext::new(json!({"secret": "s", "open": {}})).unwrap();
        builder.build().unwrap().run_mission("deputy/go", &context, &json!({})).unwrap()
    };
    for (workflow, name) in [(&workflow, "take"), (&write, "smash")] {
        assert!(run(workflow, false).success, "{name}");
        let narrowed = run(workflow, true);
        assert!(!narrowed.success, "{name}");
        assert_eq!(narrowed.final_state, json!({"secret": "s", "open": {}}), "{name}");
    }
    assert_eq!(run(&open, true).final_state, json!({"secret": "s", "open": {"a": 1}}));
}

/// Runs a mission of `core`'s operations on a state, built by a plugin that this was decided for; gives the code of what
/// was refused, or null.
fn refused(decided: Value, steps: &[Value], state: &Value) -> Value {
    let step = |(index, payload)| json!({"id": format!("s{index}"), "kind": "runtime", "payload": payload});
    let workflow = json!({"id": "w", "metadata": {}, "steps": steps.iter().enumerate().map(step).collect::<Value>()});
    let info = json!({"name": "go", "description": "", "params_schema": true, "examples": []});
    let manifest = json!({"name": "deputy", "version": "0.1.0", "sdk": "none", "description": "", "missions": [info], "operations": []});
    let plugin = TextPlugin { workflow: Some(&workflow), manifest: Some(&manifest), ..TextPlugin::default() };
    let host = builder().plugin_bytes(plugin.bytes(), "given").policy("deputy", policy(decided)).build().unwrap();
    let result = host.run_mission("deputy/go", &context(state.clone()), &json!({})).unwrap();
    assert!(result.success || result.final_state == *state, "{}", result.final_state);
    result.error_details.get("code").cloned().unwrap_or_default()
}

#[test]
fn what_may_not_be_read_is_not_brought_to_where_it_may() {
    let state = json!({"secret": "s", "open": {}, "tasks": ["open", "secret", "other"]});
    let tell = |decided: &Value, operation: Value| refused(decided.clone(), &[operation], &state);
    let patch = |change: Value| json!({"operation": "core/patch", "changes": [change]});
    let bring = |op: &str| patch(json!({"op": op, "from": "/secret", "path": "/open/a"}));
    let guess = || patch(json!({"op": "test", "path": "/secret", "value": "s"}));
    // Nothing is said of what may be written, so all may; of what may be read something is said, and that holds.
    let reads = json!({"reads": ["/open", "/tasks/0"]});
    for change in [bring("move"), bring("copy"), guess()] {
        assert_eq!(tell(&reads, change.clone()), "withheld_read", "{change}");
        assert_eq!(tell(&json!({"reads": [], "writes": ["/open", "/secret"]}), change.clone()), "withheld_read");
        assert_eq!(tell(&json!({"writes": ["/open", "/secret"]}), change.clone()), Value::Null, "{change}");
    }
    assert_eq!(tell(&reads, json!({"operation": "core/set", "path": "/open/b", "value": 1})), Value::Null);
    // What stands behind an element would come into its place.
    let remove = json!({"operation": "core/remove", "path": "/tasks/0"});
    for decided in [reads, json!({"writes": ["/tasks/0"]}), json!({"writes": ["/tasks/0", "/tasks/1/a"]})] {
        assert_eq!(tell(&decided, remove.clone()), "withheld_write", "{decided}");
    }
    assert_eq!(tell(&json!({"writes": ["/tasks"]}), remove.clone()), Value::Null);
    assert_eq!(tell(&json!({"writes": ["/open", ""]}), remove), Value::Null);
}

#[test]
fn a_plugin_cannot_take_a_name_over_that_comes_with_the_host() {
    let info = |name: &str| json!({"name": name, "description": "", "params_schema": true, "examples": []});
    let operation = |name: &str| json!({"name": name, "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": []});
    let named = |name: &str| {
        let manifest = json!({"name": name, "version": "0.1.0", "sdk": "none", "description": "",
            "missions": [info("echo"), info("own")], "operations": [operation("echo"), operation("set")]});
        TextPlugin { manifest: Some(&manifest), ..TextPlugin::default() }.bytes()
    };
    let clash = builder().plugin_bytes(named("core"), "given").build().unwrap_err();
    assert_eq!(clash.code(), "plugin_name_clash");
    let host = builder().plugin_bytes(named("other"), "given").build().unwrap();
    let registry = host.registry();
    assert_eq!(registry.mission("echo").unwrap().0.name(), "echo");
    assert_eq!(registry.mission("own").unwrap().0.name(), "other");
    assert_eq!(registry.operation("set", None).unwrap().0.name(), "core");
    assert_eq!(registry.operation("set", Some("other")).unwrap().0.name(), "other", "a plugin's own come first");
}

#[test]
fn a_plugin_that_may_not_run_missions_has_none_run_by_another() {
    let step = json!({"id": "s", "kind": "runtime", "payload": {"operation": "run-tests/discover_suites"}});
    let workflow = json!({"id": "w", "metadata": {}, "steps": [step]});
    let info = json!({"name": "go", "description": "", "params_schema": true, "examples": []});
    let manifest = json!({"name": "deputy", "version": "0.1.0", "sdk": "none", "description": "", "missions": [info], "operations": []});
    let plugin = TextPlugin { workflow: Some(&workflow), manifest: Some(&manifest), ..TextPlugin::default() };
    let builder = || builder().plugin_bytes(plugin.bytes(), "given");
    let context = context(json!({"open": {}}));
    let go = |host: &Host| host.run_mission("deputy/go", &context, &json!({}));

    // It is the plugin's own part that is refused, whatever the operation says of its payload.
    let free = go(&builder().build().unwrap());
    assert!(!matches!(free, Err(HostError::Orchestrates { .. })), "{free:?}");
    let strict = builder().refuse_orchestrating().build().unwrap();
    let refused = go(&strict).unwrap_err();
    assert_eq!(
        (refused.code(), refused.to_string().as_str()),
        (
            "orchestrating_plugin_refused",
            "the plugin `run-tests`, which the workflow of the plugin `deputy` uses, runs missions itself, which this host does not allow"
        )
    );

    // The host's own plugin does, and so does a workflow that somebody wrote.
    let params = json!({"suites": []});
    let own = strict.run_mission("run-tests/run_tests", &context, &params);
    assert!(!matches!(own, Err(HostError::Orchestrates { .. })), "{own:?}");
    let written = strict.exec(WorkflowDefinition::from_json(&workflow).unwrap(), &context);
    assert!(!matches!(written, Err(HostError::Orchestrates { .. })), "{written:?}");
}
