//! What the steps of a workflow are bound to.

use serde_json::Value;
#[cfg(feature = "journal")]
use sortie_engine::Run;
use sortie_engine::{Access, Binding, RegionError, ValidWorkflow};
use sortie_json::{MAX_QUOTED_BYTES, excerpt};

use crate::error::HostError;
use crate::registry::{RegisteredPlugin, Registry};
use crate::schema::Schema;

/// Binds the runtime steps of a workflow to the operations that they name.
pub(crate) fn bind(
    registry: &Registry,
    builder: Option<&str>,
    workflow: &ValidWorkflow,
) -> Result<Vec<Binding>, HostError> {
    workflow.operations().map(|operation| bound(registry, builder, operation)).collect()
}

/// Binds a step, given as its id, the operation that it names, and its payload.
fn bound(
    registry: &Registry,
    builder: Option<&str>,
    (step, name, payload): (&str, &str, &Value),
) -> Result<Binding, HostError> {
    let (plugin, info) = registry.operation(name, builder)?;
    check_missions(registry, builder, plugin)?;
    let invalid =
        |mismatches| HostError::InvalidPayload { step: step.to_owned(), operation: name.to_owned(), mismatches };
    let mismatches = mismatches(plugin.payload_schema(&info.name), payload);
    if !mismatches.is_empty() {
        return Err(invalid(mismatches));
    }
    let access = Access::resolve(&info.reads, &info.writes, payload).map_err(|error| {
        invalid(vec![match error {
            RegionError::NotAPointer { at, found } => {
                let found = found.to_string();
                let found = excerpt(&found, MAX_QUOTED_BYTES);
                (at.to_string(), format!("{found} is not a JSON Pointer into the state"))
            }
            RegionError::TooMany => (String::new(), error.to_string()),
        }])
    })?;
    // What is narrowed for a plugin holds for the whole workflow that it builds: else it could have another plugin read
    // or write in its place.
    let deciding = std::iter::once(plugin.name()).chain(builder);
    let access = deciding.filter_map(|name| registry.policy(name)).fold(access, |access, policy| policy.access(access));
    Ok(Binding { plugin: plugin.plugin().reference(), operation: info.name.clone(), access })
}

/// A plugin that may not run missions may not have them run in its place either.
fn check_missions(registry: &Registry, builder: Option<&str>, plugin: &RegisteredPlugin) -> Result<(), HostError> {
    let Some(builder) = builder.filter(|builder| !registry.allows_missions_for(builder, plugin)) else { return Ok(()) };
    let origin = format!("`{}`, which the workflow of the plugin `{builder}` uses,", plugin.name());
    Err(HostError::Orchestrates { origin })
}

/// Whether a host that has these plugins lets a run go on whose steps may run missions, as it would have let it begin.
#[cfg(feature = "journal")]
pub(crate) fn check_missions_again(registry: &Registry, run: &Run) -> Result<(), HostError> {
    let builder = run.plan().mission().map(|mission| mission.plugin.as_str());
    let to_come = run.plan().bindings().iter().skip(run.runtime_steps_done());
    let mut plugins = to_come.filter_map(|binding| registry.plugin(&binding.plugin.name).ok());
    plugins.try_for_each(|plugin| check_missions(registry, builder, plugin))
}

/// Binds the steps of a run that are still to come, by the full names of their operations, to the plugins that are
/// registered now. Gives the bindings of all its runtime steps.
#[cfg(feature = "journal")]
pub(crate) fn bind_again(registry: &Registry, run: &Run) -> Result<Vec<Binding>, HostError> {
    let done = run.runtime_steps_done();
    let builder = run.plan().mission().map(|mission| mission.plugin.as_str());
    let steps = run.plan().workflow().operations().zip(run.plan().bindings()).enumerate();
    let binding = |(index, ((step, _, payload), earlier)): (usize, ((&str, &str, &Value), &Binding))| {
        if index < done {
            return Ok(earlier.clone());
        }
        let name = format!("{}/{}", earlier.plugin.name, earlier.operation);
        bound(registry, builder, (step, &name, payload))
    };
    steps.map(binding).collect()
}

/// What of a value a schema does not allow: the JSON Pointer and the reason of each mismatch.
pub(crate) fn mismatches(schema: Option<&Schema>, value: &Value) -> Vec<(String, String)> {
    let mismatches = schema.map(|schema| schema.mismatches(value)).unwrap_or_default();
    mismatches.into_iter().map(|mismatch| (mismatch.pointer, mismatch.message)).collect()
}
