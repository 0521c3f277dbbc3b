//! The same calls on wasmtime alone: its engine as the sandbox configures it, the plugin's own component, a fresh
//! instance and fuel for each call. What Sortie's calls take more than these is Sortie's.

use serde_json::Value;
use sortie_host::FIRST_PARTY;
use sortie_sandbox::{Plugin, Sandbox};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

use crate::Outcome;

/// What wasmtime makes of the plugin interface.
#[allow(missing_docs, clippy::pedantic, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../plugin-sdk/wit",
        world: "orchestrating-plugin",
    });
}

use bindings::sortie::plugin::{log, missions, types};
use bindings::{OrchestratingPlugin, OrchestratingPluginPre};

const FUEL: u64 = 1 << 40;
const EPOCHS: u64 = 1 << 40;

/// The data of a store: nothing.
struct Nothing;

impl types::Host for Nothing {}

impl log::Host for Nothing {
    fn log(&mut self, _: log::Level, _: String) {}

    fn abort(&mut self, _: types::Failure) {}
}

impl missions::Host for Nothing {
    fn run(&mut self, _: missions::Request) -> Result<String, types::Failure> {
        Ok(String::new())
    }
}

/// A first-party plugin, as the sandbox has it.
pub(crate) fn plugin(sandbox: &Sandbox, name: &str) -> Outcome<Plugin> {
    let loaded = FIRST_PARTY.iter().filter_map(|bytes| Plugin::load(sandbox, bytes.to_vec()).ok());
    loaded.into_iter().find(|plugin| plugin.manifest().name == name).ok_or_else(|| "there is no such plugin".into())
}

/// A first-party plugin, compiled and linked.
pub(crate) struct Bare {
    engine: Engine,
    component: OrchestratingPluginPre<Nothing>,
}

impl Bare {
    pub(crate) fn of(sandbox: &Sandbox, name: &str) -> Outcome<Self> {
        let plugin = plugin(sandbox, name)?;
        let engine = sandbox.engine().clone();
        let mut linker = Linker::new(&engine);
        OrchestratingPlugin::add_to_linker::<_, HasSelf<Nothing>>(&mut linker, |nothing| nothing)?;
        let component = Component::from_binary(&engine, plugin.bytes())?;
        let component = OrchestratingPluginPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, component })
    }

    /// Executes an operation in a fresh instance, and gives back the bytes that it returned.
    pub(crate) fn execute(&self, operation: &str, payload: &Value, state: &Value) -> Outcome<usize> {
        let mut store = Store::new(&self.engine, Nothing);
        store.set_fuel(FUEL)?;
        store.set_epoch_deadline(EPOCHS);
        let instance = self.component.instantiate(&mut store)?;
        let input = types::OperationInput {
            operation: operation.to_owned(),
            step_id: "s".to_owned(),
            payload: payload.to_string(),
            state: state.to_string(),
            decisions: "{}".to_owned(),
            metadata: "{}".to_owned(),
            seed: 1,
        };
        let returned = instance.sortie_plugin_mission().call_execute(&mut store, &input)?;
        let output = returned.map_err(|failure| failure.message)?;
        Ok(output.changes.len())
    }
}
