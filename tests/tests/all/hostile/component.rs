//! From a core module in `tests/hostile` to a plugin, and from a call of it to a line of text.

use std::path::PathBuf;

use serde_json::{Value, json};
use sortie_engine::{Call, Fuel, Function, Limits, OperationInput, OperationOutput, Outcome, PluginRef};
use sortie_json::{Canonical, ContentHash};
use sortie_sandbox::{CallReport, HostFault, Nesting, Plugin, Sandbox, SandboxConfig};
use sortie_tests::TextPlugin;

pub const FUEL: Fuel = 10_000_000;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("hostile")
}

/// The component of a plugin of the corpus, without a manifest.
pub fn component(name: &str) -> Vec<u8> {
    let module = std::fs::read_to_string(folder().join(format!("{name}.wat"))).expect("a file of the corpus");
    TextPlugin { module: &module, ..TextPlugin::default() }.bytes()
}

pub fn manifest() -> Value {
    json!({
        "name": "hostile", "version": "0.1.0", "sdk": "none", "description": "", "missions": [],
        "operations": [
            {"name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": []}
        ],
    })
}

/// A plugin of the corpus: its component, with a manifest.
pub fn plugin_bytes(name: &str) -> Vec<u8> {
    sortie_packager::with_manifest(&component(name), &manifest()).expect("a component")
}

pub fn sandbox() -> Sandbox {
    Sandbox::new(SandboxConfig { cache: None, ..SandboxConfig::default() }).expect("an engine")
}

pub fn load(sandbox: &Sandbox, name: &str) -> Plugin {
    Plugin::load(sandbox, plugin_bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn execute(plugin: &Plugin, fuel: Fuel) -> Result<CallReport, HostFault> {
    execute_within(plugin, fuel, Limits::default())
}

pub fn execute_within(plugin: &Plugin, fuel: Fuel, limits: Limits) -> Result<CallReport, HostFault> {
    let input = OperationInput {
        operation: "work".to_owned(),
        step_id: "s".to_owned(),
        payload: Canonical::empty_object(),
        state: Canonical::empty_object(),
        decisions: Canonical::empty_object(),
        metadata: Canonical::empty_object(),
    };
    let reference = PluginRef { name: "hostile".to_owned(), digest: ContentHash::of(&json!("the same for all")) };
    let call = Call::new(reference, Function::Execute(input), fuel, limits);
    plugin.call(&call, &Nesting::default())
}

/// How a call ended: `ok`, with its output; the failure's code and what else tells it; or `fault` and its code.
pub fn ending(executed: &Result<CallReport, HostFault>) -> String {
    match executed.as_ref().map(|report| &report.outcome) {
        Err(fault) => format!("fault {}", fault.code()),
        Ok(Outcome::Built(_)) => "built".to_owned(),
        Ok(Outcome::Executed(OperationOutput { output: None, .. })) => "ok".to_owned(),
        Ok(Outcome::Executed(OperationOutput { output: Some(output), .. })) => format!("ok {output}"),
        Ok(Outcome::Failed(failure)) => {
            let member = |name: &str| failure.details.get(name).and_then(Value::as_str).map(str::to_owned);
            let detail = member("trap").or_else(|| member("code")).unwrap_or_default();
            format!("{} {detail}", failure.kind.code()).trim_end().to_owned()
        }
    }
}
