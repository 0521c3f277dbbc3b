//! From a core module in `tests/hostile` to a plugin, and from a call of it to a line of text.

use std::path::PathBuf;

use serde_json::{Value, json};
use sortie_engine::json::ContentHash;
use sortie_engine::{CallOutcome, Fuel, Limits, OperationCall, OperationInput, PluginRef};
use sortie_sandbox::{CallEnv, Executed, HostFault, Plugin, Sandbox, SandboxConfig};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

pub const FUEL: Fuel = 10_000_000;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("hostile")
}

/// A module's text: the prelude, but for the parts that the plugin brings itself, and the plugin.
fn module(name: &str) -> String {
    let read =
        |name: &str| std::fs::read_to_string(folder().join(format!("{name}.wat"))).expect("a file of the corpus");
    let (prelude, plugin) = (read("prelude"), read(name));
    let mut parts = prelude.split(";; part: ");
    let mut text = format!("(module {}", parts.next().unwrap_or_default());
    for part in parts {
        let (name, part) = part.split_once('\n').expect("a part has a name");
        if !plugin.contains(name) {
            text.push_str(part);
        }
    }
    text + &plugin + ")"
}

/// The component of a plugin of the corpus, without a manifest.
pub fn component(name: &str) -> Vec<u8> {
    let mut bytes = wat::parse_str(module(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut resolve = Resolve::default();
    let wit = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../plugin-sdk/wit");
    let (package, _) = resolve.push_dir(wit).expect("the interface");
    let world = resolve.select_world(&[package], Some("plugin")).expect("the world");
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8, false).expect("a module");
    sortie_packager::componentize(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
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

pub fn execute(plugin: &Plugin, fuel: Fuel) -> Result<Executed, HostFault> {
    let input = OperationInput {
        operation: "work".to_owned(),
        step_id: "s".to_owned(),
        payload: json!({}),
        state: json!({}),
        decisions: json!({}),
        metadata: json!({}),
    };
    let reference = PluginRef { name: "hostile".to_owned(), digest: ContentHash::of(&json!("the same for all")) };
    let call = OperationCall { input_hash: input.hash(&reference), plugin: reference, input, fuel };
    plugin.execute(&call, &CallEnv { limits: Limits::default(), missions: None, depth: 0 })
}

/// How a call ended: `ok`, with its output; the failure's code and what else tells it; or `fault` and its code.
pub fn ending(executed: &Result<Executed, HostFault>) -> String {
    match executed.as_ref().map(|executed| &executed.called.outcome) {
        Err(fault) => format!("fault {}", fault.code()),
        Ok(CallOutcome::Ok { output: None, .. }) => "ok".to_owned(),
        Ok(CallOutcome::Ok { output: Some(output), .. }) => format!("ok {output}"),
        Ok(CallOutcome::Failed(failure)) => {
            let member = |name: &str| failure.details.get(name).and_then(Value::as_str).map(str::to_owned);
            let detail = member("trap").or_else(|| member("code")).unwrap_or_default();
            format!("{} {detail}", failure.kind.code()).trim_end().to_owned()
        }
    }
}
