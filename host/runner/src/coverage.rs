//! Which missions and operations of plugins no scenario reached.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sortie_harness::runner::{MissionOutcome, ScenarioResult};
use sortie_host::{RegisteredPlugin, Registry};

/// What scenarios reached, as plugin and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    missions: BTreeSet<(String, String)>,
    operations: BTreeSet<(String, String)>,
}

impl Reach {
    /// What a scenario reached. A mission is reached when it is called, whatever came of it; an operation, when the
    /// lineage has it.
    pub(crate) fn by(result: &ScenarioResult, registry: &Registry) -> Self {
        let mut reached = Self::default();
        for mission in &result.mission_results {
            if let Ok((plugin, info)) = registry.mission(&mission.mission) {
                reached.missions.insert((plugin.name().to_owned(), info.name.clone()));
            }
            let steps = match mission.outcome {
                MissionOutcome::Finished => mission.value.pointer("/lineage/steps").and_then(Value::as_array),
                MissionOutcome::Rejected => None,
            };
            let text = |step: &Value, pointer: &str| Some(step.pointer(pointer)?.as_str()?.to_owned());
            let operation = |step: &Value| Some((text(step, "/plugin/name")?, text(step, "/operation")?));
            reached.operations.extend(steps.into_iter().flatten().filter_map(operation));
        }
        reached
    }

    /// Takes what another scenario reached.
    pub(crate) fn extend(&mut self, other: Self) {
        self.missions.extend(other.missions);
        self.operations.extend(other.operations);
    }

    /// What of a plugin was reached and what was not.
    pub(crate) fn coverage(&self, plugin: &RegisteredPlugin) -> Coverage {
        let manifest = plugin.plugin().manifest();
        let of = |names: Vec<&String>, reached: &BTreeSet<(String, String)>| {
            let unreached = names.iter().filter(|name| !reached.contains(&(manifest.name.clone(), (**name).clone())));
            Share { total: names.len(), unreached: unreached.map(|name| (*name).clone()).collect() }
        };
        Coverage {
            plugin: manifest.name.clone(),
            missions: of(manifest.missions.iter().map(|mission| &mission.name).collect(), &self.missions),
            operations: of(manifest.operations.iter().map(|operation| &operation.name).collect(), &self.operations),
        }
    }
}

/// What of a plugin was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The plugin.
    pub plugin: String,
    /// Its missions.
    pub missions: Share,
    /// Its operations.
    pub operations: Share,
}

/// How many there are, and those that were not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// How many there are.
    pub total: usize,
    /// Those that were not reached.
    pub unreached: Vec<String>,
}

impl Share {
    fn to_value(&self) -> Value {
        json!({"total": self.total, "reached": self.reached(), "unreached": self.unreached})
    }

    /// How many were reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.total - self.unreached.len()
    }
}

impl Coverage {
    /// As JSON: `{plugin, missions: {total, reached, unreached}, operations: …}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "plugin": self.plugin,
            "missions": self.missions.to_value(),
            "operations": self.operations.to_value(),
        })
    }
}
